"""What is asked about money. A client sees what they paid themself; therapists who care for them and the desk, too."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from clinic.booking.models import Appointment
from clinic.clients.models import Client
from clinic.clients.queries import in_care
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.fees.models import Payment, Receipt
from clinic.fees.rules import MOST_ATTEMPTS, PRINT_AGAIN_AFTER


def latest_row(appointment_id: UUID) -> Payment | None:
    """The last row about the money for a session."""
    query = select(Payment).where(Payment.appointment_id == appointment_id).order_by(Payment.number.desc()).limit(1)
    shown = (joinedload(Payment.client).joinedload(Client.person), joinedload(Payment.receipt))
    return db.session.scalar(query.options(*shown))


def stands() -> ColumnElement[bool]:
    """A payment that nobody has taken back."""
    later = aliased(Payment)
    is_followed = select(later.id).where(
        later.appointment_id == Payment.appointment_id, later.follows == Payment.number
    )
    return (Payment.kind == "paid") & ~is_followed.exists()


def receipt_for(actor: Actor, payment_id: UUID, now: datetime) -> Receipt:
    """The receipt of a payment that stands: for who paid, a therapist who gave the session and cares for them, and
    the front desk. Raises NotVisibleError for anyone else, the partner who came along among them."""
    grounds: list[ColumnElement[bool]] = [false()]
    if "client" in actor.roles:
        grounds.append(Client.person_id == actor.person_id)
    if "therapist" in actor.roles:
        cares = in_care(Payment.client_id, actor.person_id, now)
        grounds.append((Appointment.therapist_id == actor.person_id) & cares)
    if "front_desk" in actor.roles:
        grounds.append(Receipt.number.is_not(None))
    query = (
        select(Receipt)
        .join(Receipt.payment)
        .join(Appointment, Appointment.id == Payment.appointment_id)
        .join(Client, Client.id == Payment.client_id)
        .where(Payment.id == payment_id, stands(), or_(*grounds))
        .options(contains_eager(Receipt.payment))
    )
    receipt = db.session.scalar(query)
    if receipt is None:
        raise NotVisibleError
    return receipt


def receipts_waiting(now: datetime, limit: int) -> Sequence[Receipt]:
    """Receipts without paper, locked, the newest first; one that was tried waits ten minutes, five times at most."""
    query = (
        select(Receipt)
        .join(Receipt.payment)
        .where(
            Receipt.pdf.is_(None),
            Receipt.attempts < MOST_ATTEMPTS,
            Receipt.tried_at.is_(None) | (Receipt.tried_at <= now - PRINT_AGAIN_AFTER),
        )
        .order_by(Receipt.made_at.desc())
        .limit(limit)
        .options(contains_eager(Receipt.payment).joinedload(Payment.client).joinedload(Client.person))
        .with_for_update(skip_locked=True, of=Receipt)
    )
    return db.session.scalars(query).all()
