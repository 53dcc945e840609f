"""The week that hours come to, at clock changes too, and the sessions that a change would strand."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import delete

from clinic.booking import service
from clinic.booking.working_week import stranded, try_change, working_days
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.practice import hours, places
from clinic.practice.errors import PastDayError
from clinic.practice.models import ExtraHours, TimeOff, WeeklyHours
from tests.booking.conftest import NOW, THURSDAY, Wishing, at
from tests.conftest import Acting
from tests.factories import ZONE, Practice

TODAY = date(2026, 11, 24)
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2019, 2, 17)),
]


def every_day(practice: Practice, starts: time, ends: time) -> None:
    db.session.execute(delete(WeeklyHours).where(WeeklyHours.therapist_id == practice.dana))
    db.session.add_all(
        WeeklyHours(therapist_id=practice.dana, weekday=day, starts=starts, ends=ends, valid_from=date(2018, 1, 1))
        for day in range(7)
    )
    db.session.flush()


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_three_in_the_afternoon_stays_three_when_the_clocks_change(
    zone: str, change: date, practice: Practice, acting: Acting
) -> None:
    with acting():
        every_day(practice, time(15), time(18))
        days = working_days(practice.dana, change - timedelta(days=7), zone)
        shown = {(wall(each.start, zone).time(), wall(each.end, zone).time()) for day in days for each in day.stretches}
        assert shown == {(time(15), time(18))}
        assert [len(day.stretches) for day in days] == [1] * 14
        offsets = {wall(day.stretches[0].start, zone).utcoffset() for day in days}
        assert len(offsets) == 2


@pytest.mark.parametrize(
    ("zone", "change", "skipped"),
    [
        ("America/New_York", date(2026, 3, 8), (time(2), time(3))),
        ("Europe/Berlin", date(2026, 3, 29), (time(2), time(3))),
        ("Australia/Lord_Howe", date(2026, 10, 4), (time(2), time(2, 30))),
        ("America/Sao_Paulo", date(2018, 11, 4), (time(0), time(1))),
    ],
)
def test_extra_hours_that_do_not_exist_open_nothing(
    zone: str, change: date, skipped: tuple[time, time], practice: Practice, acting: Acting
) -> None:
    with acting() as session:
        every_day(practice, time(15), time(18))
        session.add(ExtraHours(therapist_id=practice.dana, on=change, starts=skipped[0], ends=skipped[1]))
        session.flush()
        (day,) = working_days(practice.dana, change, zone, 1)
        assert [wall(each.start, zone).time() for each in day.stretches] == [time(15)]


@pytest.mark.parametrize(
    ("zone", "change", "twice", "hours_open"),
    [
        ("America/New_York", date(2026, 11, 1), (time(1), time(2)), 2.0),
        ("Europe/Berlin", date(2026, 10, 25), (time(2), time(3)), 2.0),
        ("Australia/Lord_Howe", date(2026, 4, 5), (time(1, 30), time(2)), 1.0),
        ("America/Sao_Paulo", date(2019, 2, 16), (time(23), time(23, 59)), None),
    ],
)
def test_extra_hours_that_come_twice_begin_at_the_first(
    zone: str, change: date, twice: tuple[time, time], hours_open: float | None, practice: Practice, acting: Acting
) -> None:
    with acting() as session:
        every_day(practice, time(15), time(18))
        session.add(ExtraHours(therapist_id=practice.dana, on=change, starts=twice[0], ends=twice[1]))
        session.flush()
        (day,) = working_days(practice.dana, change, zone, 1)
        extra = next(each for each in day.stretches if wall(each.start, zone).time() == twice[0])
        assert wall(extra.start, zone).fold == 0
        if hours_open is not None:
            assert (extra.end - extra.start) / timedelta(hours=1) == hours_open


def test_extra_hours_time_off_and_holidays_make_the_week(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        session.add(ExtraHours(therapist_id=practice.dana, on=THURSDAY, starts=time(18), ends=time(20)))
        noon, evening = at(12, day=date(2026, 11, 27)), at(20, day=date(2026, 11, 27))
        session.add(TimeOff(therapist_id=practice.dana, starts_at=noon, ends_at=evening, cover_id=practice.erik))
        places.add_holiday(date(2026, 11, 25), "Elm Street Day", TODAY)
        days = {day.on.day: day for day in working_days(practice.dana, TODAY, ZONE, 7)}
        walls = {
            number: [(wall(each.start, ZONE).hour, wall(each.end, ZONE).hour) for each in day.stretches]
            for number, day in days.items()
        }
        assert walls == {24: [(9, 17)], 25: [], 26: [(9, 17), (18, 20)], 27: [(9, 12)], 28: [], 29: [], 30: [(9, 17)]}
        assert days[25].holiday == "Elm Street Day"
        assert [number for number, day in days.items() if day.is_away] == [27]


def test_change_that_strands_is_taken_back_until_somebody_agrees(
    practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        inside = service.book(wishing(at(9)), [practice.bob_client], by=practice.dana, now=NOW)
        outside = service.book(wishing(at(15)), [practice.alice_client], by=practice.dana, now=NOW)
        already = service.book(wishing(at(20)), [practice.carol_client], by=practice.dana, now=NOW)
        assert stranded([practice.dana], ZONE, NOW) == [already.id]

        def change() -> None:
            rows = hours.weekly_hours(practice.dana, TODAY)
            week = {key: [(time(9), time(12))] for key in range(7)}
            hours.change_weekly(practice.dana, week, (TODAY, None), hours.mark_of(rows), TODAY)

        asked = try_change(change, [practice.dana], ZONE, NOW, first_shown=TODAY, is_agreed=False)
        assert (asked.is_made, asked.stranded) == (False, [outside.id])
        assert {wall(each.end, ZONE).hour for day in asked.days for each in day.stretches} == {12}
        assert stranded([practice.dana], ZONE, NOW) == [already.id]
        made = try_change(change, [practice.dana], ZONE, NOW, first_shown=TODAY, is_agreed=True)
        assert (made.is_made, made.stranded) == (True, [outside.id])
        assert stranded([practice.dana], ZONE, NOW) == [outside.id, already.id]
        assert inside.state == outside.state == "confirmed"


def test_look_changes_nothing_and_a_refusal_comes_through(practice: Practice, acting: Acting) -> None:
    with acting():
        looked = try_change(
            lambda: hours.add_extra(practice.dana, THURSDAY, (time(18), time(20)), TODAY),
            [practice.dana],
            ZONE,
            NOW,
            first_shown=TODAY,
            is_agreed=False,
            is_look=True,
        )
        assert not looked.is_made
        assert len(looked.days) == 14
        assert hours.extra_hours(practice.dana, TODAY) == []
        yesterday = TODAY - timedelta(days=1)
        with pytest.raises(PastDayError):
            try_change(
                lambda: hours.add_extra(practice.dana, yesterday, (time(18), time(20)), TODAY),
                [practice.dana],
                ZONE,
                NOW,
                first_shown=TODAY,
                is_agreed=True,
            )
