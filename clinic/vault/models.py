"""The wrapped key of each owner of clinical text."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed


class VaultKey(Base):
    """A data key, wrapped by the master key; the highest version encrypts, older ones still read."""

    __tablename__ = "vault_key"
    __table_args__ = (
        UniqueConstraint("owner_kind", "owner_id", "version"),
        CheckConstraint(
            "owner_kind IN ('client', 'couple', 'import', 'therapist', 'psychotherapy', 'person')", name="owner_kind"
        ),
        CheckConstraint("version BETWEEN 1 AND 65535", name="version"),
    )

    id: Mapped[Id]
    owner_kind: Mapped[str]
    owner_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)
    wrapped: Mapped[Sealed]
    created_at: Mapped[Moment]
