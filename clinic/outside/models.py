"""A calendar outside of one therapist, and the times at which they are busy by it; there is no place for more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

STATES = ("new", "active", "paused")


class OutsideCalendar(Base):
    """An address that is read again and again; its name and the address are sealed.

    A new one is read once, and blocks nothing until its owner has seen what it would block. `whole_at` is when all of
    it was read last, `read_at` when it was last known to be as before. The marks are the server's own.
    """

    __tablename__ = "outside_calendar"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("failures >= 0", name="failures"),
        CheckConstraint("length(detail) <= 80", name="detail"),
        CheckConstraint("length(etag) <= 200", name="etag"),
        CheckConstraint("length(modified) <= 200", name="modified"),
        CheckConstraint("state <> 'active' OR (read_at IS NOT NULL AND next_read_at IS NOT NULL)", name="active"),
        CheckConstraint("state <> 'paused' OR next_read_at IS NULL", name="paused"),
        CheckConstraint(
            "(failures > 0) = (failing_since IS NOT NULL) AND (failures > 0) = (problem IS NOT NULL)", name="failing"
        ),
        UniqueConstraint("id", "therapist_id", name="uq_outside_calendar_id_therapist_id"),
        Index("ix_outside_calendar_therapist_id", "therapist_id"),
        Index("ix_outside_calendar_next_read_at", "next_read_at", postgresql_where=text("next_read_at IS NOT NULL")),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    name: Mapped[Sealed]
    address: Mapped[Sealed]
    state: Mapped[str]
    created_at: Mapped[Moment]
    next_read_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    read_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    whole_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    failing_since: Mapped[datetime | None] = mapped_column(UtcMoment())
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    detail: Mapped[str | None]
    etag: Mapped[str | None]
    modified: Mapped[str | None]


class OutsideTime(Base):
    """That a therapist is busy then; it blocks once its calendar is in use. Those of one calendar never overlap."""

    __tablename__ = "outside_time"
    __table_args__ = (
        ForeignKeyConstraint(
            ["calendar_id", "therapist_id"],
            ["outside_calendar.id", "outside_calendar.therapist_id"],
            name="fk_outside_time_calendar_id_outside_calendar",
            ondelete="CASCADE",
        ),
        CheckConstraint("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)", name="during"),
        ExcludeConstraint(
            ("therapist_id", "="),
            ("during", "&&"),
            ("calendar_id", "="),
            name="outside_time_never_overlaps",
            using="gist",
        ),
        Index("ix_outside_time_calendar_id", "calendar_id", text("lower(during)")),
    )

    calendar_id: Mapped[UUID] = mapped_column(primary_key=True)
    therapist_id: Mapped[UUID]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE(), primary_key=True)
    blocks: Mapped[bool]
