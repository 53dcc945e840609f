"""What may follow what, what is overdue, what is a good load, and how adherence is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from clinic.homework.errors import AssignmentError, StateError
from clinic.questionnaires.rules import UNDO

BEFORE_SESSION = timedelta(hours=24)
GOOD_CONFIDENCE = 7
MOST_OPEN = 2
MOST_MINUTES_A_WEEK = 45
WEEKS = 4


class State(StrEnum):
    """Where an assignment is. Overdue is no state: it follows from the due moment."""

    ASSIGNED = "assigned"
    OPENED = "opened"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    RETURNED = "returned"
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = frozenset({State.ASSIGNED, State.OPENED, State.IN_PROGRESS, State.RETURNED})
"""The client can work on it."""
CLOSED = frozenset({State.REVIEWED, State.EXCUSED, State.CANCELLED, State.EXPIRED})
"""Nothing follows."""

_CLOSING = frozenset({State.EXCUSED, State.CANCELLED, State.EXPIRED})
FOLLOWING: dict[State, frozenset[State]] = {
    State.ASSIGNED: frozenset({State.OPENED}) | _CLOSING,
    State.OPENED: frozenset({State.IN_PROGRESS}) | _CLOSING,
    State.IN_PROGRESS: frozenset({State.SUBMITTED}) | _CLOSING,
    # Back to in progress is the undo of the first ten seconds.
    State.SUBMITTED: frozenset({State.REVIEWED, State.RETURNED, State.IN_PROGRESS}),
    State.RETURNED: frozenset({State.IN_PROGRESS}) | _CLOSING,
}


def require_step(here: State, there: State) -> None:
    """Raise StateError unless `there` may follow `here`."""
    if there not in FOLLOWING.get(here, frozenset()):
        raise StateError


def is_overdue(state: State, due_at: datetime, now: datetime) -> bool:
    """True when it is still open after its due moment."""
    return state in OPEN and now > due_at


def can_undo(state: State, submitted_at: datetime | None, now: datetime) -> bool:
    """True in the ten seconds after sending."""
    return state is State.SUBMITTED and submitted_at is not None and now <= submitted_at + UNDO


def default_due(next_session_at: datetime | None, now: datetime) -> datetime:
    """24 elapsed hours before the next session; a week from now where none is near enough or none is booked."""
    if next_session_at is not None and next_session_at - BEFORE_SESSION > now:
        return next_session_at - BEFORE_SESSION
    return now + timedelta(days=7)


def require_assignable(due_at: datetime, now: datetime, confidence: int | None, target: int | None) -> None:
    """Raise AssignmentError for a due moment in the past, a confidence outside 0-10, a target outside 1-50."""
    if due_at <= now:
        raise AssignmentError("It is due in the past. Please choose a later day.")
    if confidence is not None and not 0 <= confidence <= 10:
        raise AssignmentError("Confidence is a number from 0 to 10.")
    if target is not None and not 1 <= target <= 50:
        raise AssignmentError("Please choose a target from 1 to 50.")


def suggests_smaller(confidence: int | None) -> bool:
    """True where confidence below 7 says that a smaller task has the better chance."""
    return confidence is not None and confidence < GOOD_CONFIDENCE


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One open assignment: minutes each time, and every how many days (None: once before it is due)."""

    minutes: int
    repeat_days: int | None = None


def weekly_minutes(work: Sequence[OpenWork]) -> int:
    """Minutes a week that this much open work asks for; what comes less often than weekly counts in full."""
    return sum(round(each.minutes * max(1.0, 7 / (each.repeat_days or 7))) for each in work)


def is_heavy(work: Sequence[OpenWork]) -> bool:
    """True beyond two open assignments or 45 minutes a week."""
    return len(work) > MOST_OPEN or weekly_minutes(work) > MOST_MINUTES_A_WEEK


@dataclass(frozen=True, slots=True)
class Assigned:
    """What adherence needs to know of one assignment; `done_at` is when it was sent the first time."""

    assigned_at: datetime
    due_at: datetime
    state: State
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the strip, from `start` on: so many done of so many due."""

    start: datetime
    done: int
    due: int


@dataclass(frozen=True, slots=True)
class Adherence:
    """Done of due, how many of those on time, median days from assigning to sending, and the last weeks."""

    done: int
    due: int
    on_time: int
    median_days: float | None
    weeks: tuple[Week, ...]

    @property
    def ratio(self) -> float | None:
        """Done of due from 0.0 to 1.0; None while nothing was due."""
        return self.done / self.due if self.due else None


def adherence(assigned: Sequence[Assigned], now: datetime) -> Adherence:
    """Count what is due by now or done already. What was excused or cancelled is not due."""
    due = [
        each
        for each in assigned
        if each.state not in (State.EXCUSED, State.CANCELLED) and (each.due_at <= now or each.done_at is not None)
    ]
    done = [each for each in due if each.done_at is not None]
    days = [(each.done_at - each.assigned_at) / timedelta(days=1) for each in done if each.done_at is not None]
    return Adherence(
        done=len(done),
        due=len(due),
        on_time=sum(each.done_at is not None and each.done_at <= each.due_at for each in done),
        median_days=round(median(days), 1) if days else None,
        weeks=tuple(_week(due, now - timedelta(weeks=back)) for back in range(WEEKS, 0, -1)),
    )


def _week(due: Sequence[Assigned], start: datetime) -> Week:
    """What fell due in the week from `start`; what was done ahead of its time counts in the week it was done."""
    end = start + timedelta(weeks=1)
    inside = [each for each in due if start < min(each.due_at, each.done_at or each.due_at) <= end]
    return Week(start, sum(each.done_at is not None for each in inside), len(inside))
