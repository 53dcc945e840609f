"""Half-open stretches of time, `[start, end)`, and what one does with many of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


def require_aware(moment: datetime) -> datetime:
    """`moment` itself; raises ValueError when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is not a moment")
    return moment


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` up to but without `end`, both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive moments and an end that is not after the start."""
        require_aware(self.start)
        require_aware(self.end)
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    @classmethod
    def lasting(cls, start: datetime, minutes: int) -> "Interval":
        """The interval of that many elapsed minutes from `start`."""
        return cls(start, start + timedelta(minutes=minutes))

    def overlaps(self, other: "Interval") -> bool:
        """True when the two share a moment; touching ends share none."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        """True when `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def padded(self, before: timedelta, after: timedelta) -> "Interval":
        """The same interval with buffers around it."""
        return Interval(self.start - before, self.end + after)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same moments as sorted intervals that neither overlap nor touch."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.start <= result[-1].end:
            if interval.end > result[-1].end:
                result[-1] = Interval(result[-1].start, interval.end)
        else:
            result.append(interval)
    return result


def without(base: Iterable[Interval], taken: Iterable[Interval]) -> Iterator[Interval]:
    """What is left of `base` (sorted, apart) once every moment of `taken` (any order) is cut out."""
    cuts = merged(taken)
    first = 0
    for interval in base:
        start = interval.start
        while first < len(cuts) and cuts[first].end <= start:
            first += 1
        position = first
        while position < len(cuts) and cuts[position].start < interval.end:
            if start < cuts[position].start:
                yield Interval(start, cuts[position].start)
            start = max(start, cuts[position].end)
            position += 1
        if start < interval.end:
            yield Interval(start, interval.end)
