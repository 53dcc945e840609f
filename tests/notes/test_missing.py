"""Sessions without a note: which are asked about, for whom, and one press that begins it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from clinic.booking.models import Attendee
from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.database.session import db
from clinic.notes import queries
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import book
from tests.notes.conftest import Opening, Sessions, Writing, let_in, therapist


def missing(acting: Acting, practice: Practice) -> list[UUID]:
    """Of which sessions Dana's list asks for a note."""
    with acting(therapist(practice.dana)):
        return [each.id for each in db.session.scalars(queries.missing(practice.dana, clock.now()))]


def mark(acting: Acting, session: UUID, attendance: str | None) -> None:
    """Note who came, for everybody in it."""
    with acting():
        db.session.execute(update(Attendee).where(Attendee.appointment_id == session).values(attendance=attendance))


def test_session_that_took_place_is_asked_about_until_a_note_of_it_is_signed(
    acting: Acting, practice: Practice, sessions: Sessions, writing: Writing
) -> None:
    assert missing(acting, practice) == [sessions.joint, sessions.own]
    draft = writing.start("couple", session=sessions.joint)
    assert missing(acting, practice) == [sessions.joint, sessions.own]
    writing.sign(draft)
    assert missing(acting, practice) == [sessions.own]


@pytest.mark.parametrize(
    ("attendance", "is_asked"), [("arrived", True), ("late", True), (None, True), ("absent", False)]
)
def test_session_to_which_nobody_came_has_no_note(
    acting: Acting, practice: Practice, sessions: Sessions, attendance: str | None, is_asked: bool
) -> None:
    mark(acting, sessions.own, attendance)
    assert (sessions.own in missing(acting, practice)) is is_asked


def test_neither_old_sessions_nor_those_to_come_are_asked_about(acting: Acting, practice: Practice) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        booked = [book(practice, [practice.alice_client], hour + timedelta(days=days)) for days in (-91, -89, 1)]
    assert missing(acting, practice) == [booked[1]]


def test_session_of_somebody_who_went_to_another_therapist_is_not_asked_about(
    acting: Acting, practice: Practice, sessions: Sessions
) -> None:
    now = clock.now()
    theirs = update(CareRelationship).where(CareRelationship.client_id == practice.alice_client)
    with acting():
        db.session.execute(theirs.values(starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=1)))
    assert missing(acting, practice) == [sessions.joint]


def test_waiting_note_counts_as_signed(
    acting: Acting, practice: Practice, writing: Writing, browser: Opening, sessions: Sessions, supervised: None
) -> None:
    """Erik has taken the session over, and signs its note; it waits for Dana, and not on his list."""
    let_in(acting, practice.alice_client, practice.erik, "cover", (-3, 3))
    writing.signed("alice", practice.erik, session=sessions.own)
    assert sessions.own not in missing(acting, practice)


def test_today_counts_for_the_therapist_alone(browser: Opening, practice: Practice, sessions: Sessions) -> None:
    words = "2 sessions have no signed note yet."
    assert words in browser(practice.dana).get("/today").text
    for who in ("erik", "desk", "owner", "alice"):
        assert "signed note" not in browser(getattr(practice, who)).get("/today").text


def test_one_press_begins_the_note_and_the_list_leads_back_to_it(
    browser: Opening, practice: Practice, sessions: Sessions
) -> None:
    dana = browser(practice.dana)
    assert dana.get("/notes/missing").text.count("Write the note") == 2
    written = dana.submit(f"/sessions/{sessions.own}/notes").location
    page = dana.get("/notes/missing").text
    assert (page.count("Write the note"), f'href="{written}"' in page) == (1, True)


def test_list_asks_as_much_for_many_sessions_as_for_one_and_has_pages(
    browser: Opening, practice: Practice, acting: Acting, sessions: Sessions, statements: list[str]
) -> None:
    dana = browser(practice.dana)
    dana.get("/notes/missing")
    statements.clear()
    dana.get("/notes/missing")
    few = len(statements)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        for days in range(2, 24):
            book(practice, [practice.bob_client], hour - timedelta(days=days))
    statements.clear()
    page = dana.get("/notes/missing").text
    assert (len(statements), 'class="pager"' in page) == (few, True)
