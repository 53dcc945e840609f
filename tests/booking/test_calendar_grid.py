"""Days laid out side by side in quarters of an hour, across clock changes too."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.booking.calendar_grid import Away, Block, Column, Grid, free_stretches, lay_out
from clinic.booking.models import Appointment
from clinic.core import zones
from clinic.core.interval import Interval

NEW_YORK = "America/New_York"
THURSDAY = date(2026, 11, 26)
BACK, FORWARD = date(2026, 11, 1), date(2027, 3, 14)
LONG_AGO = datetime(2020, 1, 1, tzinfo=zones.zone("UTC"))


def at(hour: int, minute: int = 0, day: date = THURSDAY, zone: str = NEW_YORK) -> datetime:
    """A moment on the wall clock."""
    return zones.moment(day, time(hour, minute), zone)


def session(starts_at: datetime, minutes: int) -> Appointment:
    """A session of that length."""
    return Appointment(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))


def a_day(*sessions: Appointment, day: date = THURSDAY, zone: str = NEW_YORK, now: datetime | None = None) -> Grid:
    """One day with these sessions and no working hours."""
    return lay_out([Column(day, sessions=sessions)], zone, now or at(12, day=day - timedelta(days=1), zone=zone))


def whole_day(day: date) -> Interval:
    """All of its 23 to 25 hours."""
    return Interval(*zones.day_bounds(day, NEW_YORK))


def test_an_empty_day_runs_from_eight_to_six() -> None:
    grid = a_day()
    [lane] = grid.lanes
    assert (grid.rows, lane.blocks, lane.now_row) == (40, [], None)
    assert [hour.at for hour in grid.hours] == [at(hour) for hour in range(8, 18)]


def test_sessions_lie_where_they_begin_and_cover_every_quarter_they_touch() -> None:
    sessions = [session(at(9), 50), session(at(10, 15), 80), session(at(13), 15)]
    [lane] = a_day(*sessions, now=at(10, 40)).lanes
    assert lane.blocks == [Block(sessions[0], 5, 4), Block(sessions[1], 10, 6), Block(sessions[2], 21, 2)]
    assert lane.now_row == 11


def test_early_and_late_sessions_stretch_the_day_to_full_hours() -> None:
    grid = a_day(session(at(6, 30), 50), session(at(19, 10), 50))
    assert [grid.hours[0].at, grid.hours[-1].at] == [at(6), at(19)]
    assert grid.rows == 14 * 4


@pytest.mark.parametrize(
    ("day", "zone"), [(BACK, NEW_YORK), (FORWARD, NEW_YORK), (date(2027, 4, 4), "Australia/Lord_Howe")]
)
def test_a_session_in_the_night_of_a_clock_change_keeps_its_length(day: date, zone: str) -> None:
    [lane] = a_day(session(at(0, 30, day, zone), 240), day=day, zone=zone).lanes
    assert (lane.blocks[0].row, lane.blocks[0].rows) == (3, 16)


@pytest.mark.parametrize(("day", "hours"), [(BACK, 25), (FORWARD, 23), (THURSDAY, 24)])
def test_a_day_has_as_many_rows_as_it_has_quarters(day: date, hours: int) -> None:
    grid = lay_out([Column(day, opens=[whole_day(day)])], NEW_YORK, LONG_AGO)
    assert (grid.rows, len(grid.lanes[0].marks)) == (hours * 4, hours * 4)
    assert len({moment for _, moment in grid.lanes[0].marks}) == hours * 4


@pytest.mark.parametrize(("change", "rows"), [(BACK, 100), (FORWARD, 96)])
def test_days_of_a_week_with_a_clock_change_stay_level_on_the_wall(change: date, rows: int) -> None:
    days = [change - timedelta(days=1), change, change + timedelta(days=1)]
    sessions = [session(at(15, day=day), 60) for day in days]
    columns = [Column(day, opens=[whole_day(day)], sessions=[each]) for day, each in zip(days, sessions, strict=True)]
    grid = lay_out(columns, NEW_YORK, LONG_AGO)
    assert grid.rows == rows
    assert len({(lane.blocks[0].row, lane.blocks[0].rows) for lane in grid.lanes}) == 1
    assert [len(lane.marks) for lane in grid.lanes] == [96, 100 if change == BACK else 92, 96]


def test_the_hour_that_comes_twice_has_two_lines_of_which_the_second_says_so() -> None:
    grid = lay_out([Column(BACK, opens=[whole_day(BACK)])], NEW_YORK, LONG_AGO)
    twice = [(hour.at, hour.is_second) for hour in grid.hours if zones.wall(hour.at, NEW_YORK).hour == 1]
    assert twice == [(at(1, day=BACK), False), (at(1, day=BACK) + timedelta(hours=1), True)]


def test_hours_of_a_zone_with_a_half_hour_stand_on_its_wall() -> None:
    grid = a_day(session(at(7, 15, zone="Asia/Kolkata"), 50), zone="Asia/Kolkata")
    assert grid.hours[0].at == at(7, zone="Asia/Kolkata")


def test_free_is_what_is_open_and_neither_away_nor_taken() -> None:
    column = Column(
        THURSDAY,
        opens=[Interval(at(9), at(13)), Interval(at(14), at(17))],
        away=[Away(Interval(at(15), at(16)), "Time off")],
        busy=[Interval(at(9), at(10)), Interval(at(10, 30), at(11, 30))],
    )
    assert free_stretches(column) == [
        Interval(at(10), at(10, 30)),
        Interval(at(11, 30), at(13)),
        Interval(at(14), at(15)),
        Interval(at(16), at(17)),
    ]


def test_there_is_one_free_place_an_hour_and_none_too_small_for_a_thumb() -> None:
    column = Column(
        THURSDAY,
        opens=[Interval(at(9), at(13))],
        busy=[Interval(at(9, 15), at(9, 45)), Interval(at(12, 15), at(13))],
    )
    [lane] = lay_out([column], NEW_YORK, LONG_AGO).lanes
    assert [(place.starts_at, place.rows) for place in lane.free] == [(at(9, 45), 5), (at(11), 5)]


def test_words_that_a_session_would_hide_stand_below_it() -> None:
    """A session from nine to ten, and busy elsewhere around, within and next to it."""
    booked = session(at(9), 60)

    def places(start: datetime, end: datetime) -> list[tuple[int, int, str]]:
        away = [Away(Interval(start, end), "Busy elsewhere")]
        [lane] = lay_out([Column(THURSDAY, elsewhere=away, sessions=[booked])], NEW_YORK, LONG_AGO).lanes
        return [(each.row, each.rows, each.words) for each in lane.away]

    assert places(at(9, 30), at(11)) == [(9, 4, "Busy elsewhere")]
    assert places(at(9), at(10, 15)) == [(9, 1, "Busy elsewhere")]
    assert places(at(8, 30), at(11)) == [(3, 10, "Busy elsewhere")]
    assert places(at(9, 15), at(9, 45)) == [(6, 2, "Busy elsewhere")]
    assert places(at(10), at(11)) == [(9, 4, "Busy elsewhere")]


def test_nothing_is_free_before_now() -> None:
    column = Column(THURSDAY, opens=[Interval(at(9), at(12))])
    [lane] = lay_out([column], NEW_YORK, at(10, 20)).lanes
    assert [place.starts_at for place in lane.free] == [at(10, 30), at(11)]


def test_sessions_and_free_places_are_read_in_the_order_of_the_day() -> None:
    column = Column(
        THURSDAY,
        opens=[Interval(at(9), at(12))],
        sessions=[session(at(10), 50)],
        busy=[Interval(at(10), at(11))],
    )
    [lane] = lay_out([column], NEW_YORK, LONG_AGO).lanes
    assert [type(each).__name__ for each in lane.items] == ["Place", "Block", "Place"]
