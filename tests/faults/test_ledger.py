"""What counts as lost, and what as twice."""

from dataclasses import replace

import pytest

from faults.crowd import Ledger
from faults.pages import Count

WELL = Count(
    booked=10, told=10, written=7, acknowledged_bookings=10, acknowledged_entries=7, missing_words=0, unexpected=[]
)


def test_everything_once_is_well() -> None:
    assert WELL.is_well


@pytest.mark.parametrize("change", [{"booked": 9}, {"told": 9}, {"written": 6}, {"missing_words": 1}])
def test_what_was_acknowledged_and_is_not_there_is_lost(change: dict[str, int]) -> None:
    count = replace(WELL, **change)  # type: ignore[arg-type]  # whole numbers only
    assert count.lost > 0
    assert not count.is_well


@pytest.mark.parametrize("change", [{"booked": 11, "told": 11}, {"written": 8}])
def test_what_is_there_more_often_is_twice(change: dict[str, int]) -> None:
    count = replace(WELL, **change)  # type: ignore[arg-type]  # whole numbers only
    assert count.twice == 1
    assert not count.is_well


def test_time_until_a_service_is_back_starts_with_a_form_sent_after_the_fault() -> None:
    ledger = Ledger({"before": (1.0, 2.0), "across": (2.9, 9.0), "after": (6.0, 7.5), "later": (8.0, 8.5)})
    assert ledger.first_after(3.0) == 4.5
    assert ledger.slowest_since(3.0) == 6.1
