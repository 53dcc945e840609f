"""AES-256-GCM (NIST SP 800-38D) with the place of the text as associated data, so that no row can pose as another."""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
PLAIN = b"\x00"
GCM = b"\x01"


class VaultError(Exception):
    """The sealed bytes were changed, moved to another place, or belong to another key."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose text it is: client, couple, import, therapist, person, or psychotherapy (of an author and a client)."""

    kind: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text lives; it opens nowhere else."""

    table: str
    column: str
    row_id: UUID

    def bound_to(self, owner: Owner) -> bytes:
        """The associated data of this place for that owner."""
        return f"{self.table}\x1f{self.column}\x1f{self.row_id}\x1f{owner}".encode()


def new_key() -> bytes:
    """A fresh 256-bit data key."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def wrap(master_key: bytes, owner: Owner, version: int, key: bytes) -> bytes:
    """The data key, encrypted under the master key for that owner and version only."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master_key).encrypt(nonce, key, f"{owner}\x1f{version}".encode())


def unwrap(master_key: bytes, owner: Owner, version: int, wrapped: bytes) -> bytes:
    """The data key; raises VaultError when master key, owner or version are not those of the wrapping."""
    try:
        return AESGCM(master_key).decrypt(
            wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], f"{owner}\x1f{version}".encode()
        )
    except InvalidTag as error:
        raise VaultError("the key does not open with this master key") from error


def seal(key: bytes, version: int, bound: bytes, text: bytes) -> bytes:
    """Format byte, two bytes of key version, nonce, ciphertext with its tag."""
    nonce = os.urandom(NONCE_BYTES)
    return GCM + version.to_bytes(2, "big") + nonce + AESGCM(key).encrypt(nonce, text, bound)


def key_version(sealed: bytes) -> int:
    """Which version of the owner's key opens `sealed`; raises VaultError for bytes of another format."""
    if sealed[:1] != GCM or len(sealed) < 3 + NONCE_BYTES + 16:
        raise VaultError("these are not sealed bytes")
    return int.from_bytes(sealed[1:3], "big")


def open_sealed(key: bytes, bound: bytes, sealed: bytes) -> bytes:
    """The text; raises VaultError when a bit was changed or the place is another."""
    body = sealed[3:]
    try:
        return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound)
    except InvalidTag as error:
        raise VaultError("the sealed bytes do not open here") from error
