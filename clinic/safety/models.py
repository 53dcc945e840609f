"""What somebody wrote in private, and the therapist's look into it. Nobody else reads a row, nor the writer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment


class PrivatePage(Base):
    """One person's page in one episode. Its row never changes, and sealed is also whether it was left out."""

    __tablename__ = "private_page"
    __table_args__ = (UniqueConstraint("client_id", "episode_id"),)

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    episode_id: Mapped[UUID] = mapped_column(ForeignKey("episode.id"))
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaire_definition.id"))
    answers: Mapped[Sealed]
    sent_at: Mapped[Moment]


class SafetyReview(Base):
    """That a page holds a sign of danger. It closes once, with what was asked and decided, and never opens again."""

    __tablename__ = "safety_review"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_by IS NOT NULL"
            " AND asked IS NOT NULL AND decided IS NOT NULL)",
            name="closed",
        ),
    )

    id: Mapped[Id]
    page_id: Mapped[UUID] = mapped_column(ForeignKey("private_page.id"), unique=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    state: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked: Mapped[bytes | None]
    decided: Mapped[bytes | None]
