"""The ground of every measurement: PostgreSQL and Redis of our own, practices in them, and gunicorn in front."""

import base64
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from alembic import command
from alembic.config import Config
from flask import Flask
from psycopg import sql

from bench import processes, seed
from bench.load import Load
from bench.serving import ROOT, Server, gunicorn
from clinic.accounts.identity import digest_of
from clinic.app import create_app
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.settings import Settings, load
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder

EMPTY: Final = "bench_empty"
HOST: Final = "bench.example"
SECRET_KEY: Final = "a secret that signs nothing but measurements"


@dataclass(frozen=True, slots=True)
class Practice:
    """A database with a practice in it, and the environment of a process that serves it as production does."""

    database: str
    appointments: int
    environ: dict[str, str] = field(repr=False)

    @property
    def settings(self) -> Settings:
        """What create_app is given."""
        return load(self.environ)


@dataclass(slots=True)
class Environment:
    """Servers of our own in a folder that goes with them."""

    folder: Path
    cluster: PostgresCluster
    redis: RedisServer
    _practices: dict[str, Practice] = field(default_factory=dict)

    def practice(self, appointments: int) -> Practice:
        """The shared practice with that many appointments; what you change in it, others see."""
        return self.fresh(appointments, f"bench_{appointments}")

    def fresh(self, appointments: int, database: str) -> Practice:
        """A practice in a database of that name, made at the first call."""
        if database not in self._practices:
            self._make(database)
            with self.connect(database) as connection:
                seed.seed(connection, appointments, clock.now())
            self._practices[database] = Practice(database, appointments, self._environ(database))
        return self._practices[database]

    @contextmanager
    def serving(self, practice: Practice) -> Iterator[Server]:
        """The practice behind gunicorn, both workers warm."""
        with gunicorn("wsgi:app", self.folder / f"{practice.database}.log", practice.environ) as server:
            yield server

    @contextmanager
    def serving_floor(self, floor: str, practice: Practice) -> Iterator[Server]:
        """One of bench/floors behind the same gunicorn, on the same database."""
        with gunicorn(f"bench.floors.{floor}:app", self.folder / f"{floor}.log", practice.environ) as server:
            yield server

    @contextmanager
    def acting(self, practice: Practice) -> Iterator[Flask]:
        """An application context in this process, on that practice; open transactions in it yourself."""
        app = create_app(practice.settings)
        # A line a request is part of what the server does; here it would only hide the figures.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()

    def connect(self, database: str) -> seed.Connection:
        """A connection as the owner, in autocommit."""
        return self.cluster.connect(database)

    def database_cpu_seconds(self) -> float:
        """Processor time of PostgreSQL, with all its backends, so far."""
        process = self.cluster.process
        return processes.cpu_seconds(process.pid) if process else 0.0

    def cpu_ms(self, ask: Callable[[], Load]) -> float:
        """Processor time of one of the requests that `ask` sends, of web server and database together."""
        before = self.database_cpu_seconds()
        load = ask()
        return load.cpu_ms + (self.database_cpu_seconds() - before) * 1000 / len(load.answers)

    def deadlocks(self) -> int:
        """How many PostgreSQL has broken so far, in all databases."""
        with self.connect("postgres") as connection:
            row = connection.execute("SELECT sum(deadlocks)::int FROM pg_stat_database").fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def sign_in(self, practice: Practice, person_id: UUID, **more: str) -> str:
        """The cookie of a browser in which that person has just signed in, with `more` in it, as the header's value."""
        token, now = secrets.token_urlsafe(32), clock.now()
        with self.connect(practice.database) as connection:
            connection.execute(
                "INSERT INTO sign_in (id, person_id, token_digest, created_at, fresh_at, last_seen_at, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (new_id(), person_id, digest_of(token), now, now, now, now + timedelta(hours=12)),
            )
            connection.execute(
                "INSERT INTO passkey (id, person_id, name, credential_id, public_key, sign_count, created_at)"
                " SELECT %s, %s, 'A key', %s, '', 0, %s ON CONFLICT DO NOTHING",
                (new_id(), person_id, person_id.bytes, now),
            )
        return self.cookie({"_user_id": token, "_fresh": True, **more})

    def cookie(self, contents: dict[str, object]) -> str:
        """A session cookie that holds `contents`, signed as the application signs it."""
        app = Flask("bench")
        app.secret_key = SECRET_KEY
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # the default interface has it
        return f"__Host-clinic={signer.dumps(contents)}"

    def _make(self, database: str) -> None:
        """A copy of a database that was migrated once."""
        if EMPTY not in self._practices:
            self.cluster.create_database(EMPTY)
            config = Config(str(ROOT / "migrations" / "alembic.ini"))
            config.attributes["url"] = self.cluster.url(EMPTY, "clinic_owner")
            command.upgrade(config, "head")
            self._practices[EMPTY] = Practice(EMPTY, 0, self._environ(EMPTY))
        with self.connect("postgres") as connection:
            names = {"made": sql.Identifier(database), "empty": sql.Identifier(EMPTY)}
            connection.execute(sql.SQL("CREATE DATABASE {made} TEMPLATE {empty} OWNER clinic_owner").format(**names))

    def _environ(self, database: str) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "CLINIC_ENV": "production",
            "BASE_URL": f"https://{HOST}",
            "MAIL_FROM": f"no-reply@{HOST}",
            "MAIL_URL": "smtp://127.0.0.1:1",
            "DATABASE_URL": self.cluster.url(database, "clinic_web"),
            "DATABASE_WORKER_URL": self.cluster.url(database, "clinic_worker"),
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": SECRET_KEY,
            "VAULT_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
        }


@contextmanager
def opened() -> Iterator[Environment]:
    """Start the servers, and take everything away at the end. PostgreSQL is durable, as it is in production."""
    with throwaway_folder() as folder:
        cluster, redis = PostgresCluster(folder / "postgres"), RedisServer(folder / "redis")
        with cluster.running(), redis.running():
            yield Environment(folder, cluster, redis)
