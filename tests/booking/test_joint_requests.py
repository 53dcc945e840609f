"""A joint request: each partner answers for themself, and nobody learns from it what the other has or said."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, text

from clinic.booking import expiry, mails, notices, placing, requests, service
from clinic.booking.errors import ClashError, QuestionOverError, RequestOverError, WrongStateError
from clinic.booking.models import Appointment, AppointmentEvent, Attendee, Claim
from clinic.clients import couples
from clinic.clients.errors import NotActiveError
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from clinic.reminders import queries as reminders
from tests.booking.asking import ask_bob, on_request
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_mails import letter, message
from tests.booking.test_requests import kinds_to
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
TIMES = "/book/couple-session/dana?modality=video"


@pytest.fixture
def asked(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """Alice asks Bob to come to a joint session in a few days."""
    with acting():
        return ask_bob(practice, wishing(soon(10), service=practice.couple_session), clock.now()).id


def claimants(appointment_id: UUID) -> set[UUID]:
    """Whose time the appointment claims."""
    return {*db.session.scalars(select(Claim.resource).where(Claim.appointment_id == appointment_id))}


def test_a_couple_comes_together_on_their_pages(browser: Open, practice: Practice, acting: Acting) -> None:
    alice, bob = browser(practice.alice), browser(practice.bob)
    assert "Couple session" in alice.get("/book").text
    review = str(alice.submit(TIMES, slot=f"{soon(10).isoformat()}~{practice.dana}").location)
    assert "Bob is asked as well" in alice.get(review).text
    answer = alice.submit(review, follow_redirects=True)
    assert "We have received your request." in answer.text
    appointment_id = UUID(answer.request.path.rpartition("/")[2])

    for page in ("/today", "/sessions"):
        assert "Alice asks for a session for both of you:" in bob.get(page).text
    assert bob.get(f"/sessions/{appointment_id}").status_code == 404
    question = f"/questions/{appointment_id}"
    assert "Will you come as well?" in bob.get(question).text
    assert "You said yes." in bob.submit(question, answer="yes", follow_redirects=True).text
    assert "settled" in bob.get(question).text
    for who in (alice, bob):
        assert "confirmed" in who.get(f"/sessions/{appointment_id}").text
        assert "A question for you" not in who.get("/today").text
    with acting():
        assert claimants(appointment_id) == {practice.dana, practice.alice_client, practice.bob_client}
        for person_id in (practice.alice, practice.bob):
            assert kinds_to(person_id) == [notices.CONFIRMED]
        assert len(letter(notices.CONFIRMED).attachments) == 1
        kinds = db.session.scalars(select(AppointmentEvent.kind).order_by(AppointmentEvent.id)).all()
        assert kinds == ["requested", "accepted"]


def test_who_is_asked_claims_nothing_and_reads_only_to_sign_in(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        appointment = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        assert claimants(appointment.id) == {practice.dana, practice.alice_client}
        assert (appointment.state, appointment.couple_id) == ("requested", practice.couple)
        assert appointment.held_until == NOW + timedelta(hours=24)
        assert (kinds_to(practice.alice), kinds_to(practice.bob)) == ([notices.REQUESTED], [notices.ASKED])
        sent = letter(notices.ASKED)
        assert (sent.to, sent.subject, sent.attachments) == ("bob.hart@example.org", "Please sign in", ())
        assert "There is a question about an appointment. Please sign in to see it:" in sent.text
        for word in ("Alice", "November", "Dana", "session", "couple", "/appointment/"):
            assert word not in sent.text


def test_the_price_of_a_joint_session_tells_nothing_of_an_agreed_fee(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET fee_cents = 100"))
        assert ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW).price_cents == 21_000


def test_a_clash_is_said_to_who_has_it_alone_and_changes_nothing(
    browser: Open, practice: Practice, asked: UUID, acting: Acting, wishing: Wishing, owner: Owner
) -> None:
    with acting():
        service.book(wishing(soon(11), therapist=practice.erik), [practice.bob_client], by=None, now=clock.now())
    bob, alice = browser(practice.bob), browser(practice.alice)
    before = owner.execute("SELECT *, xmin FROM appointment ORDER BY id").fetchall()
    answer = bob.submit(f"/questions/{asked}", answer="yes")
    assert answer.status_code == 409
    assert "You have something else at that time; only you see this." in answer.text
    assert "Will you come as well?" in answer.text
    assert owner.execute("SELECT *, xmin FROM appointment ORDER BY id").fetchall() == before
    assert "waiting for an answer" in alice.get(f"/sessions/{asked}").text
    with acting():
        assert db.session.get_one(Attendee, (asked, practice.bob_client)).answer == "waiting"
        assert kinds_to(practice.alice) == [notices.REQUESTED]


def test_a_no_is_told_to_nobody(browser: Open, practice: Practice, asked: UUID, acting: Acting) -> None:
    bob, alice, dana = browser(practice.bob), browser(practice.alice), browser(practice.dana)
    before = {page: alice.get(page).text for page in ("/today", "/sessions")}
    said = bob.submit(f"/questions/{asked}", answer="no", follow_redirects=True).text
    assert "We tell nobody what you answered." in said
    for page in ("/today", "/sessions", f"/questions/{asked}"):
        shown = bob.get(page).text
        assert "A question for you" not in shown
        assert "Will you come as well?" not in shown
    assert {page: alice.get(page).text.count("waits for a yes") for page in before} == {
        page: words.count("waits for a yes") for page, words in before.items()
    }
    assert "asked for" in dana.get(f"/sessions/{asked}").text
    again = bob.submit(f"/questions/{asked}", answer="yes", follow_redirects=True).text
    assert "This question is settled already, so nothing was changed." in again
    with acting() as session:
        assert session.get_one(Appointment, asked).state == "requested"
        assert (kinds_to(practice.alice), kinds_to(practice.bob)) == ([notices.REQUESTED], [notices.ASKED])
        assert session.scalar(text("SELECT count(*) FROM audit_event WHERE detail IN ('yes', 'no')")) == 0


@pytest.mark.parametrize("answer", ["no", "waiting"])
def test_what_runs_out_reads_the_same_to_both(
    acting: Acting, practice: Practice, wishing: Wishing, answer: str, browser: Open
) -> None:
    with acting():
        appointment = ask_bob(practice, wishing(soon(10), service=practice.couple_session), clock.now())
        page = f"/sessions/{appointment.id}"
        if answer == "no":
            requests.refuse(appointment.id, practice.bob_client, now=clock.now())
        assert expiry.expire_due(clock.now() + timedelta(hours=24)) == 1
        assert kinds_to(practice.alice) == kinds_to(practice.bob) == [notices.EXPIRED]
        sent = letter(notices.EXPIRED)
        assert "It did not come together at this time, so it is not kept any more:" in sent.text
        for word in ("Alice", "Bob", "therap", "session", "couple"):
            assert word not in sent.text.removeprefix("Hello Alice,").removeprefix("Hello Bob,")
    for who in (practice.alice, practice.bob):
        shown = browser(who).get(page).text
        assert "It did not come together at that time. You can ask for another." in shown
        assert "no longer kept" in shown


def test_where_the_practice_answers_too_it_is_asked_once_both_have_said_yes(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        on_request(practice.couple_session)
        asked = ask_bob(practice, wishing(soon(10), service=practice.couple_session), clock.now()).id
    dana = browser(practice.dana)
    assert "No request waits" in dana.get("/requests").text
    dana.submit(f"/requests/{asked}/accept")
    with acting():
        assert db.session.get_one(Appointment, asked).state == "requested"
    browser(practice.bob).submit(f"/questions/{asked}", answer="yes")
    assert "waiting for an answer" in browser(practice.bob).get(f"/sessions/{asked}").text
    assert "Alice Hart, Bob Hart" in dana.get("/requests").text
    dana.submit(f"/requests/{asked}/accept")
    with acting():
        assert db.session.get_one(Appointment, asked).state == "confirmed"
        for person_id in (practice.alice, practice.bob):
            assert kinds_to(person_id) == [notices.CONFIRMED]


def test_once_both_have_said_yes_the_practice_has_two_days_of_its_own(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    later, next_week = NOW + timedelta(hours=23), at(10) + timedelta(days=7)
    with acting():
        on_request(practice.couple_session)
        asked = ask_bob(practice, wishing(next_week, service=practice.couple_session), NOW)
        requests.agree(asked.id, practice.bob_client, by=practice.bob, now=later)
        assert asked.held_until == later + timedelta(hours=48)


@pytest.mark.parametrize(("state", "told"), [("queued", []), ("sent", [notices.ASKED, notices.WITHDRAWN])])
def test_a_request_that_is_taken_back_is_told_to_who_was_told_of_it(
    browser: Open, practice: Practice, asked: UUID, acting: Acting, state: str, told: list[str]
) -> None:
    with acting() as session:
        if state == "sent":
            session.execute(
                text("UPDATE outbox_message SET state = 'sent', handed_over_at = queued_at, finished_at = queued_at")
            )
    alice, bob = browser(practice.alice), browser(practice.bob)
    assert "Take this request back?" in alice.get(f"/sessions/{asked}/cancel").text
    page = alice.submit(f"/sessions/{asked}/cancel", follow_redirects=True).text
    assert "Your request is taken back, and the time is free again." in page
    assert "A question for you" not in bob.get("/today").text
    assert "settled" in bob.get(f"/questions/{asked}").text
    with acting():
        assert kinds_to(practice.bob) == told
        if told:
            assert mails.still_wanted(message(notices.WITHDRAWN), clock.now()) is None
            sent = letter(notices.WITHDRAWN)
            assert "The question about this appointment is settled." in sent.text
            assert (sent.subject, sent.attachments) == ("Your appointment", ())


@pytest.mark.parametrize("page", ["cancel", "move"])
def test_who_is_only_asked_neither_moves_nor_cancels(browser: Open, practice: Practice, asked: UUID, page: str) -> None:
    bob = browser(practice.bob)
    assert bob.get(f"/sessions/{asked}/{page}").status_code == 404
    assert bob.submit(f"/sessions/{asked}/{page}", slot="").status_code == 404


def test_what_a_partner_is_asked_about_is_not_moved_under_them(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        appointment = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        with pytest.raises(WrongStateError):
            service.move(appointment, wishing(at(14), service=practice.couple_session), by=None, now=NOW, is_staff=True)


@pytest.mark.parametrize("answer", [requests.accept, requests.decline])
def test_the_practice_does_not_answer_before_the_partner(
    acting: Acting, practice: Practice, asked: UUID, answer: Callable[..., None]
) -> None:
    with pytest.raises(RequestOverError), acting():
        answer(asked, by=practice.dana, now=clock.now())
    with acting():
        assert db.session.get_one(Appointment, asked).state == "requested"


def test_only_who_was_asked_answers(browser: Open, practice: Practice, asked: UUID) -> None:
    for who in (practice.alice, practice.carol, practice.dana, practice.desk):
        other = browser(who)
        assert other.get(f"/questions/{asked}").status_code == 404
        assert other.submit(f"/questions/{asked}", answer="yes").status_code == 404


def test_an_answer_that_comes_too_late_changes_nothing(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        appointment = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        with pytest.raises(QuestionOverError):
            requests.agree(appointment.id, practice.bob_client, by=practice.bob, now=NOW + timedelta(hours=24))
        assert placing.answered(appointment.id)[practice.bob_client] == "waiting"


def test_a_no_is_asked_about_before_it_is_said(browser: Open, practice: Practice, asked: UUID) -> None:
    page = browser(practice.bob).get(f"/questions/{asked}").text
    (opened,) = re.findall(r"<details class=\"asks\">.*?</details>", page, re.DOTALL)
    assert "Say no? Nobody is told what you answered" in opened
    assert page.count('value="no"') == opened.count('value="no"') == 1


def test_an_answer_is_one_of_two(browser: Open, practice: Practice, asked: UUID) -> None:
    answer = browser(practice.bob).submit(f"/questions/{asked}", answer="perhaps")
    assert answer.status_code == 422
    assert "Please choose one." in answer.text


def test_a_couple_that_ends_leaves_no_question_behind(
    browser: Open, practice: Practice, asked: UUID, acting: Acting
) -> None:
    assert browser(practice.bob).submit("/record/sharing/end").status_code == 303
    with acting() as session:
        assert session.get_one(Appointment, asked).state == "expired"
    for who in (practice.alice, practice.bob):
        assert "no longer kept" in browser(who).get("/sessions").text
        assert browser(who).get("/book/couple-session").status_code == 404
    assert "settled" in browser(practice.bob).get(f"/questions/{asked}").text


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_request_that_ends_with_a_couple_is_told_as_if_it_had_run_out(
    acting: Acting, practice: Practice, wishing: Wishing, who: str
) -> None:
    """Whoever ends the sharing: no mail leaves then, and the one that does later has the same words for both."""
    with acting() as session:
        asked = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        runs_out = asked.held_until
        couples.end(practice.couple, getattr(practice, who), NOW + timedelta(hours=1))
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.state == "queued")).all()
        assert sorted((each.kind, each.recipient_id) for each in told) == sorted(
            (notices.EXPIRED, each) for each in (practice.alice, practice.bob)
        )
        assert {each.not_before_at for each in told} == {each.next_try_at for each in told} == {runs_out}
        sent = {each.recipient_id: mails.render(each, NOW + timedelta(hours=24)) for each in told}
        to_alice, to_bob = sent[practice.alice], sent[practice.bob]
        assert to_alice is not None
        assert to_bob is not None
        assert to_alice.subject == to_bob.subject
        assert to_alice.text.replace("Alice", "Bob").encode() == to_bob.text.encode()
        assert "It did not come together at this time" in to_bob.text
        assert {mails.still_wanted(each, NOW + timedelta(hours=24)) for each in told} == {None}


def test_who_ends_the_sharing_reads_when_what_is_asked_for_is_told(browser: Open, practice: Practice) -> None:
    for who in (practice.alice, practice.bob):
        page = browser(who).get("/record/sharing/end").text
        assert "goes to both of you when it would have run out anyway, not before" in page


@pytest.mark.parametrize("state", ["pending", "ended"])
def test_sessions_for_two_are_asked_for_in_an_active_couple_alone(
    browser: Open, practice: Practice, owner: Owner, acting: Acting, state: str
) -> None:
    with acting():
        if state == "ended":
            couples.dissolve(practice.couple, clock.now())
    owner.execute("UPDATE couple SET state = 'pending' WHERE state = 'active'")
    alice = browser(practice.alice)
    assert "Couple session" not in alice.get("/book").text
    assert alice.get("/book/couple-session").status_code == 404
    assert browser(practice.carol).get("/book/couple-session").status_code == 404
    assert browser().get("/book/couple-session").status_code == 404


def test_nobody_asks_in_a_couple_that_has_just_ended(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        wish = wishing(at(10), service=practice.couple_session)
        couples.dissolve(practice.couple, NOW)
        with pytest.raises(NotActiveError), session.begin_nested():
            ask_bob(practice, wish, NOW)
        assert session.scalars(select(Appointment).where(Appointment.state != "held")).all() == []


def test_a_session_that_waits_for_somebody_reminds_nobody(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.get_one(Service, practice.couple_session).notice_minutes = 0
        ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        assert reminders.sessions(at(9), notices.REMINDER) == []


def test_a_clash_with_a_hold_of_ones_own_is_a_clash(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        appointment = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        service.book(wishing(at(9, 30), therapist=practice.erik), [practice.bob_client], by=None, now=NOW)
        with pytest.raises(ClashError):
            requests.agree(appointment.id, practice.bob_client, by=practice.bob, now=NOW)
        assert claimants(appointment.id) == {practice.dana, practice.alice_client}


def test_a_question_still_goes_out_after_a_no_and_not_after_a_yes(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    """Who opens the mailbox together with Bob must not see by its absence that he said no."""
    with acting():
        appointment = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        question = message(notices.ASKED)
        assert mails.still_wanted(question, NOW) is None
        requests.refuse(appointment.id, practice.bob_client, now=NOW)
        assert mails.still_wanted(question, NOW) is None
        on_request(practice.couple_session)
        other = ask_bob(practice, wishing(at(14), service=practice.couple_session), NOW)
        requests.agree(other.id, practice.bob_client, by=practice.bob, now=NOW)
        assert mails.still_wanted(message(notices.ASKED), NOW) == "answered"


BROKEN = (
    "UPDATE attendee SET answer = 'yes'",  # without a claim
    "UPDATE appointment SET state = 'confirmed', held_until = NULL",  # while somebody is asked
    """INSERT INTO claim SELECT appointment_id, client_id, 'client',
    (SELECT during FROM claim WHERE kind = 'client' LIMIT 1) FROM attendee WHERE answer = 'waiting'""",
)


@pytest.mark.parametrize("statement", BROKEN)
def test_the_database_holds_claims_and_answers_together(owner: Owner, asked: UUID, statement: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), owner.transaction():
        owner.execute(statement.encode())


def test_a_message_to_each_is_queued_at_one_moment(acting: Acting, practice: Practice, asked: UUID) -> None:
    with acting() as session:
        assert len({*session.scalars(select(OutboxMessage.queued_at))}) == 1
