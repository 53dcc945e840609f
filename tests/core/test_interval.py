"""Intervals against a naive model: the set of their minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.interval import Interval

ORIGIN = datetime(2026, 11, 1, tzinfo=UTC)


def at(minute: int) -> datetime:
    """The moment that many minutes after the origin."""
    return ORIGIN + timedelta(minutes=minute)


def span(start: int, end: int) -> Interval:
    """The interval between two minutes after the origin."""
    return Interval(at(start), at(end))


spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: span(pair[0], pair[0] + pair[1]))


def minutes(intervals: list[Interval]) -> set[int]:
    """Every minute that some interval covers."""
    return {
        minute
        for one in intervals
        for minute in range((one.start - ORIGIN).seconds // 60, (one.end - ORIGIN).seconds // 60)
    }


@pytest.mark.parametrize("end", [ORIGIN, ORIGIN - timedelta(seconds=1)])
def test_interval_refuses_an_end_not_after_its_start(end: datetime) -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        Interval(ORIGIN, end)


@pytest.mark.parametrize("naive_side", ["start", "end"])
def test_interval_refuses_naive_moments(naive_side: str) -> None:
    moments = {"start": ORIGIN, "end": at(5)}
    moments[naive_side] = moments[naive_side].replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        Interval(**moments)


def test_lasting_counts_elapsed_minutes() -> None:
    assert Interval.lasting(ORIGIN, 50) == span(0, 50)


@given(spans, spans)
def test_overlaps_means_a_shared_minute(one: Interval, other: Interval) -> None:
    assert one.overlaps(other) == bool(minutes([one]) & minutes([other]))


def test_overlaps_is_false_for_touching_ends() -> None:
    assert not span(0, 10).overlaps(span(10, 20))
    assert not span(10, 20).overlaps(span(0, 10))


def test_padded_adds_buffers_on_both_sides() -> None:
    assert span(15, 65).padded(timedelta(minutes=5), timedelta(minutes=10)) == span(10, 75)
