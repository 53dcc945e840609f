"""The ground of the tests of notes: sessions of yesterday, one of Alice alone and a joint one, and notes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import update

from clinic.accounts.models import Person
from clinic.clients.models import CareRelationship, Client, Couple
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.notes import queries, service
from clinic.notes.queries import Record
from clinic.notes.rules import Written
from clinic.notes.service import About
from clinic.practice.models import Therapist
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice, make_therapist
from tests.fees.conftest import Sessions, sessions

__all__ = ["Sessions", "sessions"]

Opening = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
WORDS = "She said that the heron came back."


def therapist(person_id: UUID) -> Actor:
    """A signed-in therapist."""
    return Actor(person_id=person_id, roles=frozenset({"therapist", "public"}))


@dataclass(frozen=True, slots=True)
class Writing:
    """Begins and signs notes, each in the transaction of who writes it; Dana where nobody else is named."""

    acting: Acting
    practice: Practice

    def start(
        self, whose: str = "alice", by: UUID | None = None, chosen: str = "free", session: UUID | None = None
    ) -> UUID:
        """An empty draft in the record of `whose`, or of the couple."""
        author = by or self.practice.dana
        with self.acting(therapist(author)):
            about = About(self._record(whose), session, clock.now().date())
            return service.start(about, chosen, author, clock.now())

    def sign(self, note_id: UUID, by: UUID | None = None, words: str = WORDS) -> UUID:
        """Sign a free note with these words."""
        author = by or self.practice.dana
        with self.acting(therapist(author)):
            name = db.session.get_one(Person, author).name
            service.sign(queries.own(note_id, author), Written("free", {"text": words}), name, clock.now())
        return note_id

    def signed(self, whose: str = "alice", by: UUID | None = None, session: UUID | None = None) -> UUID:
        """Both at once."""
        return self.sign(self.start(whose, by, session=session), by)

    def _record(self, whose: str) -> Record:
        if whose == "couple":
            return Record(None, db.session.get_one(Couple, self.practice.couple))
        return Record(db.session.get_one(Client, getattr(self.practice, f"{whose}_client")), None)


@pytest.fixture
def writing(acting: Acting, practice: Practice) -> Writing:
    """Whoever of the cast it is told writes."""
    return Writing(acting, practice)


@pytest.fixture
def supervised(acting: Acting, practice: Practice) -> None:
    """Erik is an intern, and Dana co-signs what he writes."""
    with acting():
        db.session.execute(
            update(Therapist).where(Therapist.person_id == practice.erik).values(supervisor_id=practice.dana)
        )


@pytest.fixture
def ines(acting: Acting, practice: Practice) -> UUID:
    """A third therapist, in whose care nobody is."""
    with acting() as session:
        return make_therapist(session, "Ines", "Okafor", [practice.individual], clock.now())


def let_in(acting: Acting, client_id: UUID, therapist_id: UUID, kind: str, days: tuple[float, float | None]) -> None:
    """A care relationship from so many days from now until so many."""
    since, until = days
    now = clock.now()
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=client_id,
                therapist_id=therapist_id,
                kind=kind,
                starts_at=now + timedelta(days=since),
                ends_at=None if until is None else now + timedelta(days=until),
            )
        )
