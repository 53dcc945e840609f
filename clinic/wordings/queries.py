"""Which words stand, and which stood before."""

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from clinic.database.session import db
from clinic.wordings.models import MessageWords
from clinic.wordings.rules import Words


def standing(key: str) -> MessageWords | None:
    """The newest version of the practice's words for that message; None where there never were any."""
    return db.session.scalar(versions(key).limit(1))


def all_standing() -> dict[str, MessageWords]:
    """The newest version of each message that ever had words of the practice's own."""
    later = aliased(MessageWords)
    is_replaced = select(later.id).where(later.key == MessageWords.key, later.version > MessageWords.version).exists()
    query = select(MessageWords).where(~is_replaced)
    return {each.key: each for each in db.session.scalars(query)}


def versions(key: str) -> Select[MessageWords]:
    """Every version, the newest first, for a paged list."""
    return select(MessageWords).where(MessageWords.key == key).order_by(MessageWords.version.desc())


def words_of(row: MessageWords | None) -> Words | None:
    """What a version says; None where it says that ours are used."""
    return Words(row.subject, row.body) if row is not None and row.subject and row.body else None
