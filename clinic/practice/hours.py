"""When a therapist works: weekly hours, extra hours, time off. By the wall clock, and the past is never rewritten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db
from clinic.practice import queries, rules
from clinic.practice.errors import (
    BackwardsDaysError,
    BackwardsHoursError,
    ChangedMeanwhileError,
    CoverAwayError,
    NoCoverError,
    OverlappingLeaveError,
    PastLeaveError,
    StandsInError,
)
from clinic.practice.models import ExtraHours, Therapist, TimeOff, WeeklyHours
from clinic.practice.places import require_near
from clinic.practice.rules import Period, Stretch

Week = Mapping[int, Sequence[Stretch]]
"""By weekday, Monday is 0: the stretches of work."""


def weekly_hours(therapist_id: UUID, today: date) -> Sequence[WeeklyHours]:
    """The rows that hold today or later, in order."""
    query = select(WeeklyHours).where(
        WeeklyHours.therapist_id == therapist_id,
        or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= today),
    )
    return db.session.scalars(query.order_by(WeeklyHours.valid_from, WeeklyHours.weekday, WeeklyHours.starts)).all()


def mark_of(rows: Sequence[WeeklyHours]) -> str:
    """The mark of weekly hours as they stand."""
    return rules.mark_of([(str(each.id), each.valid_from, each.valid_until) for each in rows])


def week_on(rows: Sequence[WeeklyHours], day: date) -> dict[int, list[Stretch]]:
    """The week that holds on a day."""
    week: dict[int, list[Stretch]] = {weekday: [] for weekday in range(7)}
    for each in rows:
        if rules.touches((each.valid_from, each.valid_until), (day, day)):
            week[each.weekday].append((each.starts, each.ends))
    return week


def change_weekly(therapist_id: UUID, week: Week, period: Period, seen: str, today: date) -> None:
    """Work in this way from a day on, until another where one is given; what held around it goes on holding.

    Raises PastDayError, FarDayError, BackwardsDaysError, and ChangedMeanwhileError when they no longer stand as `seen`.
    """
    locks.take([therapist_id])
    rows = weekly_hours(therapist_id, today)
    if seen != mark_of(rows):
        raise ChangedMeanwhileError
    first, last = period
    require_near(first, today)
    if last is not None and last < first:
        raise BackwardsDaysError
    if last is not None:
        require_near(last, today)
    for row in rows:
        _make_way(row, period)
    # What is shortened must be so before the new rows come, or the two overlap.
    db.session.flush()
    db.session.add_all(
        WeeklyHours(
            id=new_id(),
            therapist_id=therapist_id,
            weekday=weekday,
            starts=starts,
            ends=ends,
            valid_from=first,
            valid_until=last,
        )
        for weekday, stretches in week.items()
        for starts, ends in stretches
    )
    db.session.flush()
    audit.record("hours.update", "therapist", therapist_id)


def extra_hours(therapist_id: UUID, today: date) -> Sequence[ExtraHours]:
    """Those of today and later, in order."""
    query = select(ExtraHours).where(ExtraHours.therapist_id == therapist_id, ExtraHours.on >= today)
    return db.session.scalars(query.order_by(ExtraHours.on, ExtraHours.starts)).all()


def add_extra(therapist_id: UUID, on: date, stretch: Stretch, today: date) -> None:
    """Work on one day beside the weekly hours. Raises PastDayError, FarDayError or BackwardsHoursError."""
    require_near(on, today)
    starts, ends = stretch
    if ends <= starts:
        raise BackwardsHoursError(starts=rules.write_time(starts), ends=rules.write_time(ends))
    locks.take([therapist_id])
    row = ExtraHours(id=new_id(), therapist_id=therapist_id, on=on, starts=starts, ends=ends)
    db.session.add(row)
    db.session.flush()
    audit.record("extra_hours.add", "extra_hours", row.id)


def extra_of(therapist_id: UUID, extra_id: UUID, today: date) -> ExtraHours:
    """That stretch, while it is not past. Raises NotVisibleError."""
    row = db.session.get(ExtraHours, extra_id)
    if row is None or row.therapist_id != therapist_id or row.on < today:
        raise NotVisibleError
    return row


def remove_extra(row: ExtraHours) -> None:
    """Not work then after all."""
    locks.take([row.therapist_id])
    db.session.delete(row)
    db.session.flush()
    audit.record("extra_hours.remove", "extra_hours", row.id)


def time_off(therapist_id: UUID, now: datetime) -> Sequence[tuple[TimeOff, Therapist]]:
    """Time off that is not over, each with the cover and their person, in order."""
    rows = db.session.execute(
        select(TimeOff, Therapist)
        .join(Therapist, Therapist.person_id == TimeOff.cover_id)
        .options(joinedload(Therapist.person))
        .where(TimeOff.therapist_id == therapist_id, TimeOff.ends_at > now)
        .order_by(TimeOff.starts_at)
    )
    return [(off, cover) for off, cover in rows]


def take_off(
    therapist_id: UUID, starts_at: datetime, ends_at: datetime, cover_id: UUID, *, day_began_at: datetime, now: datetime
) -> TimeOff:
    """Be away, while another therapist stands in. `day_began_at` is when today began: no leave begins before.

    Raises PastLeaveError, OverlappingLeaveError, NoCoverError, CoverAwayError or StandsInError.
    """
    if not starts_at < ends_at or ends_at <= now or starts_at < day_began_at:
        raise PastLeaveError
    # Both are held, so that nobody becomes a cover and goes away at the same moment.
    locks.take({therapist_id, cover_id})
    _require_cover(therapist_id, cover_id, starts_at, ends_at)
    row = TimeOff(id=new_id(), therapist_id=therapist_id, starts_at=starts_at, ends_at=ends_at, cover_id=cover_id)
    db.session.add(row)
    db.session.flush()
    audit.record("time_off.add", "time_off", row.id)
    return row


def leave_throughout(therapist_id: UUID, starts_at: datetime, ends_at: datetime) -> TimeOff | None:
    """The time off that lasts from the one moment to the other, if there is one."""
    query = select(TimeOff).where(
        TimeOff.therapist_id == therapist_id, TimeOff.starts_at <= starts_at, TimeOff.ends_at >= ends_at
    )
    return db.session.scalar(query)


def stands_in_for(cover_id: UUID, now: datetime) -> Sequence[tuple[TimeOff, Therapist]]:
    """For whom a therapist stands in at this moment, each with the time off and their person."""
    rows = db.session.execute(
        select(TimeOff, Therapist)
        .join(Therapist, Therapist.person_id == TimeOff.therapist_id)
        .options(joinedload(Therapist.person))
        .where(TimeOff.cover_id == cover_id, TimeOff.starts_at <= now, TimeOff.ends_at > now)
        .order_by(TimeOff.starts_at)
    )
    return [(off, away) for off, away in rows]


def leave_of(therapist_id: UUID, time_off_id: UUID, now: datetime) -> TimeOff:
    """That time off, while it is not over. Raises NotVisibleError."""
    row = db.session.get(TimeOff, time_off_id)
    if row is None or row.therapist_id != therapist_id or row.ends_at <= now:
        raise NotVisibleError
    return row


def end_leave(row: TimeOff, now: datetime) -> None:
    """Be back: time off that has not begun is gone, what has begun ends now."""
    locks.take([row.therapist_id])
    if row.starts_at >= now:
        db.session.delete(row)
    else:
        row.ends_at = now
    db.session.flush()
    audit.record("time_off.end", "time_off", row.id)


def _make_way(row: WeeklyHours, period: Period) -> None:
    """End the row where the new hours begin; where those end, let it go on."""
    old: Period = (row.valid_from, row.valid_until)
    if not rules.touches(old, period):
        return
    before, after = rules.remainders(old, period)
    if before is None and after is None:
        db.session.delete(row)
    elif before is None and after is not None:
        row.valid_from = after[0]
    else:
        row.valid_until = before[1] if before else None
        if after is not None:
            db.session.add(_copy(row, after))


def _copy(row: WeeklyHours, period: Period) -> WeeklyHours:
    return WeeklyHours(
        id=new_id(),
        therapist_id=row.therapist_id,
        weekday=row.weekday,
        starts=row.starts,
        ends=row.ends,
        valid_from=period[0],
        valid_until=period[1],
    )


def _require_cover(therapist_id: UUID, cover_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Raise unless the cover is a colleague who is there, and nobody counts on who goes away."""
    cover = next((each for each in queries.colleagues(therapist_id, ends_at) if each.person_id == cover_id), None)
    if cover is None:
        raise NoCoverError
    away = aliased(Therapist)
    meanwhile = db.session.execute(
        select(TimeOff, away)
        .join(away, away.person_id == TimeOff.therapist_id)
        .options(joinedload(away.person))
        .where(
            TimeOff.starts_at < ends_at,
            TimeOff.ends_at > starts_at,
            or_(TimeOff.therapist_id.in_((therapist_id, cover_id)), TimeOff.cover_id == therapist_id),
        )
    ).all()
    for off, who in meanwhile:
        if off.therapist_id == therapist_id:
            raise OverlappingLeaveError
        if off.therapist_id == cover_id:
            raise CoverAwayError(name=cover.person.name)
        raise StandsInError(name=who.person.name)
