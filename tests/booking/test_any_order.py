"""Whatever people do to calendar and waiting list, in whatever order: nothing overlaps, is left over, or is lost."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import psycopg
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clinic.booking import service
from clinic.database.session import db, transaction
from faults.bookings import wrong
from faults.operations import ACTOR, OPERATIONS, Person, make_world
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting, empty
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]
FOR_LONG = 40
LATER = (0, 0, 2, 15, 90)  # minutes: holds run out, then offers, then requests


def someone(app: Flask, owner: Owner) -> Person:
    """Somebody in a practice of their own, in which several wait and some are offered a time."""
    empty(owner)
    with app.app_context(), transaction(ACTOR) as session:
        person = Person(make_world(session, NOW), random.Random(1), NOW)
    for what in ["wait", "offer"] * 6:
        act(app, person, what)
    assert owner.execute("SELECT count(*) > 1 FROM offer WHERE state = 'open'").fetchone() == (True,)
    return person


def act(app: Flask, person: Person, what: str) -> None:
    """One operation, with a session of its own."""
    with app.app_context():
        person.act(what)
        db.session.remove()


def test_calendar_and_waiting_list_hold_together_after_every_step(app: Flask, database: None, owner: Owner) -> None:
    class Calendar(RuleBasedStateMachine):
        """One person after another; `faults/bookings.py` lets fifty act at once."""

        @initialize()
        def open_practice(self) -> None:
            self.person = someone(app, owner)

        @rule(what=st.sampled_from([*OPERATIONS]), seed=st.integers(0, 2**32), later=st.sampled_from(LATER))
        def go_on(self, what: str, seed: int, later: int) -> None:
            self.person.now += timedelta(minutes=later)
            self.person.rng.seed(seed)
            act(app, self.person, what)

        @invariant()
        def nothing_is_wrong(self) -> None:
            if hasattr(self, "person"):
                assert wrong(owner, self.person.acknowledged, self.person.now) == {}

    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=10,
            stateful_step_count=FOR_LONG,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[*HealthCheck],
        ),
    )


def test_what_is_wrong_would_be_seen(acting: Acting, practice: Practice, wishing: Wishing, owner: Owner) -> None:
    with acting():
        service.book(wishing(at(10)), [practice.alice_client], by=None, now=NOW)
    acknowledged = Counter({(UUID(int=0), "booked"): 1})
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")  # the triggers would refuse all of this
        owner.execute("DELETE FROM claim WHERE kind = 'client'")
        owner.execute("UPDATE appointment SET state = 'cancelled', cancelled_at = now()")
    assert wrong(owner, acknowledged, NOW) == {
        "claims of what is over": 1,
        "states that their last step does not explain": 1,
        "stale messages": 1,
        "acknowledged and lost": 1,
        "never acknowledged": 1,
    }
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE appointment SET state = 'confirmed', cancelled_at = NULL")
    assert wrong(owner, Counter(), NOW)["people, rooms or therapists without their claim"] == 1


def test_what_is_wrong_with_an_offer_would_be_seen(app: Flask, database: None, owner: Owner) -> None:
    person = someone(app, owner)
    assert wrong(owner, person.acknowledged, NOW) == {}
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("DELETE FROM claim WHERE kind = 'client'")
        owner.execute("UPDATE waiting SET ended_at = now(), why = 'left'")
    found = {*wrong(owner, person.acknowledged, NOW)}
    assert found > {"offers to somebody who does not wait", "offers that are held for another or at another time"}
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE offer SET state = 'passed', settled_at = %s", (NOW,))
    found = {*wrong(owner, person.acknowledged, NOW)}
    assert found > {"offers that are over and held still", "messages about offers that are over"}
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE offer SET state = 'taken'")
    assert "offers that were taken and booked nothing" in wrong(owner, person.acknowledged, NOW)
