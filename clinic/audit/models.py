"""Audit rows and the links that chain them. Triggers refuse every update, delete and truncate of both."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed


class AuditEvent(Base):
    """One thing that somebody did, or was refused. It names records by id, never by what they say."""

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("outcome IN ('done', 'refused')", name="outcome"),
        Index("ix_audit_event_client_id_at", "client_id", "at"),
        Index("ix_audit_event_person_id_at", "person_id", "at"),
        Index("ix_audit_event_at_id", "at", "id"),
    )

    id: Mapped[Id]
    at: Mapped[Moment]
    action: Mapped[str]
    outcome: Mapped[str]
    person_id: Mapped[UUID | None]
    roles: Mapped[str]
    job: Mapped[str | None]
    record_kind: Mapped[str | None]
    record_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    detail: Mapped[str | None]
    address: Mapped[str | None]
    request_id: Mapped[str | None]


class AuditPending(Base):
    """An event that waits for its link. A trigger adds the row with the event, linking takes it away."""

    __tablename__ = "audit_pending"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditLink(Base):
    """The place of one event in the chain: `digest` covers the digest before it and every column of the event."""

    __tablename__ = "audit_link"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    digest: Mapped[Sealed]
