"""What stays booked in time off or on a holiday is listed where it can be dealt with, until it is."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.practice.models import ExtraHours, Holiday, Service, TimeOff
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Open = Callable[..., Browser]
Booked = Callable[..., UUID]
TITLE = "Booked in time off or on a holiday"


def day(number: int) -> date:
    """So many days after a Monday to come."""
    today = zones.wall(clock.now(), ZONE).date()
    return today + timedelta(days=7 - today.weekday() + number)


def at(number: int, hour: int = 10) -> datetime:
    """That hour on the practice's wall."""
    return zones.moment(day(number), time(hour), ZONE)


@pytest.fixture
def booked(acting: Acting, practice: Practice) -> Booked:
    """Books an individual session by video."""

    def book(starts_at: datetime, client_id: UUID, therapist_id: UUID | None = None) -> UUID:
        giver = therapist_id or practice.dana
        with acting() as session:
            wish = Wish(session.get_one(Service, practice.individual), giver, starts_at, "video", ZONE, "USD")
            return booking.book(wish, [client_id], by=giver, now=clock.now(), is_told=False).id

    return book


def off(acting: Acting, practice: Practice, number: int) -> None:
    """Dana is away on that day."""
    start, end = zones.day_bounds(day(number), ZONE)
    with acting() as session:
        session.add(TimeOff(therapist_id=practice.dana, starts_at=start, ends_at=end, cover_id=practice.erik))


def close(acting: Acting, number: int) -> None:
    with acting() as session:
        session.add(Holiday(on=day(number), name="Founders Day"))


def test_it_is_listed_until_it_is_moved_or_cancelled(
    browser: Open, practice: Practice, acting: Acting, booked: Booked
) -> None:
    within, after = booked(at(0), practice.alice_client), booked(at(1), practice.alice_client)
    dana, desk = browser(practice.dana), browser(practice.desk)
    assert TITLE not in dana.get("/today").text + dana.get("/hours").text + desk.get("/today").text
    off(acting, practice, 0)
    own, everyones = dana.get("/today").text, desk.get("/today").text
    for page, door in ((own, "sessions"), (everyones, "schedule")):
        assert TITLE in page
        for act in ("move", "cancel"):
            assert f'href="/{door}/{within}/{act}"' in page
            assert f'href="/{door}/{after}/{act}"' not in page
    assert ("A. H." in own, "Alice" in own, "Alice Hart" in everyones) == (True, False, True)
    assert f'href="/sessions/{within}"' in dana.get("/hours").text
    owners = browser(practice.owner).get(f"/hours/{practice.dana}").text
    assert (TITLE in owners, "Alice" in owners, str(within) in owners) == (True, False, False)
    assert TITLE not in browser(practice.erik).get("/today").text
    desk.submit(f"/schedule/{within}/cancel")
    assert TITLE not in dana.get("/today").text + dana.get("/hours").text + desk.get("/today").text


def test_a_holiday_lists_what_is_booked_unless_its_therapist_has_extra_hours(
    browser: Open, practice: Practice, acting: Acting, booked: Booked
) -> None:
    stays, works = booked(at(2), practice.alice_client), booked(at(2), practice.carol_client, practice.erik)
    with acting() as session:
        session.add(ExtraHours(therapist_id=practice.erik, on=day(2), starts=time(9), ends=time(12)))
    olga = browser(practice.owner)
    asked = olga.submit("/practice/holidays", on=str(day(2)), name="Founders Day")
    assert asked.status_code == 422
    assert ("Close that day anyway" in asked.text, "Add the day" in asked.text) == (True, False)
    saved = olga.submit("/practice/holidays", on=str(day(2)), name="Founders Day", anyway="yes", follow_redirects=True)
    assert "is listed on Today, for who gives it and the front desk" in saved.text
    assert "1 session is still booked then." in saved.text
    page = browser(practice.desk).get("/today").text
    assert (f"/schedule/{stays}/move" in page, f"/schedule/{works}/move" in page) == (True, False)


def test_outside_the_weekly_hours_alone_is_not_listed(browser: Open, practice: Practice, booked: Booked) -> None:
    booked(at(0, 21), practice.alice_client)
    assert TITLE not in browser(practice.dana).get("/today").text


def test_the_day_of_a_holiday_is_the_practices(
    browser: Open, practice: Practice, acting: Acting, booked: Booked
) -> None:
    """Nine in the evening in New York is the next day already in UTC."""
    booked(at(2, 21), practice.alice_client)
    close(acting, 3)
    assert TITLE not in browser(practice.dana).get("/today").text
    close(acting, 2)
    assert TITLE in browser(practice.dana).get("/today").text


@pytest.mark.parametrize("path", ["/today", "/hours"])
def test_the_list_takes_as_many_statements_for_many_as_for_one_and_ends(
    browser: Open, practice: Practice, acting: Acting, booked: Booked, statements: list[str], path: str
) -> None:
    dana = browser(practice.dana)

    def count() -> int:
        statements.clear()
        assert dana.get(path).status_code == 200
        return len(statements)

    booked(at(0, 8), practice.alice_client)
    off(acting, practice, 0)
    dana.get(path)
    before = count()
    for hour in range(9, 16):
        booked(at(0, hour), practice.bob_client if hour % 2 else practice.alice_client)
    assert count() == before
    page = dana.get("/today").text
    assert "The first 5 of 8." in page
    assert f'href="/hours/{practice.dana}"' in page
