"""Whatever people do to the calendar and to the list, in whatever order: what is offered is held, and held for one."""

import random
from datetime import timedelta
from typing import TypeVar

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from clinic.database.session import db, transaction
from clinic.waitlist import offering, service
from clinic.waitlist.models import Offer, Waiting
from clinic.waitlist.service import Preferences
from faults.bookings import wrong
from faults.operations import ACTOR, OPERATIONS, NothingThereError, Person, make_world
from tests.booking.conftest import NOW
from tests.conftest import empty

Owner = psycopg.Connection[tuple[object, ...]]
ANY_TIME = Preferences((0, 1, 2, 3, 4, 5, 6), ("morning", "afternoon", "evening"))
FOR_LONG = 40
Listed = TypeVar("Listed", Waiting, Offer)
ON = timedelta(minutes=40)
WRONG = {
    "taken, and no session of it": """
        SELECT count(*) FROM offer LEFT JOIN appointment ON appointment.id = hold_id
        WHERE offer.state = 'taken' AND (appointment.id IS NULL OR appointment.state = 'held')
    """,
    "over, and held still": """
        SELECT count(*) FROM offer JOIN appointment ON appointment.id = hold_id
        WHERE offer.state IN ('passed', 'expired', 'withdrawn') AND held_until > settled_at
    """,
    "kept for somebody who does not wait": """
        SELECT count(*) FROM offer JOIN waiting ON waiting.id = waiting_id
        WHERE state = 'open' AND ended_at IS NOT NULL
    """,
    "open, and held for another or at another time": """
        SELECT count(*) FROM offer JOIN appointment ON appointment.id = hold_id
        WHERE offer.state = 'open' AND NOT EXISTS (
            SELECT FROM claim WHERE appointment_id = hold_id AND resource = offer.client_id
                AND during = tstzrange(offer.starts_at, offer.ends_at)
        )
    """,
    "told of what is over": """
        SELECT count(*) FROM outbox_message JOIN offer ON offer.id = subject_id
        WHERE outbox_message.state = 'queued' AND offer.state <> 'open'
    """,
}


def wait(person: Person) -> None:
    """Somebody joins."""
    world = person.world
    service_id = person.rng.choice([world.individual, world.asked_for, world.joint])
    service.join(person.client(), service_id, ANY_TIME, by=world.therapists[0], now=person.now)


def offer(person: Person) -> None:
    """The job serves one wish, some time later."""
    person.now += ON
    waiting_id = some(person, Waiting).id
    offering.end_what_is_over(waiting_id, person.now)
    offering.offer_to(waiting_id, person.now)


def take(person: Person) -> None:
    """Somebody presses, perhaps long after."""
    service.take(some(person, Offer).id, by=person.world.therapists[0], now=person.now)


def pass_on(person: Person) -> None:
    """Somebody lets it go."""
    offering.pass_on(some(person, Offer).id, now=person.now)


def leave(person: Person) -> None:
    """Somebody waits no more."""
    offering.leave(some(person, Waiting).id, "left", now=person.now)


def some(person: Person, kind: type[Listed]) -> Listed:
    """Any of them. Raises NothingThereError."""
    found = db.session.scalars(select(kind).order_by(kind.id)).all()
    if not found:
        raise NothingThereError
    return person.rng.choice(found)


ON_THE_LIST = {"wait": wait, "offer": offer, "take": take, "pass on": pass_on, "leave": leave}


def test_list_and_calendar_hold_together_after_every_step(
    app: Flask, database: None, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, act in ON_THE_LIST.items():
        monkeypatch.setitem(OPERATIONS, name, (1, act))

    class Calendar(RuleBasedStateMachine):
        """One person after another."""

        @initialize()
        def open_practice(self) -> None:
            empty(owner)
            with app.app_context(), transaction(ACTOR) as session:
                self.person = Person(make_world(session, NOW), random.Random(1), NOW)
            for what in ["wait"] * 6 + ["offer"] * 6:
                self.act(what, self.person.rng.randrange(2**32))
            assert owner.execute("SELECT count(*) > 1 FROM offer WHERE state = 'open'").fetchone() == (True,)

        @rule(what=st.sampled_from([*ON_THE_LIST, *ON_THE_LIST, *OPERATIONS]), seed=st.integers(0, 2**32))
        def act(self, what: str, seed: int) -> None:
            self.person.rng.seed(seed)
            with app.app_context():
                self.person.act(what)
                db.session.remove()

        @invariant()
        def nothing_is_wrong(self) -> None:
            if hasattr(self, "person"):
                assert wrong(owner, self.person.acknowledged) == {}
                counts = {name: owner.execute(statement.encode()).fetchone() for name, statement in WRONG.items()}
                assert counts == dict.fromkeys(WRONG, (0,))

    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=4,
            stateful_step_count=FOR_LONG,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[*HealthCheck],
        ),
    )
