"""Waive the fee of a late cancellation, and why; the reason is sealed, and for the therapist alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.booking.models import Appointment
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.fees import queries, rules
from clinic.fees.errors import NothingToWaiveError
from clinic.fees.models import FeeWaiver, WaiverReason
from clinic.vault.service import Owner, decrypt, encrypt


def waive(appointment: Appointment, reason: str, *, by: UUID, now: datetime) -> None:
    """Let the client off the fee; it is done once and stays. Raises NothingToWaiveError."""
    last, fee = queries.latest_row(appointment.id), rules.late_fee_due(appointment.state, appointment.late_fee_cents)
    if not fee or rules.is_paid(last.number if last else 0):
        raise NothingToWaiveError
    values = {"appointment_id": appointment.id, "waived_at": now, "waived_by": by}
    statement = insert(FeeWaiver).values(values).on_conflict_do_nothing().returning(FeeWaiver.appointment_id)
    if db.session.scalar(statement) is None:
        raise NothingToWaiveError
    sealed = encrypt(_owner(appointment), "waiver_reason", "reason", appointment.id, reason)
    db.session.add(WaiverReason(appointment_id=appointment.id, reason=sealed))
    db.session.flush()
    for attendee in appointment.attendees:
        audit.record("late_fee.waive", "appointment", appointment.id, client_id=attendee.client_id)


def reason_of(appointment: Appointment) -> str:
    """Why, for the therapist; empty for whom the wall keeps out. Raises VaultError where it was tampered with."""
    kept = db.session.get(WaiverReason, appointment.id)
    if kept is None:
        return ""
    return decrypt(_owner(appointment), "waiver_reason", "reason", appointment.id, kept.reason)


def _owner(appointment: Appointment) -> Owner:
    """The couple's key for a joint session, else the client's own."""
    if appointment.couple_id is not None:
        return Owner("couple", appointment.couple_id)
    if not appointment.attendees:
        raise NotVisibleError
    return Owner("client", appointment.attendees[0].client_id)
