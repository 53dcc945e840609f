"""Words of a practice's own, and everything that a practice may send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter, registry
from clinic.wordings import rules
from clinic.wordings.catalogue import wordings
from clinic.wordings.models import MessageWords
from clinic.wordings.rules import Words
from tests.booking.conftest import Wishing, wishing
from tests.factories import Practice
from tests.series.conftest import Planning, planning

__all__ = ["Planning", "Wishing", "planning", "wishing"]
Choosing = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the outbox would hand it to its kind."""

    kind: str
    subject_id: UUID
    recipient_id: UUID
    moment: datetime
    id: UUID


def told(kind: str, subject_id: UUID, recipient_id: UUID, moment: datetime) -> Told:
    """One that nobody queued."""
    return Told(kind, subject_id, recipient_id, moment, new_id())


def every_placeholder(key: str) -> Words:
    """Words that say which message it is, and each of its placeholders in a paragraph of its own."""
    places = "\n\n".join(f"{{{name}}}" for name in wordings[key].places)
    return Words(f"Note {list(wordings).index(key)}", f"These words are for {key}.\n\n{places}")


def store(key: str, words: Words, by: UUID, version: int = 1) -> None:
    """Put them in the table, whatever they are, in the open transaction."""
    row = {"id": new_id(), "key": key, "version": version, "subject": words.subject, "body": words.body}
    db.session.add(MessageWords(**row, set_at=clock.now(), set_by=by))
    db.session.flush()


@pytest.fixture
def choosing(practice: Practice) -> Choosing:
    """Within a transaction, `choosing()` gives every message words of its own with all its placeholders."""

    def choose() -> None:
        for key in wordings:
            rules.check(wordings[key], every_placeholder(key))
            store(key, every_placeholder(key), practice.owner)

    return choose


def rendered(now: datetime) -> dict[tuple[str, UUID], list[Letter]]:
    """Every message in the outbox that has something to tell, as it would be sent, by its kind and reader."""
    found: dict[tuple[str, UUID], list[Letter]] = {}
    for message in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
        if (letter := registry[message.kind].render(message, now)) is not None:
            found.setdefault((message.kind, message.recipient_id), []).append(letter)
    return found


def keys_of(letters: Mapping[tuple[str, UUID], list[Letter]]) -> set[str]:
    """Which words were used."""
    firsts = {letter.text.partition("\n")[0] for several in letters.values() for letter in several}
    return {key for key in wordings if f"These words are for {key}." in firsts}
