"""What others have changed lately: of each session the last step, unless whoever looks has done it themself."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, true, tuple_
from sqlalchemy.orm import aliased

from clinic.booking.models import Appointment, AppointmentEvent
from clinic.booking.queries import given_by, shown
from clinic.core.zones import wall
from clinic.web.policies import FRONT_DESK

KEPT: Final = timedelta(days=30)
FRIDAY: Final = 4
# What is asked for waits among the requests, and is no change yet.
_KINDS: Final = ("booked", "accepted", "moved", "cancelled", "declined", "expired")


def day_before(now: datetime, zone: str) -> date:
    """The last day before today that is no weekend: so far back Today reaches."""
    day = wall(now, zone).date() - timedelta(days=1)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def changes(
    person_id: UUID, roles: Collection[str], since: datetime, now: datetime
) -> Select[AppointmentEvent, Appointment]:
    """The changes since then, the latest first: for the front desk all of them, for a therapist of what they give."""
    whose: ColumnElement[bool] = true() if FRONT_DESK in roles else given_by(person_id, now)
    later = aliased(AppointmentEvent)
    is_followed = exists().where(
        later.appointment_id == AppointmentEvent.appointment_id,
        tuple_(later.at, later.id) > tuple_(AppointmentEvent.at, AppointmentEvent.id),
    )
    return (
        select(AppointmentEvent, Appointment)
        .join(Appointment, Appointment.id == AppointmentEvent.appointment_id)
        .where(
            AppointmentEvent.at >= since,
            AppointmentEvent.kind.in_(_KINDS),
            AppointmentEvent.person_id.is_distinct_from(person_id),
            ~is_followed,
            whose,
        )
        .order_by(AppointmentEvent.at.desc(), AppointmentEvent.id.desc())
        .options(*shown())
    )
