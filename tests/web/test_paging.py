"""Lists in pages: counted ones, and those that are too long to be counted."""

from sqlalchemy import Select, event, func, select

from clinic.database.session import db
from clinic.web.paging import endless_rows
from tests.conftest import Acting


def numbers(upto: int) -> Select[int]:
    each = func.generate_series(1, upto).column_valued("number")
    return select(each).order_by(each)


def test_endless_list_looks_one_row_ahead_and_counts_nothing(acting: Acting) -> None:
    statements: list[str] = []
    with acting():
        engine = db.engine

        def note(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        first, last, beyond = (endless_rows(numbers(45), page) for page in (1, 3, 4))
        event.remove(engine, "before_cursor_execute", note)
    assert [len(page.items) for page in (first, last, beyond)] == [20, 5, 0]
    assert [page.pages > page.page for page in (first, last, beyond)] == [True, False, False]
    assert len(statements) == 3
    assert "count(" not in "".join(statements)
