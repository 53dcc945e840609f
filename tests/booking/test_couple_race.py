"""A couple ends while a joint session is being booked: one waits, and nothing joint comes after the end."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.booking import service
from clinic.booking.models import Appointment
from clinic.clients import couples
from clinic.clients.errors import NotActiveError
from clinic.clients.models import Couple
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import transaction
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]


def wait_until_somebody_waits(owner: Owner) -> None:
    """Until a connection of this database waits for another's row."""
    for _ in range(500):
        row = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        if row is not None and row[0]:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


@pytest.fixture
def book(app: Flask, practice: Practice, wishing: Wishing) -> Callable[[], None]:
    """Book Alice and Bob a joint session, in a transaction of its own."""

    def booking() -> None:
        with app.app_context(), transaction(Actor.worker("test")):
            both = [practice.alice_client, practice.bob_client]
            wish = wishing(at(10), service=practice.couple_session)
            service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)

    return booking


def test_a_joint_session_that_waits_for_the_end_of_a_couple_is_not_booked(
    acting: Acting, practice: Practice, owner: Owner, book: Callable[[], None]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with acting():
            couples.end(practice.couple, practice.alice, NOW)
            booked = pool.submit(book)
            wait_until_somebody_waits(owner)
        with pytest.raises(NotActiveError):
            booked.result(10)
    with acting() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 0


def test_a_couple_ends_after_the_joint_session_that_is_being_booked(
    acting: Acting, practice: Practice, wishing: Wishing, owner: Owner
) -> None:
    def end() -> None:
        with acting():
            couples.end(practice.couple, practice.alice, NOW)

    with ThreadPoolExecutor(1) as pool:
        with acting():
            both = [practice.alice_client, practice.bob_client]
            wish = wishing(at(10), service=practice.couple_session)
            service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
            ended = pool.submit(end)
            wait_until_somebody_waits(owner)
        ended.result(10)
    with acting() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1
        assert session.get_one(Couple, practice.couple).state == "ended"


def test_a_therapist_reads_why_a_joint_session_was_not_booked(
    browser: Callable[..., Browser], practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The couple ends between the look and the press, after the page has been loaded for both."""
    holds = couples.require_active

    def ends_first(couple_id: object) -> None:
        couples.dissolve(practice.couple, clock.now())
        holds(practice.couple)

    monkeypatch.setattr(couples, "require_active", ends_first)
    path = f"/clients/{practice.alice_client}/book?service=couple-session"
    answer = browser(practice.dana).submit(path, slot=f"{soon(10).isoformat()}~{practice.dana}", follow_redirects=True)
    assert "so nothing was booked" in answer.text
