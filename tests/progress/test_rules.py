"""What a report says, decided on plain objects."""

from datetime import UTC, date, datetime

import pytest

from clinic.progress.errors import NoteTooLongError, NothingLeftError, NotPreparedError
from clinic.progress.material import Material, Pulse, Saying, Task, Wheel
from clinic.progress.rules import (
    Moved,
    Movement,
    Period,
    Week,
    has_anything_to_tell,
    movement,
    moves,
    period_due,
    require_prepared,
    require_short,
    require_something_left,
    weeks,
    worth_keeping,
)

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), date(2026, 11, 30)),  # 6:00 in New York
        (datetime(2026, 12, 1, 10, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2028, 3, 1, 12, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_report_is_due_from_six_in_the_morning_of_the_first(now: datetime, end: date) -> None:
    assert period_due(now, "America/New_York") == Period(end.replace(day=1), end)


@pytest.mark.parametrize(
    ("first", "latest", "said"),
    [(4, 6, Movement.HIGHER), (4, 5.9, Movement.SAME), (6, 4, Movement.LOWER), (6, 4.1, Movement.SAME), (5, 5, "same")],
)
def test_change_is_clear_from_two_points_on(first: float, latest: float, said: str) -> None:
    assert movement(first, latest) == said


def test_moves_compare_the_latest_with_the_first_that_has_the_line() -> None:
    readings = [
        Pulse(date(2026, 11, 16), {"pause": 8, "talking": 3, "horizon": 5}),
        Pulse(date(2026, 11, 2), {"pause": 4, "talking": 4}),
        Pulse(date(2026, 11, 9), {"pause": 1, "horizon": 9}),
    ]
    assert moves(readings) == [
        Moved("pause", Movement.HIGHER, date(2026, 11, 2)),
        Moved("talking", Movement.SAME, date(2026, 11, 2)),
        Moved("horizon", Movement.LOWER, date(2026, 11, 9)),
    ]


def test_single_reading_moves_nothing() -> None:
    assert moves([Wheel(date(2026, 11, 2), {"body": 4})]) == []
    assert moves([]) == []


def test_weeks_count_what_was_due_and_leave_out_what_was_excused() -> None:
    tasks = [
        Task("a", "a", date(2026, 11, 3), date(2026, 11, 2)),
        Task("b", "b", date(2026, 11, 4), None),
        Task("c", "c", date(2026, 11, 5), None, is_excused=True),
        Task("d", "d", date(2026, 11, 30), date(2026, 12, 1)),
        Task("e", "e", date(2026, 12, 1), date(2026, 12, 1)),
    ]
    assert weeks(tasks, NOVEMBER) == [
        Week(date(2026, 11, 1), 0, 0),
        Week(date(2026, 11, 2), 1, 2),
        Week(date(2026, 11, 9), 0, 0),
        Week(date(2026, 11, 16), 0, 0),
        Week(date(2026, 11, 23), 0, 0),
        Week(date(2026, 11, 30), 0, 1),
    ]


def test_month_of_sessions_alone_makes_no_report() -> None:
    assert not has_anything_to_tell(Material(sessions=4), NOVEMBER)
    assert not has_anything_to_tell(Material(tasks=(Task("a", "a", None, date(2026, 10, 31)),)), NOVEMBER)
    assert has_anything_to_tell(Material(tasks=(Task("a", "a", None, date(2026, 11, 1)),)), NOVEMBER)
    assert has_anything_to_tell(Material(tasks=(Task("a", "a", None, None, entries=1),)), NOVEMBER)
    assert has_anything_to_tell(Material(pulses=(Pulse(date(2026, 11, 30), {"pause": 1}),)), NOVEMBER)


def test_three_sayings_are_kept_each_exercise_first() -> None:
    def one(text: str, source: str, day: int) -> Saying:
        return Saying(text, source, date(2026, 11, day))

    circle = [one(f"I called somebody, {day}", "Own circle", day) for day in (20, 21, 22)]
    fear = one("I saw what I was afraid of", "Fear trace", 3)
    others = [one("too short", "Wheel", 9), Saying("long enough, but in October", "Wheel", date(2026, 10, 30))]
    assert worth_keeping([*circle, fear, *others], NOVEMBER) == [circle[2], circle[1], fear]


def test_only_a_prepared_report_is_released() -> None:
    require_prepared("prepared")
    for state in ("preparing", "released", "failed"):
        with pytest.raises(NotPreparedError):
            require_prepared(state)


def test_something_is_left_to_release() -> None:
    require_something_left(["did"], ["did", "moved"])
    with pytest.raises(NothingLeftError):
        require_something_left(["did", "moved"], ["did", "moved"])


def test_note_has_two_thousand_characters_at_most() -> None:
    require_short("x" * 2000)
    with pytest.raises(NoteTooLongError, match="2000"):
        require_short("x" * 2001)
