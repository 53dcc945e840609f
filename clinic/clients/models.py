"""A client, their episodes, the care relationships that open their record, and the couple they are in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.expression import literal_column

from clinic.accounts.models import Person
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment


class Client(Base):
    """The record of one person in care. The row itself holds nothing clinical."""

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("state IN ('enquiry', 'active', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        CheckConstraint("fee_cents IS NULL OR fee_cents >= 0", name="fee_cents"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    state: Mapped[str] = mapped_column(default="enquiry")
    is_mailbox_shared: Mapped[bool] = mapped_column(default=True)
    fee_cents: Mapped[int | None]
    created_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Episode(Base):
    """A stretch of care with its own consents and baselines; a client has one open at a time."""

    __tablename__ = "episode"
    __table_args__ = (
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_at"),
        Index("uq_episode_open", "client_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class CareRelationship(Base):
    """Why a therapist may open a client's record: as primary, or as cover from one moment until another."""

    __tablename__ = "care_relationship"
    __table_args__ = (
        CheckConstraint("kind IN ('primary', 'cover', 'supervisor')", name="kind"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_at"),
        CheckConstraint("kind <> 'cover' OR ends_at IS NOT NULL", name="cover_ends"),
        ExcludeConstraint(
            ("client_id", "="),
            (func.tstzrange(literal_column("starts_at"), literal_column("ends_at")), "&&"),
            name="care_relationship_one_primary",
            where=text("kind = 'primary'"),
            using="gist",
        ),
        Index("ix_care_relationship_client_id", "client_id"),
        Index("ix_care_relationship_therapist_id", "therapist_id", "client_id"),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    starts_at: Mapped[Moment]
    ends_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class Couple(Base):
    """Two clients who work together. It is shared only while it is active; either partner alone can end that."""

    __tablename__ = "couple"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'active', 'ended')", name="state"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at"),
        CheckConstraint("state <> 'active' OR activated_at IS NOT NULL", name="activated_at"),
        CheckConstraint("fee_cents IS NULL OR fee_cents >= 0", name="fee_cents"),
    )

    id: Mapped[Id]
    state: Mapped[str] = mapped_column(default="pending")
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    fee_cents: Mapped[int | None]
    linked_at: Mapped[Moment]
    activated_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    members: Mapped[list["CoupleMember"]] = relationship(
        lazy="raise_on_sql", order_by="CoupleMember.place", back_populates="couple"
    )


class CoupleMember(Base):
    """One of the two. A client is in one couple at a time; a trigger sees to it that a couple has two."""

    __tablename__ = "couple_member"
    __table_args__ = (
        UniqueConstraint("couple_id", "place"),
        CheckConstraint("place IN (1, 2)", name="place"),
        Index("uq_couple_member_open", "client_id", unique=True, postgresql_where=text("left_at IS NULL")),
    )

    couple_id: Mapped[UUID] = mapped_column(ForeignKey("couple.id"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)
    place: Mapped[int]
    left_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    couple: Mapped[Couple] = relationship(back_populates="members", lazy="raise_on_sql")
    client: Mapped[Client] = relationship(lazy="raise_on_sql")
