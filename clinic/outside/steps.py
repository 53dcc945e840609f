"""How much work a file may ask for, counted so that the same file always comes to the same end."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from dateutil.rrule import rrule, rrulestr
from icalendar import vRecur

from clinic.outside.errors import CannotReadError, Problem

MOST: Final = 300_000
_DAYS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_EARLIEST: Final = datetime(1583, 1, 1)  # noqa: DTZ001 -- wall time; before it there is no Gregorian calendar
_LATEST: Final = datetime(9000, 1, 1)  # noqa: DTZ001 -- the same


class _PastError(Exception):
    """The walk of a rule has come to its end."""


class _Interval(int):
    """The interval of a rule that is walked so many times and no more.

    dateutil asks whether a rule is past its end only where the rule has a hit. One that never has any would be walked
    to the year 9999, a day at a time; each of its steps adds the interval, or multiplies it for weeks.
    """

    left = 0

    def __radd__(self, other: int) -> int:
        """A step of days, months or years. Raises _PastError after the last one."""
        self._step()
        return other + int(self)

    def __mul__(self, other: int) -> int:
        """A step of weeks. Raises _PastError after the last one."""
        self._step()
        return int(self) * other

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _PastError


class Steps:
    """Counts down. Raises CannotReadError once too much was asked for."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def take(self, count: int = 1) -> None:
        """That much more work."""
        self._left -= count
        if self._left < 0:
            raise CannotReadError(Problem.TOO_MUCH)

    def walls(self, rule: vRecur, first: datetime, last: datetime) -> list[datetime]:
        """The starts of a rule from `first` (naive wall time) up to `last`, however far the rule itself goes.

        Rules that come more often than daily are refused, and so is one without progress. UNTIL is left to the caller,
        who knows its zone.
        """
        parts = {str(name).upper(): value for name, value in rule.items()}
        days = _DAYS.get(_only(parts.get("FREQ")), 0)
        if not days:
            raise CannotReadError(Problem.TOO_OFTEN)
        interval, count = int(_only(parts.get("INTERVAL", [1]))), parts.get("COUNT")
        if interval < 1 or not _EARLIEST <= first <= _LATEST:
            raise CannotReadError(Problem.BROKEN)
        if first > last:
            return []
        walked = _Interval(interval)
        walked.left = 2 + (last - first) // timedelta(days=days) // interval
        self.take(walked.left)
        endless: Any = vRecur({name: value for name, value in parts.items() if name not in {"COUNT", "UNTIL"}})
        every = rrulestr(endless.to_ical().decode(), dtstart=first)
        if not isinstance(every, rrule):
            raise CannotReadError(Problem.BROKEN)
        walls: list[datetime] = []
        with suppress(_PastError):
            for wall in islice(every.replace(until=last, interval=walked), int(_only(count)) if count else None):
                self.take()
                walls.append(wall)
        return walls


def _only(value: object) -> str:
    """The one value of a part of a rule, which the parser gives as a list."""
    return str(value[0] if isinstance(value, list) and len(value) == 1 else value)
