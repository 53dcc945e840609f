"""Who came to a session, as its therapist notes it. It is kept for each client apart, and nobody is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from clinic.audit import service as audit
from clinic.booking import rules
from clinic.booking.errors import WrongStateError
from clinic.booking.models import Appointment, Attendee
from clinic.booking.rules import State
from clinic.core.errors import NotVisibleError
from clinic.database.session import db


def mark_attendance(appointment_id: UUID, client_id: UUID, attendance: str, *, now: datetime) -> None:
    """Note whether the client `arrived`, was `late` or `absent`; it can be noted again, and each change is audited.

    Raises NotVisibleError for who does not attend, WrongStateError and TooEarlyError for a session that is not there.
    """
    session = db.session.execute(
        select(Appointment.state, Appointment.starts_at).where(Appointment.id == appointment_id).with_for_update()
    ).one_or_none()
    attendee = db.session.get(Attendee, (appointment_id, client_id))
    if session is None or attendee is None:
        raise NotVisibleError
    if session.state != State.CONFIRMED:
        raise WrongStateError
    rules.require_arriving(session.starts_at, now)
    if attendee.attendance != attendance:
        attendee.attendance = attendance
        audit.record("attendance.update", "appointment", appointment_id, client_id=client_id, detail=attendance)


def forget(appointment_id: UUID) -> None:
    """Nobody has come to a session that is moved or cancelled, even if somebody sat in the waiting room already."""
    db.session.execute(update(Attendee).where(Attendee.appointment_id == appointment_id).values(attendance=None))
