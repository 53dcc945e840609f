"""The first of December: what Alice, Bob and Carol sent in November, and the worker with its own database role."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import time_machine
from flask import Flask
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.app import create_app
from clinic.booking.models import Appointment, Attendee, Claim
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.homework import queries as homework_queries
from clinic.homework import service as homework
from clinic.questionnaires import drafts, queries
from clinic.questionnaires.installation import install_folders
from clinic.questionnaires.values import Raw, Reading
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_practice

CLINIC = Path(__file__).parents[2] / "clinic"
FOLDERS = (CLINIC / "homework/exercises", CLINIC / "measures/definitions")
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
BEGAN = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
AREAS = ("work", "friends", "family", "body", "meaning", "play", "home", "inner")
CANARY = "the heron stood in the cold river"
KEPT = "the magpie keeps this for herself"
Working = Callable[[], AbstractContextManager[Session]]
Entries = Mapping[str, Sequence[Mapping[str, Raw]]]


def november(day: int) -> datetime:
    """Eight in the evening of that day in New York, before the clocks change or after."""
    return datetime(2026, 11, day, 23, 0, tzinfo=UTC)


def client(person_id: UUID) -> Actor:
    """A signed-in client."""
    return Actor(person_id=person_id, roles=frozenset({"client", "public"}))


def therapist(person_id: UUID) -> Actor:
    """A signed-in therapist."""
    return Actor(person_id=person_id, roles=frozenset({"therapist", "public"}))


@pytest.fixture
def december() -> Iterator[None]:
    """It is ten in the morning in New York, on the first."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def practice(december: None, acting: Acting, owner: psycopg.Connection[tuple[object, ...]]) -> Iterator[Practice]:
    """The cast, in care since September, and the exercises."""
    with acting() as session:
        cast = make_practice(session, BEGAN)
        install_folders(FOLDERS, BEGAN)
    queries.forget_definitions()
    yield cast
    queries.forget_definitions()


@pytest.fixture(scope="session")
def worker_app(settings: Settings, cluster: PostgresCluster, migrated: str) -> Iterator[Flask]:
    """The application as the worker runs it: under its own database role."""
    app = create_app(replace(settings, database_url=cluster.url(migrated, "clinic_worker")))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def working(worker_app: Flask, practice: Practice) -> Working:
    """`with working():` is one job of the worker."""

    @contextmanager
    def work() -> Iterator[Session]:
        with worker_app.app_context(), transaction(Actor.worker("test")) as session:
            yield session

    return work


def appointment(
    session: Session,
    practice: Practice,
    starts_at: datetime,
    clients: Sequence[UUID],
    *,
    couple: UUID | None = None,
    attendance: str | None = None,
) -> UUID:
    """A confirmed session of 50 minutes with Dana, by video, with the claims that it needs."""
    ends_at = starts_at + timedelta(minutes=50)
    made = Appointment(
        id=new_id(),
        service_id=practice.couple_session if couple else practice.individual,
        therapist_id=practice.dana,
        couple_id=couple,
        modality="video",
        state="confirmed",
        starts_at=starts_at,
        ends_at=ends_at,
        zone=ZONE,
        price_cents=14_000,
        currency="USD",
        created_at=BEGAN,
        booked_at=BEGAN,
    )
    session.add(made)
    session.flush()
    session.add_all(Attendee(appointment_id=made.id, client_id=each, attendance=attendance) for each in clients)
    kinds = {practice.dana: "therapist"} | dict.fromkeys(clients, "client")
    session.add_all(
        Claim(appointment_id=made.id, resource=each, kind=kind, during=Range(starts_at, ends_at))
        for each, kind in kinds.items()
    )
    session.flush()
    return made.id


class Desk:
    """Sends in homework as a client would."""

    def __init__(self, acting: Acting, practice: Practice) -> None:
        self.acting = acting
        self.clients = {
            practice.alice: practice.alice_client,
            practice.bob: practice.bob_client,
            practice.carol: practice.carol_client,
        }
        self.therapists = {practice.alice: practice.dana, practice.bob: practice.dana, practice.carol: practice.erik}

    def assign(self, person: UUID, key: str, due_at: datetime) -> UUID:
        """One exercise or measure, given a week before it is due."""
        with self.acting(therapist(self.therapists[person])):
            given = homework.Task(queries.latest(key).id, due_at)
            at = due_at - timedelta(days=7)
            return homework.assign(self.clients[person], given, self.therapists[person], at).id

    def send(
        self, person: UUID, key: str, at: datetime, answers: Mapping[str, Raw], entries: Entries | None = None
    ) -> UUID:
        """One exercise or measure, filled and sent at that moment; returns its assignment."""
        reading = Reading(at, ZONE)
        assignment_id = self.assign(person, key, at + timedelta(days=1))
        with self.acting(client(person)):
            assignment = homework_queries.own(assignment_id, person)
            draft = homework.draft_of(assignment, at)
            assert drafts.save_answers(draft, answers, reading).errors == {}
            for group, given in (entries or {}).items():
                for one in given:
                    drafts.add_entry(draft, group, one, reading)
            homework.send(assignment, reading)
        return assignment_id

    def pulse(self, person: UUID, at: datetime, value: int) -> None:
        """All six lines at one value."""
        lines = ("whole_self", "own_circle", "talking", "get_real", "pause", "horizon")
        self.send(person, "pulse", at, dict.fromkeys(lines, str(value)))

    def wheel(self, person: UUID, at: datetime, value: int, action: str) -> None:
        """A whole wheel at one value, with an action in words."""
        now = {f"now_{area}": str(value) for area in AREAS}
        wanted = {"wanted_body": "7", "wanted_play": "8"}
        self.send(
            person,
            "whole_self_wheel",
            at,
            {**now, **wanted, "chosen": ["body", "play"], "action": action, "note": KEPT},
        )


@pytest.fixture
def desk(acting: Acting, practice: Practice) -> Desk:
    """Homework can be sent."""
    return Desk(acting, practice)


@pytest.fixture
def busy_november(desk: Desk, practice: Practice) -> None:
    """Alice did much, Bob sent one pulse, Carol sent something in October."""
    desk.wheel(practice.alice, november(3), 4, CANARY)
    desk.pulse(practice.alice, november(4), 3)
    meeting = {"held_on": "2026-11-10", "who": "M", "happened": "yes", "ease_before": "3", "ease_after": "7"}
    circle = {"meetings": [meeting, meeting | {"held_on": "2026-11-17"}]}
    desk.send(
        practice.alice, "own_circle", november(18), {"share": "My sister makes me laugh", "how_hard": "9"}, circle
    )
    desk.wheel(practice.alice, november(27), 6, "A swim on Saturday morning")
    desk.pulse(practice.alice, november(28), 6)
    desk.pulse(practice.bob, november(20), 5)
    desk.pulse(practice.carol, november(1) - timedelta(days=10), 5)
