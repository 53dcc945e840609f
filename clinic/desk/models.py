"""A therapist who is away at short notice or leaves, and each person who is told of it once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Person
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment


class DayAway(Base):
    """One press that cancelled a therapist's day or leave; its sessions are those cancelled at that moment."""

    __tablename__ = "day_away"
    __table_args__ = (
        CheckConstraint("cover_id <> therapist_id", name="cover"),
        CheckConstraint("starts_at < ends_at", name="ends_at"),
        Index("ix_day_away_therapist_id", "therapist_id", "announced_at"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    cover_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    announced_at: Mapped[Moment]
    announced_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class ToldAway(Base):
    """One person whose sessions of that day are cancelled: told by mail, or to be called."""

    __tablename__ = "told_away"
    __table_args__ = (
        CheckConstraint("how IN ('mail', 'call')", name="how"),
        CheckConstraint("(called_at IS NULL) = (called_by IS NULL)", name="called"),
    )

    day_away_id: Mapped[UUID] = mapped_column(ForeignKey("day_away.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    how: Mapped[str]
    first_starts_at: Mapped[Moment]
    called_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    called_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id, lazy="raise_on_sql")
    caller: Mapped[Person | None] = relationship(foreign_keys=called_by, lazy="raise_on_sql")


class HandOver(Base):
    """One press by which another therapist took over what is ahead from `since` on: what moved at that moment."""

    __tablename__ = "hand_over"
    __table_args__ = (CheckConstraint("successor_id <> therapist_id", name="successor"),)

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    since: Mapped[Moment]
    done_at: Mapped[Moment]
    done_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
