"""A connection that died while it waited is replaced before anybody gets it."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from clinic.database import pool
from clinic.database.session import db
from tests.conftest import Acting

PID = text("SELECT pg_backend_pid()")


def test_a_connection_that_died_meanwhile_is_replaced(
    acting: Acting, owner: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "FRESH", 0.0)
    with acting() as session:
        gone = session.scalar(PID)
    owner.execute("SELECT pg_terminate_backend(%s, 5000)", (gone,))
    with acting() as session:
        assert session.scalar(PID) not in {None, gone}


def test_a_connection_of_a_moment_ago_is_not_asked(app: Flask, acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    with app.app_context():
        monkeypatch.setattr(db.engine.dialect, "do_ping", asked.append)
    for fresh, times in ((3600.0, 0), (0.0, 1)):
        with acting():
            pass
        monkeypatch.setattr(pool, "FRESH", fresh)
        with acting():
            pass
        assert len(asked) == times
        monkeypatch.setattr(pool, "FRESH", 3600.0)
