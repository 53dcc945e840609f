"""Waking hours, waits and the end of patience."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.outbox import rules


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-11-24T13:00", "America/New_York", "2026-11-24T13:00"),  # 08:00
        ("2026-11-24T12:59", "America/New_York", "2026-11-24T13:00"),
        ("2026-11-25T01:59", "America/New_York", "2026-11-25T01:59"),  # 20:59
        ("2026-11-25T02:00", "America/New_York", "2026-11-25T13:00"),  # 21:00
        ("2026-11-24T23:30", "Europe/Berlin", "2026-11-25T07:00"),
        ("2026-11-01T02:30", "America/New_York", "2026-11-01T13:00"),  # the night the clocks go back
        ("2027-03-14T02:30", "America/New_York", "2027-03-14T12:00"),  # and forward
    ],
)
def test_waking_from_is_the_next_moment_between_eight_and_nine(at: str, zone: str, expected: str) -> None:
    moment, then = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, expected))
    assert rules.waking_from(moment, zone) == then


def test_next_day_begins_at_eight_there() -> None:
    evening = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)  # still 31 October in New York, before the clock change
    assert rules.next_day_from(evening, "America/New_York") == datetime(2026, 11, 1, 13, 0, tzinfo=UTC)


def test_waits_double_from_15_seconds_to_an_hour() -> None:
    waits = [rules.wait_after(tries).total_seconds() for tries in (1, 2, 3, 8, 9, 50)]
    assert waits == [15, 30, 60, 1920, 3600, 3600]


def test_patience_ends_after_two_days() -> None:
    due = datetime(2026, 11, 24, tzinfo=UTC)
    assert not rules.is_given_up(due, due + timedelta(days=2))
    assert rules.is_given_up(due, due + timedelta(days=2, seconds=1))


def test_a_lease_outlasts_what_is_done_under_it() -> None:
    assert rules.ANSWER_WITHIN < rules.HANDING_OVER < rules.LEASE
