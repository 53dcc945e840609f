"""Advisory locks on things that two people may want at once. Sorted, so that nobody deadlocks."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from clinic.database.session import db

_TAKE = text(
    "SELECT pg_advisory_xact_lock(key) FROM unnest(:keys) WITH ORDINALITY AS wanted(key, place) ORDER BY place"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))


def take(ids: Iterable[UUID]) -> None:
    """Hold a lock on each id until the transaction ends; waits for whoever holds one of them now."""
    keys = sorted({lock_key(each) for each in ids})
    db.session.execute(_TAKE, {"keys": keys})


def lock_key(identity: UUID) -> int:
    """The signed 64-bit number that stands for an id: its last, random half."""
    return int.from_bytes(identity.bytes[8:], "big", signed=True)
