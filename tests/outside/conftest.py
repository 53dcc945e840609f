"""The ground of the tests of calendars outside: a calendar of Dana's, and rounds of the worker on a given file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from clinic.app import create_app
from clinic.database.session import db
from clinic.outside import rounds, service
from clinic.outside.addresses import Target
from clinic.outside.errors import CannotReadError
from clinic.outside.fetching import Answer, Marks
from clinic.outside.models import OutsideCalendar
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.booking.conftest import NOW
from tests.conftest import Acting
from tests.factories import Practice

ADDRESS = "https://calendar.example.org/private-kestrel/basic.ics"
Add = Callable[..., UUID]
Asked = tuple[Target, Marks]
Round = Callable[..., list[Asked]]
UNMARKED = Marks()


@pytest.fixture
def add(acting: Acting, practice: Practice) -> Add:
    """`add()` notes a calendar of Dana's; its id."""

    def note(therapist: UUID | None = None, address: str = ADDRESS, now: datetime = NOW) -> UUID:
        with acting():
            return service.add(therapist or practice.dana, "Zither", address, "127.0.0.1", now).id

    return note


@pytest.fixture(scope="session")
def worker_app(settings: Settings, cluster: PostgresCluster, migrated: str) -> Iterator[Flask]:
    """The application as the workers connect."""
    app = create_app(replace(settings, database_url=cluster.url(migrated, "clinic_worker")))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def go_round(worker_app: Flask, database: None) -> Iterator[Round]:
    """`go_round(file)` is a round of the workers in which every address holds that; what was asked for."""

    def go(held: bytes | CannotReadError | None, now: datetime = NOW, marks: Marks = UNMARKED) -> list[Asked]:
        asked: list[Asked] = []

        def fetch(target: Target, known: Marks) -> Answer:
            asked.append((target, known))
            if isinstance(held, CannotReadError):
                raise held
            return Answer(held, marks)

        with worker_app.app_context():
            rounds.read_due(now, fetch)
        return asked

    yield go
    with worker_app.app_context():
        db.engine.dispose()


@pytest.fixture
def used(acting: Acting, add: Add, go_round: Round) -> Callable[..., UUID]:
    """`used(file)` is a calendar of Dana's that blocks what the file says."""

    def use(held: bytes, therapist: UUID | None = None) -> UUID:
        identity = add(therapist)
        go_round(held)
        with acting() as session:
            service.use(session.get_one(OutsideCalendar, identity), NOW)
        return identity

    return use
