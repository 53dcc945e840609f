"""Hours end and begin and are never rewritten; nobody is away without a cover who is there."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from clinic.accounts.models import Login
from clinic.clients.models import CareRelationship
from clinic.core import zones
from clinic.desk.leave import come_back, take_leave
from clinic.practice import hours
from clinic.practice.errors import (
    BackwardsHoursError,
    ChangedMeanwhileError,
    CoverAwayError,
    FarDayError,
    NoCoverError,
    OverlappingLeaveError,
    PastDayError,
    PastLeaveError,
    StandsInError,
)
from clinic.practice.models import ExtraHours, Therapist, TimeOff, WeeklyHours
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice, make_therapist

TODAY = date(2026, 11, 24)
NEXT_MONDAY = date(2026, 11, 30)
MORNING, ALL_DAY = (time(8), time(12)), (time(9), time(17))
Owner = psycopg.Connection[tuple[object, ...]]


def week(**days: list[tuple[time, time]]) -> dict[int, list[tuple[time, time]]]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return {number: list(days.get(name, ())) for number, name in enumerate(names)}


def mark(practice: Practice) -> str:
    return hours.mark_of(hours.weekly_hours(practice.dana, TODAY))


def at(day: date, hour: int = 0) -> datetime:
    return zones.moment(day, time(hour), ZONE)


def leave(practice: Practice, first: date, days: int, **more: UUID) -> TimeOff:
    values = {"therapist": practice.dana, "cover": practice.erik} | more
    began_at = zones.day_bounds(TODAY, ZONE)[0]
    return take_leave(
        values["therapist"],
        at(first),
        at(first + timedelta(days=days)),
        values["cover"],
        day_began_at=began_at,
        now=NOW,
    )


def test_new_hours_end_the_old_ones_and_leave_the_past(practice: Practice, acting: Acting) -> None:
    with acting():
        hours.change_weekly(practice.dana, week(mon=[MORNING]), (NEXT_MONDAY, None), mark(practice), TODAY)
    with acting() as session:
        rows = session.scalars(select(WeeklyHours).where(WeeklyHours.therapist_id == practice.dana)).all()
        old = {(each.valid_from, each.valid_until) for each in rows if each.starts == time(9)}
        assert old == {(date(2026, 1, 1), date(2026, 11, 29))}
        assert len([each for each in rows if each.starts == time(9)]) == 5
        assert [(each.weekday, each.valid_from, each.valid_until) for each in rows if each.starts == time(8)] == [
            (0, NEXT_MONDAY, None)
        ]
        assert hours.week_on(rows, TODAY)[1] == [ALL_DAY]
        assert hours.week_on(rows, NEXT_MONDAY) == week(mon=[MORNING])


def test_hours_for_a_while_let_the_old_ones_go_on(practice: Practice, acting: Acting) -> None:
    last = NEXT_MONDAY + timedelta(days=6)
    with acting():
        hours.change_weekly(practice.dana, week(mon=[MORNING]), (NEXT_MONDAY, last), mark(practice), TODAY)
        rows = hours.weekly_hours(practice.dana, TODAY)
        assert hours.week_on(rows, last) == week(mon=[MORNING])
        weekdays = {key: [ALL_DAY] for key in ("mon", "tue", "wed", "thu", "fri")}
        assert hours.week_on(rows, last + timedelta(days=1)) == week(**weekdays)


def test_the_past_and_the_far_are_refused_and_so_is_a_page_that_is_old(practice: Practice, acting: Acting) -> None:
    with acting():
        for first, error in ((TODAY - timedelta(days=1), PastDayError), (date(2039, 1, 1), FarDayError)):
            with pytest.raises(error):
                hours.change_weekly(practice.dana, week(), (first, None), mark(practice), TODAY)
        seen = mark(practice)
        hours.change_weekly(practice.dana, week(mon=[MORNING]), (NEXT_MONDAY, None), seen, TODAY)
        with pytest.raises(ChangedMeanwhileError):
            hours.change_weekly(practice.dana, week(), (NEXT_MONDAY, None), seen, TODAY)


def test_weekly_hours_never_overlap_in_the_database(practice: Practice, acting: Acting) -> None:
    same = {"therapist_id": practice.dana, "weekday": 0, "valid_from": TODAY}
    with acting() as session:
        session.add(WeeklyHours(**same, starts=time(17), ends=time(18)))  # touching is no overlap
        session.flush()
        with pytest.raises(IntegrityError, match="weekly_hours_never_overlap"), session.begin_nested():
            session.add(WeeklyHours(**same, starts=time(16, 59), ends=time(18)))


def test_time_off_never_overlaps_in_the_database(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        leave(practice, NEXT_MONDAY, 7)
        first, last = at(NEXT_MONDAY + timedelta(days=6)), at(NEXT_MONDAY + timedelta(days=9))
        with pytest.raises(IntegrityError, match="time_off_never_overlaps"), session.begin_nested():
            session.add(TimeOff(therapist_id=practice.dana, starts_at=first, ends_at=last, cover_id=practice.erik))


def test_extra_hours_end_after_they_start(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        with pytest.raises(BackwardsHoursError):
            hours.add_extra(practice.dana, TODAY, (time(20), time(18)), TODAY)
        with pytest.raises(IntegrityError, match="ck_extra_hours_starts_before_ends"), session.begin_nested():
            session.add(ExtraHours(therapist_id=practice.dana, on=TODAY, starts=time(20), ends=time(18)))


def test_time_off_lets_the_cover_in_for_just_that_time(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        off = leave(practice, NEXT_MONDAY, 7)
        covers = select(CareRelationship).where(CareRelationship.kind == "cover")
        found = session.scalars(covers).all()
        assert {each.client_id for each in found} == {practice.alice_client, practice.bob_client}
        assert {(each.therapist_id, each.starts_at, each.ends_at) for each in found} == {
            (practice.erik, off.starts_at, off.ends_at)
        }


def test_time_off_that_is_taken_back_ends_the_cover_before_it_begins(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        off = leave(practice, NEXT_MONDAY, 7)
        starts_at = off.starts_at
        come_back(off, by=practice.dana, now=NOW)
        assert session.scalars(select(TimeOff)).all() == []
        covers = session.scalars(select(CareRelationship).where(CareRelationship.kind == "cover")).all()
        assert {each.ends_at for each in covers} == {starts_at + timedelta(microseconds=1)}


def test_coming_back_early_ends_the_leave_and_the_cover_now(practice: Practice, acting: Acting) -> None:
    later = at(NEXT_MONDAY, 30 % 24)
    with acting() as session:
        off = leave(practice, NEXT_MONDAY, 7)
        come_back(off, by=practice.dana, now=later)
        assert session.scalars(select(TimeOff.ends_at)).all() == [later]
        covers = session.scalars(select(CareRelationship.ends_at).where(CareRelationship.kind == "cover")).all()
        assert set(covers) == {later}


def test_nobody_is_away_without_a_cover_who_is_there(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        for cover in (practice.dana, practice.desk):
            with pytest.raises(NoCoverError):
                leave(practice, NEXT_MONDAY, 7, cover=cover)
        erik, login = session.get_one(Therapist, practice.erik), session.get_one(Login, practice.erik)
        login.disabled_at = NOW
        session.flush()
        with pytest.raises(NoCoverError):
            leave(practice, NEXT_MONDAY, 7)
        login.disabled_at, erik.leaves_at = None, at(NEXT_MONDAY + timedelta(days=6))
        session.flush()
        with pytest.raises(NoCoverError):
            leave(practice, NEXT_MONDAY, 7)
        erik.leaves_at, erik.is_listed = None, False
        session.flush()
        leave(practice, NEXT_MONDAY, 7)
        mara = make_therapist(session, "Mara", "Osei", [], NOW)
        with pytest.raises(StandsInError, match="Dana Whitfield"):
            leave(practice, NEXT_MONDAY + timedelta(days=6), 7, therapist=practice.erik, cover=mara)


def test_a_cover_who_is_away_then_is_refused(practice: Practice, acting: Acting) -> None:
    with acting():
        leave(practice, NEXT_MONDAY, 7)
        following = NEXT_MONDAY + timedelta(days=7)
        leave(practice, following, 7, therapist=practice.erik, cover=practice.dana)
        with pytest.raises(CoverAwayError, match="Erik Lindqvist"):
            leave(practice, following + timedelta(days=14) - timedelta(days=8), 3)


def test_time_off_is_neither_twice_at_once_nor_in_the_past(practice: Practice, acting: Acting) -> None:
    with acting():
        leave(practice, NEXT_MONDAY, 7)
        with pytest.raises(OverlappingLeaveError):
            leave(practice, NEXT_MONDAY + timedelta(days=6), 7)
        for first, days in ((TODAY - timedelta(days=1), 7), (NEXT_MONDAY, 0)):
            with pytest.raises(PastLeaveError):
                leave(practice, first, days)
