"""An assignment: which version of an exercise, for whom, why, until when, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment
from clinic.homework.rules import OPEN, State
from clinic.questionnaires.models import QuestionnaireDefinition

OPEN_STATES = tuple(sorted(OPEN))
_STATES = ", ".join(f"'{state}'" for state in State)
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)


class Assignment(Base):
    """One exercise given to one client. Its words are encrypted; its moments and states are plain."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("confidence BETWEEN 0 AND 10", name="confidence"),
        CheckConstraint("target BETWEEN 1 AND 50", name="target"),
        CheckConstraint("client_quality BETWEEN 0 AND 4", name="client_quality"),
        CheckConstraint("therapist_quality BETWEEN 0 AND 4", name="therapist_quality"),
        CheckConstraint("help_kind IN ('smaller', 'stuck')", name="help_kind"),
        CheckConstraint("(help_kind IS NULL) = (help_asked_at IS NULL)", name="help_asked_at"),
        CheckConstraint("due_at > assigned_at", name="due_at"),
        CheckConstraint("state NOT IN ('submitted', 'reviewed', 'returned') OR sent_at IS NOT NULL", name="sent_at"),
        CheckConstraint("(state = 'reviewed') = (reviewed_at IS NOT NULL)", name="reviewed_at"),
        CheckConstraint("state <> 'returned' OR return_reason IS NOT NULL", name="return_reason"),
        CheckConstraint("(state IN ('excused', 'cancelled', 'expired')) = (closed_at IS NOT NULL)", name="closed_at"),
        Index("ix_assignment_client_id", "client_id", "assigned_at"),
        Index("ix_assignment_to_review", "sent_at", postgresql_where=text("state = 'submitted'")),
        Index("ix_assignment_due_at", "due_at", postgresql_where=text(f"state IN ({_OPEN})")),
    )

    id: Mapped[Id]
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaire_definition.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    assigned_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(default="assigned")
    is_agreed: Mapped[bool]
    reason: Mapped[bytes | None]
    when_and_where: Mapped[bytes | None]
    obstacle: Mapped[bytes | None]
    confidence: Mapped[int | None]
    target: Mapped[int | None]
    due_at: Mapped[Moment]
    assigned_at: Mapped[Moment]
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    first_sent_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    returned_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    client_quality: Mapped[int | None]
    therapist_quality: Mapped[int | None]
    feedback: Mapped[bytes | None]
    return_reason: Mapped[bytes | None]
    help_kind: Mapped[str | None]
    help_words: Mapped[bytes | None]
    help_asked_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    definition: Mapped[QuestionnaireDefinition] = relationship(lazy="raise_on_sql", viewonly=True)
    client: Mapped[Client] = relationship(lazy="raise_on_sql", viewonly=True)
