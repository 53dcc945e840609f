"""What fits a wish, and for how long an offer stands: plain functions."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from clinic.booking.dayparts import EVENING, NOON
from clinic.core import zones
from clinic.core.interval import require_aware

WAKING: Final = (time(8), time(21))
TO_ANSWER: Final = timedelta(hours=4)
LEAST: Final = timedelta(hours=1)
"""Who has less than this is not asked."""
WEEKDAYS: Final = tuple(range(7))
DAYPARTS: Final = ("morning", "afternoon", "evening")
ENDINGS: Final = ("taken", "booked", "left", "removed", "over", "closed")
STATES: Final = ("open", "taken", "passed", "expired", "withdrawn")


def answer_until(now: datetime, last: datetime, zone: str) -> datetime | None:
    """The end of four hours that count from 08:00 to 21:00 on that zone's wall clock, or `last` where it comes first.

    None where less than an hour of them is left before `last`.
    """
    awake = timedelta(0)
    for opens, closes in _waking(require_aware(now), zone):
        until = min(opens + TO_ANSWER - awake, closes)
        awake += max(min(until, last) - opens, timedelta(0))
        if awake == TO_ANSWER:
            return until
        if closes >= last:
            return last if awake >= LEAST else None
    raise AssertionError("days do not end")


def _waking(now: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """From when to when people there are awake, today's rest first."""
    day = zones.wall(now, zone).date()
    while True:
        opens, closes = (zones.moment(day, wall, zone) for wall in WAKING)
        if now < closes:
            yield max(now, opens), closes
        day += timedelta(days=1)


def daypart(wall: time) -> str:
    """Morning, afternoon or evening, as the page of times has them."""
    return "morning" if wall < NOON else "afternoon" if wall < EVENING else "evening"


def fits(
    starts_at: datetime, zone: str, weekdays: Collection[int], dayparts: Collection[str], until: date | None
) -> bool:
    """True for a start that was wished for, on the wall clock of who waits."""
    wall = zones.wall(starts_at, zone)
    is_in_time = until is None or wall.date() <= until
    return is_in_time and wall.weekday() in weekdays and daypart(wall.time()) in dayparts
