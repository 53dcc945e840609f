"""A standing time stays where it is on the wall, through the clock changes of four zones and in any other."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core import zones
from clinic.core.recurrence import MOST, Recurrence

NEW_YORK = "America/New_York"
BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"
SAO_PAULO = "America/Sao_Paulo"
ZONES = st.sampled_from(sorted(zones.zone_names()))


def weekly(first: date, at: time, zone: str, *, weeks: int = 1, count: int = 3) -> list[datetime]:
    return Recurrence.weekly(first, at, zone, weeks=weeks, count=count).starts()


def utc(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "zone", "expected"),
    [
        (date(2026, 10, 25), NEW_YORK, [utc(10, 25, 19), utc(11, 1, 20), utc(11, 8, 20)]),
        (date(2026, 3, 1), NEW_YORK, [utc(3, 1, 20), utc(3, 8, 19), utc(3, 15, 19)]),
        (date(2026, 10, 18), BERLIN, [utc(10, 18, 13), utc(10, 25, 14), utc(11, 1, 14)]),
        (date(2026, 3, 22), BERLIN, [utc(3, 22, 14), utc(3, 29, 13), utc(4, 5, 13)]),
        (date(2026, 9, 27), LORD_HOWE, [utc(9, 27, 4, 30), utc(10, 4, 4), utc(10, 11, 4)]),
        (date(2026, 3, 29), LORD_HOWE, [utc(3, 29, 4), utc(4, 5, 4, 30), utc(4, 12, 4, 30)]),
        (date(2018, 10, 28), SAO_PAULO, [utc(10, 28, 18, 0, 2018), utc(11, 4, 17, 0, 2018), utc(11, 11, 17, 0, 2018)]),
        (date(2018, 2, 11), SAO_PAULO, [utc(2, 11, 17, 0, 2018), utc(2, 18, 18, 0, 2018), utc(2, 25, 18, 0, 2018)]),
    ],
)
def test_weekly_at_three_stays_at_three_through_a_clock_change(
    first: date, zone: str, expected: list[datetime]
) -> None:
    assert weekly(first, time(15), zone) == expected


@pytest.mark.parametrize(
    ("first", "at", "zone", "second"),
    [
        # What does not exist moves forward, on that day alone; of what exists twice it is the first.
        (date(2026, 3, 1), time(2, 30), NEW_YORK, utc(3, 8, 7, 30)),
        (date(2026, 10, 25), time(1, 30), NEW_YORK, utc(11, 1, 5, 30)),
        (date(2026, 3, 22), time(2, 30), BERLIN, utc(3, 29, 1, 30)),
        (date(2026, 10, 18), time(2, 30), BERLIN, utc(10, 25, 0, 30)),
        (date(2026, 9, 27), time(2, 15), LORD_HOWE, utc(10, 3, 15, 45)),
        (date(2026, 3, 29), time(1, 45), LORD_HOWE, utc(4, 4, 14, 45)),
        (date(2018, 10, 28), time(0), SAO_PAULO, utc(11, 4, 3, 0, 2018)),
        (date(2018, 2, 10), time(23, 30), SAO_PAULO, utc(2, 18, 1, 30, 2018)),
    ],
)
def test_a_time_that_is_skipped_or_comes_twice(first: date, at: time, zone: str, second: datetime) -> None:
    starts = weekly(first, at, zone)
    assert starts[1] == second
    assert [zones.wall(each, zone).time() for each in (starts[0], starts[2])] == [at, at]


@given(
    first=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    at=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    zone=ZONES,
    weeks=st.sampled_from((1, 2)),
    count=st.integers(1, MOST),
)
def test_every_occurrence_is_the_wall_time_of_its_own_day(
    first: date, at: time, zone: str, weeks: int, count: int
) -> None:
    starts = weekly(first, at, zone, weeks=weeks, count=count)
    days = [first + timedelta(weeks=weeks * number) for number in range(count)]
    assert starts == [zones.moment(day, at, zone) for day in days]
    assert starts == sorted(set(starts))


@given(
    first=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    at=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    zone=ZONES,
    count=st.integers(1, MOST),
)
def test_until_the_last_one_is_the_same_as_counting_them(first: date, at: time, zone: str, count: int) -> None:
    counted = weekly(first, at, zone, count=count)
    until = f"FREQ=WEEKLY;INTERVAL=1;UNTIL={counted[-1]:%Y%m%dT%H%M%SZ}"
    assert Recurrence(first, at, zone, until).starts() == counted


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=1;COUNT=3",
        "FREQ=WEEKLY;INTERVAL=3;COUNT=3",
        "FREQ=WEEKLY;INTERVAL=1",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=0",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=53",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=99999999999999999999",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=2;UNTIL=20270101T000000Z",
        "FREQ=WEEKLY;INTERVAL=1;UNTIL=20280101T000000Z",
        "FREQ=WEEKLY;INTERVAL=1;UNTIL=20250101T000000Z",
        "FREQ=WEEKLY;INTERVAL=1;UNTIL=20270101T000000",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=two",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=2;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=1;COUNT=2;COUNT=2",
        "COUNT=2",
        "",
    ],
)
def test_a_rule_that_no_practice_books_is_refused(rule: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- whoever finds it wrong
        Recurrence(date(2026, 11, 24), time(15), NEW_YORK, rule)
