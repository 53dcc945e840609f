"""Installed definitions, and what people answer: one encrypted row per field, so that each has its own readers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment


class QuestionnaireDefinition(Base):
    """One installed version. Its row never changes: an edited text is a new version."""

    __tablename__ = "questionnaire_definition"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("kind IN ('exercise', 'measure', 'form')", name="kind"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    id: Mapped[Id]
    key: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    installed_at: Mapped[Moment]


class Response(Base):
    """One client's answers to one version, for one `subject_id`: the assignment or packet that asked for them.

    A draft is the writer's alone. Submitting freezes it; more work is the next revision. `typed_by` is who of the
    staff typed it from paper.
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("subject_id", "definition_id", "revision"),
        CheckConstraint("state IN ('draft', 'submitted')", name="state"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_at"),
        CheckConstraint("revision >= 1", name="revision"),
        Index(
            "uq_response_draft", "subject_id", "definition_id", unique=True, postgresql_where=text("state = 'draft'")
        ),
        Index("ix_response_client_id", "client_id", "definition_id", "submitted_at"),
        Index("ix_response_typed_by", "typed_by", postgresql_where=text("typed_by IS NOT NULL")),
    )

    id: Mapped[Id]
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaire_definition.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    subject_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="draft")
    created_at: Mapped[Moment]
    saved_at: Mapped[Moment]
    submitted_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    typed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    @property
    def is_submitted(self) -> bool:
        """True once it has been sent; its answers no longer change."""
        return self.state == "submitted"


class Entry(Base):
    """One entry of a repeated group. Who sees it follows from its answers."""

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_response_id", "response_id", "group_key"),)

    id: Mapped[Id]
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    group_key: Mapped[str]
    held_on: Mapped[date | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Answer(Base):
    """The answer to one field, encrypted; `visibility` is the letter that decides who may ever read it."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("response_id", "entry_id", "field", postgresql_nulls_not_distinct=True),
        CheckConstraint("visibility IN ('C', 'T', 'P', 'S')", name="visibility"),
        CheckConstraint("released_at IS NULL OR visibility = 'P'", name="released_at"),
        CheckConstraint("opened_at IS NULL OR visibility = 'S'", name="opened_at"),
        Index("ix_answer_entry_id", "entry_id", postgresql_where=text("entry_id IS NOT NULL")),
        Index("ix_answer_released", "client_id", postgresql_where=text("released_at IS NOT NULL")),
    )

    id: Mapped[Id]
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("entry.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    field: Mapped[str]
    visibility: Mapped[str]
    encrypted: Mapped[Sealed]
    released_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    updated_at: Mapped[Moment]


class ResponseScore(Base):
    """A figure that a scoring rule made of a submitted response; plain, under row-level security."""

    __tablename__ = "score"

    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    value: Mapped[float]
