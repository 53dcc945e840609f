"""The rules of an appointment: states, lateness by elapsed hours, expiry."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.booking import rules
from clinic.booking.errors import AlreadyBegunError, WrongStateError
from clinic.booking.rules import State
from clinic.core import zones

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = 24 * 60

ALLOWED = {
    (State.HELD, State.REQUESTED),
    (State.HELD, State.CONFIRMED),
    (State.REQUESTED, State.CONFIRMED),
    (State.REQUESTED, State.DECLINED),
    (State.REQUESTED, State.EXPIRED),
    (State.REQUESTED, State.CANCELLED),
    (State.CONFIRMED, State.CANCELLED),
}


def test_only_these_changes_of_state_are_possible() -> None:
    assert {(one, other) for one in State for other in State if rules.may_become(one, other)} == ALLOWED


def test_require_transition_raises_for_a_cancelled_appointment() -> None:
    rules.require_transition(State.CONFIRMED, State.CANCELLED)
    with pytest.raises(WrongStateError):
        rules.require_transition(State.CANCELLED, State.CONFIRMED)


def test_a_change_is_late_when_less_than_the_window_remains() -> None:
    starts_at = NOW + timedelta(hours=24)
    assert not rules.is_late(starts_at, NOW, DAY)
    assert rules.is_late(starts_at, NOW + SECOND, DAY)
    assert rules.late_after(starts_at, DAY) == NOW


@pytest.mark.parametrize(
    ("day", "zone", "wall_hours_before"),
    [
        # The clock went back in between: 24 elapsed hours before 15:00 it was 16:00 on the wall.
        (date(2026, 11, 1), "America/New_York", 23),
        (date(2026, 10, 25), "Europe/Berlin", 23),
        # It went forward: 14:00 on the wall.
        (date(2027, 3, 14), "America/New_York", 25),
        (date(2027, 3, 28), "Europe/Berlin", 25),
        (date(2027, 4, 4), "Australia/Lord_Howe", 23.5),
        (date(2026, 10, 4), "Australia/Lord_Howe", 24.5),
        (date(2018, 11, 4), "America/Sao_Paulo", 25),
        (date(2018, 2, 18), "America/Sao_Paulo", 23),
    ],
)
def test_lateness_counts_elapsed_hours_across_a_clock_change(day: date, zone: str, wall_hours_before: float) -> None:
    starts_at = zones.moment(day, time(15), zone)
    last = datetime.combine(day, time(15)) - timedelta(hours=wall_hours_before)
    in_time = zones.moment(last.date(), last.time(), zone)
    assert not rules.is_late(starts_at, in_time, DAY)
    assert rules.is_late(starts_at, in_time + SECOND, DAY)


def test_a_session_can_be_changed_until_the_moment_it_begins() -> None:
    rules.require_not_begun(NOW + SECOND, NOW)
    with pytest.raises(AlreadyBegunError):
        rules.require_not_begun(NOW, NOW)


def test_a_hold_lasts_ten_minutes() -> None:
    until = rules.held_until(NOW)
    assert until - NOW == timedelta(minutes=10)


def test_a_request_is_kept_for_two_days_but_not_beyond_its_start() -> None:
    assert rules.requested_until(NOW, NOW + timedelta(days=9)) == NOW + timedelta(days=2)
    assert rules.requested_until(NOW, NOW + timedelta(hours=5)) == NOW + timedelta(hours=5)


def test_rules_refuse_naive_moments() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        rules.is_late(NOW.replace(tzinfo=None), NOW, DAY)


def test_an_agreed_fee_replaces_what_is_listed_and_what_is_free_stays_free() -> None:
    assert [rules.fee_cents(14_000, agreed) for agreed in (None, 9_000, 0)] == [14_000, 9_000, 0]
    assert rules.fee_cents(0, 9_000) == 0
