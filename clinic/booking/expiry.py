"""Giving back the times that were held or requested and never taken; booking does the same for what it needs itself."""

from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select

from clinic.booking import claims
from clinic.booking.models import Appointment, Claim
from clinic.booking.rules import GRACE, State
from clinic.database.session import db

AT_ONCE: Final = 100


def expire_due(now: datetime) -> int:
    """End what has run out by now; returns how many there were, a hundred at most."""
    is_over = or_(
        and_(Appointment.state == State.HELD, Appointment.held_until <= now - GRACE),
        and_(Appointment.state == State.REQUESTED, Appointment.held_until <= now),
    )
    # The first condition is what the partial index is for.
    query = select(Appointment.id).where(Appointment.held_until <= now, is_over).limit(AT_ONCE)
    expired = db.session.scalars(query).all()
    if expired:
        resources = select(Claim.resource).where(Claim.appointment_id.in_(expired)).distinct()
        claims.lock(db.session.scalars(resources).all(), now=now)
    return len(expired)
