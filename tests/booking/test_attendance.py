"""A therapist notes who came, through the pages, and each client reads of themself alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clinic.booking import attendance, service
from clinic.booking.errors import TooEarlyError, WrongStateError
from clinic.booking.models import Attendee
from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from tests.booking.conftest import NOW, Wishing
from tests.booking.conftest import at as on_thursday
from tests.booking.test_sessions import at, booked, joint
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

__all__ = ["booked", "joint"]
Open = Callable[..., Browser]
HALF_AN_HOUR = timedelta(minutes=30)


def noted(acting: Acting, appointment_id: UUID) -> dict[UUID, str | None]:
    """What is noted of each client of the session."""
    with acting():
        query = select(Attendee.client_id, Attendee.attendance).where(Attendee.appointment_id == appointment_id)
        return {row.client_id: row.attendance for row in db.session.execute(query)}


def without_tokens(page: str) -> str:
    """The page without what differs from one second to the next."""
    return re.sub(r'name="(csrf_token|idempotency_key)"[^>]*?value="[^"]*"', "", page)


def pill(page: str) -> str:
    """The word for the session's state."""
    found = re.search(r'<span class="pill[^"]*">(?:<svg.*?</svg>)?\s*([^<]+?)\s*</span>', page, re.S)
    assert found is not None
    return found[1]


def test_a_therapist_notes_who_came_and_may_change_it(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    page, path = f"/sessions/{booked}", f"/sessions/{booked}/attendance/{practice.alice_client}"
    dana = browser(practice.dana)
    assert "Did Alice come?" not in dana.get(page).text
    assert "half an hour before" in dana.submit(path, attendance="arrived", follow_redirects=True).text
    settings_clock(at(10) - clock.now() - HALF_AN_HOUR + timedelta(seconds=1))
    dana = browser(practice.dana)
    assert f'action="{path}"' in dana.get(page).text
    refused = dana.submit(path)
    assert refused.status_code == 422
    assert "Please choose one." in refused.text
    assert noted(acting, booked) == {practice.alice_client: None}
    for mark in ("arrived", "absent"):
        assert dana.submit(path, attendance=mark).status_code == 303
        assert noted(acting, booked) == {practice.alice_client: mark}
        assert re.search(rf'value="{mark}"\s+checked', dana.get(page).text)
    with acting() as session:
        trail = "SELECT detail FROM audit_event WHERE action = 'attendance.update' AND outcome = 'done' ORDER BY id"
        assert session.scalars(text(trail)).all() == ["arrived", "absent"]
        assert session.scalars(select(OutboxMessage.kind)).all() == ["booking.confirmed"]


@pytest.mark.parametrize(
    ("mark", "for_client", "for_staff"),
    [
        ("arrived", "took place", "took place"),
        ("late", "took place", "took place"),
        ("absent", "missed", "did not come"),
    ],
)
def test_what_is_over_says_only_what_is_known(
    browser: Open,
    practice: Practice,
    booked: UUID,
    settings_clock: Callable[[timedelta], None],
    mark: str,
    for_client: str,
    for_staff: str,
) -> None:
    settings_clock(at(10) - clock.now() + timedelta(hours=1))
    dana, alice = browser(practice.dana), browser(practice.alice)
    assert (pill(alice.get(f"/sessions/{booked}").text), pill(dana.get(f"/sessions/{booked}").text)) == (
        "over",
        "not marked yet",
    )
    dana.submit(f"/sessions/{booked}/attendance/{practice.alice_client}", attendance=mark)
    assert pill(alice.get(f"/sessions/{booked}").text) == for_client
    assert for_client in alice.get("/sessions").text
    assert pill(dana.get(f"/sessions/{booked}").text) == for_staff


def test_a_partner_reads_nothing_of_the_other(
    browser: Open, practice: Practice, joint: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(13) - clock.now() + timedelta(hours=2))
    dana, bob = browser(practice.dana), browser(practice.bob)
    pages = (f"/sessions/{joint}", "/sessions")
    before = [without_tokens(bob.get(page).text) for page in pages]
    for mark in ("absent", "late", "arrived"):
        dana.submit(f"/sessions/{joint}/attendance/{practice.alice_client}", attendance=mark)
        assert [without_tokens(bob.get(page).text) for page in pages] == before
    dana.submit(f"/sessions/{joint}/attendance/{practice.bob_client}", attendance="absent")
    assert pill(bob.get(f"/sessions/{joint}").text) == "missed"
    assert pill(browser(practice.alice).get(f"/sessions/{joint}").text) == "took place"


def test_a_mark_of_somebody_who_is_in_care_no_more_is_refused(
    browser: Open, practice: Practice, joint: UUID, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(13) - clock.now())
    with acting() as session:
        care = session.scalars(select(CareRelationship).where(CareRelationship.client_id == practice.bob_client)).one()
        care.starts_at, care.ends_at = clock.now() - timedelta(days=9), clock.now() - timedelta(minutes=1)
    dana = browser(practice.dana)
    page = dana.get(f"/sessions/{joint}").text
    assert ("Did Alice come?" in page, "Did Bob come?" in page) == (True, False)
    path = f"/sessions/{joint}/attendance"
    assert dana.submit(f"{path}/{practice.bob_client}", attendance="arrived").status_code == 404
    assert dana.submit(f"{path}/{practice.carol_client}", attendance="arrived").status_code == 404
    assert browser(practice.erik).submit(f"{path}/{practice.alice_client}", attendance="late").status_code == 404
    assert noted(acting, joint) == {practice.alice_client: None, practice.bob_client: None}


def test_a_session_that_is_moved_or_cancelled_forgets_who_came(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        early = on_thursday(10) - timedelta(minutes=10)
        made = service.book(wishing(on_thursday(10)), [practice.alice_client], by=practice.dana, now=NOW)
        attendance.mark_attendance(made.id, practice.alice_client, "arrived", now=early)
        service.move(made, wishing(on_thursday(14)), by=practice.dana, now=early, is_staff=True)
        attendee = db.session.get_one(Attendee, (made.id, practice.alice_client))
        assert attendee.attendance is None
        with pytest.raises(TooEarlyError):
            attendance.mark_attendance(made.id, practice.alice_client, "arrived", now=early)
        waiting = on_thursday(14) - HALF_AN_HOUR
        attendance.mark_attendance(made.id, practice.alice_client, "arrived", now=waiting)
        service.cancel(made, by=practice.dana, now=waiting, is_staff=True)
        assert attendee.attendance is None
        with pytest.raises(WrongStateError):
            attendance.mark_attendance(made.id, practice.alice_client, "arrived", now=waiting)
