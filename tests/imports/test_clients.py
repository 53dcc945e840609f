"""Clients out of a file: what the dry run says, that just this is imported, once, and that nobody is written to."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from clinic.core import clock
from clinic.database.session import transaction
from clinic.imports import queries, work
from clinic.imports.reading import MOST_ROWS
from clinic.web.policies import ALLOWED
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import make_client, make_person
from tests.imports.conftest import Desk, Working

HEAD = "Given name,Family name,E-mail,Phone,Birth date,Time zone,Therapist\n"
ROSA = "Rosa,Delgado,Rosa@Example.org,(212) 555-0171,1986-04-09,Europe/Berlin,Dana Whitfield\n"
MADE = (
    "SELECT given_name, family_name, email, phone, zone, state, is_mailbox_shared, messages_stopped_at IS NOT NULL"
    " FROM client JOIN person ON person.id = person_id WHERE email = 'rosa@example.org'"
)


def people(desk: Desk) -> object:
    return desk.owner.execute("SELECT count(*) FROM client").fetchone()


def test_dry_run_says_row_by_row_and_makes_nothing(desk: Desk) -> None:
    before = people(desk)
    lines = (
        ROSA,
        ",,nobody@example.org,,,,dana\n",
        "Sam,Doubtful,sam at example.org,,,,dana\n",
        "Sam,Doubtful,,call me,,,dana\n",
        "Sam,Doubtful,,,soon,,dana\n",
        "Lena,Young,,,2020-01-01,,dana\n",
        "Sam,Doubtful,,,,Mars/Olympus,dana\n",
        "Sam,Doubtful,,,,,Dr. No\n",
        "Sam,Doubtful,,,,,\n",
        "rosa,DELGADO,rosa@example.org,,,,dana\n",
        "Rosa,Delgado,other@example.org,,1990-01-01,,dana\n",
        "alice,hart,alice.hart@example.org,,,,dana\n",
        "Alice,Hart,else@example.org,,,,dana\n",
        "=cmd(),www.click.example,,,,,dana\n",
    )
    place = desk.bring(HEAD + "".join(lines))
    desk.work()
    assert desk.said() == {
        2: "create",
        3: "no_name",
        4: "address",
        5: "phone",
        6: "birth_date",
        7: "under_age",
        8: "zone",
        9: "therapist",
        10: "no_therapist",
        11: "duplicate",
        12: "create",
        13: "same_address",
        14: "same_name",
        15: "no_name",
    }
    assert people(desk) == before
    page = desk.browser.get(place).text
    assert "Import 2 rows" in page
    assert "The same as row 2 of this file." in page


def test_dry_run_says_nothing_of_whom_an_address_belongs_to(desk: Desk) -> None:
    """Not of a client, nor of who works here: only a name with its address is somebody who is here already."""
    addresses = ("nobody", "alice.hart", "carol.stone", "dana.whitfield", "olga.sand")
    names = ("Nora", "Otto", "Pia", "Quentin", "Ruth")
    rows = (f"{name},Weiss,{who}@example.org,,,,dana\n" for name, who in zip(names, addresses, strict=True))
    desk.bring(HEAD + "".join(rows))
    desk.work()
    assert set(desk.said().values()) == {"create"}


def test_import_makes_just_what_was_said_and_writes_to_nobody(desk: Desk) -> None:
    place = desk.bring(HEAD + ROSA)
    desk.work()
    desk.confirm(place)
    desk.work()
    assert desk.owner.execute(MADE).fetchall() == [
        ("Rosa", "Delgado", "rosa@example.org", "+12125550171", "Europe/Berlin", "active", True, True)
    ]
    assert [row[3] for row in desk.rows()] == ["created"]
    assert desk.owner.execute("SELECT count(*) FROM outbox_message").fetchone() == (0,)
    audits = "SELECT count(*) FROM audit_event WHERE action IN ('import.create', 'import.confirm', 'import.finish')"
    assert desk.owner.execute(audits).fetchone() == (3,)


def test_invitations_are_a_press_of_their_own_and_go_once(desk: Desk) -> None:
    place = desk.bring(HEAD + ROSA + "Theo,Marchand,,,,,dana\n")
    desk.work()
    assert desk.browser.submit(f"{place}/invite").status_code == 303  # too early: nothing happens
    desk.confirm(place)
    desk.work()
    for _press in range(2):
        desk.browser.submit(f"{place}/invite")
        desk.work()
    queued = "SELECT kind FROM outbox_message JOIN person ON person.id = recipient_id WHERE email = 'rosa@example.org'"
    assert desk.owner.execute(queued).fetchall() == [("account.join",)]
    assert desk.owner.execute("SELECT count(*) FROM outbox_message").fetchone() == (1,)
    assert [row[-1] for row in desk.owner.execute(MADE)] == [False]


def test_row_whose_world_has_changed_is_reported_and_not_forced(desk: Desk, acting: Acting) -> None:
    place = desk.bring(HEAD + ROSA + "Theo,Marchand,,,,,dana\n")
    desk.work()
    with acting() as session:
        now = clock.now()
        make_client(session, make_person(session, "Rosa", "Delgado", ["client"], now), desk.practice.erik, now)
    desk.confirm(place)
    desk.work()
    assert [row[3:] for row in desk.rows()] == [("changed", "same_name"), ("created", None)]
    assert "1 was not" in desk.browser.get(place).text
    assert "Rosa" in desk.browser.get(f"{place}/refused.csv").text


def test_two_confirms_at_once_import_once(desk: Desk, browser: Callable[..., Browser], working: Working) -> None:
    place = desk.bring(HEAD + ROSA)
    desk.work()
    twins = [browser(desk.practice.desk) for _each in range(2)]
    for twin in twins:
        twin.token()
    before = people(desk)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda twin: twin.submit(f"{place}/confirm").status_code, twins))
        assert answers == [303, 303]
        list(pool.map(lambda _worker: desk.work(), range(2)))
    assert people(desk) == (before[0] + 1,)  # type: ignore[index]
    confirmed = "SELECT count(*) FROM audit_event WHERE action = 'import.confirm'"
    assert desk.owner.execute(confirmed).fetchone() == (1,)


def test_who_is_killed_between_two_steps_goes_on_from_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    names = ("Ada", "Bea", "Cleo", "Dora", "Eve")
    before = people(desk)
    place = desk.bring(
        HEAD + "".join(f"{name},Reed,{name}@example.org,,,,dana\n" for name in names) + "Ada,Reed,,,,,dana\n"
    )
    with desk.working():
        with transaction(work.ACTOR):
            looker = work.prepared(queries.own(_id(desk), desk.practice.desk))
        assert work.check_some(_id(desk), looker)
    assert len(desk.rows()) == 2
    assert "2 of 6 rows looked at" in desk.browser.get(place).text
    desk.work()
    assert [row[:3] for row in desk.rows()] == [
        *((number, "create", None) for number in range(2, 7)),
        (7, "refused", "duplicate"),
    ]
    desk.confirm(place)
    with desk.working():
        assert work.import_one(_id(desk))
        _killed_before_commit(desk)
    assert [row[3] for row in desk.rows()] == ["created", None, None, None, None, None]
    assert "1 of 5 rows imported" in desk.browser.get(place).text
    desk.work()
    assert [row[3] for row in desk.rows()] == [*["created"] * 5, None]
    assert people(desk) == (before[0] + 5,)  # type: ignore[index]


def _id(desk: Desk):  # type: ignore[no-untyped-def]  # an id
    return desk.owner.execute("SELECT id FROM import").fetchone()[0]  # type: ignore[index]


def _killed_before_commit(desk: Desk) -> None:
    """All of a row's work, and then the connection is gone."""
    with suppress(KeyboardInterrupt), transaction(work.ACTOR):
        row = queries.next_row(_id(desk))
        assert row is not None
        row.result, row.made_id = "created", row.id
        raise KeyboardInterrupt


