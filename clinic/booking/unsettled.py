"""What becomes of joint sessions when the sharing of their couple ends: the practice keeps each of them, or cancels it.

Until then they stay booked and say "to be confirmed by the practice", to both partners in the same words, whoever ended
the sharing. Nobody is sent a message before the practice has decided, and none ever says why. What is only asked for
ends, and that is told when it would have run out anyway.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from clinic.booking import endings, notices, placing
from clinic.booking.errors import RequestOverError
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.database.session import db


def end_of_couple(couple_id: UUID, now: datetime) -> None:
    """What the couple asked for ends, and what is booked for it ahead waits for the practice's word."""
    endings.end_requests_of(couple_id, now)
    ahead = (
        select(Appointment)
        .where(
            Appointment.couple_id == couple_id,
            Appointment.state == State.CONFIRMED,
            Appointment.unsettled_at.is_(None),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for appointment in db.session.scalars(ahead).all():
        appointment.unsettled_at = now
        appointment.sequence += 1
        # By nobody: the history of what both see names neither.
        placing.note(appointment, "unsettled", placing.attending(appointment.id), None, now)
    db.session.flush()


def keep(appointment_id: UUID, *, by: UUID, now: datetime) -> None:
    """Let the session stand as it was, and tell both. Raises RequestOverError where it waits for no answer any more."""
    kept = db.session.scalar(
        update(Appointment)
        .where(
            Appointment.id == appointment_id,
            Appointment.state == State.CONFIRMED,
            Appointment.unsettled_at.is_not(None),
            Appointment.starts_at > now,
        )
        .values(unsettled_at=None, sequence=Appointment.sequence + 1)
        .returning(Appointment)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    if kept is None:
        raise RequestOverError
    clients = placing.attending(appointment_id)
    event = placing.note(kept, "kept", clients, by, now)
    notices.take_back(appointment_id, now=now, reason="kept")
    notices.tell(kept, event, clients, now=now)
