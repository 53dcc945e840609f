"""The messages about appointments: what they say, and when they make no sense any more."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from clinic.booking import mails, notices, service
from clinic.booking.models import Appointment, AppointmentEvent
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter
from tests.booking.asking import ask_bob
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice


def message(kind: str) -> OutboxMessage:
    """The newest message of that kind, whatever became of it."""
    query = select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id.desc()).limit(1)
    return db.session.scalars(query).one()


def remind(booked: Appointment, person_id: UUID) -> None:
    """Queue the reminder of the session as it stands, as the reminders do."""
    query = select(AppointmentEvent.id).where(AppointmentEvent.appointment_id == booked.id)
    event_id = db.session.scalars(query.order_by(AppointmentEvent.id.desc()).limit(1)).one()
    outbox.queue(notices.REMINDER, event_id, booked.starts_at, person_id, now=NOW)


def letter(kind: str) -> Letter:
    """That message as it would be sent."""
    rendered = mails.render(message(kind), NOW)
    assert rendered is not None
    return rendered


def book(wishing: Wishing, practice: Practice) -> Appointment:
    """Alice's session with Dana."""
    return service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)


def file_of(sent: Letter) -> tuple[str, str, int, datetime]:
    """Method, uid, sequence and start of the attached calendar file."""
    calendar = Calendar.from_ical(sent.attachments[0].content)
    event = calendar.walk("VEVENT")[0]
    return (
        str(calendar["METHOD"]),
        str(event["UID"]),
        int(event.decoded("SEQUENCE")),
        event.decoded("DTSTART"),
    )


def test_each_step_says_its_news_in_the_readers_zone_and_nothing_clinical(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        session.execute(text("UPDATE person SET zone = 'Europe/Berlin' WHERE id = :id"), {"id": practice.alice})
        booked = book(wishing, practice)
        assert "Your appointment is booked:\nThursday, November 26, 4:00" in letter(notices.CONFIRMED).text
        remind(booked, practice.alice)
        assert "A reminder of your appointment:" in letter(notices.REMINDER).text
        moved = service.move(booked, wishing(at(14)), by=practice.alice, now=NOW)
        assert "has a new time:\nThursday, November 26, 8:00" in letter(notices.MOVED).text
        service.cancel(moved, by=practice.alice, now=NOW)
        assert "is cancelled. It was to be:" in letter(notices.CANCELLED).text
        for kind in (notices.CONFIRMED, notices.MOVED, notices.CANCELLED):
            sent = letter(kind)
            assert sent.to == "alice.hart@example.org"
            assert sent.subject == "Your appointment"
            for word in ("therap", "session", "couple", "Individual", "Dana", "Bob"):
                assert word not in sent.text


def test_calendar_files_keep_their_uid_and_count_up(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = book(wishing, practice)
        uid = f"{booked.id}@clinic"
        assert file_of(letter(notices.CONFIRMED)) == ("REQUEST", uid, 0, at(10))
        moved = service.move(booked, wishing(at(14)), by=practice.alice, now=NOW)
        assert file_of(letter(notices.MOVED)) == ("REQUEST", uid, 1, at(14))
        service.cancel(moved, by=practice.alice, now=NOW)
        assert file_of(letter(notices.CANCELLED)) == ("CANCEL", uid, 2, at(14))


def test_a_shared_mailbox_learns_nothing(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET is_mailbox_shared = true"))
        booked = book(wishing, practice)
        remind(booked, practice.alice)
        service.cancel(service.move(booked, wishing(at(14)), by=None, now=NOW), by=None, now=NOW)
        kinds = (notices.CONFIRMED, notices.REMINDER, notices.MOVED, notices.CANCELLED)
        said = {(letter(kind).subject, letter(kind).text, letter(kind).attachments) for kind in kinds}
        assert len(said) == 1
        ((subject, words, files),) = said
        assert (subject, files) == ("Please sign in", ())
        assert "/appointment/" not in words
        assert "November" not in words


def test_a_person_without_an_address_gets_no_letter(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.execute(text("UPDATE person SET email = NULL WHERE id = :id"), {"id": practice.alice})
        book(wishing, practice)
        assert mails.render(message(notices.CONFIRMED), NOW) is None


Change = Callable[[Appointment, Wishing, Practice], object]


@pytest.mark.parametrize(
    ("change", "now", "reason"),
    [
        (lambda *_: None, NOW, None),
        (lambda *_: None, at(10), "begun"),
        (lambda booked, wishing, _: service.move(booked, wishing(at(14)), by=None, now=NOW), NOW, "moved"),
        (lambda booked, *_: service.cancel(booked, by=None, now=NOW), NOW, "cancelled"),
        (
            lambda *_: db.session.execute(text("UPDATE client SET state = 'closed', closed_at = now()")),
            NOW,
            "not attending",
        ),
    ],
)
def test_a_confirmation_is_wanted_while_it_is_true(
    acting: Acting, practice: Practice, wishing: Wishing, change: Change, now: datetime, reason: str | None
) -> None:
    with acting():
        change(book(wishing, practice), wishing, practice)
        db.session.expire_all()
        assert mails.still_wanted(message(notices.CONFIRMED), now) == reason


def test_news_of_a_cancellation_is_wanted_only_while_it_is_cancelled(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        service.cancel(book(wishing, practice), by=practice.alice, now=NOW)
        assert mails.still_wanted(message(notices.CANCELLED), NOW) is None
        assert mails.still_wanted(message(notices.CANCELLED), at(10)) == "begun"


def test_nobody_is_told_to_move_what_the_practice_moves(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(at(10), service=practice.couple_session)
        joint = service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
        said = {"booked": letter(notices.CONFIRMED).text}
        remind(joint, practice.bob)
        said["reminded"] = letter(notices.REMINDER).text
        later = wishing(at(14), service=practice.couple_session)
        service.move(joint, later, by=practice.dana, now=NOW, is_staff=True)
        said["moved"] = letter(notices.MOVED).text
        service.cancel(joint, by=practice.dana, now=NOW, is_staff=True)
        ask_bob(practice, wishing(at(9), service=practice.couple_session), NOW)
        said["asked for"] = letter(notices.REQUESTED).text
        for news, what in {"booked": "see", "reminded": "confirm", "moved": "see"}.items():
            assert f"To {what} or cancel it (for another time, please call us):" in said[news]
        assert "To see it or take it back:" in said["asked for"]
        assert [news for news, words in said.items() if "move or cancel" in words] == []
        service.book(wishing(at(16)), both[:1], by=practice.dana, now=NOW)
        assert "To see, move or cancel it:" in letter(notices.CONFIRMED).text


def test_the_page_of_a_joint_session_offers_what_can_be_done(
    acting: Acting, practice: Practice, wishing: Wishing, browser: Callable[..., Browser]
) -> None:
    with acting():
        both, now = [practice.alice_client, practice.bob_client], clock.now()
        wish = wishing(soon(10), service=practice.couple_session)
        joint = service.book(wish, both, by=practice.dana, now=now, couple_id=practice.couple).id
        alone = service.book(wishing(soon(14)), both[:1], by=practice.dana, now=now).id
    pages = browser(practice.alice)
    shown = pages.get(f"/sessions/{joint}").text
    assert ("You can cancel until" in shown, "move or cancel" in shown) == (True, False)
    assert "You can move or cancel until" in pages.get(f"/sessions/{alone}").text
