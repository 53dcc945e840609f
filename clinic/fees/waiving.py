"""Waive a late fee or the price of what was missed, or take that back; why is sealed, for the therapist alone."""

from datetime import datetime
from uuid import UUID

from clinic.audit import service as audit
from clinic.booking.models import Appointment
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.fees import queries, rows, rules
from clinic.fees.errors import NothingToWaiveError, WaiverChangedError
from clinic.fees.models import FeeWaiver, WaiverReason
from clinic.vault.service import Owner, decrypt, encrypt


def waive(appointment: Appointment, reason: str, *, seen: int, by: UUID, now: datetime) -> None:
    """Let the client off the fee; `seen` is the number of the last row that the page has shown.

    Raises NothingToWaiveError, and WaiverChangedError when somebody was quicker; the database sees to that, too.
    """
    rows.lock(appointment.id)
    last = queries.latest_row(appointment.id)
    if not queries.due_for(appointment).waivable_cents or rules.stands(last.number if last else 0):
        raise NothingToWaiveError
    if rules.stands(seen):
        raise WaiverChangedError
    waiver = _note(appointment, "waived", seen=seen, by=by, now=now)
    sealed = encrypt(_owner(appointment), "waiver_reason", "reason", waiver.id, reason)
    db.session.add(WaiverReason(waiver_id=waiver.id, reason=sealed))
    db.session.flush()
    _trace("late_fee.waive", appointment)


def take_back(appointment: Appointment, *, seen: int, by: UUID, now: datetime) -> None:
    """Let the fee apply again. That it was waived, and why, stays written. Raises WaiverChangedError."""
    rows.lock(appointment.id)
    if not rules.stands(seen):
        raise WaiverChangedError
    _note(appointment, "undone", seen=seen, by=by, now=now)
    _trace("late_fee.undo_waiver", appointment)


def reason_of(appointment: Appointment) -> str:
    """Why, for the therapist; empty for whom the wall keeps out. Raises VaultError where it was tampered with."""
    waiver = queries.latest_waiver(appointment.id)
    kept = db.session.get(WaiverReason, waiver.id) if waiver else None
    if kept is None:
        return ""
    return decrypt(_owner(appointment), "waiver_reason", "reason", kept.waiver_id, kept.reason)


def _note(appointment: Appointment, kind: str, *, seen: int, by: UUID, now: datetime) -> FeeWaiver:
    last = queries.latest_waiver(appointment.id)
    waiver = FeeWaiver(
        id=new_id(),
        appointment_id=appointment.id,
        number=seen + 1,
        follows=seen or None,
        kind=kind,
        noted_at=now,
        noted_by=by,
    )
    if (last.number if last else 0) != seen or not rows.append(waiver):
        raise WaiverChangedError
    return waiver


def _trace(action: str, appointment: Appointment) -> None:
    for attendee in appointment.attendees:
        audit.record(action, "appointment", appointment.id, client_id=attendee.client_id)


def _owner(appointment: Appointment) -> Owner:
    """The couple's key for a joint session, else the client's own."""
    if appointment.couple_id is not None:
        return Owner("couple", appointment.couple_id)
    if not appointment.attendees:
        raise NotVisibleError
    return Owner("client", appointment.attendees[0].client_id)
