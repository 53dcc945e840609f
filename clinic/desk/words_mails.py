"""A test of a message: the words that stand, filled for a made-up reader, to whoever asked for it."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from flask_babel import force_locale

from clinic.accounts.models import Person
from clinic.database.session import db
from clinic.desk.words import example
from clinic.outbox import service as outbox
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.wordings import service as wordings
from clinic.wordings.catalogue import wordings as catalogue

TEST: Final = "words.test"
_NAMESPACE: Final = UUID("0192f0c4-6a3e-7d7c-9c1b-3f6a5e0d2b41")


def send_test(key: str, person_id: UUID, now: datetime) -> bool:
    """Queue a test of that message to the person; False where they have no address."""
    if not db.session.get_one(Person, person_id).email:
        return False
    return outbox.queue(TEST, _subject_of(key), now, person_id, now=now)


def still_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- the registry's signature
    """None while there is such a message."""
    return None if _key_of(message.subject_id) else "gone"


def render(message: Subject, now: datetime) -> Letter | None:
    """The letter as a made-up person would get it, but to the reader's own address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    wording = catalogue[_key_of(message.subject_id)]
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        values = example(wording, practice, now, occasion=(*wording.occasions, "")[0])
        words = wordings.say(wording, values)
        return Letter(person.email, words.subject, words.body)


KINDS: Final = (MessageKind(TEST, still_wanted, render),)
"""The kinds that are worded here."""


def _subject_of(key: str) -> UUID:
    """A message is about something with an id; a wording has a name, so its id is made from that."""
    return uuid5(_NAMESPACE, key)


def _key_of(subject_id: UUID) -> str:
    return next((key for key in catalogue if _subject_of(key) == subject_id), "")
