"""The clock and its offset file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic.core import clock

A_MOMENT = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def restored_clock() -> Iterator[None]:
    """Give every test the real clock back."""
    before = clock._offset_file
    clock.use_offset_file(None)
    yield
    clock.use_offset_file(before)


def test_now_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT


def test_now_is_the_real_time_while_the_offset_file_is_missing(tmp_path: Path) -> None:
    clock.use_offset_file(tmp_path / "clock")
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT


def test_move_adds_up_and_goes_back(tmp_path: Path) -> None:
    clock.use_offset_file(tmp_path / "clock")
    clock.move(timedelta(days=1))
    clock.move(timedelta(hours=2))
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=26)) < A_MOMENT
    clock.move(timedelta(hours=-26))
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT


def test_move_without_an_offset_file_refuses() -> None:
    with pytest.raises(RuntimeError, match="cannot be moved"):
        clock.move(timedelta(hours=1))
