"""Ids are UUID version 7 (RFC 9562): made in Python before a row exists, and sorted by the time of their making."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id, unique without asking the database."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The id that `text` spells, or None where it spells none."""
    try:
        return UUID(text)
    except ValueError:
        return None
