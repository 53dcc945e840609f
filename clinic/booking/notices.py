"""Which messages a step in an appointment's life queues, and which it takes back, in the same transaction.

The subject of a message is the step (an `AppointmentEvent`), not the appointment: one that moves away and back again is
told of three times, and each of them once.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from clinic.accounts import links
from clinic.accounts.models import AccountLink
from clinic.booking.models import Appointment, AppointmentEvent
from clinic.clients.queries import clients_of
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.outbox.models import OutboxMessage

CONFIRMED: Final = "booking.confirmed"
REQUESTED: Final = "booking.requested"
MOVED: Final = "booking.moved"
CANCELLED: Final = "booking.cancelled"
DECLINED: Final = "booking.declined"
EXPIRED: Final = "booking.expired"
ASKED: Final = "booking.asked"
WITHDRAWN: Final = "booking.withdrawn"
ASKED_FOR: Final = "booking.staff.requested"
CHANGED: Final = "booking.staff.changed"
REMINDER: Final = "session.reminder.24h"  # worded here, queued by `clinic.reminders` when it is due

_KIND = {
    "booked": CONFIRMED,
    "accepted": CONFIRMED,
    "kept": CONFIRMED,
    "requested": REQUESTED,
    "moved": MOVED,
    "cancelled": CANCELLED,
    "declined": DECLINED,
    "expired": EXPIRED,
}
_FIRST = {"booked", "requested"}  # the steps before which nobody has been told
_WITH_LINK = {CONFIRMED, REQUESTED, MOVED, CANCELLED}
_NEVER_LEFT = ("queued", "skipped", "failed")


def tell(
    appointment: Appointment,
    event: AppointmentEvent,
    client_ids: Collection[UUID],
    *,
    now: datetime,
    kind: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Queue the step's message to each client, or a message of another `kind` about it."""
    kind = kind or _KIND[event.kind]
    people = _people(client_ids)
    if kind in _WITH_LINK:
        keep_links(appointment, event.kind, people, now)
    outbox.queue_each(kind, event.id, event.starts_at, people, now=now, not_before=not_before)


def alert(appointment: Appointment, event: AppointmentEvent, *, now: datetime, kind: str) -> None:
    """Queue a word to who gives the session, unless they have done the step themself."""
    if event.person_id != appointment.therapist_id:
        outbox.queue(kind, event.id, event.starts_at, appointment.therapist_id, now=now)


def request_of(appointment_id: UUID) -> AppointmentEvent:
    """The step with which the appointment was asked for."""
    query = select(AppointmentEvent).where(
        AppointmentEvent.appointment_id == appointment_id, AppointmentEvent.kind == "requested"
    )
    return db.session.scalars(query.order_by(AppointmentEvent.at.desc()).limit(1)).one()


def appointment_of(event_id: UUID) -> Appointment | None:
    """The appointment of a step, locked against change until the transaction ends; None where it has moved since."""
    event = db.session.get_one(AppointmentEvent, event_id)
    query = select(Appointment).where(Appointment.id == event.appointment_id, Appointment.starts_at == event.starts_at)
    return db.session.scalar(query.with_for_update(read=True).execution_options(populate_existing=True))


def were_asked(appointment_id: UUID) -> list[UUID]:
    """The people whom a question about this appointment has reached, as far as anybody knows."""
    asked = (
        select(OutboxMessage.recipient_id)
        .join(AppointmentEvent, AppointmentEvent.id == OutboxMessage.subject_id)
        .where(
            AppointmentEvent.appointment_id == appointment_id,
            OutboxMessage.kind == ASKED,
            OutboxMessage.state.not_in(_NEVER_LEFT),
        )
    )
    return [*db.session.scalars(asked)]


def withdraw(appointment: Appointment, event: AppointmentEvent, client_ids: Collection[UUID], *, now: datetime) -> None:
    """Tell those who were asked, and whom the question has reached, that there is nothing to answer any more."""
    reached = were_asked(appointment.id)
    for person_id in _people(client_ids):
        if person_id in reached:
            outbox.queue(WITHDRAWN, event.id, event.starts_at, person_id, now=now)


def _people(client_ids: Collection[UUID]) -> list[UUID]:
    return [each.person_id for each in clients_of(sorted(client_ids))]


def keep_links(appointment: Appointment, step: str, people: Collection[UUID], now: datetime) -> None:
    """Each client has one link to the appointment, which works until it starts, wherever it is moved to."""
    if appointment.starts_at <= now:
        return
    known = () if step in _FIRST else _lengthened(appointment)
    without = [each for each in people if each not in known]
    links.make_each(links.APPOINTMENT, without, appointment.id, appointment.starts_at, now)


def _lengthened(appointment: Appointment) -> Collection[UUID]:
    """Let the links that there are work until it starts; returns whose they are."""
    return db.session.scalars(
        update(AccountLink)
        .where(AccountLink.subject_id == appointment.id, AccountLink.purpose == links.APPOINTMENT)
        .values(expires_at=appointment.starts_at)
        .returning(AccountLink.person_id)
    ).all()


def take_back(appointment_id: UUID, *, now: datetime, reason: str) -> None:
    """Skip whatever is still queued about the appointment."""
    for event_id in db.session.scalars(
        select(AppointmentEvent.id).where(AppointmentEvent.appointment_id == appointment_id)
    ):
        outbox.skip(event_id, now=now, reason=reason)
