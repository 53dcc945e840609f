"""Half-open stretches of time, `[start, end)`."""

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

    def padded(self, before: timedelta, after: timedelta) -> "Interval":
        """The same interval with buffers around it."""
        return Interval(self.start - before, self.end + after)
