"""What may follow what, when something is overdue, and how adherence is counted."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.homework.errors import AssignmentError, StateError
from clinic.homework.rules import (
    CLOSED,
    FOLLOWING,
    OPEN,
    Assigned,
    OpenWork,
    State,
    adherence,
    can_undo,
    default_due,
    is_heavy,
    is_overdue,
    require_assignable,
    require_step,
    suggests_smaller,
    weekly_minutes,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)

STEPS = {
    ("assigned", "opened"),
    ("opened", "in_progress"),
    ("in_progress", "submitted"),
    ("submitted", "reviewed"),
    ("submitted", "returned"),
    ("submitted", "in_progress"),
    ("returned", "in_progress"),
} | {
    (here, there)
    for here in ("assigned", "opened", "in_progress", "returned")
    for there in ("excused", "cancelled", "expired")
}


@pytest.mark.parametrize("here", State)
@pytest.mark.parametrize("there", State)
def test_only_the_written_steps_are_possible(here: State, there: State) -> None:
    if (here, there) in STEPS:
        require_step(here, there)
    else:
        with pytest.raises(StateError):
            require_step(here, there)


def test_every_state_is_open_or_sent_or_closed() -> None:
    assert OPEN | CLOSED | {State.SUBMITTED} == set(State)
    assert not OPEN & CLOSED
    assert CLOSED.isdisjoint(FOLLOWING)


@pytest.mark.parametrize("state", State)
def test_overdue_follows_from_the_due_moment_while_it_is_open(state: State) -> None:
    assert is_overdue(state, NOW - HOUR, NOW) is (state in OPEN)
    assert not is_overdue(state, NOW, NOW)


def test_undo_is_possible_for_ten_seconds() -> None:
    assert can_undo(State.SUBMITTED, NOW - timedelta(seconds=10), NOW)
    assert not can_undo(State.SUBMITTED, NOW - timedelta(seconds=10, microseconds=1), NOW)
    assert not can_undo(State.REVIEWED, NOW, NOW)
    assert not can_undo(State.SUBMITTED, None, NOW)


def test_due_is_a_day_before_the_next_session() -> None:
    assert default_due(NOW + 3 * DAY, NOW) == NOW + 2 * DAY
    assert default_due(NOW + 20 * HOUR, NOW) == NOW + 7 * DAY
    assert default_due(NOW + DAY, NOW) == NOW + 7 * DAY
    assert default_due(None, NOW) == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("due_at", "confidence", "target"),
    [(NOW, 5, 3), (NOW + DAY, 11, 3), (NOW + DAY, -1, 3), (NOW + DAY, 5, 0), (NOW + DAY, 5, 51)],
)
def test_impossible_assignment_is_refused(due_at: datetime, confidence: int, target: int) -> None:
    with pytest.raises(AssignmentError):
        require_assignable(due_at, NOW, confidence, target)


def test_possible_assignment_passes() -> None:
    require_assignable(NOW + DAY, NOW, None, None)
    require_assignable(NOW + DAY, NOW, 0, 50)


def test_confidence_below_seven_suggests_something_smaller() -> None:
    assert [suggests_smaller(confidence) for confidence in (None, 6, 7, 10)] == [False, True, False, False]


def test_load_is_two_assignments_and_45_minutes_a_week() -> None:
    assert weekly_minutes([OpenWork(10, 7), OpenWork(2, 1), OpenWork(20, 28), OpenWork(5)]) == 49
    assert not is_heavy([OpenWork(20), OpenWork(25)])
    assert is_heavy([OpenWork(20), OpenWork(26)])
    assert is_heavy([OpenWork(5), OpenWork(5), OpenWork(5)])


def given(due: timedelta, done: timedelta | None = None, state: State = State.REVIEWED) -> Assigned:
    """Assigned a week before it is due; `due` and `done` count from now."""
    return Assigned(NOW + due - WEEK, NOW + due, state, None if done is None else NOW + done)


def test_adherence_counts_done_of_due_and_on_time() -> None:
    result = adherence(
        [
            given(-DAY, -2 * DAY),
            given(-DAY, -HOUR),
            given(-DAY, None, State.IN_PROGRESS),
            given(-DAY, None, State.EXPIRED),
            given(-DAY, None, State.EXCUSED),
            given(-DAY, None, State.CANCELLED),
            given(DAY, None, State.OPENED),
        ],
        NOW,
    )
    assert (result.done, result.due, result.on_time, result.ratio) == (2, 4, 1, 0.5)
    assert result.median_days == 7.0


def test_returned_work_stays_done() -> None:
    result = adherence([given(-DAY, -2 * DAY, State.RETURNED)], NOW)
    assert (result.done, result.due) == (1, 1)


def test_strip_has_four_weeks_oldest_first() -> None:
    result = adherence(
        [
            given(-27 * DAY, -27 * DAY),
            given(-20 * DAY, None, State.EXPIRED),
            given(-8 * DAY, -8 * DAY),
            given(-7 * DAY, None, State.OPENED),
            given(3 * DAY, -HOUR, State.SUBMITTED),
            given(-40 * DAY, -40 * DAY),
        ],
        NOW,
    )
    assert [(week.done, week.due) for week in result.weeks] == [(1, 1), (0, 1), (1, 2), (1, 1)]
    assert result.weeks[0].start == NOW - 4 * WEEK


def test_nothing_due_is_no_ratio() -> None:
    result = adherence([given(DAY, None, State.ASSIGNED)], NOW)
    assert (result.due, result.ratio, result.median_days) == (0, None, None)
    assert [week.due for week in result.weeks] == [0, 0, 0, 0]
