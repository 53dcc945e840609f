"""Days side by side in rows of a quarter of an hour: what is open, away, booked and free in each, on one wall clock.

A row stands for a quarter of an hour on the wall. Where the clock goes back, the hour that comes twice has rows of its
own, so that a day of 25 hours stays level with its neighbors; where it goes forward, that day leaves rows empty.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from clinic.booking.models import Appointment
from clinic.core import zones
from clinic.core.interval import Interval

STEP: Final = timedelta(minutes=15)
FEWEST_ROWS: Final = 2  # room for a line of text and a thumb; with its buffer no session is nearer to the next
OPENS, CLOSES = 8, 18
Mark = tuple[int, int, int]
"""A quarter of an hour on the wall: its hour, whether it comes for the second time, its minute."""


@dataclass(frozen=True, slots=True)
class Away:
    """A stretch in which nobody is seen, and why, in words."""

    during: Interval
    words: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day of one therapist: working hours, what lies over them, sessions, and `busy`, the sessions with buffers.

    `elsewhere` lies over them, too, by a calendar outside.
    """

    day: date
    therapist_id: UUID | None = None
    opens: Sequence[Interval] = ()
    away: Sequence[Away] = ()
    elsewhere: Sequence[Away] = ()
    sessions: Sequence[Appointment] = ()
    busy: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One session: its first row and how many rows it covers, both counted from 1."""

    appointment: Appointment
    row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """Rows that are open, away or free: `starts_at` is when they begin, `words` what they are."""

    starts_at: datetime
    row: int
    rows: int
    words: str = ""


@dataclass(slots=True)
class Lane:
    """A column with everything in its rows; `now_row` where this moment is in it.

    `marks` says which moment each of its rows is, for whoever drags a session there.
    """

    column: Column
    open: list[Place] = field(default_factory=list)
    away: list[Place] = field(default_factory=list)
    free: list[Place] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    now_row: int | None = None
    marks: list[tuple[int, datetime]] = field(default_factory=list)

    @property
    def items(self) -> list[Place | Block]:
        """Free places and sessions in the order of the day."""
        return sorted([*self.free, *self.blocks], key=lambda each: each.row)


@dataclass(frozen=True, slots=True)
class Hour:
    """The line of a full hour: a moment that shows it, and whether it is the second of that name."""

    at: datetime
    row: int
    is_second: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Lanes that share their rows."""

    rows: int
    hours: list[Hour]
    lanes: list[Lane]


@dataclass(frozen=True, slots=True)
class _Day:
    """The quarters of one day that the grid shows, and the row of each."""

    moments: list[datetime]
    rows: list[int]

    def place(self, during: Interval, fewest: int = 1) -> tuple[int, int] | None:
        """First row and number of rows of a stretch, as far as the grid shows it."""
        if not self.moments or during.end <= self.moments[0] or during.start >= self.moments[-1] + STEP:
            return None
        first = max(0, bisect_right(self.moments, during.start) - 1)
        last = bisect_left(self.moments, during.end) - 1
        row = self.rows[first]
        return row, max(fewest, self.rows[last] - row + 1)


def lay_out(columns: Sequence[Column], zone: str, now: datetime) -> Grid:
    """Place every column from eight to six on the wall, or as far as hours and sessions reach."""
    first, last = _reach(columns, zone)
    shown = {column.day: _quarters(column.day, zone, first, last) for column in columns}
    axis = sorted({mark for quarters in shown.values() for mark, _ in quarters})
    row_of = {mark: row for row, mark in enumerate(axis, start=1)}
    days = {
        day: _Day([moment for _, moment in quarters], [row_of[mark] for mark, _ in quarters])
        for day, quarters in shown.items()
    }
    moments = {mark: moment for quarters in shown.values() for mark, moment in quarters}
    hours = [
        Hour(moments[mark], row_of[mark], bool(mark[1]))
        for number, mark in enumerate(axis)
        if number == 0 or axis[number - 1][:2] != mark[:2]
    ]
    return Grid(len(axis), hours, [_lane(column, days[column.day], zone, now) for column in columns])


