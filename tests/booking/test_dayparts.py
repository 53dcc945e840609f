"""Starts under the days and dayparts of the person who reads them."""

from datetime import date, time

from clinic.booking.dayparts import Day, Narrowing, by_day, next_day_with_a_start, repeated_walls
from clinic.core import zones

NEW_YORK = "America/New_York"
SUNDAY = date(2026, 11, 1)


def test_by_day_groups_on_the_readers_wall_clock() -> None:
    starts = [zones.moment(SUNDAY, time(hour), NEW_YORK) for hour in (9, 12, 17, 23)]
    assert by_day(starts, NEW_YORK) == [Day(SUNDAY, starts[:1], starts[1:2], starts[2:])]
    # The same moments as read in Berlin, six hours ahead that day.
    assert by_day(starts, "Europe/Berlin") == [
        Day(SUNDAY, [], starts[:1], starts[1:3]),
        Day(date(2026, 11, 2), starts[3:], [], []),
    ]


def test_a_day_lists_all_its_starts_in_order() -> None:
    starts = [zones.moment(SUNDAY, time(hour), NEW_YORK) for hour in (9, 13, 18)]
    assert by_day(starts, NEW_YORK)[0].starts == starts


def test_as_many_days_as_are_wanted_come_whole() -> None:
    starts = [zones.moment(date(2026, 11, day), time(hour), NEW_YORK) for day in (1, 3, 4) for hour in (9, 13)]
    assert by_day(starts, NEW_YORK, 2) == by_day(starts[:4], NEW_YORK)
    assert by_day(starts, NEW_YORK, 5) == by_day(starts, NEW_YORK)


def test_next_day_with_a_start_skips_the_day_itself() -> None:
    days = [Day(date(2026, 11, 1)), Day(date(2026, 11, 5))]
    assert next_day_with_a_start(days, date(2026, 11, 1)) == date(2026, 11, 5)
    assert next_day_with_a_start(days, date(2026, 11, 5)) is None


def test_repeated_walls_are_the_pairs_that_read_alike() -> None:
    first = zones.moment(SUNDAY, time(1, 30), NEW_YORK)
    second = zones.moment(SUNDAY, time(2), NEW_YORK).replace(hour=6, minute=30)
    other = zones.moment(SUNDAY, time(9), NEW_YORK)
    assert repeated_walls([first, second, other], NEW_YORK) == {first, second}


def test_what_would_not_do_is_left_out_of_each_day() -> None:
    starts = [zones.moment(SUNDAY, time(hour), NEW_YORK) for hour in (9, 13, 18)]
    days = [*by_day(starts, NEW_YORK), Day(date(2026, 11, 2), morning=starts[:1])]
    assert Narrowing().of(days) == days
    assert Narrowing(parts=("evening",)).of(days) == [Day(SUNDAY, evening=starts[2:])]
    assert Narrowing(parts=("morning",), weekdays=("mon",)).of(days) == days[1:]
    assert Narrowing(weekdays=("tue",)).of(days) == []
    assert (bool(Narrowing()), bool(Narrowing(weekdays=("tue",)))) == (False, True)
