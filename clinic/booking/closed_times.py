"""Sessions that stayed booked where nobody works any more: in their therapist's time off, or on a holiday.

They are listed until somebody moves or cancels them. One that lies outside the weekly hours alone is not: staff book
those on purpose, and a list that nags is not read.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, exists, func, select

from clinic.booking.models import Appointment
from clinic.booking.queries import LIVE, given_by, shown
from clinic.database.session import db
from clinic.practice.models import ExtraHours, Holiday, TimeOff


def left_booked(zone: str, now: datetime, *, therapist_id: UUID | None = None) -> Select[Appointment]:
    """Those ahead, the soonest first: one therapist's, or everyone's; `zone` says which day a holiday is."""
    query = (
        select(Appointment)
        .where(Appointment.state.in_(LIVE), Appointment.starts_at > now, _is_off() | _is_on_holiday(zone))
        .options(*shown())
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return query.where(Appointment.therapist_id == therapist_id) if therapist_id is not None else query


def left_to(therapist_id: UUID, zone: str, now: datetime) -> Select[Appointment]:
    """Those of them that this therapist gives to who is in their care, and so can move or cancel."""
    return left_booked(zone, now, therapist_id=therapist_id).where(given_by(therapist_id, now))


def left_on_holidays(zone: str, now: datetime) -> dict[date, int]:
    """How many sessions of the practice are still booked on each holiday to come."""
    live = Appointment.state.in_(LIVE), Appointment.starts_at > now
    days = select(_day(zone).label("on")).where(*live, _is_on_holiday(zone)).subquery()
    query = select(days.c.on, func.count()).group_by(days.c.on)
    return dict(db.session.execute(query).all())


def _is_off() -> ColumnElement[bool]:
    return exists().where(
        TimeOff.therapist_id == Appointment.therapist_id,
        TimeOff.starts_at < Appointment.ends_at,
        TimeOff.ends_at > Appointment.starts_at,
    )


def _is_on_holiday(zone: str) -> ColumnElement[bool]:
    """On a day when the practice is closed and the therapist has no extra hours."""
    day = _day(zone)
    works = exists().where(ExtraHours.therapist_id == Appointment.therapist_id, ExtraHours.on == day)
    return exists().where(Holiday.on == day) & ~works


def _day(zone: str) -> ColumnElement[date]:
    """The day on the practice's wall."""
    return cast(func.timezone(zone, Appointment.starts_at), Date)
