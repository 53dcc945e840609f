"""What the tests of accounts share: moving the clock, and reading a link out of a queued mail."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from clinic.accounts import links
from clinic.accounts.models import AccountLink
from clinic.cli import register_commands
from clinic.standalone.postgres import PostgresCluster
from tests.conftest import Acting
from tests.factories import Practice

MoveClock = Callable[..., None]
TokenOf = Callable[..., str]
Command = Callable[..., Result]


@pytest.fixture
def move_clock(app: Flask, database: None) -> MoveClock:
    """`move_clock(minutes=5)` puts the practice's clock so far ahead of the real one."""

    def move(**length: float) -> None:
        app.config["CLINIC"].clock_file.write_text(str(timedelta(**length).total_seconds()), encoding="utf-8")

    return move


@pytest.fixture
def nobody_is_linked(practice: Practice, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    """Alice and Bob are no couple here: what holds for who comes as one is tested with the second step."""
    owner.execute("DELETE FROM couple_member")


@pytest.fixture
def command(
    app: Flask, database: None, cluster: PostgresCluster, migrated: str, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """`command("practice", "let-in", …)` runs it as somebody at the machine would."""
    monkeypatch.setenv("DATABASE_OWNER_URL", cluster.url(migrated, "clinic_owner"))

    def run(*words: str) -> Result:
        register_commands(app)  # pages do without
        return app.test_cli_runner().invoke(args=words)

    return run


@pytest.fixture
def token_of(acting: Acting) -> TokenOf:
    """`token_of(person, "join")` is the token of the latest link mailed to that person."""

    def token(person_id: UUID, purpose: str) -> str:
        with acting() as session:
            link = session.scalars(
                select(AccountLink)
                .where(AccountLink.person_id == person_id, AccountLink.purpose == purpose)
                .order_by(AccountLink.id.desc())
            ).first()
            assert link is not None
            return links.token_for(link)

    return token
