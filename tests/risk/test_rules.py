"""Office time by the wall clock, by when a call comes, whose turn it is, and what a closing must say."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.risk import rules
from clinic.risk.errors import IncompleteError
from clinic.risk.rules import USUAL_WEEK, Closing, Duties, Office
from tests.factories import ZONE
from tests.risk.conftest import DONE, EVENING, FRIDAY, MONDAY, TUESDAY, at

OFFICE = Office(USUAL_WEEK, frozenset(), ZONE)
DANA, ERIK, GINA, HAL, ALICE, BOB = (UUID(int=number) for number in range(1, 7))
EVERYBODY = Duties(DANA, [], ERIK, [GINA, HAL], {}, [DANA, ERIK, GINA, HAL])


def test_a_weekend_has_no_office_minutes() -> None:
    assert OFFICE.minutes_between(at(FRIDAY, 16, 30), at(MONDAY, 9, 30)) == 60
    assert OFFICE.minutes_between(EVENING, at(MONDAY, 9)) == 0
    assert OFFICE.minutes_between(at(MONDAY, 12), at(MONDAY, 11)) == 0


def test_an_hour_of_the_office_goes_over_the_weekend() -> None:
    assert OFFICE.after(at(FRIDAY, 16, 30), 60) == at(MONDAY, 9, 30)
    assert OFFICE.after(EVENING, 60) == at(MONDAY, 10)
    assert OFFICE.after(at(MONDAY, 16), 60) == at(MONDAY, 17)


def test_who_answers_on_friday_evening_is_looked_at_on_monday_at_nine() -> None:
    assert OFFICE.next_look(EVENING) == at(MONDAY, 9)
    assert OFFICE.next_look(at(MONDAY, 11)) == at(MONDAY, 11)
    assert (OFFICE.is_open(EVENING), OFFICE.is_open(at(MONDAY, 9)), OFFICE.is_open(at(MONDAY, 17))) == (
        False,
        True,
        False,
    )


def test_a_holiday_counts_as_closed() -> None:
    office = Office(USUAL_WEEK, {MONDAY}, ZONE)
    assert office.next_look(EVENING) == at(TUESDAY, 9)
    assert office.after(at(FRIDAY, 16, 30), 60) == at(TUESDAY, 9, 30)


def test_hours_are_of_the_wall_clock_when_the_clocks_change() -> None:
    before, after = date(2026, 10, 30), date(2026, 11, 2)
    assert OFFICE.next_look(at(before, 18)) == datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
    assert OFFICE.next_look(at(before, 8)) == datetime(2026, 10, 30, 13, 0, tzinfo=UTC)
    assert OFFICE.minutes_between(at(before, 16), at(after, 10)) == 120


def test_a_break_at_noon_does_not_count() -> None:
    office = Office({0: [(time(9), time(12)), (time(13), time(17))]}, frozenset(), ZONE)
    assert office.minutes_between(at(MONDAY, 11), at(MONDAY, 14)) == 120
    assert office.next_look(at(MONDAY, 12, 30)) == at(MONDAY, 13)


def test_an_office_that_never_opens_counts_every_minute() -> None:
    assert Office({}, frozenset(), ZONE).after(EVENING, 60) == EVENING + timedelta(hours=1)


@given(st.integers(0, 20_000), st.integers(1, 2_000))
def test_after_and_between_say_the_same(minute: int, count: int) -> None:
    since = at(FRIDAY, 0) + timedelta(minutes=minute)
    assert OFFICE.minutes_between(since, OFFICE.after(since, count)) == count


@pytest.mark.parametrize(
    ("grade", "raised_at", "by"),
    [
        ("urgent", EVENING, at(MONDAY, 11)),
        ("urgent", at(MONDAY, 10), at(MONDAY, 12)),
        ("same_day", EVENING, at(MONDAY, 17)),
        ("same_day", at(MONDAY, 10), at(MONDAY, 17)),
        ("same_day", at(MONDAY, 16, 50), at(TUESDAY, 9, 50)),  # nobody promises a call within ten minutes
    ],
)
def test_a_call_comes_by_a_moment_that_can_be_kept(grade: rules.Grade, raised_at: datetime, by: datetime) -> None:
    assert rules.call_by(grade, raised_at, OFFICE) == by


def test_therapist_is_told_first_and_then_lead_and_list() -> None:
    assert EVERYBODY.first() == [DANA]
    assert EVERYBODY.chain() == [DANA, ERIK, GINA, HAL]
    assert replace(EVERYBODY, covers=[HAL]).chain() == [DANA, HAL, ERIK, GINA]


def test_who_is_away_is_told_together_with_who_stands_in() -> None:
    away = replace(EVERYBODY, stand_ins={DANA: HAL})
    assert away.first() == [DANA, HAL]
    assert away.chain() == [HAL, ERIK, GINA]
    assert replace(EVERYBODY, stand_ins={ERIK: GINA}).chain() == [DANA, GINA, HAL]


def test_who_cannot_sign_in_is_left_out() -> None:
    assert replace(EVERYBODY, able=[ERIK, HAL]).first() == [ERIK]
    assert replace(EVERYBODY, able=[ERIK, HAL]).chain() == [ERIK, HAL]


def test_the_client_and_their_partner_are_never_told_although_they_are_on_the_list() -> None:
    assert replace(EVERYBODY, on_call=[GINA, BOB], able=[DANA, ERIK, GINA, BOB], never={ALICE, BOB}).chain() == [
        DANA,
        ERIK,
        GINA,
    ]


def test_where_nobody_is_named_every_therapist_is_told_in_turn() -> None:
    nobody = Duties(None, [], None, [], {}, [GINA, HAL])
    assert (nobody.first(), nobody.chain()) == ([GINA], [GINA, HAL])


def test_turns_go_round_again_and_again() -> None:
    chain, told, order = EVERYBODY.chain(), {DANA: EVENING}, []
    for hours in range(1, 9):
        (turn,) = rules.turns(chain, told, 60)
        told[turn] = EVENING + timedelta(hours=hours)
        order.append(turn)
    assert order == [ERIK, GINA, HAL, DANA, ERIK, GINA, HAL, DANA]


def test_before_the_hour_is_over_it_is_nobodys_turn() -> None:
    assert rules.turns(EVERYBODY.chain(), {DANA: EVENING}, 59) == []


def test_missed_hours_leave_nobody_out_and_tell_nobody_twice() -> None:
    assert rules.turns(EVERYBODY.chain(), {DANA: EVENING}, 125) == [ERIK, GINA]
    assert rules.turns(EVERYBODY.chain(), {DANA: EVENING}, 60_000) == [ERIK, GINA, HAL, DANA]


@pytest.mark.parametrize("part", [each.name for each in fields(Closing)])
def test_a_closing_without_any_one_part_is_incomplete(part: str) -> None:
    with pytest.raises(IncompleteError) as caught:
        rules.require_complete(replace(DONE, **{part: "  "}))
    assert caught.value.missing == (part,)


def test_a_closing_that_says_everything_is_complete() -> None:
    rules.require_complete(DONE)
