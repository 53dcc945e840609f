"""Mail servers, and a kind of message whose subject the test controls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from clinic.accounts.models import Person
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox import rules, service
from clinic.outbox.deliver import deliver_due
from clinic.outbox.registry import Letter, MessageKind, Subject, registry
from clinic.outbox.smtp import MailChannel
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.mail_server import MailServer

PLAIN, DAILY = "test.plain", "test.daily"


@dataclass
class World:
    """What a message's subject says, and how it is rendered."""

    unwanted: Callable[[Subject, datetime], str | None] = lambda message, now: None
    text: Callable[[Subject], str] = lambda message: "Please sign in."
    rendered: list[UUID] = field(default_factory=list)

    def still_wanted(self, message: Subject, now: datetime) -> str | None:
        return self.unwanted(message, now)

    def render(self, message: Subject, now: datetime) -> Letter | None:
        self.rendered.append(message.id)
        person = db.session.get_one(Person, message.recipient_id)
        return Letter(person.email, "Your appointment", self.text(message)) if person.email else None


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Two kinds of message under the test's control."""
    made = World()
    registry.kinds[PLAIN] = MessageKind(PLAIN, made.still_wanted, made.render)
    registry.kinds[DAILY] = MessageKind(DAILY, made.still_wanted, made.render, counts_daily=True)
    yield made
    for name in (PLAIN, DAILY):
        registry.kinds.pop(name)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that behaves until told otherwise."""
    with MailServer().running() as running:
        yield running


Queue = Callable[..., UUID]
Deliver = Callable[..., dict[str, int]]
States = Callable[[], dict[UUID, tuple[str, str | None]]]


@pytest.fixture
def queue(acting: Acting, practice: Practice, world: World) -> Queue:
    """`queue()` puts one message to Alice in the outbox and returns its subject's id."""

    def put(kind: str = PLAIN, recipient: UUID | None = None, moment: datetime | None = None) -> UUID:
        subject, now = new_id(), clock.now()
        with acting():
            service.queue(kind, subject, moment or now + timedelta(days=1), recipient or practice.alice, now=now)
        return subject

    return put


@pytest.fixture
def deliver(app: Flask, server: MailServer, practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """`deliver()` sends what is due, as one run of the job, and counts how it ended."""
    monkeypatch.setattr(rules, "ANSWER_WITHIN", timedelta(seconds=1))

    def run(now: datetime | None = None, *, patience: float = 2.0, batch: int = 50, lanes: int = 1) -> dict[str, int]:
        def tell() -> datetime:
            return now or clock.now()

        def open_channel() -> MailChannel:
            return MailChannel(server.url, "no-reply@elm-street.example", tell, patience=patience)

        with app.app_context():
            return dict(deliver_due({"email": open_channel}, tell, batch=batch, lanes=lanes))

    return run


@pytest.fixture
def states(owner: psycopg.Connection[tuple[object, ...]]) -> States:
    """`states()` is state and reason of every row by its subject."""

    def read() -> dict[UUID, tuple[str, str | None]]:
        rows = owner.execute("SELECT subject_id, state, reason FROM outbox_message").fetchall()
        return {subject: (state, reason) for subject, state, reason in rows}  # type: ignore[misc]  # rows are objects

    return read
