"""A packet for each client and episode, the texts word for word, and signatures that nobody can change."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

STATES = ("invited", "started", "finished", "ended")


class IntakePacket(Base):
    """The way of one client through the steps, once for an episode. Why it ended is sealed: that can be clinical.

    `read_at` is when the therapist first opened what was sent. Of the second part, `news_at` is since when something
    waits to be read, `is_partnered` what its first page said, and `private_sent_at` when the page in private was sent
    or left out: nobody can tell which.
    """

    __tablename__ = "intake_packet"
    __table_args__ = (
        UniqueConstraint("client_id", "episode_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at"),
        CheckConstraint("(state = 'ended') = (ended_reason IS NOT NULL)", name="ended_reason"),
        CheckConstraint("state NOT IN ('invited', 'started') OR finished_at IS NULL", name="finished_at"),
        CheckConstraint("state <> 'finished' OR finished_at IS NOT NULL", name="finished"),
        CheckConstraint("second_done_at IS NULL OR finished_at IS NOT NULL", name="second_done_at"),
        CheckConstraint("(cleared_at IS NULL) = (cleared_by IS NULL)", name="cleared"),
        CheckConstraint("cleared_at IS NULL OR finished_at IS NOT NULL", name="cleared_at"),
        Index("ix_intake_packet_episode_id", "episode_id"),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    episode_id: Mapped[UUID] = mapped_column(ForeignKey("episode.id"))
    state: Mapped[str] = mapped_column(default="invited")
    is_eligible: Mapped[bool] = mapped_column(default=False)
    invited_at: Mapped[Moment]
    started_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    finished_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ended_reason: Mapped[bytes | None]
    read_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    is_partnered: Mapped[bool | None]
    second_done_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    private_sent_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    news_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    cleared_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    cleared_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class SafeContact(Base):
    """How the practice may reach a client: the plain flags that whoever calls them needs."""

    __tablename__ = "safe_contact"
    __table_args__ = (CheckConstraint("introduce_as IN ('first_name', 'practice')", name="introduce_as"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)
    is_voicemail_ok: Mapped[bool]
    is_text_ok: Mapped[bool]
    introduce_as: Mapped[str]
    updated_at: Mapped[Moment]


class InformationRelease(Base):
    """What a client allows to be told to whom, word for word. It never changes but for being taken back, once."""

    __tablename__ = "information_release"
    __table_args__ = (CheckConstraint("revoked_at IS NULL OR revoked_at >= signed_at", name="revoked_at"),)

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    party: Mapped[Sealed]
    words: Mapped[Sealed]
    typed_name: Mapped[Sealed]
    expires_on: Mapped[date]
    signed_at: Mapped[Moment]
    zone: Mapped[str]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    sign_in_method: Mapped[str]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class ConsentDocument(Base):
    """One version of a text as it ships, byte for byte. Its row never changes."""

    __tablename__ = "consent_document"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    id: Mapped[Id]
    key: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    content: Mapped[bytes]
    sha256: Mapped[str]
    installed_at: Mapped[Moment]


class ConsentText(Base):
    """The exact bytes that signers saw: a document with the practice's facts filled in. One row for equal bytes."""

    __tablename__ = "consent_text"
    __table_args__ = (
        UniqueConstraint("document_id", "sha256"),
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256"),
    )

    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("consent_document.id"))
    sha256: Mapped[str]
    content: Mapped[bytes]
    made_at: Mapped[Moment]


class Signature(Base):
    """That somebody signed exactly these bytes. Triggers refuse every change; a new version asks for a new row."""

    __tablename__ = "signature"
    __table_args__ = (
        UniqueConstraint("packet_id", "document_id"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        Index("ix_signature_client_id", "client_id"),
    )

    id: Mapped[Id]
    packet_id: Mapped[UUID] = mapped_column(ForeignKey("intake_packet.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    typed_name: Mapped[Sealed]
    intent: Mapped[str]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("consent_document.id"))
    document_key: Mapped[str]
    document_version: Mapped[int]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("consent_text.id"))
    sha256: Mapped[str]
    signed_at: Mapped[Moment]
    zone: Mapped[str]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    sign_in_method: Mapped[str]

    document: Mapped[ConsentDocument] = relationship(lazy="raise_on_sql")
    text: Mapped[ConsentText] = relationship(lazy="raise_on_sql")
