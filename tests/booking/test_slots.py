"""The slot search: its rules one by one, both clock changes, and a brute-force oracle."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.booking.slots import Host, Hours, Offer, Search, first_available, free_starts, nearest, spans
from clinic.core import zones
from clinic.core.interval import Interval
from tests.booking.naive_slots import naive_starts

NEW_YORK = "America/New_York"
BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"
SAO_PAULO = "America/Sao_Paulo"
CHANGES = [  # the clock has changed in the night before
    (date(2026, 11, 1), NEW_YORK),
    (date(2027, 3, 14), NEW_YORK),
    (date(2026, 10, 25), BERLIN),
    (date(2027, 3, 28), BERLIN),
    (date(2026, 10, 4), LORD_HOWE),
    (date(2027, 4, 4), LORD_HOWE),
    (date(2018, 11, 4), SAO_PAULO),
    (date(2018, 2, 18), SAO_PAULO),
]
MONDAY = date(2026, 6, 1)
NO_NOTICE = Offer(length_minutes=60, notice_minutes=0, horizon_days=400)


def at(day: date, hour: int, minute: int = 0, zone: str = NEW_YORK) -> datetime:
    """The moment at which a wall clock shows that time."""
    return zones.moment(day, time(hour, minute), zone)


def whole_day(day: date, zone: str = NEW_YORK) -> Interval:
    """All of that day."""
    return Interval(*zones.day_bounds(day, zone))


def search(offer: Offer = NO_NOTICE, day: date = MONDAY, zone: str = NEW_YORK, **more: Any) -> Search:
    """A search over one day, asked a week before."""
    values: dict[str, object] = {
        "between": whole_day(day, zone),
        "now": at(day - timedelta(days=7), 0, zone=zone),
    } | more
    return Search(offer=offer, zone=zone, **values)  # type: ignore[arg-type]


def walls(starts: list[datetime], zone: str = NEW_YORK) -> list[str]:
    """The starts as a wall clock shows them."""
    return [f"{zones.wall(start, zone):%H:%M}" for start in starts]


def open_from(opens: int, closes: int, day: date = MONDAY) -> Hours:
    """Hours on the weekday of `day`."""
    return Hours(day.weekday(), time(opens), time(closes))


def test_free_starts_are_every_quarter_hour_that_ends_within_the_hours() -> None:
    host = Host([open_from(9, 11)])
    assert walls(free_starts(search(), host)) == ["09:00", "09:15", "09:30", "09:45", "10:00"]


def test_hours_hold_only_between_their_dates() -> None:
    host = Host([Hours(0, time(9), time(10), valid_from=MONDAY, valid_to=MONDAY + timedelta(days=7))])
    weeks = [MONDAY + timedelta(weeks=count) for count in (-1, 0, 1, 2)]
    assert [len(free_starts(search(day=day), host)) for day in weeks] == [0, 1, 1, 0]


def test_a_session_may_run_from_one_stretch_of_hours_into_the_next() -> None:
    host = Host([open_from(9, 10), open_from(10, 11)])
    assert walls(free_starts(search(), host)) == ["09:00", "09:15", "09:30", "09:45", "10:00"]


def test_hours_that_close_at_midnight_reach_the_end_of_the_day() -> None:
    assert walls(free_starts(search(), Host([open_from(22, 0)]))) == ["22:00", "22:15", "22:30", "22:45", "23:00"]


def test_extra_hours_hold_on_a_holiday_and_weekly_hours_do_not() -> None:
    host = Host([open_from(9, 11)], extra=[Interval(at(MONDAY, 18), at(MONDAY, 19))])
    assert walls(free_starts(search(holidays=frozenset({MONDAY})), host)) == ["18:00"]


def test_time_off_may_touch_the_session_but_not_overlap_it() -> None:
    host = Host([open_from(9, 12)], off=[Interval(at(MONDAY, 10), at(MONDAY, 11))])
    assert walls(free_starts(search(), host)) == ["09:00", "11:00"]


def test_buffers_keep_away_from_what_is_busy_but_not_from_closing_time() -> None:
    offer = Offer(length_minutes=50, before_minutes=15, after_minutes=10, notice_minutes=0)
    host = Host([open_from(9, 13)], busy=spans([Interval(at(MONDAY, 10), at(MONDAY, 11))]))
    assert walls(free_starts(search(offer), host)) == ["09:00", "11:15", "11:30", "11:45", "12:00"]


def test_a_session_of_the_client_needs_no_buffer() -> None:
    offer = Offer(length_minutes=60, before_minutes=30, after_minutes=30, notice_minutes=0)
    engaged = spans([Interval(at(MONDAY, 10), at(MONDAY, 11))])
    assert walls(free_starts(search(offer, engaged=engaged), Host([open_from(9, 12)]))) == ["09:00", "11:00"]


def test_one_free_room_of_several_is_enough_and_no_room_is_none() -> None:
    nine, ten = spans(Interval(at(MONDAY, hour), at(MONDAY, hour + 1)) for hour in (9, 10))
    host = Host([open_from(9, 11)])
    assert walls(free_starts(search(rooms=[[nine], [ten]]), host)) == ["09:00", "10:00"]
    assert free_starts(search(rooms=[[nine, ten], [ten, nine]]), host) == []
    assert free_starts(search(rooms=[]), host) == []


def test_notice_is_elapsed_time_and_its_last_minute_counts() -> None:
    offer = Offer(length_minutes=60, notice_minutes=24 * 60)
    now = at(MONDAY - timedelta(days=1), 9, 45)
    host = Host([open_from(9, 11)])
    assert walls(free_starts(search(offer, now=now), host)) == ["09:45", "10:00"]
    assert walls(free_starts(search(offer, now=now + timedelta(seconds=1)), host)) == ["10:00"]


def test_horizon_counts_whole_days_of_the_practice() -> None:
    offer = Offer(length_minutes=60, notice_minutes=0, horizon_days=7)
    host = Host([open_from(9, 10)])
    late_evening = at(MONDAY - timedelta(days=7), 23, 59)
    assert walls(free_starts(search(offer, now=late_evening), host)) == ["09:00"]
    assert free_starts(search(offer, now=late_evening - timedelta(days=1)), host) == []


def test_daily_cap_closes_a_full_day_only() -> None:
    offer = Offer(length_minutes=60, notice_minutes=0, daily_cap=2)
    host = Host([open_from(9, 10)], booked={MONDAY: 2})
    below = Host([open_from(9, 10)], booked={MONDAY: 1, MONDAY - timedelta(days=1): 2})
    assert free_starts(search(offer), host) == []
    assert walls(free_starts(search(offer), below)) == ["09:00"]


def test_the_range_includes_its_start_and_not_its_end() -> None:
    between = Interval(at(MONDAY, 9, 15), at(MONDAY, 9, 45))
    assert walls(free_starts(search(between=between), Host([open_from(9, 12)]))) == ["09:15", "09:30"]


def test_nothing_is_free_in_a_range_that_is_past() -> None:
    assert free_starts(search(now=at(MONDAY + timedelta(days=1), 0)), Host([open_from(9, 10)])) == []


@pytest.mark.parametrize(("day", "zone"), CHANGES)
def test_working_hours_stay_on_the_wall_across_a_clock_change(day: date, zone: str) -> None:
    host = Host([open_from(15, 16, day)])
    for week in (-1, 0, 1):
        assert walls(free_starts(search(day=day + timedelta(weeks=week), zone=zone), host), zone) == ["15:00"]


@pytest.mark.parametrize(("day", "zone"), CHANGES)
def test_a_notice_of_24_hours_is_elapsed_time_across_a_clock_change(day: date, zone: str) -> None:
    offer = Offer(length_minutes=60, notice_minutes=24 * 60)
    now = at(day, 9, zone=zone) - timedelta(hours=24)
    host = Host([open_from(9, 11, day)])
    assert zones.wall(now, zone).time() != time(9)
    assert walls(free_starts(search(offer, day, zone, now=now), host), zone)[0] == "09:00"
    late = now + timedelta(seconds=1)
    assert walls(free_starts(search(offer, day, zone, now=late), host), zone)[0] == "09:15"


def test_an_evening_whose_last_hour_comes_twice_offers_both() -> None:
    host, offer = Host([Hours(5, time(22), time(0))]), Offer(length_minutes=30, notice_minutes=0, grid_minutes=30)
    starts = free_starts(search(offer, date(2018, 2, 17), SAO_PAULO), host)
    assert walls(starts, SAO_PAULO) == ["22:00", "22:30", "23:00", "23:30", "23:00", "23:30"]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    ("day", "zone", "closes", "expected"),
    [
        (date(2026, 11, 1), NEW_YORK, 3, "00:30 01:00 01:30 01:00 01:30 02:00 02:30"),
        (date(2027, 3, 14), NEW_YORK, 4, "00:30 01:00 01:30 03:00 03:30"),
        (date(2026, 10, 25), BERLIN, 3, "00:30 01:00 01:30 02:00 02:30 02:00 02:30"),
        (date(2027, 3, 28), BERLIN, 4, "00:30 01:00 01:30 03:00 03:30"),
        # Half an hour vanishes and comes back; the grid stays on the wall.
        (date(2026, 10, 4), LORD_HOWE, 4, "00:30 01:00 01:30 02:30 03:00 03:30"),
        (date(2027, 4, 4), LORD_HOWE, 3, "00:30 01:00 01:30 01:30 02:00 02:30"),
        # Midnight to one did not exist: what opens then opens an hour later.
        (date(2018, 11, 4), SAO_PAULO, 3, "01:30 02:00 02:30"),
    ],
)
def test_night_hours_across_a_clock_change(day: date, zone: str, closes: int, expected: str) -> None:
    offer = Offer(length_minutes=30, notice_minutes=0, grid_minutes=30)
    host = Host([Hours(day.weekday(), time(0, 30), time(closes))])
    assert walls(free_starts(search(offer, day, zone), host), zone) == expected.split()


def test_nearest_are_the_closest_on_both_sides_sorted() -> None:
    starts = [at(MONDAY, hour) for hour in (8, 9, 11, 12, 15)]
    assert nearest(starts, at(MONDAY, 10)) == starts[:3]
    assert nearest(starts, at(MONDAY, 20)) == starts[2:]
    assert nearest(starts, at(MONDAY, 7), 1) == starts[:1]
    assert nearest([], at(MONDAY, 7)) == []


@given(st.lists(st.integers(0, 100), unique=True).map(sorted), st.integers(-10, 110), st.integers(0, 5))
def test_nearest_agrees_with_sorting_by_distance(hours: list[int], wanted: int, count: int) -> None:
    starts = [at(MONDAY, 0) + timedelta(hours=hour) for hour in hours]
    goal = at(MONDAY, 0) + timedelta(hours=wanted)
    assert nearest(starts, goal, count) == sorted(sorted(starts, key=lambda start: (abs(start - goal), start))[:count])


def test_first_available_names_the_first_host_of_each_start() -> None:
    nine, ten, eleven = (at(MONDAY, hour) for hour in (9, 10, 11))
    assert first_available({"Dana": [ten, eleven], "Erik": [nine, ten]}) == [
        (nine, "Erik"),
        (ten, "Dana"),
        (eleven, "Dana"),
    ]


CHANGES = [
    (date(2026, 11, 1), NEW_YORK),
    (date(2027, 3, 14), NEW_YORK),
    (date(2026, 10, 25), BERLIN),
    (date(2027, 3, 28), BERLIN),
    (date(2026, 10, 4), LORD_HOWE),
    (date(2027, 4, 4), LORD_HOWE),
]
quarters = st.integers(0, 95).map(lambda count: time(count // 4, count % 4 * 15))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Search, Host]:
    """A few days around a clock change with everything that can be in the way of a session."""
    day, zone = draw(st.sampled_from(CHANGES))
    origin = zones.day_bounds(day - timedelta(days=1), zone)[0]
    minutes = st.integers(-300, 4000)
    stretches = st.lists(st.tuples(minutes, st.integers(1, 300)).map(lambda p: interval(origin, *p)), max_size=4)
    offer = Offer(
        length_minutes=draw(st.sampled_from([15, 50, 80])),
        before_minutes=draw(st.sampled_from([0, 5, 15])),
        after_minutes=draw(st.sampled_from([0, 10])),
        notice_minutes=draw(st.sampled_from([0, 240])),
        horizon_days=draw(st.integers(0, 3)),
        daily_cap=draw(st.sampled_from([None, 1, 2])),
        grid_minutes=draw(st.sampled_from([15, 20, 30])),
    )
    days = st.dates(day - timedelta(days=2), day + timedelta(days=2))
    hours = st.builds(Hours, st.integers(0, 6), quarters, quarters, days, st.none() | days)
    host = Host(
        hours=draw(st.lists(hours, max_size=8)),
        extra=draw(stretches),
        off=draw(stretches),
        busy=draw(stretches.map(spans)),
        booked=draw(st.dictionaries(days, st.integers(0, 3), max_size=2)),
    )
    asked = Search(
        offer=offer,
        zone=zone,
        between=interval(origin, draw(minutes), draw(st.integers(1, 2000))),
        now=origin + timedelta(minutes=draw(minutes)),
        holidays=frozenset(draw(st.lists(days, max_size=1))),
        engaged=draw(stretches.map(spans)),
        rooms=draw(st.none() | st.lists(stretches.map(spans), max_size=2)),
    )
    return asked, host


def interval(origin: datetime, start: int, length: int) -> Interval:
    """An interval of so many minutes that starts so many minutes after the origin."""
    return Interval.lasting(origin + timedelta(minutes=start), length)


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_free_starts_agree_with_trying_every_minute(world: tuple[Search, Host]) -> None:
    assert free_starts(*world) == naive_starts(*world)


def test_free_starts_are_utc() -> None:
    assert {start.tzinfo for start in free_starts(search(), Host([open_from(9, 11)]))} == {UTC}
