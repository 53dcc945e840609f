"""A day laid out in quarters of an hour, across clock changes too."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.booking.day_grid import Block, lay_out
from clinic.booking.models import Appointment
from clinic.core import zones

NEW_YORK = "America/New_York"
THURSDAY = date(2026, 11, 26)


def at(hour: int, minute: int = 0, day: date = THURSDAY, zone: str = NEW_YORK) -> datetime:
    """A moment on the wall clock."""
    return zones.moment(day, time(hour, minute), zone)


def session(starts_at: datetime, minutes: int) -> Appointment:
    """A session of that length."""
    return Appointment(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))


def test_an_empty_day_runs_from_eight_to_six() -> None:
    grid = lay_out([], THURSDAY, NEW_YORK, at(12, day=date(2026, 11, 25)))
    assert (grid.rows, grid.blocks, grid.now_row) == (40, [], None)
    assert [moment for moment, _ in grid.hours] == [at(hour) for hour in range(8, 18)]


def test_sessions_lie_where_they_begin_and_cover_every_quarter_they_touch() -> None:
    sessions = [session(at(9), 50), session(at(10, 15), 80), session(at(13), 15)]
    grid = lay_out(sessions, THURSDAY, NEW_YORK, at(10, 40))
    assert grid.blocks == [Block(sessions[0], 5, 4), Block(sessions[1], 10, 6), Block(sessions[2], 21, 2)]
    assert grid.now_row == 11


def test_early_and_late_sessions_stretch_the_day_to_full_hours() -> None:
    grid = lay_out([session(at(6, 30), 50), session(at(19, 10), 50)], THURSDAY, NEW_YORK, at(12))
    assert [grid.hours[0][0], grid.hours[-1][0]] == [at(6), at(19)]
    assert grid.rows == 14 * 4


@pytest.mark.parametrize(
    ("day", "zone"),
    [(date(2026, 11, 1), NEW_YORK), (date(2027, 3, 14), NEW_YORK), (date(2027, 4, 4), "Australia/Lord_Howe")],
)
def test_a_session_in_the_night_of_a_clock_change_keeps_its_length(day: date, zone: str) -> None:
    night = session(at(0, 30, day, zone), 240)
    grid = lay_out([night], day, zone, at(12, day=day, zone=zone))
    assert grid.blocks[0].rows == 16
    assert grid.blocks[0].row == 3


def test_hours_of_a_zone_with_a_half_hour_stand_on_its_wall() -> None:
    grid = lay_out([session(at(7, 15, zone="Asia/Kolkata"), 50)], THURSDAY, "Asia/Kolkata", at(12))
    assert grid.hours[0][0] == at(7, zone="Asia/Kolkata")
