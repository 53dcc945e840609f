"""Note that a session is paid, take that back, and make its receipt; within the caller's one transaction."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.fees import queries, rows, rules
from clinic.fees.errors import NothingDueError, PaymentChangedError
from clinic.fees.models import Payment, Receipt
from clinic.practice.queries import the_practice


@dataclass(frozen=True, slots=True)
class Paid:
    """What somebody says of a payment: who paid, by which of `models.MEANS`, and on which day."""

    client_id: UUID
    means: str
    paid_on: date


def note_payment(appointment: Appointment, paid: Paid, *, seen: int, by: UUID, now: datetime) -> Payment:
    """Note that all of what is due was paid; `seen` is the number of the last row that the page has shown.

    Raises NothingDueError, PaidInFutureError, PaidLongAgoError, NotVisibleError for who does not attend, and
    PaymentChangedError when somebody was quicker; the database sees to that, too.
    """
    practice = the_practice()
    rows.lock(appointment.id)
    due = queries.due_for(appointment).cents
    if not due or practice is None:
        raise NothingDueError
    if db.session.get(Attendee, (appointment.id, paid.client_id)) is None:
        raise NotVisibleError
    rules.check_paid_on(paid.paid_on, wall(now, practice.zone).date())
    last = queries.latest_row(appointment.id)
    if (last.number if last else 0) != seen or rules.stands(seen):
        raise PaymentChangedError
    payment = Payment(
        id=new_id(),
        appointment_id=appointment.id,
        number=seen + 1,
        follows=seen or None,
        kind="paid",
        client_id=paid.client_id,
        amount_cents=due,
        currency=appointment.currency,
        means=paid.means,
        paid_on=paid.paid_on,
        noted_at=now,
        noted_by=by,
    )
    if not rows.append(payment):
        raise PaymentChangedError
    _write_receipt(payment, now)
    audit.record("payment.note", "appointment", appointment.id, client_id=paid.client_id, detail=paid.means)
    return payment


def undo_payment(appointment: Appointment, *, seen: int, by: UUID, now: datetime) -> None:
    """Take back the payment that the page has shown; its receipt is void. Raises PaymentChangedError."""
    last = queries.latest_row(appointment.id)
    if last is None or last.number != seen or not rules.stands(seen):
        raise PaymentChangedError
    undone = Payment(
        id=new_id(),
        appointment_id=appointment.id,
        number=seen + 1,
        follows=seen,
        kind="undone",
        client_id=last.client_id,
        amount_cents=last.amount_cents,
        currency=last.currency,
        means=last.means,
        paid_on=last.paid_on,
        noted_at=now,
        noted_by=by,
    )
    if not rows.append(undone):
        raise PaymentChangedError
    audit.record("payment.undo", "appointment", appointment.id, client_id=last.client_id, detail=last.means)


def _write_receipt(payment: Payment, now: datetime) -> None:
    """Its number is random and never the next one, for the partner's sake; the primary key holds it unique."""
    practice, client = the_practice(), db.session.get_one(Client, payment.client_id)
    if practice is None:
        raise NothingDueError
    values = {
        "payment_id": payment.id,
        "payer_name": db.session.get_one(Person, client.person_id).name,
        "practice_name": practice.name,
        "practice_address": practice.address,
        "made_at": now,
    }
    written = None
    while written is None:
        number = rules.receipt_number(secrets.choice)
        statement = insert(Receipt).values(number=number, **values)
        written = db.session.scalar(statement.on_conflict_do_nothing(constraint="pk_receipt").returning(Receipt.number))
