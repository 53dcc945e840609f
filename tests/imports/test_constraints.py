"""What the tables of imports refuse, whatever the code does."""

from tests.constraints import refusals, rules_of
from tests.imports.conftest import Desk
from tests.imports.test_clients import HEAD, ROSA

_CREATE, _REFUSED = " WHERE outcome = 'create'", " WHERE outcome = 'refused'"
CHANGES = {
    "ck_import_kind": "UPDATE import SET kind = 'invoices'",
    "ck_import_state": "UPDATE import SET state = 'odd'",
    "ck_import_encoding": "UPDATE import SET encoding = 'utf-16'",
    "ck_import_row_count": "UPDATE import SET row_count = 0",
    "ck_import_content": "UPDATE import SET content = 'kept'",
    "ck_import_header": "UPDATE import SET state = 'gone'",
    "ck_import_confirmed_at": "UPDATE import SET state = 'importing'",
    "ck_import_row_outcome": "UPDATE import_row SET outcome = 'odd'" + _REFUSED,
    "ck_import_row_reason": "UPDATE import_row SET reason = 'phone'" + _CREATE,
    "ck_import_row_result": "UPDATE import_row SET result = 'odd'" + _CREATE,
    "ck_import_row_only_as_said": "UPDATE import_row SET result = 'changed', result_reason = 'phone'" + _REFUSED,
    "ck_import_row_made_id": "UPDATE import_row SET made_id = id" + _CREATE,
    "ck_import_row_result_reason": "UPDATE import_row SET result = 'changed'" + _CREATE,
    "uq_import_row_import_id_number": "UPDATE import_row SET number = 2",
    "uq_import_row_made_id": "UPDATE import_row SET result = 'created', made_id = import_id" + _CREATE,
}


def test_database_refuses_imports_that_cannot_be(desk: Desk) -> None:
    desk.bring(HEAD + ROSA + "Theo,Marchand,,,,,dana\nSam,Doubtful,,call me,,,dana\n")
    desk.work()
    assert rules_of(desk.owner, "import", "import_row") == set(CHANGES)
    assert refusals(desk.owner, CHANGES) == {name: name for name in CHANGES}
