"""Standing times: an RFC 5545 rule on a wall clock. Weekly at 15:00 stays at 15:00, whatever the clocks do."""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Final

from clinic.core import zones

MOST: Final = 52
WEEKS: Final = (1, 2)
"""Every week, or every second one."""
_PARTS: Final = {"FREQ", "INTERVAL", "COUNT", "UNTIL"}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """From the day `first` on, at the wall time `at` in a zone, as often as `rule` says (a recur value of RFC 5545).

    Raises ValueError for any rule but a weekly one, every week or every second, of 1 to 52 times.
    """

    first: date
    at: time
    zone: str
    rule: str

    def __post_init__(self) -> None:
        """Refuse what a practice does not book, such as a rule that never ends."""
        parts = _parts(self.rule)
        weeks = parts.get("INTERVAL", "1")
        if parts.get("FREQ") != "WEEKLY" or weeks not in map(str, WEEKS) or len({"COUNT", "UNTIL"} & set(parts)) != 1:
            raise ValueError("a standing time comes every week or every second one, and ends")
        if not 1 <= len(self._walls()) <= MOST:
            raise ValueError(f"a standing time comes 1 to {MOST} times")

    @classmethod
    def weekly(cls, first: date, at: time, zone: str, *, weeks: int, count: int) -> "Recurrence":
        """`count` times from that day on, with `weeks` weeks from one to the next."""
        return cls(first, at, zone, f"FREQ=WEEKLY;INTERVAL={weeks};COUNT={count}")

    @property
    def weeks(self) -> int:
        """How many weeks lie between one and the next."""
        return int(_parts(self.rule).get("INTERVAL", "1"))

    def starts(self) -> list[datetime]:
        """Every start in UTC, in order. What a clock change skips moves forward; of what comes twice, the first."""
        return [zones.moment(wall.date(), wall.time(), self.zone) for wall in self._walls()]

    def _walls(self) -> list[datetime]:
        """The starts on the wall clock, one more than there may be at most."""
        from dateutil.rrule import rrulestr  # noqa: PLC0415 -- pages seldom walk a rule, and it weighs a megabyte

        first = datetime.combine(self.first, self.at.replace(tzinfo=None, fold=0), tzinfo=zones.zone(self.zone))
        return list(islice(rrulestr(self.rule, dtstart=first), MOST + 1))


def _parts(rule: str) -> dict[str, str]:
    """The parts of a rule by name; raises ValueError for one that is unknown, comes twice or has no value."""
    pairs = [part.partition("=")[::2] for part in rule.split(";")]
    parts = dict(pairs)
    if len(parts) != len(pairs) or not set(parts) <= _PARTS or not all(parts.values()):
        raise ValueError("that is no rule of a standing time")
    return parts
