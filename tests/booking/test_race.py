"""Fifty people, one slot, the real PostgreSQL: one gets it. With the guards taken away, the same test finds more."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import QueuePool

from clinic.booking import claims, holds, service
from clinic.booking.errors import SlotTaken
from clinic.booking.holds import Browser
from clinic.database import locks
from clinic.database.actor import VISITOR
from clinic.database.session import db, transaction
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import Practice

CROWD = 50
OVERLAPS = """
    SELECT count(*) FROM claim one JOIN claim other
    ON one.resource = other.resource AND one.during && other.during AND one.appointment_id < other.appointment_id
"""


@contextmanager
def large_pool(app: Flask) -> Iterator[None]:
    """A connection for everyone, so that they meet in the database and not at the pool."""
    with app.app_context():
        engines = cast("dict[str | None, Engine]", db.engines)
        before = engines[None]
        engines[None] = create_engine(before.url, poolclass=QueuePool, pool_size=CROWD, max_overflow=CROWD)
        yield
        engines[None].dispose()
        engines[None] = before


def race(app: Flask, attempt: Callable[[int], None]) -> tuple[Counter[str], float]:
    """Let everyone try at the same moment; what came of it, and the longest wait in seconds."""
    barrier = threading.Barrier(CROWD)

    def one(number: int) -> tuple[str, float]:
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
            barrier.wait()
            began = time.perf_counter()
            try:
                with transaction(VISITOR):
                    attempt(number)
                outcome = "booked"
            except SlotTaken:
                outcome = "taken"
            db.session.remove()
            return outcome, time.perf_counter() - began

    with large_pool(app), ThreadPoolExecutor(CROWD) as pool:
        results = list(pool.map(one, range(CROWD)))
    return Counter(outcome for outcome, _ in results), max(waited for _, waited in results)


def deadlocks(owner: psycopg.Connection[tuple[object, ...]]) -> object:
    """How many deadlocks PostgreSQL has counted in this database."""
    owner.execute("SELECT pg_stat_clear_snapshot()")
    row = owner.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    return row and row[0]


@pytest.mark.parametrize("quarters", [[0], [0, 1, 2, 3]], ids=["together", "staggered"])
def test_one_of_fifty_gets_the_slot_and_nobody_deadlocks(
    app: Flask,
    acting: Acting,
    practice: Practice,
    wishing: Wishing,
    owner: psycopg.Connection[tuple[object, ...]],
    quarters: list[int],
) -> None:
    before = deadlocks(owner)

    def attempt(number: int) -> None:
        start = at(10, 15 * quarters[number % len(quarters)])
        held = holds.hold(wishing(start, modality="office"), Browser(b"%d" % number), now=NOW)
        service.confirm(held, [(practice.alice_client, practice.bob_client)[number % 2]], by=None, now=NOW)

    outcomes, longest = race(app, attempt)
    assert outcomes == {"booked": 1, "taken": CROWD - 1}
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    assert deadlocks(owner) == before
    assert longest < 20


def test_couples_and_single_clients_race_for_rooms_therapists_and_each_other(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Everyone wants other resources in another order, and each of them overlaps with some of the rest."""
    before = deadlocks(owner)
    alice, bob, carol = practice.alice_client, practice.bob_client, practice.carol_client

    def attempt(number: int) -> None:
        therapist = (practice.dana, practice.erik)[number % 2]
        start = at(10, 15 * (number % 4))
        if number % 3 == 0:
            wish = wishing(start, service=practice.couple_session, therapist=therapist, modality="office")
            service.book(wish, [alice, bob], by=None, now=NOW)
        else:
            wish = wishing(start, therapist=therapist, modality=("office", "video")[number % 5 == 0])
            service.book(wish, [(carol, bob, alice)[number % 3]], by=None, now=NOW)

    outcomes, _ = race(app, attempt)
    assert sum(outcomes.values()) == CROWD
    assert 1 <= outcomes["booked"] <= 3
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    assert deadlocks(owner) == before


def test_without_constraint_and_locks_the_same_race_books_twice(
    app: Flask,
    acting: Acting,
    practice: Practice,
    wishing: Wishing,
    owner: psycopg.Connection[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "take", lambda ids: None)
    monkeypatch.setattr(claims, "_clear_expired", lambda *ids: None)
    insert, everyone_has_looked = claims.insert, threading.Barrier(CROWD)

    def insert_after_all_have_looked(appointment_id: UUID, wishes: claims.Wishes) -> None:
        everyone_has_looked.wait(timeout=60)
        insert(appointment_id, wishes)

    monkeypatch.setattr(claims, "insert", insert_after_all_have_looked)
    owner.execute("ALTER TABLE claim DROP CONSTRAINT claim_never_overlaps")
    try:

        def attempt(number: int) -> None:
            holds.hold(wishing(at(10)), Browser(b"%d" % number), now=NOW)

        outcomes, _ = race(app, attempt)
        assert outcomes == {"booked": CROWD}
        assert owner.execute(OVERLAPS).fetchone() != (0,)
    finally:
        owner.execute("DELETE FROM claim; DELETE FROM appointment")
        owner.execute(
            "ALTER TABLE claim ADD CONSTRAINT claim_never_overlaps EXCLUDE USING gist (resource WITH =, during WITH &&)"
            " DEFERRABLE INITIALLY IMMEDIATE"
        )


def test_without_the_locks_the_constraint_alone_still_books_once(
    app: Flask,
    acting: Acting,
    practice: Practice,
    wishing: Wishing,
    owner: psycopg.Connection[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "take", lambda ids: None)

    def attempt(number: int) -> None:
        if number < 8:  # more of them would deadlock, which is what the locks are for
            holds.hold(wishing(at(10)), Browser(b"%d" % number), now=NOW)

    outcomes, _ = race(app, attempt)
    assert outcomes == {"booked": CROWD - 7, "taken": 7}
    assert owner.execute(OVERLAPS).fetchone() == (0,)


def test_tabs_of_one_browser_hold_one_time(
    app: Flask, practice: Practice, wishing: Wishing, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    def attempt(number: int) -> None:
        therapist = (practice.dana, practice.erik)[number % 2]  # else they would wait for hers alone
        holds.hold(wishing(at(9), therapist=therapist), Browser(b"tabs"), now=NOW)

    outcomes, _ = race(app, attempt)
    assert outcomes == {"booked": CROWD}
    assert owner.execute("SELECT count(*) FROM appointment").fetchall() == [(1,)]
    assert owner.execute("SELECT count(*) FROM claim").fetchall() == [(1,)]
