"""A therapist's day as rows of a quarter of an hour, for a table that is read and a grid that is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from clinic.booking.models import Appointment
from clinic.core import zones

STEP: Final = timedelta(minutes=15)
FEWEST_ROWS: Final = 2  # room for a line of text and a thumb; with its buffer no session is nearer to the next
_OPENS: Final = time(8)
_CLOSES: Final = time(18)


@dataclass(frozen=True, slots=True)
class Block:
    """One session in the grid: its first row and how many rows it covers, both counted from 1."""

    appointment: Appointment
    row: int
    rows: int


@dataclass(frozen=True, slots=True)
class DayGrid:
    """The rows of a day: the moments of its full hours with their rows, the sessions, and the row of now, if any."""

    rows: int
    hours: list[tuple[datetime, int]]
    blocks: list[Block]
    now_row: int | None


def lay_out(appointments: Sequence[Appointment], day: date, zone: str, now: datetime) -> DayGrid:
    """Place the sessions of a day, from eight to six on the wall or as far as they reach, by elapsed time."""
    first = min([zones.moment(day, _OPENS, zone), *(_hour(each.starts_at, zone, down=True) for each in appointments)])
    last = max([zones.moment(day, _CLOSES, zone), *(_hour(each.ends_at, zone, down=False) for each in appointments)])
    start, end = zones.day_bounds(day, zone)
    first, last = max(first, start), min(last, end)
    rows = _rows(first, last)
    hours = [(first + STEP * 4 * count, 1 + 4 * count) for count in range(-(-rows // 4))]
    blocks = []
    for each in appointments:
        row = 1 + _rows(first, max(each.starts_at, first))
        until = _rows(first, min(each.ends_at, last) + STEP - timedelta(seconds=1))
        blocks.append(Block(each, row, max(FEWEST_ROWS, until - row + 1)))
    now_row = 1 + _rows(first, now) if first <= now < last else None
    return DayGrid(rows, hours, blocks, now_row)


def _rows(start: datetime, end: datetime) -> int:
    return int((end - start) / STEP)


def _hour(at: datetime, zone: str, *, down: bool) -> datetime:
    """The full hour on the wall before or after."""
    shown = zones.wall(at, zone)
    past = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
    return at - past if down or not past else at - past + timedelta(hours=1)
