"""The ground of every test: a throwaway PostgreSQL and Redis, the migrated database, the app as the web role."""

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from hypothesis import settings as properties
from sqlalchemy import event
from sqlalchemy.orm import Session

from clinic.app import create_app
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder
from tests.browser import Browser
from tests.factories import Practice, make_practice

ALEMBIC = Path(__file__).parents[1] / "migrations" / "alembic.ini"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
properties.register_profile("clinic", deadline=None)  # a busy machine is no finding
properties.load_profile("clinic")
Acting = Callable[..., AbstractContextManager[Session]]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for the run; short, since sockets live in it."""
    with throwaway_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def cluster(scratch: Path) -> Iterator[PostgresCluster]:
    """One PostgreSQL for the run."""
    with PostgresCluster(scratch / "postgres", fast=True).running() as running:
        yield running


@pytest.fixture(scope="session")
def redis_url(scratch: Path) -> Iterator[str]:
    """One Redis for the run."""
    with RedisServer(scratch / "redis", fast=True).running() as running:
        yield running.url


@pytest.fixture(scope="session")
def migrated(cluster: PostgresCluster) -> str:
    """The name of a database with every migration applied."""
    cluster.create_database("clinic_test")
    config = Config(str(ALEMBIC))
    config.attributes["url"] = cluster.url("clinic_test", "clinic_owner")
    command.upgrade(config, "head")
    return "clinic_test"


@pytest.fixture(scope="session")
def settings(cluster: PostgresCluster, migrated: str, redis_url: str, scratch: Path) -> Settings:
    """The settings of the application under test: the web role, a mail server that nobody answers at."""
    return Settings(
        environment="test",
        base_url="http://127.0.0.1",
        mail_from="no-reply@elm-street.example",
        database_url=cluster.url(migrated, "clinic_web"),
        redis_url=redis_url,
        secret_key="a secret that is only ever used in tests",
        vault_master_key=base64.b64decode("dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyEhISE="),
        mail_url="smtp://127.0.0.1:1",
        clock_file=scratch / "clock",
        audit_anchor_file=None,
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application, as pages run it."""
    made = create_app(settings)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def owner(cluster: PostgresCluster, migrated: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection that may do everything, to prepare and to look behind the walls."""
    with cluster.connect(migrated) as connection:
        yield connection


@pytest.fixture
def database(app: Flask, owner: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """An empty database for this test, and no moved clock."""
    empty(owner)
    clock_file = app.config["CLINIC"].clock_file
    clock_file.unlink(missing_ok=True)
    yield
    clock_file.unlink(missing_ok=True)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def acting(app: Flask, database: None) -> Acting:
    """`with acting(actor):` is one transaction in that actor's name, as the policy wrapper opens it."""

    @contextmanager
    def act(actor: Actor | None = None) -> Iterator[Session]:
        with app.app_context(), transaction(actor or Actor.worker("test")) as session:
            yield session

    return act


@pytest.fixture
def practice(acting: Acting) -> Practice:
    """Elm Street Practice with its cast: Dana and Erik, Alice and Bob, Carol, the desk and the owner."""
    with acting() as session:
        # Before the moment at which tests stand still, too, on whatever day they run.
        return make_practice(session, min(clock.now(), NOW - timedelta(minutes=1)))


@pytest.fixture
def browser(app: Flask, database: None) -> Callable[..., Browser]:
    """`browser()` is a visitor's, `browser(person_id)` that of somebody signed in."""

    def open_browser(person_id: object = None) -> Browser:
        visitor = Browser(app)
        if person_id is not None:
            visitor.sign_in_as(person_id)
        return visitor

    return open_browser


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that the application sends."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def empty(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    """Delete every row; in replica mode neither foreign keys nor the append-only triggers object."""
    tables = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'alembic_version'"
    ).fetchall()
    deletes = "; ".join(f'DELETE FROM "{name}"' for (name,) in tables)
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(deletes)