def test_what_the_file_says_is_sealed_and_gone_after_a_day(desk: Desk) -> None:
    place = desk.bring(HEAD + ROSA + "Sam,Doubtful,sam at example.org,,,,dana\n")
    kept = "SELECT content, header FROM import UNION ALL SELECT cells, NULL FROM import_row"
    assert b"Rosa" not in repr(desk.owner.execute(kept).fetchall()).encode()
    desk.work()
    assert desk.owner.execute("SELECT content FROM import").fetchone() == (None,)
    assert b"Rosa" not in repr(desk.owner.execute(kept).fetchall()).encode()
    clock.move(timedelta(days=1, seconds=1))
    desk.work()
    assert [row[0] for row in desk.owner.execute(kept)] == [None, None, None]
    desk.browser.sign_in_as(desk.practice.desk)
    page = desk.browser.get(place)
    assert "Please bring the file again." in page.text
    assert "Doubtful" not in page.text
    assert desk.browser.get(f"{place}/refused.csv").status_code == 404
    desk.confirm(place)
    desk.work()
    assert desk.owner.execute("SELECT state FROM import").fetchone() == ("gone",)


def test_file_is_taken_away_at_a_press(desk: Desk) -> None:
    place = desk.bring(HEAD + ROSA)
    desk.work()
    desk.browser.submit(f"{place}/take-away")
    desk.work()
    assert desk.owner.execute("SELECT cells FROM import_row").fetchone() == (None,)


