"""Sessions as a client and a therapist see them, and as nobody else does."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from clinic.accounts import links
from clinic.accounts.models import AccountLink
from clinic.booking import placing, service
from clinic.booking.models import Appointment, AppointmentEvent
from clinic.clients import care
from clinic.core import clock, zones
from clinic.database.session import db
from tests.booking.conftest import Wishing
from tests.booking.test_first_call import first_slot
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Open = Callable[..., Browser]
PAGES = ("", "/move", "/cancel", "/appointment.ics")


def working_day(days_ahead: int) -> date:
    """A weekday, at least so many days from today."""
    day = zones.wall(clock.now(), ZONE).date() + timedelta(days=days_ahead)
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)


def at(hour: int, days_ahead: int = 3) -> datetime:
    """That hour of a coming working day."""
    return zones.moment(working_day(days_ahead), datetime.min.time().replace(hour=hour), ZONE)


@pytest.fixture
def booked(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """Alice's session with Dana in a few days."""
    with acting():
        return service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id


@pytest.fixture
def joint(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """Alice's and Bob's session with Dana."""
    with acting():
        wish = wishing(at(13), service=practice.couple_session)
        both = [practice.alice_client, practice.bob_client]
        return service.book(wish, both, by=practice.dana, now=clock.now(), couple_id=practice.couple).id


def test_a_client_sees_moves_and_cancels_their_session(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    alice = browser(practice.alice)
    assert "Individual session" in alice.get("/sessions").text
    page = alice.get(f"/sessions/{booked}").text
    assert "Dana Whitfield" in page
    assert "without it counting as late" in page
    slot = first_slot(alice.get(f"/sessions/{booked}/move").text)
    assert alice.submit(f"/sessions/{booked}/move", slot=slot).status_code == 303
    with acting():
        assert db.session.get_one(Appointment, booked).starts_at == datetime.fromisoformat(slot.partition("~")[0])
    assert "Cancel this appointment?" in alice.get(f"/sessions/{booked}/cancel").text
    assert alice.submit(f"/sessions/{booked}/cancel").status_code == 303
    assert "cancelled" in alice.get(f"/sessions/{booked}").text
    with acting():
        kinds = db.session.scalars(select(AppointmentEvent.kind).order_by(AppointmentEvent.id)).all()
        assert kinds == ["booked", "moved", "cancelled"]


def test_a_late_cancellation_is_said_before_and_noted_after(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(10) - clock.now() - timedelta(hours=23))
    alice = browser(practice.alice)
    assert "noted as late" in alice.get(f"/sessions/{booked}/cancel").text
    alice.submit(f"/sessions/{booked}/cancel")
    assert "cancelled late" in alice.get(f"/sessions/{booked}").text


def test_a_therapist_who_cancels_inside_the_window_makes_nobody_late(
    browser: Open, practice: Practice, booked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(10) - clock.now() - timedelta(hours=1))
    dana = browser(practice.dana)
    for page in ("", "/move"):
        assert not re.search(r"\blate\b|A fee may apply", dana.get(f"/sessions/{booked}{page}").text)
    assert "The client asked for it" in dana.get(f"/sessions/{booked}/cancel").text
    dana.submit(f"/sessions/{booked}/cancel")
    page = browser(practice.alice).get(f"/sessions/{booked}").text
    assert "cancelled" in page
    assert "cancelled late" not in page


def test_staff_who_cancel_read_words_of_their_own(browser: Open, practice: Practice, booked: UUID) -> None:
    asks = {practice.alice: f"/sessions/{booked}", practice.dana: f"/sessions/{booked}"}
    asks[practice.desk] = f"/schedule/{booked}"
    for who, place in asks.items():
        page, is_client = browser(who).get(f"{place}/cancel").text, who == practice.alice
        assert ("You can book another time" in page) is is_client
        assert ("Nobody pays for it" in page) is not is_client


def test_nobody_changes_a_session_that_has_begun(
    browser: Open, practice: Practice, booked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(10) - clock.now() + timedelta(minutes=5))
    alice = browser(practice.alice)
    assert "There is nothing to cancel any more." in alice.get(f"/sessions/{booked}/cancel").text
    answer = alice.submit(f"/sessions/{booked}/cancel", follow_redirects=True)
    assert "has already begun" in answer.text


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "desk", "owner"])
@pytest.mark.parametrize("page", PAGES)
def test_a_session_is_missing_for_everyone_whom_it_does_not_concern(
    browser: Open, practice: Practice, booked: UUID, who: str, page: str
) -> None:
    other = browser(getattr(practice, who))
    refused = other.get(f"/sessions/{booked}{page}")
    missing = other.get(f"/sessions/{UUID(int=7)}{page}")
    assert (refused.status_code, refused.data) == (404, missing.data)
    if page in {"/move", "/cancel"}:
        assert other.submit(f"/sessions/{booked}{page}", slot="").status_code == 404


