"""A couple ends: its joint sessions ahead are to be confirmed by the practice, in the same words to both."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from clinic.booking import mails, notices, service, unsettled
from clinic.booking.errors import RequestOverError, WrongStateError
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.clients import couples
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outbox.models import OutboxMessage
from clinic.reminders import queries as reminders
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_feeds import address
from tests.booking.test_mails import file_of, letter, message, remind
from tests.booking.test_requests import kinds_to
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
CLIENT_WORD, STAFF_WORD = "to be confirmed by the practice", "to be confirmed"


def book_both(practice: Practice, wishing: Wishing, hour: int = 10) -> Appointment:
    """A joint session of Alice and Bob on the day of these tests."""
    both = [practice.alice_client, practice.bob_client]
    wish = wishing(at(hour), service=practice.couple_session)
    return service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)


@pytest.fixture
def joint(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """A joint session of Alice and Bob in a few days, by the clock of their pages; nothing is queued about it."""
    with acting():
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(soon(10), service=practice.couple_session)
        now, couple = clock.now(), practice.couple
        return service.book(wish, both, by=practice.dana, now=now, couple_id=couple, is_told=False).id


def told(person_id: UUID) -> list[str]:
    """What waits to be sent to somebody."""
    query = select(OutboxMessage.kind).where(OutboxMessage.recipient_id == person_id, OutboxMessage.state == "queued")
    return [*db.session.scalars(query)]


def test_the_end_of_a_couple_unsettles_what_is_joint_and_ahead_and_nothing_else(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        over, ahead = book_both(practice, wishing, 9), book_both(practice, wishing, 14)
        cancelled = service.cancel(book_both(practice, wishing, 16), by=None, now=NOW)
        alone = service.book(wishing(at(12)), [practice.alice_client], by=None, now=NOW)
        couples.end(practice.couple, practice.alice, at(9))
        for each in (over, ahead, cancelled, alone):
            session.refresh(each)
        assert [each.unsettled_at for each in (over, ahead, cancelled, alone)] == [None, at(9), None, None]
        assert (ahead.state, ahead.sequence, cancelled.state) == ("confirmed", 1, "cancelled")
        claimed = select(Claim.resource).where(Claim.appointment_id == ahead.id)
        assert {*session.scalars(claimed)} == {practice.dana, practice.alice_client, practice.bob_client}


@pytest.mark.parametrize("who", ["alice", "bob", "dana"])
def test_both_read_the_same_whoever_ended_it_and_no_message_goes_out(
    browser: Open, acting: Acting, practice: Practice, joint: UUID, who: str
) -> None:
    with acting() as session:
        couples.end(practice.couple, getattr(practice, who), clock.now())
        assert told(practice.alice) == told(practice.bob) == []
        by = select(AppointmentEvent.person_id).where(AppointmentEvent.kind == "unsettled")
        assert session.scalars(by).all() == [None]
    read = []
    for reader in (practice.alice, practice.bob):
        pages = browser(reader)
        shown = pages.get(f"/sessions/{joint}").text.partition("<h1")[2]
        assert f"{CLIENT_WORD}. There is nothing that you need to do" in shown
        assert "without it counting as late" not in shown
        assert CLIENT_WORD in pages.get("/sessions").text
        assert CLIENT_WORD in pages.get("/today").text
        read.append(re.sub(r'value="[^"]*"', "", shown))
    assert read[0] == read[1]


def test_who_is_about_to_end_the_sharing_reads_what_becomes_of_joint_sessions(
    browser: Open, practice: Practice, joint: UUID
) -> None:
    page = browser(practice.alice).get("/record/sharing/end").text
    assert "They become “to be confirmed by the practice” for both of you" in page
    assert "sends no message" in page


def test_staff_read_the_word_on_their_calendars_the_day_sheet_and_the_session(
    browser: Open, acting: Acting, practice: Practice, joint: UUID
) -> None:
    day = soon(10).date()
    pages = [
        (practice.dana, f"/calendar?view=day&day={day}"),
        (practice.dana, f"/calendar?view=agenda&day={day}"),
        (practice.dana, f"/sessions/{joint}"),
        (practice.desk, f"/calendar/practice?day={day}"),
        (practice.desk, f"/day-sheet?day={day}"),
        (practice.desk, f"/schedule/{joint}"),
    ]
    assert [path for who, path in pages if STAFF_WORD in browser(who).get(path).text.lower()] == []
    with acting():
        couples.end(practice.couple, practice.bob, clock.now())
    assert [path for who, path in pages if STAFF_WORD not in browser(who).get(path).text.lower()] == []


def test_feeds_and_files_say_that_it_is_not_certain(
    browser: Open, acting: Acting, practice: Practice, joint: UUID
) -> None:
    feeds = [address(browser(who)) for who in (practice.alice, practice.bob, practice.dana)]
    with acting():
        couples.end(practice.couple, practice.bob, clock.now())
    read = [Calendar.from_ical(browser().get(feed).data).events[0] for feed in feeds]
    assert [str(each["SUMMARY"]) for each in read] == [
        "Appointment, to be confirmed",
        "Appointment, to be confirmed",
        "A. & B. H., to be confirmed",
    ]
    assert {(str(each["STATUS"]), each["SEQUENCE"]) for each in read} == {("TENTATIVE", 1)}
    file = browser(practice.alice).get(f"/sessions/{joint}/appointment.ics").data
    assert str(Calendar.from_ical(file).events[0]["STATUS"]) == "TENTATIVE"


@pytest.mark.parametrize("who", ["dana", "desk"])
def test_the_practice_keeps_it_for_both(
    browser: Open, acting: Acting, practice: Practice, joint: UUID, who: str
) -> None:
    staff = browser(getattr(practice, who))
    assert "No request waits" in staff.get("/requests").text
    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
    assert "1 request waits for an answer." in staff.get("/today").text
    listed = staff.get("/requests").text
    assert [
        word
        for word in ("Keep for both", "Cancel for both", "The sharing of these two has ended")
        if word not in listed
    ] == []
    assert "Accept" not in listed
    answer = staff.submit(f"/requests/{joint}/keep", follow_redirects=True)
    assert "Both have been told that it is booked." in answer.text
    assert "No request waits" in answer.text
    again = staff.submit(f"/requests/{joint}/keep", follow_redirects=True)
    assert "answered or has run out in the meantime" in again.text
    for reader in (practice.alice, practice.bob):
        assert CLIENT_WORD not in browser(reader).get(f"/sessions/{joint}").text
    with acting():
        assert told(practice.alice) == told(practice.bob) == [notices.CONFIRMED]
        assert mails.still_wanted(message(notices.CONFIRMED), clock.now()) is None
        assert file_of(letter(notices.CONFIRMED))[:3] == ("REQUEST", f"{joint}@clinic", 2)


@pytest.mark.parametrize(("who", "page"), [("dana", "sessions"), ("desk", "schedule")])
def test_the_practice_cancels_it_for_both(
    browser: Open, acting: Acting, practice: Practice, joint: UUID, who: str, page: str
) -> None:
    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
    staff = browser(getattr(practice, who))
    assert f'href="/{page}/{joint}/cancel"' in staff.get("/requests").text
    assert staff.submit(f"/{page}/{joint}/cancel").status_code == 303
    with acting() as session:
        appointment = session.get_one(Appointment, joint)
        assert (appointment.state, appointment.unsettled_at) == ("cancelled", None)
        assert told(practice.alice) == told(practice.bob) == [notices.CANCELLED]
        with pytest.raises(RequestOverError):
            unsettled.keep(joint, by=practice.desk, now=clock.now())


def test_nobody_else_decides(browser: Open, acting: Acting, practice: Practice, joint: UUID) -> None:
    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
    for who in (practice.alice, practice.bob, practice.carol, practice.erik, practice.owner):
        assert browser(who).submit(f"/requests/{joint}/keep").status_code == 404
    with acting() as session:
        assert session.get_one(Appointment, joint).unsettled_at is not None


def test_what_is_not_unsettled_or_has_begun_is_not_kept(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = book_both(practice, wishing)
        with pytest.raises(RequestOverError):
            unsettled.keep(booked.id, by=practice.dana, now=NOW)
        couples.end(practice.couple, practice.alice, NOW)
        with pytest.raises(RequestOverError):
            unsettled.keep(booked.id, by=practice.dana, now=at(10))
        unsettled.keep(booked.id, by=practice.dana, now=at(10) - timedelta(seconds=1))


def test_nobody_is_late_for_what_is_not_certain(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        sure, unsure = book_both(practice, wishing, 10), book_both(practice, wishing, 14)
        couples.end(practice.couple, practice.bob, NOW)
        unsettled.keep(sure.id, by=practice.dana, now=NOW)
        for each in (sure, unsure):
            service.cancel(each, by=practice.alice, now=at(9))
        assert (sure.is_late, unsure.is_late) == (True, False)


def test_nobody_is_reminded_of_it_before_the_practice_keeps_it(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    a_day_before = at(10) - timedelta(hours=24)
    with acting():
        booked = book_both(practice, wishing)
        remind(booked, practice.alice)
        couples.end(practice.couple, practice.bob, NOW)
        assert mails.still_wanted(message(notices.REMINDER), NOW) == "to be confirmed"
        assert mails.still_wanted(message(notices.CONFIRMED), NOW) == "to be confirmed"
        assert reminders.sessions(a_day_before, notices.REMINDER) == []
        unsettled.keep(booked.id, by=practice.dana, now=NOW)
        assert kinds_to(practice.bob) == [notices.CONFIRMED]
        due = reminders.sessions(a_day_before, notices.REMINDER)
        assert {each.person_id for each in due} == {practice.alice, practice.bob}


def test_who_has_just_been_told_that_it_is_kept_is_not_reminded_as_well(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = book_both(practice, wishing)
        couples.end(practice.couple, practice.bob, NOW)
        unsettled.keep(booked.id, by=practice.dana, now=at(8))
        assert reminders.sessions(at(9), notices.REMINDER) == []


def test_the_database_lets_only_a_booked_joint_session_wait(
    acting: Acting, practice: Practice, wishing: Wishing, owner: Owner
) -> None:
    with acting() as session:
        alone = service.book(wishing(at(12)), [practice.alice_client], by=None, now=NOW)
        joint = service.cancel(book_both(practice, wishing), by=None, now=NOW)
        for each in (alone, joint):
            with pytest.raises(IntegrityError, match="ck_appointment_unsettled_at"), session.begin_nested():
                session.execute(update(Appointment).where(Appointment.id == each.id).values(unsettled_at=NOW))


def test_keeping_waits_for_a_cancellation_and_then_changes_nothing(
    app: Flask, acting: Acting, practice: Practice, joint: UUID
) -> None:
    """Both at once: one waits for the other's row."""
    both = threading.Barrier(2)

    def keep() -> bool:
        return tried(lambda: unsettled.keep(joint, by=practice.desk, now=clock.now()))

    def cancel() -> bool:
        def act() -> None:
            service.cancel(db.session.get_one(Appointment, joint), by=practice.dana, now=clock.now(), is_staff=True)

        return tried(act)

    def tried(act: Callable[[], object]) -> bool:
        with app.app_context(), transaction(Actor.worker("test")):
            both.wait(5)
            try:
                act()
            except (RequestOverError, WrongStateError):
                return False
        return True

    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
    with ThreadPoolExecutor(2) as pool:
        _, is_cancelled = (pool.submit(keep), pool.submit(cancel))
        assert is_cancelled.result(10)
    with acting() as session:
        appointment = session.get_one(Appointment, joint)
        assert (appointment.state, appointment.unsettled_at) == ("cancelled", None)


def test_the_list_costs_the_same_with_one_and_with_many(
    browser: Open, acting: Acting, practice: Practice, wishing: Wishing, statements: list[str]
) -> None:
    desk, counts = browser(practice.desk), []
    for hours in ((9,), (11, 13, 15)):
        with acting():
            for hour in hours:
                both = [practice.alice_client, practice.bob_client]
                wish = wishing(soon(hour), service=practice.couple_session)
                service.book(wish, both, by=practice.dana, now=clock.now(), couple_id=practice.couple)
            unsettled.end_of_couple(practice.couple, clock.now())
        desk.get("/requests")
        statements.clear()
        assert desk.get("/requests").text.count("Keep for both") == (1 if len(hours) == 1 else 4)
        counts.append(len(statements))
    assert counts[0] == counts[1]
