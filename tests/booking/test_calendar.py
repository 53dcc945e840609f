"""A therapist's calendar through its pages: looking, booking at a free place, and moving with a last look."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clinic.booking import holds, service
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.core import clock, zones
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.practice.models import Holiday, Service, TimeOff
from tests.booking.conftest import Wishing
from tests.booking.test_sessions import at, booked, joint, working_day
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

__all__ = ["booked", "joint"]
Open = Callable[..., Browser]
VIEWS = ("day", "week", "month", "agenda")
FREE = re.compile(r'href="/calendar/book\?start=(\w+)"')


def free_places(page: str) -> list[datetime]:
    """The starts of the places at which one can book."""
    return [datetime.strptime(each, "%Y%m%dT%H%M%S%z") for each in FREE.findall(page)]


def book_page(start: datetime) -> str:
    """The address of booking at that start."""
    return f"/calendar/book?start={write_start(start)}"


def typed(practice: Practice, start: datetime, **more: str) -> dict[str, Any]:
    """A form for Alice at that start."""
    wall = zones.wall(start, ZONE)
    when = {"on": f"{wall:%Y-%m-%d}", "at": f"{wall:%H:%M}"}
    what = {"who": str(practice.alice_client), "service": "individual-session", "modality": "video"}
    return when | what | {"go": "book"} | more


def sessions_of(acting: Acting) -> list[datetime]:
    """When the sessions that are booked begin."""
    with acting():
        query = select(Appointment.starts_at).where(Appointment.state == State.CONFIRMED)
        return [*db.session.scalars(query.order_by(Appointment.starts_at))]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_the_session_in_words_and_keeps_the_choice(
    browser: Open, practice: Practice, booked: UUID, view: str
) -> None:
    page = browser(practice.dana).get(f"/calendar?view={view}&day={working_day(3)}").text
    if view == "month":
        assert "1 session" in page
    else:
        assert f'href="/sessions/{booked}"' in page
        assert "A. H." in page
        assert "booked" in page.lower()
    assert "Hart" not in page
    for other in VIEWS:
        assert f"/calendar?view={other}&amp;day={working_day(3)}" in page
    assert re.search(rf'view={view}&amp;day=[\d-]+"\s+aria-current="page"', page)


def test_a_request_is_said_in_words_and_leads_to_where_it_is_answered(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    address, dana = f"/calendar?day={working_day(3)}", browser(practice.dana)
    assert "1 waits for an answer" not in dana.get(address).text
    with acting() as session:
        until = {"until": clock.now() + timedelta(days=1)}
        session.execute(text("UPDATE appointment SET state = 'requested', held_until = :until"), until)
    page = dana.get(address).text
    assert re.search(r'<a href="/requests">1 waits for an answer</a>', page)
    assert "Asked for." in page
    assert str(booked) not in browser(practice.erik).get(address).text
    with acting() as session:
        session.execute(text("UPDATE appointment SET held_until = :past"), {"past": clock.now() - timedelta(minutes=1)})
    assert "for an answer" not in dana.get(address).text


def test_a_question_to_a_partner_does_not_wait_for_the_practice(
    browser: Open, practice: Practice, joint: UUID, acting: Acting
) -> None:
    address, dana = f"/calendar?day={working_day(3)}", browser(practice.dana)
    with acting() as session:
        until = {"until": clock.now() + timedelta(days=1)}
        session.execute(text("UPDATE appointment SET state = 'requested', held_until = :until"), until)
    assert "1 waits for an answer" in dana.get(address).text
    with acting() as session:
        bob = {"id": practice.bob_client}
        session.execute(text("DELETE FROM claim WHERE resource = :id"), bob)
        session.execute(text("UPDATE attendee SET answer = 'waiting' WHERE client_id = :id"), bob)
    page = dana.get(address).text
    assert (f'href="/sessions/{joint}"' in page, "for an answer" in page) == (True, False)


def test_the_agenda_strikes_what_is_cancelled_and_no_other_view_counts_it(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    browser(practice.alice).submit(f"/sessions/{booked}/cancel")
    for who, path in ((practice.dana, "/calendar"), (practice.desk, "/calendar/practice")):
        for view in VIEWS:
            page = browser(who).get(f"{path}?view={view}&day={working_day(3)}&therapist=dana").text
            assert "Nothing is booked." in page
            assert (str(booked) in page) is (view == "agenda")
            assert ('class="row-main struck"' in page) is (view == "agenda")
    assert str(booked) not in browser(practice.erik).get(f"/calendar?view=agenda&day={working_day(3)}").text


@pytest.mark.parametrize("view", VIEWS)
def test_another_therapists_sessions_are_in_no_view(
    browser: Open, practice: Practice, booked: UUID, joint: UUID, view: str
) -> None:
    page = browser(practice.erik).get(f"/calendar?view={view}&day={working_day(3)}").text
    assert (str(booked) in page, "A. H." in page, "Nothing is booked" in page) == (False, False, True)


def test_a_view_or_a_day_that_makes_no_sense_is_today(browser: Open, practice: Practice) -> None:
    page = browser(practice.dana).get("/calendar?view=year&day=9999-99-99").text
    assert f"view=week&amp;day={working_day(0)}" in page or "Today" in page


@pytest.mark.parametrize("view", VIEWS)
def test_holidays_and_time_off_are_named(browser: Open, practice: Practice, acting: Acting, view: str) -> None:
    with acting() as session:
        session.add(Holiday(on=working_day(10), name="Founders Day"))
        session.add(TimeOff(therapist_id=practice.dana, starts_at=at(13), ends_at=at(15), cover_id=practice.erik))
    dana = browser(practice.dana)
    leave = dana.get(f"/calendar?view={view}&day={working_day(3)}").text
    holiday = dana.get(f"/calendar?view={view}&day={working_day(10)}").text
    assert ("Time off, Erik stands in" in leave, "Founders Day" in holiday) == (True, True)
    if view == "day":
        assert (at(13) in free_places(leave), free_places(holiday)) == (False, [])


def test_a_therapist_books_at_a_free_place_that_they_press(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    dana = browser(practice.dana)
    day = dana.get(f"/calendar?day={working_day(3)}").text
    assert at(10) not in free_places(day)
    assert at(11) in free_places(day)
    page = dana.get(book_page(at(11))).text
    assert "Alice Hart" in page
    assert "Carol Stone" not in page
    assert "Please look at this first" not in page
    answer = dana.submit(book_page(at(11)), **typed(practice, at(11)))
    assert answer.status_code == 303
    assert "Alice Hart gets an e-mail." in dana.get(answer.location).text
    assert sessions_of(acting) == [at(10), at(11)]


def test_a_name_that_is_looked_for_is_posted_and_finds_the_own_caseload_alone(
    browser: Open, practice: Practice
) -> None:
    dana = browser(practice.dana)
    fields = typed(practice, at(11), go="find", q="hart") | {"who": ""}
    found = dana.submit(book_page(at(11)), **fields)
    assert found.status_code == 200
    assert ("Alice Hart" in found.text, "Bob Hart" in found.text) == (True, True)
    assert "Nobody by that name." in dana.submit(book_page(at(11)), **fields | {"q": "carol"}).text
    answer = dana.submit(book_page(at(11)), **typed(practice, at(11), who=str(practice.carol_client)))
    assert answer.status_code == 404


def test_enter_in_the_search_field_searches_and_books_nothing(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    dana = browser(practice.dana)
    answer = dana.submit(book_page(at(11)), **typed(practice, at(11), q="bob"))
    assert answer.status_code == 200
    assert sessions_of(acting) == []


@pytest.mark.parametrize(
    ("hour", "days", "words"),
    [
        (19, 3, "outside the working hours"),
        (11, 70, "farther ahead"),
        (13, 3, "time off"),
        (11, 10, "closed on that day"),
    ],
)
def test_staff_are_warned_and_may_go_on(
    browser: Open, practice: Practice, acting: Acting, hour: int, days: int, words: str
) -> None:
    with acting() as session:
        session.add(Holiday(on=working_day(10), name="Founders Day"))
        session.add(TimeOff(therapist_id=practice.dana, starts_at=at(13), ends_at=at(15), cover_id=practice.erik))
    dana, start = browser(practice.dana), at(hour, days)
    assert words in dana.get(book_page(start)).text
    warned = dana.submit(book_page(start), **typed(practice, start))
    assert warned.status_code == 409
    assert words in warned.text
    assert sessions_of(acting) == []
    shown = re.search(r'name="anyway"[^>]*value="([^"]+)"', warned.text)
    assert shown is not None
    answer = dana.submit(book_page(start), **typed(practice, start, anyway=shown[1]))
    assert answer.status_code == 303
    assert sessions_of(acting) == [start]


def test_notice_and_cap_are_warned_of_too(
    browser: Open, practice: Practice, acting: Acting, booked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    with acting():
        db.session.get_one(Service, practice.individual).daily_cap = 1
    start = at(14)
    settings_clock(at(9) - clock.now())
    warned = browser(practice.dana).submit(book_page(start), **typed(practice, start)).text
    assert ("sooner than clients" in warned, "as many sessions of this kind" in warned) == (True, True)


def test_a_double_booking_stays_impossible_and_shows_the_three_nearest(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    dana = browser(practice.dana)
    answer = dana.submit(book_page(at(10)), **typed(practice, at(10), anyway="outside_hours notice"))
    assert answer.status_code == 409
    assert "This time is not free any more." in answer.text
    nearest = re.findall(r'name="slot"\s+id="nearest-\d"\s+value="([^"]+)"', answer.text)
    assert len(nearest) == 3
    again = dana.submit(book_page(at(10)), **typed(practice, at(10), slot=nearest[0]))
    assert again.status_code == 303
    assert len(sessions_of(acting)) == 2


def test_nothing_is_booked_in_the_past(
    browser: Open, practice: Practice, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    start = at(11)
    settings_clock(at(12) - clock.now())
    answer = browser(practice.dana).submit(book_page(start), **typed(practice, start, anyway="notice"))
    assert answer.status_code == 409
    assert "That time has passed." in answer.text
    assert sessions_of(acting) == []


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon", ""])
def test_a_day_that_nobody_means_is_asked_for_again(
    browser: Open, practice: Practice, acting: Acting, day: str
) -> None:
    dana, desk = browser(practice.dana), browser(practice.desk)
    answer = dana.submit("/calendar/book", **typed(practice, at(11)) | {"on": day, "at": "23:59"})
    assert answer.status_code == 422
    assert desk.submit("/callers/book", go="times", day=day, service="first-call").status_code == 200
    assert sessions_of(acting) == []


def test_a_session_for_two_needs_two_who_share(browser: Open, practice: Practice, acting: Acting) -> None:
    dana = browser(practice.dana)
    fields = typed(practice, at(11), service="couple-session")
    assert "Both are told." in dana.submit(book_page(at(11)), **fields | {"go": "times"}).text
    assert dana.submit(book_page(at(11)), **fields).status_code == 303
    with acting() as session:
        assert session.execute(text("SELECT count(*) FROM attendee")).scalar_one() == 2
    alone = typed(practice, at(14), service="couple-session", who=str(practice.carol_client))
    answer = browser(practice.erik).submit(book_page(at(14)), **alone)
    assert answer.status_code == 422
    assert "This is for two" in answer.text


def test_the_second_of_two_equal_hours_can_be_pressed(
    browser: Open, practice: Practice, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    first = zones.moment(date(2027, 11, 7), time(1, 30), ZONE)
    settings_clock(first - timedelta(days=2) - clock.now())
    second = first + timedelta(hours=1)
    dana = browser(practice.dana)
    answer = dana.submit(book_page(second), **typed(practice, second, anyway="outside_hours"))
    assert answer.status_code == 303
    assert sessions_of(acting) == [second]


def test_a_move_says_first_who_will_be_told(browser: Open, practice: Practice, joint: UUID, acting: Acting) -> None:
    dana = browser(practice.dana)
    page = f"/sessions/{joint}/move"
    moving = dana.get(page).text
    assert f'action="{page}/confirm"' in moving
    day = working_day(3)
    asked = dana.get(f"{page}/confirm?on={day}&at=15:00").text
    assert ("Alice Hart gets an e-mail." in asked, "Bob Hart gets an e-mail." in asked) == (True, True)
    assert sessions_of(acting) == [at(13)]
    slot = re.search(r'name="slot"[^>]*value="([^"]+)"', asked)
    assert slot is not None
    assert dana.submit(page, slot=slot[1]).status_code == 303
    assert sessions_of(acting) == [at(15)]


def test_dropped_on_another_session_the_two_can_change_places(
    browser: Open, practice: Practice, booked: UUID, joint: UUID, acting: Acting
) -> None:
    dana = browser(practice.dana)
    asked = dana.get(f"/sessions/{booked}/move/confirm?start={write_start(at(13))}").text
    assert "Alice Hart &amp; Bob Hart comes then." in asked
    assert asked.count("Alice Hart gets an e-mail.") == 1
    assert "Bob Hart gets an e-mail." in asked
    path = f"/sessions/{booked}/swap/{joint}"
    assert (f'action="{path}"' in asked, f'action="/sessions/{booked}/move"' in asked) == (True, False)
    assert dana.submit(path).status_code == 303
    assert "They have changed places." in dana.get(f"/sessions/{booked}").text
    with acting():
        assert db.session.get_one(Appointment, booked).starts_at == at(13)
        assert db.session.get_one(Appointment, joint).starts_at == at(10)


def test_a_session_of_nobody_in_ones_care_is_not_named_and_does_not_change_places(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        other = service.book(wishing(at(13)), [practice.carol_client], by=None, now=clock.now()).id
    dana, desk = browser(practice.dana), browser(practice.desk)
    question = f"move/confirm?start={write_start(at(13))}"
    assert "Carol" not in dana.get(f"/sessions/{booked}/{question}").text
    assert dana.submit(f"/sessions/{booked}/swap/{other}").status_code == 404
    assert "Carol" in desk.get(f"/schedule/{booked}/{question}").text
    assert desk.submit(f"/schedule/{booked}/swap/{other}").status_code == 303
    with acting():
        assert db.session.get_one(Appointment, other).starts_at == at(10)


def test_a_move_that_breaks_a_rule_is_warned_of_and_one_without_a_time_asks_again(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    dana, page = browser(practice.dana), f"/sessions/{booked}/move/confirm"
    with acting() as session:
        session.execute(text("UPDATE person SET email = NULL WHERE given_name = 'Alice'"))
    asked = dana.get(f"{page}?start={write_start(at(20))}").text
    assert ("outside the working hours" in asked, "Alice Hart has no e-mail address. Please call." in asked) == (
        True,
        True,
    )
    assert "Change how it takes place?" in dana.get(f"{page}?start={write_start(at(10))}").text
    for nonsense in ("", "?start=soon", "?on=2026-13-01&at=9", f"?slot={at(11).isoformat()}~{practice.erik}"):
        assert dana.get(page + nonsense).location == f"/sessions/{booked}/move"
    for who in (practice.alice, practice.erik, practice.desk):
        assert browser(who).get(f"{page}?start={write_start(at(11))}").status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_a_calendar_takes_as_many_statements_for_thirty_sessions_as_for_one(
    statements: list[str], browser: Open, practice: Practice, acting: Acting, wishing: Wishing, view: str
) -> None:
    dana, address = browser(practice.dana), f"/calendar?view={view}&day={working_day(3)}"

    def fill(count: int, hour: int) -> None:
        with acting():
            for number in range(count):
                wish = wishing(at(hour) + timedelta(minutes=20 * number), service=practice.first_call, modality="phone")
                service.book(wish, [practice.alice_client], by=None, now=clock.now(), is_told=False)

    def cost() -> tuple[int, int]:
        statements.clear()
        assert dana.get(address).status_code == 200
        return len(statements), len([each for each in statements if "FROM appointment" in each and "attendee" in each])

    fill(1, 8)
    dana.get(address)
    with_one = cost()
    fill(29, 9)
    assert cost() == with_one
    assert with_one[1] == 1


def test_a_week_without_work_on_its_weekend_shows_five_days(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    monday = working_day(7) - timedelta(days=working_day(7).weekday())
    dana = browser(practice.dana)
    address = f"/calendar?view=week&day={monday}"
    assert dana.get(address).text.count('<section class="lane') == 5
    with acting():
        saturday = zones.moment(monday + timedelta(days=5), time(10), ZONE)
        service.book(wishing(saturday), [practice.alice_client], by=practice.dana, now=clock.now())
    assert dana.get(address).text.count('<section class="lane') == 6


def test_a_time_that_another_browser_holds_is_no_free_place(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        holds.hold(wishing(at(11)), holds.Browser(new_id().bytes), now=clock.now())
    assert at(11) not in free_places(browser(practice.dana).get(f"/calendar?day={working_day(3)}").text)
