"""Zones as calendar programs name them: by IANA, by Windows, by a path that ends so, or by a definition in the file.

What none of these knows is refused by name; a time is never read in a zone that somebody guessed.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from icalendar import Component
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from clinic.core import zones
from clinic.outside.errors import CannotReadError, Problem
from clinic.outside.steps import Steps

LONGEST_NAME: Final = 80
_RULE_PARTS: Final = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYDAY", "BYMONTHDAY", "WKST"}
_MOST_CHANGES: Final = 2_000

ToMoment = Callable[[datetime], datetime]
"""Naive wall time to a moment in UTC; what is skipped is read as before the change, of what comes twice the first."""


@dataclass(frozen=True, slots=True)
class _Change:
    """From the moment `at` on (naive, UTC) clocks are `after` ahead of UTC, and not `before` any more."""

    at: datetime
    before: timedelta
    after: timedelta


class Zones:
    """The zones of one file. `home` is where times without a zone are; `last` is how far definitions are worked out."""

    def __init__(self, definitions: Sequence[Component], home: str, last: datetime, steps: Steps) -> None:
        self._known: dict[str, ToMoment] = {}
        self._definitions = {str(each.get("TZID", "")): each for each in definitions}
        self._last, self._steps = last, steps
        self.home = in_zone(home)

    def named(self, name: str) -> ToMoment:
        """The zone of that name. Raises CannotReadError for one that nobody knows."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> ToMoment:
        definition = self._definitions.get(name)
        location = str(definition.get("X-LIC-LOCATION", "")) if definition else ""
        for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), *_tails(name), location):
            if known := _iana(candidate):
                return in_zone(known)
        if definition is None:
            legible = "".join(mark for mark in name if mark.isprintable())[:LONGEST_NAME]
            raise CannotReadError(Problem.UNKNOWN_ZONE, legible)
        return _defined(definition, self._last, self._steps)


def in_zone(name: str) -> ToMoment:
    """A zone of IANA's."""
    return lambda wall: zones.moment(wall.date(), wall.time(), name)


@cache
def _all_names() -> frozenset[str]:
    """Every name of IANA's that means a place or an offset."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def _iana(name: str) -> str | None:
    if name.upper() in {"UTC", "GMT", "Z"}:
        return "UTC"
    return name if name in _all_names() else None


def _tails(name: str) -> list[str]:
    """What `/freeassociation.sourceforge.net/Europe/Berlin` and its like end with: two names, or three."""
    parts = name.strip("/").split("/")
    return ["/".join(parts[-count:]) for count in (2, 3)] if name.startswith("/") else []


def _defined(definition: Component, last: datetime, steps: Steps) -> ToMoment:
    """The zone that a definition describes, up to `last`."""
    changes = [change for each in definition.subcomponents for change in _changes(each, last, steps)]
    changes.sort(key=lambda each: each.at)
    if not changes:
        raise CannotReadError(Problem.BROKEN)
    # In the hour that is skipped, and in the first of two, clocks count as not changed yet.
    walls = [each.at + max(each.before, each.after) for each in changes]
    offsets = [changes[0].before, *(each.after for each in changes)]
    return lambda wall: (wall - offsets[bisect_right(walls, wall)]).replace(tzinfo=UTC)


def _changes(observance: Component, last: datetime, steps: Steps) -> list[_Change]:
    start = observance.get("DTSTART").dt.replace(tzinfo=None)
    before, after = observance.get("TZOFFSETFROM").td, observance.get("TZOFFSETTO").td
    walls = [start]
    rule, dates = observance.get("RRULE"), observance.get("RDATE", [])
    if rule:
        if isinstance(rule, list) or not set(map(str.upper, rule)) <= _RULE_PARTS or rule.get("FREQ") != ["YEARLY"]:
            raise CannotReadError(Problem.UNSUPPORTED)
        until = rule.get("UNTIL", [None])[0]
        limit = last if until is None else min(last, _naive(until) + timedelta(days=1))
        walls += steps.walls(rule, start, limit)
    walls += [_naive(each.dt) for some in (dates if isinstance(dates, list) else [dates]) for each in some.dts]
    if len(walls) > _MOST_CHANGES:
        raise CannotReadError(Problem.TOO_MUCH)
    return [_Change(wall - before, before, after) for wall in walls]


def _naive(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise CannotReadError(Problem.BROKEN)
    return value.replace(tzinfo=None)
