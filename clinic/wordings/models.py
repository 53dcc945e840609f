"""The practice's own words, one row for each version. A row is never changed: the highest version is what stands."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment
from clinic.wordings.rules import LONGEST_BODY, LONGEST_SUBJECT


class MessageWords(Base):
    """One version of one message's words; without any, from then on ours go out again."""

    __tablename__ = "message_words"
    __table_args__ = (
        UniqueConstraint("key", "version", name="uq_message_words_version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("(subject IS NULL) = (body IS NULL)", name="both_or_none"),
        CheckConstraint(
            rf"subject !~ '[\r\n]' AND char_length(subject) BETWEEN 1 AND {LONGEST_SUBJECT}", name="subject"
        ),
        CheckConstraint(f"char_length(body) BETWEEN 1 AND {LONGEST_BODY}", name="body"),
    )

    id: Mapped[Id]
    key: Mapped[str]
    version: Mapped[int]
    subject: Mapped[str | None]
    body: Mapped[str | None]
    set_at: Mapped[Moment]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
