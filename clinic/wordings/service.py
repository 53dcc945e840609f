"""Choose a message's words, go back to ours, and say them. What is stored can never keep a message from going out."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.wordings import rules
from clinic.wordings.catalogue import wordings
from clinic.wordings.errors import WordsChangedError, WordsError
from clinic.wordings.models import MessageWords
from clinic.wordings.queries import all_standing, standing, words_of
from clinic.wordings.rules import Wording, Words

log = structlog.get_logger()


def choose(wording: Wording, words: Words, seen: int, practice_name: str, *, by: UUID, now: datetime) -> MessageWords:
    """The practice's own words from now on, as a new version after the one that was seen.

    Raises WordsError, or WordsChangedError where another version stands by now.
    """
    rules.check(wording, words)
    rules.check_discretion(words, practice_name)
    return _add(wording.key, words, seen, by, now)


def back_to_ours(wording: Wording, *, by: UUID, now: datetime) -> None:
    """Our words from now on; what the practice wrote stays in the list of versions."""
    row = standing(wording.key)
    if row is not None and row.body is not None:
        _add(wording.key, None, row.version, by, now)


def say(wording: Wording, values: Mapping[str, str]) -> Words:
    """The message's words, filled: the practice's own, or ours where there are none or they do not work any more."""
    own = words_of(standing(wording.key))
    if own is not None:
        try:
            rules.check(wording, own)
            return rules.fill(own, values)
        except WordsError as error:
            log.warning("own words do not work", wording=wording.key, error=type(error).__name__)
    return rules.fill(wording.ours, values)


def broken() -> list[str]:
    """The keys of messages that go out in our words, since the practice's own do not work any more."""
    found = []
    for key, row in all_standing().items():
        wording, own = wordings.get(key), words_of(row)
        if wording is not None and own is not None and not _works(wording, own):
            found.append(key)
    return found


def _works(wording: Wording, own: Words) -> bool:
    try:
        rules.check(wording, own)
    except WordsError:
        return False
    return True


def _add(key: str, words: Words | None, seen: int, by: UUID, now: datetime) -> MessageWords:
    """One version more. Two who have seen the same one meet at the constraint, and the first of them has it."""
    row = standing(key)
    if (row.version if row is not None else 0) != seen:
        raise WordsChangedError
    identity = db.session.scalar(
        insert(MessageWords)
        .values(
            id=new_id(),
            key=key,
            version=seen + 1,
            subject=words.subject if words else None,
            body=words.body if words else None,
            set_at=now,
            set_by=by,
        )
        .on_conflict_do_nothing(constraint="uq_message_words_version")
        .returning(MessageWords.id)
    )
    if identity is None:
        raise WordsChangedError
    audit.record("wording.choose" if words else "wording.reset", "wording", identity, detail=f"{key} {seen + 1}")
    return db.session.get_one(MessageWords, identity)
