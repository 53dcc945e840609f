"""Requests: the practice says yes or no once, whoever asked is told either way, and a time is never promised twice."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.booking import expiry, holds, mails, notices, requests, service
from clinic.booking.errors import RequestOverError, SlotTaken, TooManyRequestsError
from clinic.booking.holds import Browser as Holder
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.clients import care
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.desk.leave import take_leave
from clinic.outbox.models import OutboxMessage
from tests.booking.asking import on_request, request
from tests.booking.conftest import NOW, THURSDAY, Wishing, at
from tests.booking.test_mails import letter, message
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice, make_therapist

Open = Callable[..., Browser]


def kinds_to(person_id: UUID) -> list[str]:
    """The messages to somebody that nobody took back, in order."""
    query = select(OutboxMessage.kind).where(OutboxMessage.recipient_id == person_id, OutboxMessage.state != "skipped")
    return [*db.session.scalars(query.order_by(OutboxMessage.id))]


@pytest.fixture
def asked(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """Alice asks Dana for a session in a few days."""
    with acting():
        return request(practice, wishing(soon(10)), clock.now()).id


def test_an_accepted_request_is_booked_and_told_with_a_calendar_file(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        asked = request(practice, wishing(at(10)), NOW)
        assert letter(notices.REQUESTED).attachments == ()
        requests.accept(asked.id, by=practice.dana, now=NOW)
        session.refresh(asked)
        assert (asked.state, asked.held_until) == ("confirmed", None)
        assert mails.still_wanted(message(notices.CONFIRMED), NOW) is None
        assert [each.name for each in letter(notices.CONFIRMED).attachments] == ["appointment.ics"]
        kinds = session.scalars(select(AppointmentEvent.kind).order_by(AppointmentEvent.id)).all()
        assert kinds == ["requested", "accepted"]
        assert kinds_to(practice.alice) == [notices.CONFIRMED]


def test_a_declined_request_is_told_without_a_reason_and_its_time_is_free(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        asked = request(practice, wishing(at(10)), NOW)
        requests.decline(asked.id, by=practice.desk, now=NOW)
        session.refresh(asked)
        assert asked.state == "declined"
        assert session.scalars(select(Claim)).all() == []
        sent = letter(notices.DECLINED)
        assert (sent.subject, sent.attachments) == ("Your appointment", ())
        assert "we cannot offer the time that you asked for:\nThursday, November 26, 10:00" in sent.text
        for word in ("therap", "session", "Dana", "Fay"):
            assert word not in sent.text
        assert mails.still_wanted(message(notices.DECLINED), NOW) is None
        assert kinds_to(practice.alice) == [notices.DECLINED]


def test_a_request_that_runs_out_is_told_once_whoever_notices_first(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        asked = request(practice, wishing(at(10)), NOW)
        ran_out = at(10)
        service.book(wishing(at(10), service=practice.first_call), [practice.carol_client], by=None, now=ran_out)
        assert expiry.expire_due(ran_out) == 0
        session.refresh(asked)
        assert asked.state == "expired"
        assert kinds_to(practice.alice) == [notices.EXPIRED]
        assert mails.still_wanted(message(notices.EXPIRED), ran_out) is None
        assert mails.still_wanted(message(notices.EXPIRED), at(11)) == "begun"
        assert "not answered in time" in letter(notices.EXPIRED).text


def test_a_shared_mailbox_reads_only_to_sign_in(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET is_mailbox_shared = true"))
        asked = request(practice, wishing(at(10)), NOW)
        requests.decline(asked.id, by=practice.dana, now=NOW)
        asked = request(practice, wishing(at(14)), NOW)
        expiry.expire_due(at(14))
        said = {(letter(kind).subject, letter(kind).text) for kind in (notices.DECLINED, notices.EXPIRED)}
        assert len(said) == 1
        assert "November" not in said.pop()[1]


@pytest.mark.parametrize("answer", [requests.accept, requests.decline])
def test_a_request_is_answered_once(
    acting: Acting, practice: Practice, wishing: Wishing, answer: Callable[..., None]
) -> None:
    with acting():
        asked = request(practice, wishing(at(10)), NOW)
        answer(asked.id, by=practice.dana, now=NOW)
        for again in (requests.accept, requests.decline):
            with pytest.raises(RequestOverError):
                again(asked.id, by=practice.desk, now=NOW)
        events = db.session.scalars(select(AppointmentEvent)).all()
        assert len(events) == 2


def test_a_request_that_has_run_out_is_not_accepted_though_no_worker_has_ended_it(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        asked = request(practice, wishing(at(10)), NOW)
        with pytest.raises(RequestOverError):
            requests.accept(asked.id, by=practice.dana, now=at(10))
        session.refresh(asked)
        assert asked.state == "requested"


def test_two_who_answer_at_the_same_moment_decide_once(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        asked = request(practice, wishing(at(10)), NOW).id
    barrier = threading.Barrier(2)

    def press(answer: Callable[..., None]) -> str:
        barrier.wait()
        try:
            with app.app_context(), transaction(Actor.worker("test")):
                answer(asked, by=practice.dana, now=NOW)
        except RequestOverError:
            return "over"
        return answer.__name__

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, (requests.accept, requests.decline)))
    assert outcomes in (["accept", "over"], ["decline", "over"])
    with acting() as session:
        decided = {"accept": "confirmed", "decline": "declined"}[outcomes[0]]
        assert session.get_one(Appointment, asked).state == decided
        assert len(kinds_to(practice.alice)) == 1


def test_two_requests_for_overlapping_times_are_never_both_accepted(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    """Two people ask at the same moment on two connections; each of them is accepted the moment it stands."""
    with acting():
        on_request(practice.individual)
    barrier = threading.Barrier(2)

    def ask_and_accept(who: tuple[bytes, UUID, int]) -> str:
        cookie, client_id, minute = who
        barrier.wait()
        try:
            with app.app_context(), transaction(Actor.worker("test")):
                held = holds.hold(wishing(at(10, minute)), holds.Browser(cookie), now=NOW, client_ids=[client_id])
                asked = service.confirm(held, [client_id], by=None, now=NOW).id
            with app.app_context(), transaction(Actor.worker("test")):
                requests.accept(asked, by=practice.dana, now=NOW)
        except SlotTaken:
            return "taken"
        return "accepted"

    with ThreadPoolExecutor(2) as pool:
        asking = ((b"alice", practice.alice_client, 0), (b"carol", practice.carol_client, 30))
        assert sorted(pool.map(ask_and_accept, asking)) == ["accepted", "taken"]


def test_a_request_whose_time_was_given_to_somebody_else_cannot_be_accepted(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    """It ran out and nobody had noticed; who then booked the time keeps it."""
    with acting() as session:
        asked = request(practice, wishing(at(10)), NOW)
        asked.held_until = NOW + timedelta(hours=1)
        session.flush()
        later = NOW + timedelta(hours=2)
        service.book(wishing(at(10, 30)), [practice.carol_client], by=practice.dana, now=later)
        with pytest.raises(RequestOverError):
            requests.accept(asked.id, by=practice.dana, now=later)


def test_what_is_taken_back_was_never_promised(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    """Inside the window, too, nobody is late with a request, and no calendar file is called off."""
    with acting():
        asked = request(practice, wishing(at(10)), NOW)
        service.cancel(asked, by=practice.alice, now=at(9) - timedelta(hours=20))
        assert (asked.state, asked.is_late) == ("cancelled", False)
        sent = letter(notices.CANCELLED)
        assert "Your request is cancelled. It was for:" in sent.text
        assert sent.attachments == ()


def test_whoever_stands_in_answers_until_the_cover_ends(
    browser: Open, acting: Acting, practice: Practice, asked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    erik, accept = browser(practice.erik), f"/requests/{asked}/accept"
    assert erik.submit(accept).status_code == 404
    with acting():
        now = clock.now()
        starts_at, ends_at = now + timedelta(minutes=5), now + timedelta(minutes=15)
        take_leave(practice.dana, starts_at, ends_at, practice.erik, day_began_at=now, now=now)
    assert erik.submit(accept).status_code == 404  # not before it begins
    settings_clock(timedelta(minutes=10))
    page = erik.get("/requests").text
    assert ("Alice Hart" in page, "Dana Whitfield" in page) == (True, True)
    assert "1 request waits" in erik.get("/today").text
    # That somebody stands in lets nobody else in.
    assert browser(practice.carol).submit(accept).status_code == 404
    settings_clock(timedelta(minutes=10))
    assert erik.submit(accept).status_code == 404
    assert "No request waits" in erik.get("/requests").text
    settings_clock(timedelta(minutes=-10))
    assert erik.submit(accept).status_code == 303
    with acting() as session:
        assert session.get_one(Appointment, asked).state == "confirmed"


def test_a_cover_for_one_client_answers_nothing_for_who_is_there(
    browser: Open, acting: Acting, practice: Practice, asked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    erik, accept = browser(practice.erik), f"/requests/{asked}/accept"
    with acting() as session:
        now = clock.now()
        grace = make_therapist(session, "Grace", "Osei", [practice.individual], now)
        care.add_cover(practice.alice_client, practice.erik, now, now + timedelta(hours=5), now)
    assert erik.submit(accept).status_code == 404
    with acting():
        take_leave(practice.dana, now, now + timedelta(minutes=5), practice.erik, day_began_at=now, now=now)
        later = now + timedelta(minutes=10)
        take_leave(practice.dana, later, later + timedelta(minutes=10), grace, day_began_at=now, now=now)
    settings_clock(timedelta(minutes=7))  # Dana is back, and Erik still covers Alice
    assert erik.submit(accept).status_code == 404
    settings_clock(timedelta(minutes=7))  # Grace stands in
    assert erik.submit(accept).status_code == 404


def test_therapist_and_front_desk_answer_on_their_page(
    browser: Open, practice: Practice, asked: UUID, acting: Acting
) -> None:
    for who in (practice.dana, practice.desk):
        assert "1 request waits for an answer." in browser(who).get("/today").text
        page = browser(who).get("/requests").text
        assert "Alice Hart" in page
        assert "Individual session" in page
    fay = browser(practice.desk)
    assert "Whoever asked has been told." in fay.submit(f"/requests/{asked}/accept", follow_redirects=True).text
    assert "No request waits" in fay.get("/requests").text
    assert "waits for an answer" not in fay.get("/today").text
    assert "confirmed" in browser(practice.alice).get(f"/sessions/{asked}").text


def test_declining_asks_first(browser: Open, practice: Practice, asked: UUID) -> None:
    for who in (practice.dana, practice.desk):
        page = browser(who).get("/requests").text
        (opened,) = re.findall(r"<details class=\"asks\">.*?</details>", page, re.DOTALL)
        assert "Decline the request of Alice Hart?" in opened
        assert page.count(f"/requests/{asked}/decline") == opened.count(f"/requests/{asked}/decline") == 1


def test_a_person_asks_for_three_times_at_once_and_what_ends_makes_room(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    """Twenty at the same moment, each with another time."""
    with acting():
        on_request(practice.individual)
        times = [at(9 + number // 4, 0, THURSDAY + timedelta(weeks=number % 4)) for number in range(20)]
        held = [holds.hold(wishing(each), Holder(each.isoformat().encode()), now=NOW).id for each in times]

    def ask(appointment_id: UUID) -> str:
        with app.app_context():
            try:
                with transaction(Actor.worker("test")):
                    found = db.session.get_one(Appointment, appointment_id)
                    service.confirm(found, [practice.alice_client], by=practice.alice, now=NOW)
            except TooManyRequestsError:
                return "refused"
            finally:
                db.session.remove()
            return "asked"

    with ThreadPoolExecutor(20) as pool:
        assert Counter(pool.map(ask, held)) == {"asked": 3, "refused": 17}
    with acting():
        mine = db.session.scalars(select(Appointment).where(Appointment.state == "requested")).all()
        left = next(each for each in held if each not in {one.id for one in mine})
        service.cancel(mine[0], by=practice.alice, now=NOW)
    assert ask(left) == "asked"


def test_who_has_asked_enough_reads_so_and_keeps_what_was_chosen(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        for number in range(3):
            request(practice, wishing(soon(9 + 2 * number)), clock.now())
    alice, page = browser(practice.alice), "/book/individual-session/dana?modality=video"
    review = str(alice.submit(page, slot=f"{soon(16).isoformat()}~{practice.dana}").location)
    answer = alice.submit(review)
    assert answer.status_code == 429
    assert "Three requests of yours are waiting for an answer already." in answer.text
    assert "Individual session" in answer.text


def test_who_presses_too_late_reads_why_nothing_happened(browser: Open, practice: Practice, asked: UUID) -> None:
    dana, fay = browser(practice.dana), browser(practice.desk)
    dana.submit(f"/requests/{asked}/decline")
    answer = fay.submit(f"/requests/{asked}/accept", follow_redirects=True)
    assert "has been answered or has run out in the meantime, so nothing was changed" in answer.text
    assert "We could not keep this time for you." in browser(practice.alice).get(f"/sessions/{asked}").text


def test_requests_are_for_who_gives_them_and_for_the_desk_alone(browser: Open, practice: Practice, asked: UUID) -> None:
    erik = browser(practice.erik)
    assert "No request waits" in erik.get("/requests").text
    assert erik.submit(f"/requests/{asked}/accept").status_code == 404
    for who in (practice.alice, practice.bob, practice.owner):
        assert browser(who).get("/requests").status_code == 404
        assert browser(who).submit(f"/requests/{asked}/decline").status_code == 404


def test_what_was_never_asked_for_is_no_request(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id
    assert browser(practice.dana).submit(f"/requests/{booked}/decline").status_code == 404


def test_a_client_reads_that_the_request_has_arrived(browser: Open, practice: Practice, acting: Acting) -> None:
    with acting():
        on_request(practice.individual)
    alice, path = browser(practice.alice), "/book/individual-session/dana?modality=video"
    review = str(alice.submit(path, slot=f"{soon(10).isoformat()}~{practice.dana}").location)
    page = alice.get(review).text
    assert "Ask for it" in page
    assert "Book it" not in page
    answer = alice.submit(review, follow_redirects=True)
    assert "We have received your request." in answer.text
    assert "Take it back" in answer.text
    assert "Add to calendar" not in answer.text
    assert alice.get(f"{answer.request.path}/appointment.ics").status_code == 404
    assert "asked for" in browser(practice.dana).get(f"/calendar?day={soon(10).date()}&as=list").text.lower()


def test_requests_take_as_many_statements_for_thirty_rows_as_for_one(
    statements: list[str], browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    fay = browser(practice.desk)

    def cost() -> int:
        statements.clear()
        assert fay.get("/requests").status_code == 200
        return len(statements)

    def fill(numbers: range) -> None:
        with acting():
            for number in numbers:
                wish = wishing(soon(9) + timedelta(minutes=20 * number), service=practice.first_call, modality="phone")
                made = service.book(wish, [practice.alice_client], by=None, now=clock.now(), is_told=False)
                made.state, made.held_until = "requested", clock.now() + timedelta(hours=1)

    fill(range(1))
    fay.get("/requests")
    with_one = cost()
    fill(range(1, 31))
    assert cost() == with_one
    assert "Page 1 of 2" in fay.get("/requests").text
