"""What a report or a brief is made of, as plain objects: facts about one person, gathered by `queries`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of homework of one person, as it stood at the end of the period.

    `entries` were added in the period, of `target` in all; quality figures are 0-4 (therapist) and 0-10 (hardness).
    """

    title: str
    key: str
    due_on: date | None
    done_on: date | None
    entries: int = 0
    target: int | None = None
    is_excused: bool = False
    is_reviewed: bool = False
    is_measure: bool = False
    hardness: float | None = None
    quality: int | None = None

    def is_done_by(self, day: date) -> bool:
        """True when it was sent on that day or before."""
        return self.done_on is not None and self.done_on <= day


@dataclass(frozen=True, slots=True)
class Saying:
    """Something that the client wrote for the therapist to read: the exercise, and the question that it answers."""

    text: str
    source: str
    on: date
    question: str = ""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One weekly pulse: item key to its value, 0 to 10."""

    on: date
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Wheel:
    """One whole-self wheel: area code to its value, 0 to 10."""

    on: date
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Homework that is open, with its due date where it has one."""

    title: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Material:
    """All that is told of one client. Nothing in it comes from the partner, or from what the client keeps."""

    tasks: tuple[Task, ...] = ()
    sayings: tuple[Saying, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    wheels: tuple[Wheel, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    sessions: int = 0
    next_session_at: datetime | None = None