def free_stretches(column: Column) -> list[Interval]:
    """The working hours less time off, busy time elsewhere and sessions with their buffers, sorted."""
    taken = sorted([*(each.during for each in (*column.away, *column.elsewhere)), *column.busy])
    free: list[Interval] = []
    for hours in sorted(column.opens):
        start = hours.start
        for each in taken:
            if each.end <= start or each.start >= hours.end:
                continue
            if each.start > start:
                free.append(Interval(start, each.start))
            start = max(start, each.end)
        if start < hours.end:
            free.append(Interval(start, hours.end))
    return free


def _lane(column: Column, day: _Day, zone: str, now: datetime) -> Lane:
    lane = Lane(column, marks=list(zip(day.rows, day.moments, strict=True)))
    lane.open = [Place(each.start, *place) for each in column.opens if (place := day.place(each))]
    lane.blocks = [
        Block(each, *place)
        for each in column.sessions
        if (place := day.place(Interval(each.starts_at, each.ends_at), FEWEST_ROWS))
    ]
    lane.away = [
        Place(each.during.start, *_uncovered(*place, lane.blocks), each.words)
        for each in (*column.away, *column.elsewhere)
        if (place := day.place(each.during))
    ]
    lane.free = list(_free_places(column, day, zone, now))
    this_quarter = day.place(Interval(now, now + timedelta(seconds=1)))
    lane.now_row = this_quarter[0] if this_quarter else None
    return lane


def _uncovered(row: int, rows: int, blocks: Iterable[Block]) -> tuple[int, int]:
    """The same rows from the first on that no session hides, since the words stand there; all where every one is."""
    first, end = row, row + rows
    for block in sorted(blocks, key=lambda each: each.row):
        if block.row <= first < block.row + block.rows:
            first = block.row + block.rows
    return (first, end - first) if first < end else (row, rows)


def _free_places(column: Column, day: _Day, zone: str, now: datetime) -> Iterable[Place]:
    """One place for each hour that has something free, never smaller than a thumb: less joins the hour next to it."""
    for stretch in free_stretches(column):
        pieces: list[list[int]] = []
        hour: tuple[int, int] | None = None
        for number, moment in enumerate(day.moments):
            if moment < max(stretch.start, now) or moment + STEP > stretch.end:
                continue
            wall = zones.wall(moment, zone)
            if (wall.hour, wall.fold) != hour and not (pieces and len(pieces[-1]) < FEWEST_ROWS):
                pieces.append([])
            hour = (wall.hour, wall.fold)
            pieces[-1].append(number)
        if len(pieces) > 1 and len(pieces[-1]) < FEWEST_ROWS:
            small = pieces.pop()
            pieces[-1] += small
        for piece in pieces:
            if len(piece) >= FEWEST_ROWS:
                row = day.rows[piece[0]]
                yield Place(day.moments[piece[0]], row, day.rows[piece[-1]] - row + 1)


def _reach(columns: Sequence[Column], zone: str) -> tuple[int, int]:
    """The first hour on the wall that is shown, and the one before which it ends."""
    first, last = OPENS, CLOSES
    for column in columns:
        start, end = zones.day_bounds(column.day, zone)
        stretches = [*column.opens, *(Interval(each.starts_at, each.ends_at) for each in column.sessions)]
        for each in stretches:
            if each.end <= start or each.start >= end:
                continue
            first = min(first, zones.wall(each.start, zone).hour if each.start > start else 0)
            until = zones.wall(each.end - timedelta(microseconds=1), zone).hour + 1 if each.end < end else 24
            last = max(last, until)
    return first, last


def _quarters(day: date, zone: str, first: int, last: int) -> list[tuple[Mark, datetime]]:
    """Every quarter of an hour of the day that is shown, in order."""
    moment, end = zones.day_bounds(day, zone)
    quarters = []
    while moment < end:
        wall = zones.wall(moment, zone)
        if first <= wall.hour < last:
            quarters.append(((wall.hour, wall.fold, wall.minute), moment))
        moment += STEP
    return quarters
