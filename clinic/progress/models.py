"""A client's monthly report, and the brief before an appointment. What they say is sealed by the vault."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.booking.models import Appointment
from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

STATES = ("preparing", "prepared", "released", "failed")


class ProgressReport(Base):
    """One month of one client. `body` is made by the worker, `note` and `held_back` by the therapist, `pdf` at the end.

    `held_back` names parts of the body that the client does not get. `attempts` counts failed preparations,
    `paper_attempts` failed PDFs.
    """

    __tablename__ = "progress_report"
    __table_args__ = (
        UniqueConstraint("client_id", "period_start_on"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("period_start_on <= period_end_on", name="period"),
        CheckConstraint("(state IN ('prepared', 'released')) = (body IS NOT NULL)", name="body"),
        CheckConstraint("(body IS NULL) = (prepared_at IS NULL)", name="prepared_at"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_at"),
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released_by"),
        CheckConstraint("pdf IS NULL OR state = 'released'", name="pdf"),
        Index("ix_progress_report_paper", "released_at", postgresql_where=text("state = 'released' AND pdf IS NULL")),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    period_start_on: Mapped[date]
    period_end_on: Mapped[date]
    state: Mapped[str]
    body: Mapped[bytes | None]
    note: Mapped[bytes | None]
    held_back: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    pdf: Mapped[bytes | None] = mapped_column(deferred=True)
    attempts: Mapped[int] = mapped_column(default=0)
    paper_attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[Moment]
    prepared_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    released_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    client: Mapped[Client] = relationship(lazy="raise_on_sql")


class Brief(Base):
    """What a therapist reads before one appointment. `joint_page` may lie on the table (owner: couple or client).

    What only the therapist sees is in the parts, one for each client, each sealed with that client's key.
    """

    __tablename__ = "brief"

    id: Mapped[Id]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), unique=True)
    joint_page: Mapped[Sealed]
    prepared_at: Mapped[Moment]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    parts: Mapped[list["BriefPart"]] = relationship(lazy="raise_on_sql", back_populates="brief")


class BriefPart(Base):
    """The you-only page about one client."""

    __tablename__ = "brief_part"
    __table_args__ = (UniqueConstraint("brief_id", "client_id"),)

    id: Mapped[Id]
    brief_id: Mapped[UUID] = mapped_column(ForeignKey("brief.id", ondelete="CASCADE"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    private_page: Mapped[Sealed]

    brief: Mapped[Brief] = relationship(lazy="raise_on_sql", back_populates="parts")
    client: Mapped[Client] = relationship(lazy="raise_on_sql")
