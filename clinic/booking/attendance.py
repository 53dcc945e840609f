"""Who came to a session, as its therapist and the front desk note it, for each client apart; nobody is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select, update

from clinic.audit import service as audit
from clinic.booking import rules
from clinic.booking.errors import NotedError, WrongStateError
from clinic.booking.models import Appointment, Attendee
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.database.session import db


def mark_attendance(appointment_id: UUID, client_id: UUID, attendance: str, *, now: datetime) -> None:
    """Note whether the client `arrived`, was `late` or `absent`; it can be noted again, and each change is audited.

    Raises NotVisibleError for who does not attend, WrongStateError and TooEarlyError for a session that is not there.
    """
    session = _locked(appointment_id)
    attendee = db.session.get(Attendee, (appointment_id, client_id))
    if session is None or attendee is None:
        raise NotVisibleError
    if session.state != State.CONFIRMED:
        raise WrongStateError
    rules.require_arriving(session.starts_at, now)
    if attendee.attendance != attendance:
        attendee.attendance = attendance
        audit.record("attendance.update", "appointment", appointment_id, client_id=client_id, detail=attendance)


def note_arrival(appointment_id: UUID, client_id: UUID, *, has_arrived: bool, now: datetime) -> None:
    """At the front desk: somebody has arrived, or that was a slip. What the therapist has noted stays theirs.

    Raises NotVisibleError for who does not attend, WrongStateError and TooEarlyError for a session that is not there,
    and NotedError where the therapist has said otherwise.
    """
    session = _locked(appointment_id)
    query = select(Attendee).where(Attendee.appointment_id == appointment_id, Attendee.client_id == client_id)
    attendee = db.session.scalar(query.execution_options(populate_existing=True))
    if session is None or attendee is None:
        raise NotVisibleError
    if session.state != State.CONFIRMED:
        raise WrongStateError
    rules.require_arriving(session.starts_at, now)
    if attendee.attendance not in {None, "arrived"}:
        raise NotedError
    wanted = "arrived" if has_arrived else None
    if attendee.attendance != wanted:
        attendee.attendance = wanted
        detail = wanted or "taken_back"
        audit.record("attendance.update", "appointment", appointment_id, client_id=client_id, detail=detail)


def say_coming(appointment_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """A client says that they will be there, for themself alone; the first time counts.

    Raises NotVisibleError for who does not attend, WrongStateError, and AlreadyBegunError from the start on.
    """
    session = _locked(appointment_id)
    attendee = db.session.scalar(
        select(Attendee)
        .join(Client, Client.id == Attendee.client_id)
        .where(Attendee.appointment_id == appointment_id, Attendee.answer == "yes", Client.person_id == person_id)
        .execution_options(populate_existing=True)
    )
    if session is None or attendee is None:
        raise NotVisibleError
    if session.state != State.CONFIRMED:
        raise WrongStateError
    rules.require_not_begun(session.starts_at, now)
    if attendee.confirmed_at is None:
        attendee.confirmed_at = now
        audit.record("attendance.confirm", "appointment", appointment_id, client_id=attendee.client_id)


def is_awaited(appointment: Appointment, now: datetime) -> bool:
    """True for a booked session ahead that the practice need not settle first: who comes can say that they will."""
    return appointment.state == State.CONFIRMED and appointment.starts_at > now and appointment.unsettled_at is None


def is_unconfirmed(appointment: Appointment, now: datetime) -> bool:
    """True where somebody has not said yet that they will be there, though they can, and is not there either."""
    missing = (each.confirmed_at is None and each.attendance is None for each in appointment.attendees)
    return is_awaited(appointment, now) and any(missing)


def forget(appointment_id: UUID) -> None:
    """Nobody has come to a session that is moved or cancelled, even if somebody sat in the waiting room already.

    Nor has anybody said yet that they will be there at its new time.
    """
    forgotten = update(Attendee).where(Attendee.appointment_id == appointment_id)
    db.session.execute(forgotten.values(attendance=None, confirmed_at=None))


def _locked(appointment_id: UUID) -> Row[str, datetime] | None:
    """Where the session stands, held until the transaction ends."""
    query = select(Appointment.state, Appointment.starts_at).where(Appointment.id == appointment_id)
    return db.session.execute(query.with_for_update()).one_or_none()
