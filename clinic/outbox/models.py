"""One row for each message to one person. It holds no text: the text is rendered at the moment of sending."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment

STATES = ("queued", "handing_over", "sent", "skipped", "failed", "unknown")


class OutboxMessage(Base):
    """What is to be sent to whom, about which subject, and how far it is."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("subject_id", "moment", "recipient_id", "kind", "channel", name="uq_outbox_message_said_once"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("channel IN ('email', 'text')", name="channel"),
        CheckConstraint("(state = 'queued') = (finished_at IS NULL AND handed_over_at IS NULL)", name="finished"),
        CheckConstraint(
            "(dealt_with_at IS NULL) = (dealt_with_by IS NULL)"
            " AND (dealt_with_at IS NULL OR state IN ('failed', 'unknown', 'sent'))",
            name="dealt_with",
        ),
        Index("ix_outbox_message_due", "moment", postgresql_where=text("state = 'queued'")),
        Index("ix_outbox_message_in_hand", "lease_until", postgresql_where=text("state = 'handing_over'")),
        Index("ix_outbox_message_undelivered", "finished_at", postgresql_where=text("state IN ('failed', 'unknown')")),
        Index("ix_outbox_message_subject_id", "subject_id"),
        Index("ix_outbox_message_recipient_id", "recipient_id", "finished_at"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    moment: Mapped[Moment]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(default="email")
    state: Mapped[str] = mapped_column(default="queued")
    not_before_at: Mapped[Moment]
    next_try_at: Mapped[Moment]
    lease_until: Mapped[datetime | None] = mapped_column(UtcMoment())
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str] = mapped_column(unique=True)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    finished_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    reason: Mapped[str | None]
    queued_at: Mapped[Moment]
    dealt_with_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    dealt_with_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
