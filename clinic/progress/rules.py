"""What a report says and when: pure rules on plain objects. Thresholds are ours and unvalidated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from clinic.core.zones import wall
from clinic.progress.errors import NoteTooLongError, NothingLeftError, NotPreparedError
from clinic.progress.material import Material, Pulse, Saying, Task, Wheel

CLEAR_STEP = 2.0
"""Points on a scale of 0 to 10 from which a change is called clear."""
MOST_SAYINGS, SHORTEST_SAYING, LONGEST_NOTE, MOST_PULSES = 3, 15, 2000, 12
HOUR_OF_REPORT = 6
BRIEF_AHEAD = timedelta(hours=24)
TRY_AGAIN_AFTER, PRINT_AGAIN_AFTER = timedelta(hours=1), timedelta(minutes=10)
MOST_ATTEMPTS = 5


class State(StrEnum):
    """Where a report stands."""

    PREPARING = "preparing"
    PREPARED = "prepared"
    RELEASED = "released"
    FAILED = "failed"


class Movement(StrEnum):
    """What is said of a change: never a category, never a grade."""

    LOWER = "lower"
    SAME = "same"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start_on: date
    end_on: date

    def holds(self, day: date | None) -> bool:
        """True for a day inside."""
        return day is not None and self.start_on <= day <= self.end_on


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday (or the first day of the period): how many tasks were due, how many of them are done."""

    on: date
    done: int
    due: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How one figure went from its first value to the latest."""

    key: str
    movement: Movement
    since: date


def is_given_up(paper_attempts: int, tried_at: datetime, now: datetime) -> bool:
    """True when the last try to print has had its time and made no PDF."""
    return paper_attempts >= MOST_ATTEMPTS and tried_at <= now - PRINT_AGAIN_AFTER


def period_due(now: datetime, zone: str) -> Period:
    """The last whole month whose report is due: from six in the morning of the first on, in the practice's zone."""
    today = (wall(now, zone) - timedelta(hours=HOUR_OF_REPORT)).date()
    end = today.replace(day=1) - timedelta(days=1)
    return Period(end.replace(day=1), end)


def has_anything_to_tell(material: Material, period: Period) -> bool:
    """True when the client did, sent or answered something in the period; sessions alone make no report."""
    did = any(period.holds(task.done_on) or task.entries for task in material.tasks)
    return did or any(period.holds(pulse.on) for pulse in material.pulses)


def movement(first: float, latest: float, step: float = CLEAR_STEP) -> Movement:
    """Clearly lower, about the same or clearly higher; `step` is the smallest change that counts as clear."""
    if latest - first >= step:
        return Movement.HIGHER
    return Movement.LOWER if first - latest >= step else Movement.SAME


def moves(readings: Sequence[Pulse | Wheel]) -> list[Moved]:
    """For each key of the latest reading, how it stands against its first value; a single reading moves nothing."""
    if len(readings) < 2:
        return []
    ordered: list[Pulse | Wheel] = sorted(readings, key=lambda reading: reading.on)
    latest, found = ordered[-1], []
    for key, value in latest.values.items():
        first = next(reading for reading in ordered if key in reading.values)
        if first is not latest:
            found.append(Moved(key, movement(first.values[key], value), first.on))
    return found


def weeks(tasks: Iterable[Task], period: Period) -> list[Week]:
    """The weeks of the period with what was due in each and not excused; done counts until the period's end."""
    due = [task for task in tasks if period.holds(task.due_on) and not task.is_excused]
    found, start = [], period.start_on
    while start <= period.end_on:
        end = min(start + timedelta(days=6 - start.weekday()), period.end_on)
        here = [task for task in due if task.due_on is not None and start <= task.due_on <= end]
        found.append(Week(start, sum(task.is_done_by(period.end_on) for task in here), len(here)))
        start = end + timedelta(days=1)
    return found


def worth_keeping(sayings: Iterable[Saying], period: Period) -> list[Saying]:
    """At most three things the client wrote in the period, one of each exercise first, the newest first."""
    fit = [one for one in sayings if period.holds(one.on) and len(one.text.strip()) >= SHORTEST_SAYING]
    fit.sort(key=lambda one: (one.on, one.text), reverse=True)
    seen: set[str] = set()
    first_of_source: list[Saying] = []
    rest: list[Saying] = []
    for one in fit:
        (rest if one.source in seen else first_of_source).append(one)
        seen.add(one.source)
    return sorted((first_of_source + rest)[:MOST_SAYINGS], key=lambda one: one.on, reverse=True)


def require_prepared(state: str) -> None:
    """Raise NotPreparedError unless the report waits for release."""
    if state != State.PREPARED:
        raise NotPreparedError


def require_something_left(held_back: Iterable[str], present: Iterable[str]) -> None:
    """Raise NothingLeftError when no part that the report has is left in."""
    if not set(present) - set(held_back):
        raise NothingLeftError


def require_short(note: str) -> None:
    """Raise NoteTooLongError when the note does not fit."""
    if len(note) > LONGEST_NOTE:
        raise NoteTooLongError(most=LONGEST_NOTE)


def by_movement(moved: Iterable[Moved]) -> Mapping[Movement, list[Moved]]:
    """The same, sorted into higher, lower and same; a movement that nothing made is left out."""
    groups: dict[Movement, list[Moved]] = {kind: [] for kind in (Movement.HIGHER, Movement.LOWER, Movement.SAME)}
    for one in moved:
        groups[one.movement].append(one)
    return {kind: members for kind, members in groups.items() if members}
