"""What is asked about money. A client sees what they paid themself; therapists who care for them and the desk, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import attended_by, shown
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.clients.queries import couples_visible_to, in_care
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.fees import rules
from clinic.fees.models import FeeWaiver, Payment, Receipt


def latest_row(appointment_id: UUID) -> Payment | None:
    """The last row about the money for a session."""
    query = select(Payment).where(Payment.appointment_id == appointment_id).order_by(Payment.number.desc()).limit(1)
    shown = (joinedload(Payment.client).joinedload(Client.person), joinedload(Payment.receipt))
    return db.session.scalar(query.options(*shown))


def latest_waiver(appointment_id: UUID) -> FeeWaiver | None:
    """The last row about what the therapist can waive."""
    query = select(FeeWaiver).where(FeeWaiver.appointment_id == appointment_id)
    return db.session.scalar(query.order_by(FeeWaiver.number.desc()).limit(1))


def is_waived(appointment_id: UUID) -> bool:
    """That the therapist has waived what can be waived, and not taken that back."""
    last = latest_waiver(appointment_id)
    return rules.stands(last.number if last else 0)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid for a session, and how much of it the therapist can waive, in cents."""

    cents: int
    waivable_cents: int
    is_waived: bool


def due_for(appointment: Appointment) -> Due:
    """What is to be paid for a session."""
    costs = appointment.state, appointment.price_cents, appointment.late_fee_cents
    is_missed = db.session.scalars(select(_is_missed()).where(Appointment.id == appointment.id)).one()
    waivable = rules.waivable_cents(*costs, is_missed=is_missed)
    waived = bool(waivable) and is_waived(appointment.id)
    return Due(rules.due_cents(*costs, is_missed=is_missed, is_waived=waived), waivable, waived)


def stands(row: type[Payment] | type[FeeWaiver] = Payment) -> ColumnElement[bool]:
    """A payment, or a waiver, that nobody has taken back."""
    later = aliased(row)
    is_followed = select(later.id).where(later.appointment_id == row.appointment_id, later.follows == row.number)
    return (row.kind != "undone") & ~is_followed.exists()


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
            Receipt.attempts < rules.MOST_ATTEMPTS,
            Receipt.tried_at.is_(None) | (Receipt.tried_at <= now - rules.PRINT_AGAIN_AFTER),
        )
        .order_by(Receipt.made_at.desc())
        .limit(limit)
        .options(contains_eager(Receipt.payment).joinedload(Payment.client).joinedload(Client.person))
        .with_for_update(skip_locked=True, of=Receipt)
    )
    return db.session.scalars(query).all()


def client_with_fee(client_id: UUID, actor: Actor, now: datetime) -> Client:
    """A client with their person, for the front desk or who cares for them. Raises NotVisibleError."""
    grounds: list[ColumnElement[bool]] = [false()]
    if "therapist" in actor.roles:
        grounds.append(in_care(Client.id, actor.person_id, now))
    if "front_desk" in actor.roles:
        grounds.append(Client.state != "closed")
    query = select(Client).where(Client.id == client_id, or_(*grounds)).options(joinedload(Client.person))
    client = db.session.scalar(query)
    if client is None:
        raise NotVisibleError
    return client


def couple_with_fee(couple_id: UUID, actor: Actor, now: datetime) -> Couple:
    """An active couple with both people, for the front desk or who cares for both. Raises NotVisibleError."""
    seen = select(Couple) if "front_desk" in actor.roles else couples_visible_to(actor, now)
    query = seen.where(Couple.id == couple_id, Couple.state == "active")
    both = selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person)
    couple = db.session.scalar(query.options(both))
    if couple is None:
        raise NotVisibleError
    return couple


def _is_missed() -> ColumnElement[bool]:
    """Somebody who was to come did not: a no-show, or a session for two that was not held jointly."""
    absent = (Attendee.appointment_id == Appointment.id) & (Attendee.attendance == "absent")
    return select(Attendee.client_id).where(absent).correlate(Appointment).exists()


def _due() -> ColumnElement[int]:
    """`rules.due_cents` of a session that is over or cancelled, as the database computes it."""
    waived = select(FeeWaiver.id).where(FeeWaiver.appointment_id == Appointment.id, stands(FeeWaiver)).exists()
    late_fee = case((waived, 0), else_=Appointment.late_fee_cents)
    price = case((waived & _is_missed(), 0), else_=Appointment.price_cents)
    return case((Appointment.state == "confirmed", price + late_fee), else_=late_fee)


def _is_open(now: datetime) -> ColumnElement[bool]:
    """Over or cancelled; costs something, and nobody has paid."""
    is_over = (Appointment.state == "confirmed") & (Appointment.ends_at <= now) | (Appointment.state == "cancelled")
    paid = select(Payment.id).where(Payment.appointment_id == Appointment.id, stands()).exists()
    return is_over & (_due() > 0) & ~paid


def unpaid(whose: ColumnElement[bool], now: datetime, what: str | None) -> Select[Appointment, int]:
    """What is open of these appointments, each with how much, the latest first.

    `late` are late fees and what was missed, `sessions` all others.
    """
    query = select(Appointment, _due().label("due")).where(whose, _is_open(now))
    if what is not None:
        late = (Appointment.late_fee_cents > 0) | _is_missed()
        query = query.where(late if what == "late" else ~late)
    return query.order_by(Appointment.starts_at.desc(), Appointment.id).options(*shown())


def open_of(person_id: UUID, now: datetime) -> Select[Appointment, int]:
    """What is open of the sessions that this client attended, each with how much."""
    theirs = attended_by(person_id).add_columns(_due().label("due")).where(_is_open(now))
    return theirs.order_by(Appointment.starts_at.desc(), Appointment.id)


def paid_by(person_id: UUID) -> Select[Payment, Appointment]:
    """What this client has paid themself, each with the session that it was for; a partner's payments are theirs."""
    return (
        select(Payment, Appointment)
        .join(Appointment, Appointment.id == Payment.appointment_id)
        .join(Client, Client.id == Payment.client_id)
        .where(Client.person_id == person_id, stands())
        .options(joinedload(Payment.receipt), joinedload(Appointment.service))
        .order_by(Payment.paid_on.desc(), Payment.id.desc())
    )
