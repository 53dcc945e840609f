"""An import and its rows. What the file says is sealed under a key of the import's own, and is gone after a day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment

STATES = ("checking", "checked", "importing", "done", "gone")


class Import(Base):
    """One file: `content` until it is checked, `header` while its rows can be read. `row_count` is the file's own."""

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint("kind IN ('clients', 'appointments')", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("encoding IN ('utf-8', 'windows-1252')", name="encoding"),
        CheckConstraint("(state = 'checking') = (content IS NOT NULL)", name="content"),
        CheckConstraint("state <> 'gone' OR header IS NULL", name="header"),
        CheckConstraint("state <> 'importing' OR confirmed_at IS NOT NULL", name="confirmed_at"),
        CheckConstraint("row_count > 0", name="row_count"),
        Index("ix_import_person_id", "person_id"),
        Index("ix_import_expires_at", "expires_at", postgresql_where=text("state <> 'gone'")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="checking")
    content: Mapped[bytes | None] = mapped_column(deferred=True)
    header: Mapped[bytes | None]
    encoding: Mapped[str]
    row_count: Mapped[int]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    invited_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class ImportRow(Base):
    """One row: what would happen, and what did. `made_id` is the client or appointment that it became, once."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        UniqueConstraint("made_id"),
        CheckConstraint("outcome IN ('create', 'known', 'refused')", name="outcome"),
        CheckConstraint("(outcome = 'create') = (reason IS NULL)", name="reason"),
        CheckConstraint("result IN ('created', 'changed')", name="result"),
        CheckConstraint("result IS NULL OR outcome = 'create'", name="only_as_said"),
        CheckConstraint("(result IS NOT DISTINCT FROM 'created') = (made_id IS NOT NULL)", name="made_id"),
        CheckConstraint("(result IS NOT DISTINCT FROM 'changed') = (result_reason IS NOT NULL)", name="result_reason"),
    )

    id: Mapped[Id]
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id"))
    number: Mapped[int]
    cells: Mapped[bytes | None]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    reason_row: Mapped[int | None]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    result: Mapped[str | None]
    result_reason: Mapped[str | None]
    made_id: Mapped[UUID | None]
    invited_at: Mapped[datetime | None] = mapped_column(UtcMoment())
