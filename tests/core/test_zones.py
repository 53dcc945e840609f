"""Wall time and moments around the clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core import zones

NEW_YORK = "America/New_York"
BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("day", "wall", "zone_name", "expected"),
    [
        (date(2026, 7, 1), time(15), NEW_YORK, datetime(2026, 7, 1, 19, tzinfo=UTC)),
        (date(2026, 12, 1), time(15), NEW_YORK, datetime(2026, 12, 1, 20, tzinfo=UTC)),
        # The hour from 2:00 does not exist on this day: it moves forward by that hour.
        (date(2027, 3, 14), time(2, 30), NEW_YORK, datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        # The hour from 1:00 comes twice: the first one is meant.
        (date(2026, 11, 1), time(1, 30), NEW_YORK, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2027, 3, 28), time(2, 30), BERLIN, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), BERLIN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # Lord Howe moves by half an hour.
        (date(2026, 10, 4), time(2, 15), LORD_HOWE, datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        (date(2027, 4, 4), time(1, 45), LORD_HOWE, datetime(2027, 4, 3, 14, 45, tzinfo=UTC)),
    ],
)
def test_moment_of_a_wall_time(day: date, wall: time, zone_name: str, expected: datetime) -> None:
    assert zones.moment(day, wall, zone_name) == expected


def test_wall_shows_a_skipped_time_moved_forward() -> None:
    skipped = zones.moment(date(2027, 3, 14), time(2, 30), NEW_YORK)
    assert zones.wall(skipped, NEW_YORK).replace(tzinfo=None) == datetime(2027, 3, 14, 3, 30)  # noqa: DTZ001 -- wall time


def test_wall_refuses_a_naive_moment() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        zones.wall(datetime(2027, 3, 14), NEW_YORK)  # noqa: DTZ001 -- the naive moment is the point


@pytest.mark.parametrize(
    ("day", "zone_name", "hours"),
    [
        (date(2026, 11, 1), NEW_YORK, 25),
        (date(2027, 3, 14), NEW_YORK, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (date(2027, 3, 28), BERLIN, 23),
        (date(2026, 10, 4), LORD_HOWE, 23.5),
        (date(2027, 4, 4), LORD_HOWE, 24.5),
        (date(2026, 6, 1), LORD_HOWE, 24),
        # A midnight that does not exist: the day begins at 1:00.
        (date(2018, 11, 4), "America/Sao_Paulo", 23),
    ],
)
def test_day_bounds_follow_the_clock_change(day: date, zone_name: str, hours: float) -> None:
    start, end = zones.day_bounds(day, zone_name)
    assert end - start == timedelta(hours=hours)


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
    st.sampled_from([NEW_YORK, BERLIN, LORD_HOWE, "Asia/Kathmandu"]),
)
def test_moment_and_wall_agree_but_for_skipped_times(day: date, wall: time, zone_name: str) -> None:
    shown = zones.wall(zones.moment(day, wall, zone_name), zone_name).replace(tzinfo=None)
    expected = datetime.combine(day, wall)
    assert shown - expected in {timedelta(), timedelta(hours=1), timedelta(minutes=30)}


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime"])
def test_zone_refuses_a_name_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zones.zone(name)


def test_zone_names_holds_places_only() -> None:
    names = zones.zone_names()
    assert {NEW_YORK, BERLIN, LORD_HOWE} <= names
    assert not {name for name in names if name.startswith("Etc/") or "/" not in name}
