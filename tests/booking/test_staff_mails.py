"""Therapists are told by mail of a request and of a change at short notice, by whomever but themselves, of nobody."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from clinic.booking import notices, requests, service, staff_mails
from clinic.booking.models import Appointment
from clinic.core import clock
from clinic.database.session import db
from clinic.desk import leave_mails
from clinic.desk.leave import ENDED, STANDS_IN
from clinic.outbox.models import OutboxMessage
from tests.booking.asking import ask_bob, on_request, request
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_requests import kinds_to
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

NEAR = at(10) - timedelta(hours=3)
Open = Callable[..., Browser]


def the_message(kind: str) -> OutboxMessage:
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).one()


def book(practice: Practice, wishing: Wishing) -> Appointment:
    """Alice's session on Thursday at ten, which she has booked herself."""
    return service.book(wishing(at(10)), [practice.alice_client], by=practice.alice, now=NOW)


def test_a_change_at_short_notice_is_mailed_and_an_ordinary_one_is_not(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = book(practice, wishing)
        service.move(booked, wishing(at(11)), by=practice.desk, now=NOW, is_staff=True)
        assert kinds_to(practice.dana) == []
        service.cancel(booked, by=practice.alice, now=at(11) - timedelta(hours=23))
        assert kinds_to(practice.dana) == [notices.CHANGED]
        sent = the_message(notices.CHANGED)
        assert staff_mails.still_wanted(sent, NEAR) is None
        assert staff_mails.still_wanted(sent, at(11)) == "begun"
        letter = staff_mails.render(sent, NEAR)
        assert letter is not None
        assert letter.subject == "Your calendar has changed"
        assert "cancelled at short notice: Thursday, November 26, 11:00" in letter.text
        for word in ("Alice", "Hart", "therap", "Individual"):
            assert word not in letter.subject + letter.text
        assert service.cancel(book(practice, wishing), by=practice.alice, now=NOW).state == "cancelled"
        assert kinds_to(practice.dana) == [notices.CHANGED]


def test_who_changes_it_themself_is_not_told_and_the_desk_is_no_exception(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        service.cancel(book(practice, wishing), by=practice.dana, now=NEAR, is_staff=True)
        assert kinds_to(practice.dana) == []
        moved = book(practice, wishing)
        service.move(moved, wishing(at(15)), by=practice.desk, now=NEAR, is_staff=True)
        assert kinds_to(practice.dana) == [notices.CHANGED]
        assert staff_mails.still_wanted(the_message(notices.CHANGED), NEAR) is None
        service.move(moved, wishing(at(16)), by=practice.dana, now=NEAR, is_staff=True)
        assert kinds_to(practice.dana) == []  # what was not sent yet is stale


def test_a_request_is_mailed_while_it_waits(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        asked = request(practice, wishing(at(10)), NOW)
        assert kinds_to(practice.dana) == [notices.ASKED_FOR]
        letter = staff_mails.render(the_message(notices.ASKED_FOR), NOW)
        assert letter is not None
        assert (letter.subject, "Alice" in letter.text) == ("A request waits", False)
        assert staff_mails.still_wanted(the_message(notices.ASKED_FOR), NOW) is None
        requests.decline(asked.id, by=practice.desk, now=NOW)
        assert kinds_to(practice.dana) == []
        assert staff_mails.still_wanted(the_message(notices.ASKED_FOR), NOW) == "declined"


def test_a_joint_request_is_mailed_once_the_partner_has_said_yes(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        on_request(practice.couple_session)
        asked = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        assert kinds_to(practice.dana) == []
        requests.agree(asked.id, practice.bob_client, by=practice.bob, now=NOW)
        assert kinds_to(practice.dana) == [notices.ASKED_FOR]


def test_planned_leave_tells_the_cover_once_and_again_when_it_is_taken_back(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    dana, first = browser(practice.dana), clock.now() + timedelta(days=20)
    day = f"{first:%Y-%m-%d}"
    for ends in (False, True):
        dana.submit(f"/hours/{practice.dana}/off", first=day, last=day, cover=str(practice.erik))
        with acting():
            planned = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
            assert planned is not None
            assert (planned.kind, planned.recipient_id) == (STANDS_IN, practice.erik)
            assert leave_mails.planned_still_wanted(planned, clock.now()) is None
            letter = leave_mails.render(planned, clock.now())
            assert letter is not None
            assert (letter.subject, "Dana" in letter.text) == ("You stand in", False)
            off_id = planned.subject_id
            if ends:  # it has been read
                planned.state, planned.finished_at = "sent", clock.now()
        dana.submit(f"/hours/{practice.dana}/off/{off_id}/end")
        with acting():
            assert kinds_to(practice.erik) == ([STANDS_IN, ENDED] if ends else [])
    with acting():
        told = leave_mails.render(the_message(ENDED), clock.now())
        assert told is not None
        assert told.subject == "You need not stand in"


def test_partners_read_nothing_of_what_staff_are_told(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        service.cancel(book(practice, wishing), by=practice.alice, now=NEAR)
        assert kinds_to(practice.bob) == []
        recipients: set[UUID] = {*db.session.scalars(select(OutboxMessage.recipient_id))}
        assert recipients == {practice.alice, practice.dana}
