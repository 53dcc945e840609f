"""Working hours as people write them, what a change leaves of the old ones, and marks by which a page knows its age."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Final

from clinic.practice.errors import BackwardsHoursError, OverlappingHoursError, UnreadableHoursError

Stretch = tuple[time, time]
Period = tuple[date, date | None]
"""From a day to another, both included; None is for ever."""
FARTHEST: Final = timedelta(days=3 * 365)
"""How far from today hours and leave may be set."""
LONGEST_LINE: Final = 200
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:([ap])\.?m?\.?)?", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:[-–—]|\bto\b)\s*", re.IGNORECASE)
NOON = 12


def read_stretches(text: str) -> list[Stretch]:
    """Such as "9:00-13:00, 2 PM to 5 PM", in order; nothing is a day off.

    Raises UnreadableHoursError, BackwardsHoursError or OverlappingHoursError.
    """
    stretches = sorted(_read_stretch(part) for part in re.split(r"[,;]", text) if part.strip())
    if any(later[0] < earlier[1] for earlier, later in pairwise(stretches)):
        raise OverlappingHoursError
    return stretches


def write_stretches(stretches: Iterable[Stretch]) -> str:
    """As `read_stretches` reads them again: "9:00 AM - 1:00 PM, 2:00 PM - 5:00 PM"."""
    return ", ".join(f"{write_time(starts)} - {write_time(ends)}" for starts, ends in sorted(stretches))


def write_time(at: time) -> str:
    """Such as "1:30 PM"."""
    return f"{(at.hour - 1) % NOON + 1}:{at.minute:02} {'AM' if at.hour < NOON else 'PM'}"


def remainders(old: Period, change: Period) -> tuple[Period | None, Period | None]:
    """What a change leaves of the old hours: the part before it and the part after it."""
    (since, until), (first, last) = old, change
    day = timedelta(days=1)
    before = (since, first - day if until is None else min(until, first - day)) if since < first else None
    after = None
    if last is not None and (until is None or last < until):
        after = (max(since, last + day), until)
    return before, after


def touches(old: Period, change: Period) -> bool:
    """True when the two share a day."""
    (since, until), (first, last) = old, change
    return (last is None or since <= last) and (until is None or first <= until)


def mark_of(values: Sequence[object]) -> str:
    """A short mark of how things stood; a page sends it back, so that nobody overwrites what they have not seen."""
    return sha256(repr(values).encode()).hexdigest()[:16]


def slug_of(name: str, taken: Iterable[str]) -> str:
    """A name as it stands in an address, with a number where that is taken already."""
    wanted = "-".join(re.findall(r"[a-z0-9]+", name.lower())) or "service"
    known, number, slug = set(taken), 1, wanted
    while slug in known:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _read_stretch(text: str) -> Stretch:
    ends = [_TIME.fullmatch(part.strip()) for part in _DASH.split(text.strip())]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise UnreadableHoursError
    opens, closes = _read_time(ends[0]), _read_time(ends[1])
    # "1-5 PM" means the afternoon for both; "9-5 PM" does not.
    is_afternoon = ends[1][3] is not None and ends[1][3].lower() == "p" and ends[0][3] is None
    if is_afternoon and opens.hour + NOON < closes.hour:
        opens = opens.replace(hour=opens.hour + NOON)
    if closes <= opens:
        raise BackwardsHoursError(starts=write_time(opens), ends=write_time(closes))
    return opens, closes


def _read_time(match: re.Match[str]) -> time:
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] is not None:
        if not 1 <= hour <= NOON:
            raise UnreadableHoursError
        hour = hour % NOON + (NOON if match[3].lower() == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError as error:
        raise UnreadableHoursError from error
