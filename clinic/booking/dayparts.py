"""Starts as a person looks for them: by day, and within it morning, afternoon and evening, on their own wall clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from clinic.core import zones

NOON = time(12)
EVENING = time(17)
PARTS = ("morning", "afternoon", "evening")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True)
class Day:
    """The starts of one day in a zone, each as a sorted list."""

    date: date
    morning: list[datetime] = field(default_factory=list)
    afternoon: list[datetime] = field(default_factory=list)
    evening: list[datetime] = field(default_factory=list)

    @property
    def starts(self) -> list[datetime]:
        """All of them in order."""
        return [*self.morning, *self.afternoon, *self.evening]

    def part(self, wall: time) -> list[datetime]:
        """The list to which a wall time belongs: before noon, before five, or later."""
        return self.morning if wall < NOON else self.afternoon if wall < EVENING else self.evening


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which of PARTS and WEEKDAYS somebody would come at; none of a kind means that any will do."""

    parts: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True where something is left out."""
        return bool(self.parts or self.weekdays)

    def of(self, days: Sequence[Day]) -> list[Day]:
        """What is left of these days, without those of which nothing is."""
        kept = (self._of(day) for day in days if not self.weekdays or WEEKDAYS[day.date.weekday()] in self.weekdays)
        return [day for day in kept if day.starts]

    def _of(self, day: Day) -> Day:
        return Day(day.date, **{part: getattr(day, part) for part in self.parts or PARTS})


ALL_TIMES = Narrowing()


def by_day(starts: Iterable[datetime], zone: str, most: int | None = None) -> list[Day]:
    """Sorted starts (aware) under their days in `zone`, of `most` days at most; days without a start are left out."""
    days: list[Day] = []
    there = zones.zone(zone)
    for start in starts:
        wall = start.astimezone(there)
        on = wall.date()
        if not days or days[-1].date != on:
            if len(days) == most:
                break
            days.append(Day(on))
        days[-1].part(wall.time()).append(start)
    return days


def next_day_with_a_start(days: Sequence[Day], after: date) -> date | None:
    """The first day later than `after` that has a start, or None."""
    return next((day.date for day in days if day.date > after), None)


def repeated_walls(starts: Sequence[datetime], zone: str) -> set[datetime]:
    """The starts of a day whose wall time comes twice (the clock goes back), so that a label must name the offset."""
    if not starts or zones.wall(starts[0], zone).utcoffset() == zones.wall(starts[-1], zone).utcoffset():
        return set()
    seen: dict[datetime, datetime] = {}
    twice: set[datetime] = set()
    for start in starts:
        wall = zones.wall(start, zone).replace(tzinfo=None, fold=0)
        if wall in seen:
            twice |= {seen[wall], start}
        seen[wall] = start
    return twice
