"""What busy time elsewhere does here: nothing is offered then, staff are warned, and what is booked stays."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from clinic.booking import elsewhere, overrides, schedule, service
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment
from clinic.booking.overrides import Broken
from clinic.core import clock
from clinic.core.interval import Interval
from clinic.outside.models import OutsideCalendar
from clinic.practice.models import Service
from clinic.practice.queries import terms_with
from tests.booking.conftest import NOW, THURSDAY, Wishing, at, wishing
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.outside.conftest import Add, Round
from tests.outside.files import calendar, event

__all__ = ["wishing"]
Open = Callable[..., Browser]
Used = Callable[..., UUID]
# Thursday from ten to noon on the wall of the practice.
ELSEWHERE = calendar(event("DTSTART;TZID=America/New_York:20261126T100000", "DURATION:PT2H"))


@pytest.fixture(autouse=True)
def _at_now(acting: Acting) -> None:
    """Tests that go by pages are at NOW as well."""
    clock.move(NOW - clock.now())


def offered(acting: Acting, practice: Practice, therapist: UUID | None = None) -> list[datetime]:
    """The starts of Thursday that are offered with Dana."""
    therapist = therapist or practice.dana
    between = Interval(at(0), at(0) + timedelta(days=1))
    with acting() as session:
        individual = session.get_one(Service, practice.individual)
        terms = terms_with(individual, [therapist])
        return schedule.starts_by_therapist(individual, "video", terms, between, zone=ZONE, now=NOW)[therapist]


def test_busy_time_and_the_buffers_around_it_are_not_offered(acting: Acting, practice: Practice, used: Used) -> None:
    before = offered(acting, practice)
    used(ELSEWHERE)
    gone = set(before) - set(offered(acting, practice))
    with acting() as session:
        individual = session.get_one(Service, practice.individual)
        around = timedelta(minutes=individual.minutes + individual.buffer_after_minutes)
    assert gone == {each for each in before if at(10) - around < each < at(12)}
    assert gone


def test_times_of_a_calendar_that_is_not_in_use_are_offered(
    acting: Acting, practice: Practice, add: Add, go_round: Round
) -> None:
    before = offered(acting, practice)
    add()
    go_round(ELSEWHERE)
    assert offered(acting, practice) == before


def test_one_therapists_calendar_blocks_no_other(acting: Acting, practice: Practice, used: Used) -> None:
    before = offered(acting, practice, practice.erik)
    used(ELSEWHERE)
    assert offered(acting, practice, practice.erik) == before


def test_search_asks_no_more_often_with_busy_times_than_without(
    acting: Acting, practice: Practice, used: Used, statements: list[str]
) -> None:
    def count() -> int:
        before = len(statements)
        offered(acting, practice)
        return len(statements) - before

    count()  # what the practice offers is read once
    without = count()
    used(ELSEWHERE)
    assert count() == without


def test_start_that_is_sent_all_the_same_reads_like_any_that_is_not_offered(
    practice: Practice, used: Used, browser: Open
) -> None:
    used(ELSEWHERE)
    answers = [
        browser(practice.alice).get(f"/book/individual-session/dana/{write_start(start)}/review")
        for start in (at(10), at(7))
    ]
    assert len({(each.status_code, each.location) for each in answers}) == 1


def test_pages_of_a_client_say_nothing_of_it(
    practice: Practice, used: Used, browser: Open, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW).id
    paths = ["/sessions", f"/sessions/{booked}", "/today", "/book/individual-session/dana"]
    alice = browser(practice.alice)

    def pages() -> list[str]:
        return [re.sub(r'value="[^"]*"', "", alice.get(each).text) for each in paths[:3]]  # a form's keys are new

    before = pages()
    used(ELSEWHERE)
    assert pages() == before
    assert [each for each in paths if "elsewhere" in alice.get(each).text.lower()] == []


def test_staff_are_warned_and_may_book(acting: Acting, practice: Practice, used: Used, wishing: Wishing) -> None:
    used(ELSEWHERE)
    with acting():
        assert overrides.broken_by(wishing(at(11)), now=NOW) == [Broken.ELSEWHERE]
        assert overrides.broken_by(wishing(at(13)), now=NOW) == []
        assert service.book(wishing(at(11)), [practice.alice_client], by=practice.dana, now=NOW).state == "confirmed"


def test_booked_session_stays_and_its_therapist_alone_is_told(
    acting: Acting, practice: Practice, used: Used, wishing: Wishing, browser: Open
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW).id
        service.book(wishing(at(14)), [practice.bob_client], by=practice.dana, now=NOW)
    identity = used(ELSEWHERE)
    with acting() as session:
        assert session.get_one(Appointment, booked).state == "confirmed"
        assert elsewhere.contradicted(session.get_one(OutsideCalendar, identity), NOW) == [booked]
    day = f"day={THURSDAY.isoformat()}"
    for view in ("day", "week", "agenda"):
        page = browser(practice.dana).get(f"/calendar?view={view}&{day}").text
        assert page.count("You are also busy elsewhere.") == 1, view
        desk = browser(practice.desk).get(f"/calendar/practice?view={view}&therapist=dana&{day}").text
        assert "also busy elsewhere" not in desk, view
    assert f"/sessions/{booked}" in browser(practice.dana).get(f"/calendar/outside/{identity}").text


@pytest.mark.parametrize("view", ["day", "week", "month", "agenda"])
def test_calendar_says_busy_elsewhere_in_words(view: str, practice: Practice, used: Used, browser: Open) -> None:
    dana, path = browser(practice.dana), f"/calendar?view={view}&day={THURSDAY.isoformat()}"
    assert "Busy elsewhere" not in dana.get(path).text
    used(ELSEWHERE)
    assert "Busy elsewhere" in dana.get(path).text
    everyone = browser(practice.desk).get(path.replace("/calendar", "/calendar/practice")).text
    assert ("Dana Whitfield: Busy elsewhere" in everyone) is (view == "agenda")


def test_two_calendars_that_say_the_same_block_once(acting: Acting, practice: Practice, used: Used) -> None:
    used(ELSEWHERE)
    used(ELSEWHERE)
    with acting():
        found = schedule.busy_elsewhere([practice.dana, practice.erik], Interval(at(0), at(23)))
    assert found == {practice.dana: [Interval(at(10), at(12))], practice.erik: []}
