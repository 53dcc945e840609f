"""A note of a session or of a day, what was added to it, and a therapist's psychotherapy notes. All text is sealed.

Triggers keep what a note is about as it was at its start, refuse every change of a signed one, and let nothing be final
that waits for a co-signature. Row-level security says who sees which row.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Person
from clinic.booking.models import Appointment
from clinic.clients.models import Client, Couple
from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment
from clinic.notes.rules import FORMATS

STATES = ("draft", "returned", "signed", "final")
_RECORD = "num_nonnulls(client_id, couple_id) = 1"


class SessionNote(Base):
    """What a therapist writes of a session, or of a day without one, into one person's record or a couple's joint one.

    `draft` and `returned` are the author's alone; `signed` waits for a co-signature, `final` is done. `body` holds the
    sections as JSON, or is empty. What was returned keeps the last word with which it was.
    """

    __tablename__ = "session_note"
    __table_args__ = (
        CheckConstraint(_RECORD, name="record"),
        CheckConstraint(f"format IN {FORMATS}", name="format"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("state IN ('draft', 'returned') OR body IS NOT NULL", name="body"),
        CheckConstraint("(state IN ('signed', 'final')) = (signed_at IS NOT NULL)", name="signed_at"),
        CheckConstraint("(signed_at IS NULL) = (signed_name IS NULL)", name="signed_name"),
        CheckConstraint("num_nulls(cosigned_at, cosigned_by, cosigned_name) IN (0, 3)", name="cosigned"),
        CheckConstraint("cosigned_at IS NULL OR (state = 'final' AND cosigned_at >= signed_at)", name="cosigned_at"),
        CheckConstraint("cosigned_by <> author_id", name="cosigned_by"),
        CheckConstraint("num_nulls(returned_at, returned_by, return_word) IN (0, 3)", name="returned"),
        CheckConstraint("state <> 'returned' OR returned_at IS NOT NULL", name="returned_at"),
        CheckConstraint("returned_by <> author_id", name="returned_by"),
        Index(
            "uq_session_note_open",
            "author_id",
            "appointment_id",
            "client_id",
            "couple_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("appointment_id IS NOT NULL AND state IN ('draft', 'returned')"),
        ),
        Index("ix_session_note_client_id", "client_id", "held_on", postgresql_where=text("client_id IS NOT NULL")),
        Index("ix_session_note_couple_id", "couple_id", "held_on", postgresql_where=text("couple_id IS NOT NULL")),
        Index("ix_session_note_appointment_id", "appointment_id"),
        Index("ix_session_note_author_id", "author_id", "created_at"),
        Index("ix_session_note_waiting", "signed_at", postgresql_where=text("state = 'signed'")),
    )

    id: Mapped[Id]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    couple_id: Mapped[UUID | None] = mapped_column(ForeignKey("couple.id"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    held_on: Mapped[date]
    format: Mapped[str]
    state: Mapped[str]
    body: Mapped[bytes | None]
    created_at: Mapped[Moment]
    saved_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    signed_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    signed_name: Mapped[str | None]
    cosigned_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    cosigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    cosigned_name: Mapped[str | None]
    returned_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    returned_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    return_word: Mapped[bytes | None]

    author: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])
    client: Mapped[Client | None] = relationship(lazy="raise_on_sql")
    couple: Mapped[Couple | None] = relationship(lazy="raise_on_sql")
    appointment: Mapped[Appointment | None] = relationship(lazy="raise_on_sql")


class NoteAmendment(Base):
    """What was added to a final note, by whom and why; never changed and never deleted."""

    __tablename__ = "note_amendment"
    __table_args__ = (CheckConstraint(_RECORD, name="record"), Index("ix_note_amendment_note_id", "note_id"))

    id: Mapped[Id]
    note_id: Mapped[UUID] = mapped_column(ForeignKey("session_note.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    couple_id: Mapped[UUID | None] = mapped_column(ForeignKey("couple.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    body: Mapped[Sealed]
    reason: Mapped[Sealed]
    signed_at: Mapped[Moment]
    signed_name: Mapped[str]


class PsychotherapyNote(Base):
    """A therapist's own note about one client, under a key of these two. Its author reads it, and nobody else."""

    __tablename__ = "psychotherapy_note"
    __table_args__ = (Index("ix_psychotherapy_note_author_id", "author_id", "client_id", "created_at"),)

    id: Mapped[Id]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    body: Mapped[Sealed]
    created_at: Mapped[Moment]
    saved_at: Mapped[Moment]

    client: Mapped[Client] = relationship(lazy="raise_on_sql")
