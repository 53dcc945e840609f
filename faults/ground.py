"""Servers of our own, a practice with one reader, an outbox to fill, and a ledger of what became of each message."""

import base64
import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import psycopg
import structlog
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import Engine, create_engine

from clinic import settings as settings_of
from clinic.accounts.models import Person
from clinic.app import create_app
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outbox import service
from clinic.outbox.registry import Letter, MessageKind, Subject, registry
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder
from tests.outbox.mail_server import MailServer

ROOT = Path(__file__).parents[1]
KIND = "faults.message"
ACTOR = Actor.worker("faults")


@dataclass
class Ground:
    """Everything that a fault needs."""

    folder: Path
    cluster: PostgresCluster
    redis: RedisServer
    mail: MailServer
    environ: dict[str, str]
    app: Flask
    owner: psycopg.Connection[tuple[object, ...]]
    reader: UUID

    def queue(self, count: int, moment: datetime | None = None, kind: str = KIND) -> list[UUID]:
        """Put messages that are due into the outbox; returns their subjects."""
        subjects, now = [new_id() for _ in range(count)], clock.now()
        with self.app.app_context(), transaction(ACTOR):
            for subject in subjects:
                service.queue(kind, subject, moment or now + timedelta(days=90), self.reader, now=now)
        return subjects

    @contextmanager
    def connected(self, *, url: str | None = None, size: int = 5) -> Iterator[None]:
        """An application context with connections of its own: as another role, or one for each of so many people, who
        then meet in the database and not at the pool."""
        with self.app.app_context():
            engines = cast("dict[str | None, Engine]", db.engines)
            before = engines[None]
            engines[None] = create_engine(url or before.url, pool_size=size, max_overflow=5)
            try:
                yield
            finally:
                engines[None].dispose()
                engines[None] = before

    def forget(self) -> None:
        """An empty outbox, an empty ledger, a mail server that behaves, the present time."""
        self.owner.execute("DELETE FROM outbox_message")
        self.mail.mails.clear()
        self.mail.answers.clear()
        self.mail.script, self.mail.at_stage = None, lambda stage: None
        Path(self.environ["CLOCK_FILE"]).unlink(missing_ok=True)

    def ledger(self) -> "Ledger":
        """What the database says of each message, beside how often it arrived."""
        rows = self.owner.execute("SELECT message_id, state FROM outbox_message").fetchall()
        states = {str(message_id): str(state) for message_id, state in rows}
        return Ledger(states, self.mail.copies)


@dataclass(frozen=True)
class Ledger:
    """States by Message-ID, and arrivals by Message-ID."""

    states: dict[str, str]
    copies: Counter[str]

    @property
    def twice(self) -> int:
        """Messages that arrived more than once."""
        return sum(count > 1 for count in self.copies.values())

    @property
    def lost_silently(self) -> int:
        """Messages that count as sent and never arrived."""
        return sum(state == "sent" and not self.copies[message] for message, state in self.states.items())

    @property
    def unsettled(self) -> int:
        """Messages that have not come to an end."""
        return sum(state in {"queued", "handing_over"} for state in self.states.values())

    def __str__(self) -> str:
        counts = Counter(self.states.values())
        arrived = sum(state == "unknown" and bool(self.copies[message]) for message, state in self.states.items())
        words = ", ".join(f"{counts[state]} {state}" for state in ("sent", "skipped", "failed", "unknown", "queued"))
        return f"{words} ({arrived} of the unknown had arrived); {self.twice} twice, {self.lost_silently} lost silently"


@contextmanager
def opened() -> Iterator[Ground]:
    """Start everything, and take it away at the end."""
    with throwaway_folder() as folder, MailServer().running() as mail:
        cluster, redis = PostgresCluster(folder / "postgres", fast=True), RedisServer(folder / "redis")
        with cluster.running(), redis.running():
            cluster.create_database("clinic")
            config = Config(str(ROOT / "migrations" / "alembic.ini"))
            config.attributes["url"] = cluster.url("clinic", "clinic_owner")
            command.upgrade(config, "head")
            environ = _environ(folder, cluster, redis, mail)
            app = create_app(settings_of.load(environ))
            # A line a request would hide the findings.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            registry.add(KIND_OF_MESSAGE)
            with cluster.connect("clinic") as owner:
                yield Ground(folder, cluster, redis, mail, environ, app, owner, _reader(app))
            with app.app_context():
                db.engine.dispose()


def _environ(folder: Path, cluster: PostgresCluster, redis: RedisServer, mail: MailServer) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "CLINIC_ENV": "test",
        "SECOND_FACTOR": "offered",
        "BASE_URL": "http://127.0.0.1",
        "MAIL_URL": mail.url,
        "MAIL_FROM": "no-reply@elm-street.example",
        "DATABASE_URL": cluster.url("clinic", "clinic_web"),
        "DATABASE_WORKER_URL": cluster.url("clinic", "clinic_worker"),
        "REDIS_URL": redis.url,
        "SECRET_KEY": "a secret that signs nothing but faults",
        "VAULT_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
        "CLOCK_FILE": str(folder / "clock"),
        "C_FORCE_ROOT": "1",
    }


def _reader(app: Flask) -> UUID:
    with app.app_context(), transaction(ACTOR) as session:
        person = Person(given_name="Alice", family_name="Hart", email="alice@example.org", zone="UTC")
        person.id, person.roles, person.created_at = new_id(), ["client"], clock.now()
        session.add(person)
        return person.id


def _still_wanted(message: Subject, now: datetime) -> str | None:
    return "begun" if message.moment <= now else None


def _render(message: Subject, _now: datetime) -> Letter:
    return Letter("alice@example.org", "Your appointment", f"Please sign in.\n{message.subject_id}\n")


KIND_OF_MESSAGE = MessageKind(KIND, _still_wanted, _render)
