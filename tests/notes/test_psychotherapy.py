"""Psychotherapy notes: their author alone, and what the trail and every other page say of them: nothing."""

import re
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.core import clock
from clinic.notes import psychotherapy
from tests.conftest import Acting
from tests.factories import Practice
from tests.notes.conftest import WORDS, Opening, let_in, therapist

ROOT = Path(__file__).parents[2]


def keep(acting: Acting, practice: Practice) -> UUID:
    """Dana writes one about Alice."""
    with acting(therapist(practice.dana)):
        return psychotherapy.add(practice.alice_client, practice.dana, WORDS, clock.now()).id


def test_author_writes_reads_changes_and_deletes(browser: Opening, practice: Practice) -> None:
    dana, path = browser(practice.dana), f"/clients/{practice.alice_client}/psychotherapy-notes"
    assert dana.submit(path, text=" ").status_code == 422
    assert dana.submit(path, text=WORDS).status_code == 303
    page = dana.get(path).text
    assert WORDS not in page
    one = "/psychotherapy-notes/" + page.partition('href="/psychotherapy-notes/')[2].partition('"')[0]
    assert WORDS in dana.get(one).text
    assert dana.submit(one, text="Otherwise.").status_code == 303
    assert "Otherwise." in dana.get(one).text
    assert dana.submit(f"{one}/delete").status_code == 303
    assert dana.get(one).status_code == 404


def test_nobody_else_opens_one_whatever_their_care(
    browser: Opening, practice: Practice, acting: Acting, ines: UUID
) -> None:
    note = keep(acting, practice)
    let_in(acting, practice.alice_client, ines, "supervisor", (-1, None))
    let_in(acting, practice.alice_client, practice.erik, "cover", (-1, 1))
    for person_id in (ines, practice.erik, practice.alice, practice.bob, practice.desk, practice.owner):
        visitor = browser(person_id)
        assert visitor.get(f"/psychotherapy-notes/{note}").status_code == 404
        assert visitor.submit(f"/psychotherapy-notes/{note}/delete").status_code == 404
    for person_id in (ines, practice.erik):
        page = browser(person_id).get(f"/clients/{practice.alice_client}/psychotherapy-notes").text
        assert ("Kept so far" in page, str(note) in page) == (False, False)


def test_page_says_what_must_not_go_in_them(browser: Opening, practice: Practice) -> None:
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/psychotherapy-notes").text
    for word in ("began and ended", "how it was held", "tests", "diagnosis", "plan", "progress"):
        assert word in page.partition("and not here")[2]


def test_trail_says_only_that_one_was_opened(browser: Opening, practice: Practice, acting: Acting) -> None:
    note = keep(acting, practice)
    dana = browser(practice.dana)
    assert dana.get(f"/psychotherapy-notes/{note}").status_code == 200
    with acting() as session:
        rows = session.execute(
            select(
                AuditEvent.action, AuditEvent.person_id, AuditEvent.record_id, AuditEvent.client_id, AuditEvent.detail
            )
        )
        assert [tuple(row) for row in rows] == [("psychotherapy_note.open", practice.dana, None, None, None)]


def test_nothing_else_knows_of_them() -> None:
    """No export, search, report, message or job can hold what it does not name."""
    naming = {
        path.relative_to(ROOT).parts[:2]
        for path in (*ROOT.glob("clinic/**/*.py"), *ROOT.glob("worker/*.py"))
        if "psychotherapy" in path.read_text(encoding="utf-8").lower()
    }
    assert naming == {("clinic", each) for each in ("notes", "vault", "web", "features.py", "demo")}


def test_no_other_page_tells_that_there_is_one(browser: Opening, practice: Practice, acting: Acting) -> None:
    dana = browser(practice.dana)
    paths = (
        f"/clients/{practice.alice_client}/notes",
        f"/couples/{practice.couple}/notes",
        "/today",
        f"/clients/{practice.alice_client}",
    )
    before = [_without_keys(dana.get(path).text) for path in paths]
    keep(acting, practice)
    assert [_without_keys(dana.get(path).text) for path in paths] == before


def _without_keys(page: str) -> str:
    return re.sub(r'value="[^"]{30,}"', "", page)
