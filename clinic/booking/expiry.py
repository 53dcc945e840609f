"""Giving back the times that were held or requested and never taken; booking does the same for what it needs itself."""

from datetime import datetime

from sqlalchemy import select

from clinic.booking import claims
from clinic.booking.models import Appointment, Claim
from clinic.database.session import db

AT_ONCE = 100


def expire_due(now: datetime) -> int:
    """End what has run out by now; returns how many there were, a hundred at most."""
    expired = db.session.scalars(select(Appointment.id).where(Appointment.held_until <= now).limit(AT_ONCE)).all()
    if expired:
        resources = select(Claim.resource).where(Claim.appointment_id.in_(expired)).distinct()
        claims.lock(db.session.scalars(resources).all(), now=now)
    return len(expired)