def test_refused_rows_come_back_with_reasons_and_without_formulas(desk: Desk) -> None:
    place = desk.bring(HEAD + ROSA + '=cmd(),"Do,ubt",+1,@x,-1,,dana\n')
    desk.work()
    answer = desk.browser.get(f"{place}/refused.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="refused.csv"'
    first, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert first == [*HEAD.strip().split(","), "Reason"]
    assert rows == [
        [
            "'=cmd()",
            "Do,ubt",
            "'+1",
            "'@x",
            "'-1",
            "",
            "dana",
            "The birth date does not look right. Please write it like 1986-04-09.",
        ]
    ]


def test_filter_stays_in_the_address_and_pages_keep_it(desk: Desk, statements: list[str]) -> None:
    place = desk.bring(HEAD + ROSA + "Sam,Doubtful,sam at example.org,,,,dana\n" * 25)
    desk.work()
    assert "Rosa" not in desk.browser.get(f"{place}?rows=refused").text
    assert "rows=refused&amp;page=2" in desk.browser.get(f"{place}?rows=refused").text
    statements.clear()
    desk.browser.get(f"{place}?rows=create")
    one = len(statements)
    statements.clear()
    desk.browser.get(f"{place}?rows=refused&page=1")
    assert len(statements) == one


def test_windows_file_is_read_and_the_page_says_so(desk: Desk) -> None:
    place = desk.bring((HEAD + "Théo,Marchand,,,,,dana\n").encode("cp1252"))
    desk.work()
    page = desk.browser.get(place).text
    assert "Théo" in page
    assert "Windows-1252" in page


def test_bad_file_is_refused_in_words_and_nothing_is_kept(desk: Desk) -> None:
    assert "This is not a CSV file." in desk.refused(b"PK\x03\x04", name="clients.xlsx")
    assert "Family name / Name" in desk.refused("First Name,Email\na,b\n")
    assert f"more than {MOST_ROWS} rows" in desk.refused(HEAD + ROSA * (MOST_ROWS + 1))
    assert "Please choose a file." in desk.browser.submit("/imports/clients").text


def test_template_can_be_brought_as_it_is(desk: Desk) -> None:
    desk.bring(desk.browser.get("/imports/clients/template.csv").data)
    desk.work()
    assert desk.said() == {2: "no_therapist", 3: "no_therapist"}  # two work here, and the file names none


def test_who_may_import_sees_the_list_of_people_anyway(desk: Desk, browser: Callable[..., Browser]) -> None:
    """A dry run says of each row whether somebody is here already, so it is no way around that list."""
    assert all(ALLOWED[each] <= ALLOWED["people.read"] for each in ALLOWED if each.startswith("import."))
    olga = browser(desk.practice.owner)
    for page in ("/people", "/imports/clients", "/imports/appointments", "/imports/clients/template.csv"):
        assert olga.get(page).status_code == 404
    assert "/imports/" not in olga.get("/practice").text


def test_only_who_brought_the_file_sees_it(desk: Desk, browser: Callable[..., Browser]) -> None:
    place = desk.bring(HEAD + ROSA)
    for other in (desk.practice.owner, desk.practice.dana, desk.practice.alice):
        for path in (place, f"{place}/refused.csv"):
            assert browser(other).get(path).status_code == 404
        assert browser(other).submit(f"{place}/confirm").status_code == 404
