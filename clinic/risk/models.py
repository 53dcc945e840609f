"""Alerts and what was done about them, each row with its client; whom the desk has to call; hours and duties."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

STATES = ("open", "acknowledged", "closed")
SOURCES = ("phq9_item9", "safety_form", "call")
GRADES = ("same_day", "urgent")


class Alert(Base):
    """That an answer of a client needs somebody. It goes forward only, and its grade stays.

    `source_id` is what it came from, once. `pass_on_at` is when it goes to the next, as hours and holidays stood when
    somebody was told last; None once somebody has it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("source_id"),
        UniqueConstraint("id", "client_id"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"grade IN {GRADES}", name="grade"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'open') = (acknowledged_at IS NULL)", name="acknowledged_at"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_by"),
        CheckConstraint("(state = 'open') = (pass_on_at IS NOT NULL)", name="pass_on_at"),
        CheckConstraint("(state = 'closed') = (closing_id IS NOT NULL)", name="closed"),
        CheckConstraint("closing_id = id", name="closing_id"),
        Index("ix_alert_client_id", "client_id"),
        Index("ix_alert_open", "raised_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    source: Mapped[str]
    source_id: Mapped[UUID]
    grade: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    raised_at: Mapped[Moment]
    pass_on_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    desk_call_id: Mapped[UUID | None] = mapped_column(ForeignKey("desk_call.id"))
    closing_id: Mapped[UUID | None] = mapped_column(ForeignKey("alert_closing.alert_id", use_alter=True))

    client: Mapped[Client] = relationship(lazy="raise_on_sql")
    taken_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=acknowledged_by)


class AlertPass(Base):
    """That somebody was told of an alert, the first, the second and so on. A guest sees it for this alone."""

    __tablename__ = "alert_pass"
    __table_args__ = (
        ForeignKeyConstraint(("alert_id", "client_id"), ("alert.id", "alert.client_id")),
        CheckConstraint("place >= 1", name="place"),
        Index("ix_alert_pass_person_id", "person_id", "alert_id"),
    )

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    is_guest: Mapped[bool]
    passed_at: Mapped[Moment]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class AlertWord(Base):
    """What the client said on the page of help, once each: please call me, or I can stay safe for now."""

    __tablename__ = "alert_word"
    __table_args__ = (
        ForeignKeyConstraint(("alert_id", "client_id"), ("alert.id", "alert.client_id")),
        CheckConstraint("kind IN ('call', 'safe')", name="kind"),
    )

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    said_at: Mapped[Moment]


class AlertClosing(Base):
    """What was asked and done, sealed, in the words of whoever closed it."""

    __tablename__ = "alert_closing"
    __table_args__ = (ForeignKeyConstraint(("alert_id", "client_id"), ("alert.id", "alert.client_id")),)

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    body: Mapped[Sealed]
    closed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[Moment]

    closer: Mapped[Person] = relationship(lazy="raise_on_sql")


class DeskCall(Base):
    """Whom the front desk has to call from `due_at` on, until it is ended. It names a therapist, and nothing else."""

    __tablename__ = "desk_call"

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[Moment]
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class OfficeHours(Base):
    """One stretch of a weekday (0 is Monday) in which the office is open, by the practice's wall clock."""

    __tablename__ = "office_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="ends"),
        ExcludeConstraint(
            ("weekday", "="),
            (text("numrange(extract(epoch from starts), extract(epoch from ends))"), "&&"),
            name="office_hours_never_overlap",
            using="gist",
        ),
    )

    weekday: Mapped[int] = mapped_column(primary_key=True)
    starts: Mapped[time] = mapped_column(primary_key=True)
    ends: Mapped[time]


class Duty(Base):
    """Who takes what others leave: the clinical lead at place 0, then the on-call list in order."""

    __tablename__ = "duty"
    __table_args__ = (
        UniqueConstraint("role", "therapist_id"),
        CheckConstraint("role IN ('lead', 'on_call')", name="role"),
        CheckConstraint("place >= 0 AND (role = 'lead') = (place = 0)", name="place"),
    )

    role: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
