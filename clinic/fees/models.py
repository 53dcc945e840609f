"""What was paid for a session, row after row, and the receipt of a payment."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.schema import SchemaItem

from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

MEANS = ("cash", "card", "transfer", "check", "other")


def _numbered(table: str, first: str) -> tuple[SchemaItem, ...]:
    """The rows about one session in an unbroken line: odd numbers note something, even ones take it back.

    `follows` is the number before, which has to be there: so there is no gap and no fork.
    """
    return (
        UniqueConstraint("appointment_id", "number"),
        ForeignKeyConstraint(["appointment_id", "follows"], [f"{table}.appointment_id", f"{table}.number"]),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("follows IS NOT DISTINCT FROM NULLIF(number - 1, 0)", name="follows"),
        CheckConstraint(f"kind = CASE number % 2 WHEN 1 THEN '{first}' ELSE 'undone' END", name="kind"),
    )


class Payment(Base):
    """One row about the money for a session; never changed. Odd numbers note a payment, even ones take it back."""

    __tablename__ = "payment"
    __table_args__ = (
        *_numbered("payment", "paid"),
        ForeignKeyConstraint(["appointment_id", "client_id"], ["attendee.appointment_id", "attendee.client_id"]),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint(f"means IN {MEANS}", name="means"),
        Index("ix_payment_client_id", "client_id"),
    )

    id: Mapped[Id]
    appointment_id: Mapped[UUID]
    number: Mapped[int]
    follows: Mapped[int | None]
    kind: Mapped[str]
    client_id: Mapped[UUID]
    amount_cents: Mapped[int]
    currency: Mapped[str]
    means: Mapped[str]
    paid_on: Mapped[date]
    noted_at: Mapped[Moment]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))

    client: Mapped[Client] = relationship(
        lazy="raise_on_sql", primaryjoin="foreign(Payment.client_id) == Client.id", viewonly=True
    )
    receipt: Mapped["Receipt | None"] = relationship(lazy="raise_on_sql", back_populates="payment", viewonly=True)


class Receipt(Base):
    """The paper of one payment, with the names as they were. The worker makes `pdf`, sealed for who paid."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_waiting", "made_at", postgresql_where=text("pdf IS NULL")),)

    number: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), unique=True)
    payer_name: Mapped[str]
    practice_name: Mapped[str]
    practice_address: Mapped[str]
    made_at: Mapped[Moment]
    pdf: Mapped[bytes | None] = mapped_column(deferred=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    tried_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql", back_populates="receipt")


class FeeWaiver(Base):
    """One row about the fee of a late cancellation; never changed. Odd numbers waive it, even ones take that back.

    Everybody concerned sees whether it is waived.
    """

    __tablename__ = "fee_waiver"
    __table_args__ = _numbered("fee_waiver", "waived")

    id: Mapped[Id]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    number: Mapped[int]
    follows: Mapped[int | None]
    kind: Mapped[str]
    noted_at: Mapped[Moment]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class WaiverReason(Base):
    """Why, sealed and behind the second wall: only who cares for the client reads it."""

    __tablename__ = "waiver_reason"

    waiver_id: Mapped[UUID] = mapped_column(ForeignKey("fee_waiver.id"), primary_key=True)
    reason: Mapped[Sealed]
