"""The week that hours, leave and holidays come to, and the booked sessions that a change of them would strand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.booking.models import Appointment
from clinic.booking.queries import LIVE, leave_between
from clinic.booking.schedule import open_hours
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.places import holidays

DAYS_SHOWN: Final = 14


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One day of a therapist: when they work, and which holiday or leave there is."""

    on: date
    stretches: list[Interval]
    holiday: str | None
    is_away: bool


@dataclass(slots=True)
class Trial:
    """What a change came to: made, or taken back with the sessions it would strand and the days as they would be."""

    is_made: bool = False
    stranded: list[UUID] = field(default_factory=list)
    days: list[WorkDay] = field(default_factory=list)


def working_days(therapist_id: UUID, first: date, zone: str, count: int = DAYS_SHOWN) -> list[WorkDay]:
    """A therapist's days from `first` on, by the practice's calendar."""
    return working_weeks([therapist_id], first, zone, count)[therapist_id]


def working_weeks(
    therapist_ids: Sequence[UUID], first: date, zone: str, count: int = DAYS_SHOWN
) -> dict[UUID, list[WorkDay]]:
    """The same of many, in as many statements as of one."""
    days = [first + timedelta(days=number) for number in range(count)]
    around = Interval(zones.day_bounds(first, zone)[0], zones.day_bounds(days[-1], zone)[1])
    opened = open_hours(therapist_ids, around, zone)
    names = {each.on: each.name for each in holidays(first, days[-1])}
    leave: dict[UUID, list[Interval]] = {each: [] for each in therapist_ids}
    for off, _ in leave_between(therapist_ids, around):
        leave[off.therapist_id].append(Interval(off.starts_at, off.ends_at))
    bounds = [(on, Interval(*zones.day_bounds(on, zone))) for on in days]
    return {
        each: [_work_day(on, day, opened[each], leave[each], names.get(on)) for on, day in bounds]
        for each in therapist_ids
    }


def _work_day(
    on: date, day: Interval, opened: Sequence[Interval], leave: Sequence[Interval], holiday: str | None
) -> WorkDay:
    """What of a stretch's working time falls on that day."""
    stretches = [Interval(max(each.start, day.start), min(each.end, day.end)) for each in opened if each.overlaps(day)]
    return WorkDay(on, stretches, holiday, any(day.overlaps(each) for each in leave))


def stranded(therapist_ids: Sequence[UUID], zone: str, now: datetime) -> list[UUID]:
    """The booked sessions to come that lie outside their therapist's working time, the soonest first."""
    booked = db.session.execute(
        select(Appointment.id, Appointment.therapist_id, Appointment.starts_at, Appointment.ends_at)
        .where(Appointment.therapist_id.in_(therapist_ids), Appointment.state.in_(LIVE), Appointment.starts_at > now)
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    if not booked:
        return []
    around = Interval(now, max(each.ends_at for each in booked))
    opened = open_hours(therapist_ids, around, zone)
    return [
        each.id
        for each in booked
        if not any(work.start <= each.starts_at and each.ends_at <= work.end for work in opened[each.therapist_id])
    ]


def try_change(
    change: Callable[[], object],
    therapist_ids: Sequence[UUID],
    zone: str,
    now: datetime,
    *,
    first_shown: date,
    is_agreed: bool,
    is_look: bool = False,
) -> Trial:
    """Make the change, unless it strands sessions and nobody has agreed to that, or it is only looked at.

    A session that lies outside the hours already is no matter of this change. What the change raises comes through.
    """
    before = set(stranded(therapist_ids, zone, now))
    with db.session.begin_nested() as savepoint:
        change()
        db.session.flush()
        found = [each for each in stranded(therapist_ids, zone, now) if each not in before]
        is_made = not is_look and (is_agreed or not found)
        shown = therapist_ids[0] if len(therapist_ids) == 1 else None
        days = working_days(shown, first_shown, zone) if shown and not is_made else []
        if not is_made:
            savepoint.rollback()
    return Trial(is_made, found, days)
