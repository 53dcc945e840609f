"""Staff change how one session takes place, at its own time or with a move; who comes is told what is true."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clinic.booking import mails, notices, service
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Room
from tests.booking.conftest import Wishing
from tests.booking.test_sessions import at, booked, joint
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

__all__ = ["booked", "joint"]
Open = Callable[..., Browser]


def slot(practice: Practice, hour: int) -> str:
    return f"{at(hour).isoformat()}~{practice.dana}"


def rooms_claimed(session_id: UUID) -> int:
    """How many rooms it claims."""
    query = select(func.count()).select_from(Claim).join(Room, Room.id == Claim.resource)
    return db.session.scalar(query.where(Claim.appointment_id == session_id)) or 0


@pytest.mark.parametrize("door", ["schedule", "sessions"])
def test_staff_change_how_at_the_same_time_with_a_room_and_a_message_to_both(
    browser: Open, practice: Practice, joint: UUID, acting: Acting, door: str
) -> None:
    staff = browser(practice.desk if door == "schedule" else practice.dana)
    path = f"/{door}/{joint}"
    assert "Change how" in staff.get(path).text
    look = staff.get(f"{path}/move/confirm", query_string={"start": at(13).isoformat()}).text
    assert "Change how it takes place?" in look
    assert 'value="office"' in look
    saved = staff.submit(f"{path}/move", slot=slot(practice, 13), how="office", follow_redirects=True)
    assert "Changed. Everyone who is coming is told, and their therapist sees it." in saved.text
    with acting() as session:
        changed = session.get_one(Appointment, joint)
        assert (changed.modality, changed.starts_at, rooms_claimed(joint)) == ("office", at(13), 1)
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == notices.MOVED)).all()
        assert {each.recipient_id for each in told} == {practice.alice, practice.bob}
        for each in told:
            letter = mails.render(each, clock.now())
            assert letter is not None
            assert "Something about your appointment has changed. It is now:" in letter.text
            assert [file.method for file in letter.attachments] == ["REQUEST"]
    staff.submit(f"{path}/move", slot=slot(practice, 13), how="video")
    with acting() as session:
        assert (session.get_one(Appointment, joint).modality, rooms_claimed(joint)) == ("video", 0)


def test_a_move_takes_its_way_along_and_says_the_new_time(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    browser(practice.desk).submit(f"/schedule/{booked}/move", slot=slot(practice, 15), how="office")
    with acting() as session:
        moved = session.get_one(Appointment, booked)
        assert (moved.modality, moved.starts_at, rooms_claimed(booked)) == ("office", at(15), 1)
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == notices.MOVED)).one()
        letter = mails.render(told, clock.now())
        assert letter is not None
        assert "has a new time" in letter.text


@pytest.mark.parametrize("how", ["video", "by pigeon", ""])
def test_what_stands_already_or_makes_no_sense_changes_nothing(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, how: str
) -> None:
    page = browser(practice.desk).submit(
        f"/schedule/{booked}/move", slot=slot(practice, 10), how=how, follow_redirects=True
    )
    assert "Nothing was changed." in page.text
    with acting() as session:
        assert session.get_one(Appointment, booked).sequence == 0
        steps = select(AppointmentEvent.kind).where(AppointmentEvent.appointment_id == booked)
        assert session.scalars(steps).all() == ["booked"]


def test_a_client_cannot_change_how(browser: Open, practice: Practice, booked: UUID, acting: Acting) -> None:
    alice = browser(practice.alice)
    assert "Change how" not in alice.get(f"/sessions/{booked}").text
    alice.submit(f"/sessions/{booked}/move", slot=slot(practice, 15), how="office")
    with acting() as session:
        assert session.get_one(Appointment, booked).modality == "video"


def test_without_a_room_it_stays_as_it_is(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        for room in session.scalars(select(Room).order_by(Room.id).offset(1)):
            room.is_active = False
    with acting():
        wish = wishing(at(10), therapist=practice.erik, modality="office")
        service.book(wish, [practice.carol_client], by=practice.erik, now=clock.now())
    answer = browser(practice.desk).submit(f"/schedule/{booked}/move", slot=slot(practice, 10), how="office")
    assert answer.status_code == 409
    assert f'action="/schedule/{booked}/move?how=office"' in answer.text
    with acting() as session:
        assert session.get_one(Appointment, booked).modality == "video"
