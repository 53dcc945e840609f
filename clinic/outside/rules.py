"""When a calendar outside is read next, and how far ahead."""

from datetime import datetime, timedelta
from typing import Final

from clinic.core.interval import Interval

EVERY: Final = timedelta(minutes=15)
SELDOM: Final = timedelta(hours=6)
WHOLE_AFTER: Final = timedelta(hours=24)
AHEAD: Final = timedelta(days=400)
SPREAD: Final = 0.2
MOST_CALENDARS: Final = 5  # of one therapist


def next_reading(now: datetime, failures: int, chance: float) -> datetime:
    """In about a quarter of an hour; after each failure in a row twice as long, up to six hours.

    `chance`, from 0 to 1, spreads the readings, so that calendars that were added together part.
    """
    wait = min(EVERY * (1 << min(failures, 10)), SELDOM)
    return now + wait * (1 - SPREAD / 2 + SPREAD * chance)


def window(now: datetime) -> Interval:
    """The stretch in which busy times are kept."""
    return Interval(now - timedelta(days=1), now + AHEAD)


def needs_all(whole_at: datetime | None, now: datetime) -> bool:
    """True when all of it is read though nothing may have changed: the stretch moves on with every day."""
    return whole_at is None or now - whole_at >= WHOLE_AFTER