def test_a_refused_look_is_in_the_audit_trail(browser: Open, practice: Practice, booked: UUID, acting: Acting) -> None:
    browser(practice.bob).get(f"/sessions/{booked}")
    with acting() as session:
        row = session.execute(
            text("SELECT action, person_id, record_id FROM audit_event WHERE outcome = 'refused'")
        ).one()
        assert tuple(row) == ("appointment.read", practice.bob, booked)


def test_a_visitor_is_sent_to_sign_in(browser: Open, practice: Practice, booked: UUID) -> None:
    answer = browser().get(f"/sessions/{booked}")
    assert answer.status_code == 302
    assert "/sign-in?next=" in answer.location


def test_both_partners_see_a_joint_session_and_not_each_others_own(
    browser: Open, practice: Practice, booked: UUID, joint: UUID
) -> None:
    lists = {who: browser(getattr(practice, who)).get("/sessions").text for who in ("alice", "bob")}
    assert (str(joint) in lists["alice"], str(booked) in lists["alice"]) == (True, True)
    assert (str(joint) in lists["bob"], str(booked) in lists["bob"]) == (True, False)
    assert "Alice, Bob" in browser(practice.bob).get(f"/sessions/{joint}").text


def test_searching_shows_a_partner_the_therapists_time_alone(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    """Alice's private session with Erik takes nothing away from what Bob is offered with Dana."""
    bob = browser(practice.bob)
    path = f"/book/individual-session/dana?day={working_day(3)}"
    before = slots_of(bob.get(path).text)
    with acting():
        service.book(wishing(at(10), therapist=practice.erik), [practice.alice_client], by=None, now=clock.now())
    assert slots_of(bob.get(path).text) == before


def test_moving_a_joint_session_tells_a_partner_nothing_of_the_others_own(
    browser: Open, practice: Practice, acting: Acting, joint: UUID, wishing: Wishing
) -> None:
    """Free times for two, or a refusal at one of them, would tell when the other has a session of their own."""
    bob = browser(practice.bob)
    with acting():
        before = db.session.get_one(Appointment, joint).starts_at
        service.book(wishing(at(10), therapist=practice.erik), [practice.alice_client], by=None, now=clock.now())
        link = db.session.scalars(
            select(AccountLink).where(AccountLink.subject_id == joint, AccountLink.person_id == practice.bob)
        ).one()
        mailed = f"/appointment/{links.token_for(link)}"
    for who, page in ((bob, f"/sessions/{joint}"), (browser(), mailed)):
        assert "moved by the practice" in who.get(page).text
        moving = who.get(f"{page}/move").text
        assert ("moved by the practice" in moving, slots_of(moving)) == (True, [])
        answers = {
            who.submit(f"{page}/move", slot=f"{at(hour).isoformat()}~{practice.dana}").location for hour in (10, 15)
        }
        assert answers == {page}
    with acting():
        assert db.session.get_one(Appointment, joint).starts_at == before
    dana = browser(practice.dana)
    assert dana.submit(f"/sessions/{joint}/move", slot=f"{at(15).isoformat()}~{practice.dana}").status_code == 303
    with acting():
        assert db.session.get_one(Appointment, joint).starts_at == at(15)


def slots_of(page: str) -> list[str]:
    """The lines of the page that offer a time."""
    return [line for line in page.splitlines() if "~" in line]


def test_a_client_books_with_their_own_therapist_in_two_steps(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    alice = browser(practice.alice)
    page = alice.get("/book/individual-session", follow_redirects=True)
    assert page.request.path == "/book/individual-session/dana"
    assert alice.get("/book/individual-session/erik").status_code == 404
    answer = alice.submit("/book/individual-session/dana", slot=first_slot(page.text))
    review = str(answer.location)
    assert review.endswith("/review")
    assert "Does this look right?" in alice.get(review).text
    answer = alice.submit(review)
    assert "confirmed" in alice.get(str(answer.location)).text
    with acting():
        appointment = db.session.scalars(select(Appointment)).one()
        assert placing.attending(appointment.id) == [practice.alice_client]


def test_a_clients_own_session_takes_the_time_from_their_offers(
    browser: Open, practice: Practice, booked: UUID
) -> None:
    page = browser(practice.alice).get(f"/book/first-call/erik?day={at(10).date()}").text
    taken = [at(10) + timedelta(minutes=15 * count) for count in range(4)]
    assert not [start for start in taken if f'value="{start.isoformat()}' in page]


def test_a_therapist_books_for_a_client_and_for_a_couple(browser: Open, practice: Practice, acting: Acting) -> None:
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}/book"
    answer = dana.submit(path, slot=first_slot(dana.get(path).text))
    assert answer.status_code == 303
    assert "Alice Hart" in dana.get(str(answer.location)).text
    path += "?service=couple-session"
    page = dana.get(path).text
    assert "For Alice and Bob. Both are told." in page
    dana.submit(path, slot=first_slot(page))
    with acting():
        couple = db.session.scalars(select(Appointment).where(Appointment.couple_id == practice.couple)).one()
        assert sorted(placing.attending(couple.id)) == sorted([practice.alice_client, practice.bob_client])


@pytest.mark.parametrize("who", ["erik", "alice", "desk", "owner"])
def test_only_their_own_therapist_books_for_a_client(browser: Open, practice: Practice, who: str) -> None:
    other = browser(getattr(practice, who))
    assert other.get(f"/clients/{practice.alice_client}/book").status_code == 404
    assert other.submit(f"/clients/{practice.alice_client}/book", slot="").status_code == 404


def test_two_who_want_one_time_get_it_once_and_the_nearest_are_shown(
    browser: Open, practice: Practice, booked: UUID
) -> None:
    dana = browser(practice.dana)
    answer = dana.submit(f"/clients/{practice.bob_client}/book", slot=f"{at(10).isoformat()}~{practice.dana}")
    assert answer.status_code == 409
    assert answer.text.count('name="slot"') == 3


@pytest.mark.parametrize("as_list", ["", "&view=agenda"])
def test_the_day_names_initials_only(
    browser: Open, practice: Practice, booked: UUID, joint: UUID, as_list: str
) -> None:
    page = browser(practice.dana).get(f"/calendar?day={working_day(3)}{as_list}").text
    assert "A. H." in page
    assert "A. H. &amp; B. H." in page
    assert "Alice" not in page
    assert "2 sessions" in page


def test_a_therapist_sees_their_own_day_alone(browser: Open, practice: Practice, booked: UUID) -> None:
    page = browser(practice.erik).get(f"/calendar?day={working_day(3)}").text
    assert "Nothing is booked" in page
    assert browser(practice.alice).get("/calendar").status_code == 404


def test_the_calendar_file_follows_a_move(browser: Open, practice: Practice, booked: UUID) -> None:
    alice = browser(practice.alice)

    def read() -> tuple[str, int]:
        found = Calendar.from_ical(alice.get(f"/sessions/{booked}/appointment.ics").data).walk("VEVENT")[0]
        return str(found["UID"]), int(found.decoded("SEQUENCE"))

    before = read()
    alice.submit(f"/sessions/{booked}/move", slot=first_slot(alice.get(f"/sessions/{booked}/move").text))
    assert read() == (before[0], before[1] + 1)


@pytest.mark.parametrize("path", ["/sessions", "/calendar?view=agenda&day={day}", "/calendar?day={day}"])
def test_a_list_takes_as_many_statements_for_thirty_rows_as_for_one(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing, statements: list[str], path: str
) -> None:
    reader = browser(practice.alice if path == "/sessions" else practice.dana)
    address = path.format(day=working_day(3))

    def cost() -> int:
        statements.clear()
        assert reader.get(address).status_code == 200
        return len(statements)

    def fill(count: int) -> None:
        with acting():
            for number in range(count):
                wish = wishing(at(9) + timedelta(minutes=20 * number), service=practice.first_call, modality="phone")
                service.book(wish, [practice.alice_client], by=None, now=clock.now(), is_told=False)

    fill(1)
    reader.get(address)
    with_one = cost()
    with acting() as session:
        session.execute(text("DELETE FROM claim; DELETE FROM attendee"))
        session.execute(text("UPDATE appointment SET state = 'cancelled', cancelled_at = booked_at"))
    fill(30)
    assert cost() == with_one


def test_a_therapist_whose_care_has_ended_no_longer_opens_the_session(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    dana = browser(practice.dana)
    assert dana.get(f"/sessions/{booked}").status_code == 200
    with acting():
        care.hand_over(practice.alice_client, practice.erik, clock.now())
    assert dana.get(f"/sessions/{booked}").status_code == 404
