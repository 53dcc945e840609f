"""Booked sessions that a calendar outside contradicts. They stay as they are; their therapist is told, nobody else."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from clinic.booking.models import Appointment
from clinic.booking.queries import LIVE
from clinic.database.session import db
from clinic.outside.models import OutsideCalendar, OutsideTime

MOST_SHOWN: Final = 20


def contradicted(calendar: OutsideCalendar, now: datetime) -> list[UUID]:
    """The next sessions of its therapist that a calendar's busy times overlap, whether they block or not."""
    session = func.tstzrange(Appointment.starts_at, Appointment.ends_at)
    query = (
        select(Appointment.id)
        .where(
            Appointment.therapist_id == calendar.therapist_id,
            Appointment.state.in_(LIVE),
            Appointment.starts_at > now,
            select(OutsideTime.calendar_id)
            .where(
                OutsideTime.therapist_id == calendar.therapist_id,
                OutsideTime.calendar_id == calendar.id,
                OutsideTime.during.overlaps(session),
            )
            .exists(),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [*db.session.scalars(query.limit(MOST_SHOWN))]
