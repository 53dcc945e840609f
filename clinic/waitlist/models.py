"""A wish that waits, and the offers that were made to it. What was offered stays, so that nothing is offered twice."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment
from clinic.practice.models import MODALITIES, Service, Therapist
from clinic.waitlist.rules import DAYPARTS, ENDINGS, STATES, WEEKDAYS


class Waiting(Base):
    """What a client waits for, since when and until which day. No therapist and no modality mean that any will do."""

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint(f"modality IN {MODALITIES}", name="modality"),
        CheckConstraint(
            f"weekdays <@ ARRAY{list(WEEKDAYS)}::smallint[] AND cardinality(weekdays) > 0", name="weekdays"
        ),
        CheckConstraint(f"dayparts <@ ARRAY{list(DAYPARTS)} AND cardinality(dayparts) > 0", name="dayparts"),
        CheckConstraint(f"why IN {ENDINGS}", name="why"),
        CheckConstraint("(ended_at IS NULL) = (why IS NULL)", name="ended"),
        Index("uq_waiting_live", "client_id", "service_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_waiting_since", "since", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    therapist_id: Mapped[UUID | None] = mapped_column(ForeignKey("therapist.person_id"))
    modality: Mapped[str | None]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    dayparts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    since: Mapped[Moment]
    until: Mapped[date | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    why: Mapped[str | None]

    client: Mapped[Client] = relationship(lazy="raise_on_sql")
    service: Mapped[Service] = relationship(lazy="raise_on_sql")
    therapist: Mapped[Therapist | None] = relationship(lazy="raise_on_sql")


class Offer(Base):
    """A time that is kept for one wish while its client may take it; a client has one at a time.

    `hold_id` is the appointment that holds it. It is no foreign key: whoever needs the time after the hold has run out
    deletes the hold, and must not wait for the offer's row then.
    """

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"modality IN {MODALITIES}", name="modality"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("offered_at < expires_at AND expires_at <= starts_at AND starts_at < ends_at", name="times"),
        Index("uq_offer_open_client", "client_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("uq_offer_open_slot", "therapist_id", "starts_at", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_offer_waiting_id", "waiting_id"),
    )

    id: Mapped[Id]
    waiting_id: Mapped[UUID] = mapped_column(ForeignKey("waiting.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    hold_id: Mapped[UUID] = mapped_column(unique=True)
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    modality: Mapped[str]
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    offered_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(default="open")
    settled_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    waiting: Mapped[Waiting] = relationship(lazy="raise_on_sql")
    therapist: Mapped[Therapist] = relationship(lazy="raise_on_sql")
