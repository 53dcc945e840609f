"""Seal and open clinical text. Keys are kept in memory for a while; plain text is not."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.vault import cipher
from clinic.vault.cipher import Owner, Place, VaultError
from clinic.vault.models import VaultKey

__all__ = ["Owner", "VaultError", "decrypt", "encrypt", "use_master_key"]

_master_key: bytes | None = None


def use_master_key(key: bytes | None) -> None:
    """The process seals under this key from now on; None leaves text plain, which only a test may do."""
    global _master_key  # noqa: PLW0603 -- one master key per process is the point
    _master_key = key
    _unwrapped.cache_clear()


def encrypt(owner: Owner, table: str, column: str, row_id: UUID, text: str) -> bytes:
    """`text` as bytes that open only for this owner, table, column and row."""
    return encrypt_bytes(owner, table, column, row_id, text.encode())


def decrypt(owner: Owner, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
    """The text that `encrypt` was given; raises VaultError when anything about it is not as it was."""
    return decrypt_bytes(owner, table, column, row_id, sealed).decode()


def encrypt_bytes(owner: Owner, table: str, column: str, row_id: UUID, content: bytes) -> bytes:
    """The same for content that is not text, such as a PDF."""
    if _master_key is None:
        return cipher.PLAIN + content
    version, wrapped = _newest_key(owner)
    key = _unwrapped(_master_key, owner, version, wrapped)
    return cipher.seal(key, version, Place(table, column, row_id).bound_to(owner), content)


def decrypt_bytes(owner: Owner, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
    """The content that `encrypt_bytes` was given; raises VaultError like `decrypt`."""
    if _master_key is None:
        return sealed[1:]
    version = cipher.key_version(sealed)
    key = _unwrapped(_master_key, owner, version, _key_of_version(owner, version))
    return cipher.open_sealed(key, Place(table, column, row_id).bound_to(owner), sealed)


def _newest_key(owner: Owner) -> tuple[int, bytes]:
    known = _keys(owner)
    if not known:
        _make_first_key(owner)
        db.session.info.get("vault_keys", {}).pop(owner, None)
        known = _keys(owner)
    version = max(known)
    return version, known[version]


def _key_of_version(owner: Owner, version: int) -> bytes:
    try:
        return _keys(owner)[version]
    except KeyError as error:
        raise VaultError("the owner has no such key") from error


def _keys(owner: Owner) -> dict[int, bytes]:
    """The owner's wrapped keys, read once per session: a page opens many answers of one person."""
    cached: dict[Owner, dict[int, bytes]] = db.session.info.setdefault("vault_keys", {})
    if owner not in cached:
        rows = db.session.execute(
            select(VaultKey.version, VaultKey.wrapped).where(
                VaultKey.owner_kind == owner.kind, VaultKey.owner_id == owner.id
            )
        )
        cached[owner] = dict(iter(rows))
    return cached[owner]


@event.listens_for(Session, "after_commit")
def _forget_at_commit(session: Session) -> None:
    session.info.pop("vault_keys", None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_at_rollback(session: Session, _: SessionTransaction) -> None:
    """A key that was made inside what is rolled back must never seal anything afterwards."""
    session.info.pop("vault_keys", None)


def _make_first_key(owner: Owner) -> None:
    assert _master_key is not None  # noqa: S101 -- the callers checked it
    wrapped = cipher.wrap(_master_key, owner, 1, cipher.new_key())
    db.session.execute(
        insert(VaultKey)
        .values(
            id=new_id(), owner_kind=owner.kind, owner_id=owner.id, version=1, wrapped=wrapped, created_at=clock.now()
        )
        .on_conflict_do_nothing()
    )


@lru_cache(maxsize=2048)
def _unwrapped(master_key: bytes, owner: Owner, version: int, wrapped: bytes) -> bytes:
    return cipher.unwrap(master_key, owner, version, wrapped)
