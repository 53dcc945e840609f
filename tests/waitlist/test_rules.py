"""What fits a wish, and how long an offer stands: four hours in which people are awake."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.core import zones
from clinic.waitlist import rules

ZONE = "America/New_York"
FAR = datetime(2027, 1, 1, tzinfo=UTC)


def wall(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment in New York, in November 2026 unless said otherwise."""
    return zones.moment(date(2026, month, day), time(hour, minute), ZONE)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (wall(24, 10), wall(24, 14)),
        (wall(24, 17), wall(24, 21)),
        (wall(24, 17, 1), wall(25, 8, 1)),
        (wall(24, 20), wall(25, 11)),
        (wall(24, 21), wall(25, 12)),
        (wall(24, 3), wall(24, 12)),
        (wall(24, 23, 59), wall(25, 12)),
        (wall(31, 20, month=10), wall(1, 11)),
        (wall(7, 20, month=3), wall(8, 11, month=3)),
    ],
)
def test_four_hours_count_only_while_people_are_awake(now: datetime, until: datetime) -> None:
    assert rules.answer_until(now, FAR, ZONE) == until


@pytest.mark.parametrize(
    ("now", "last", "until"),
    [
        (wall(24, 10), wall(24, 12), wall(24, 12)),
        (wall(24, 10), wall(24, 11), wall(24, 11)),
        (wall(24, 10), wall(24, 10, 59), None),
        (wall(24, 20), wall(25, 2), wall(25, 2)),
        (wall(24, 20, 30), wall(25, 2), None),
        (wall(24, 20, 30), wall(25, 8, 30), wall(25, 8, 30)),
        (wall(24, 3), wall(24, 6), None),
        (wall(24, 10), wall(24, 9), None),
    ],
)
def test_an_offer_ends_at_the_notice_and_is_not_made_for_less_than_an_hour(
    now: datetime, last: datetime, until: datetime | None
) -> None:
    assert rules.answer_until(now, last, ZONE) == until


def test_the_hours_are_those_of_who_waits() -> None:
    assert rules.answer_until(wall(24, 10), FAR, "Asia/Tokyo") == wall(24, 22)  # midnight there: from eight to noon


@pytest.mark.parametrize(
    ("start", "does_fit"),
    [
        (wall(26, 9), True),
        (wall(26, 12), False),
        (wall(26, 17), True),
        (wall(25, 9), False),
        (wall(26, 9) + timedelta(days=7), False),
    ],
)
def test_a_start_fits_by_weekday_daypart_and_last_day(start: datetime, does_fit: bool) -> None:
    assert rules.fits(start, ZONE, {3}, {"morning", "evening"}, date(2026, 11, 30)) is does_fit


def test_what_fits_is_read_on_the_own_wall_clock() -> None:
    assert rules.fits(wall(26, 20), "Asia/Tokyo", {4}, {"morning"}, None)
