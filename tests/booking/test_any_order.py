"""Whatever people do to the calendar, in whatever order: nothing overlaps, nothing is left over, nothing is lost."""

import random
from collections import Counter
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


def test_calendar_holds_together_after_every_step(app: Flask, database: None, owner: Owner) -> None:
    class Calendar(RuleBasedStateMachine):
        """One person after another; `faults/bookings.py` lets fifty act at once."""

        @initialize()
        def open_practice(self) -> None:
            empty(owner)
            with app.app_context(), transaction(ACTOR) as session:
                self.person = Person(make_world(session, NOW), random.Random(), NOW)

        @rule(what=st.sampled_from([*OPERATIONS]), seed=st.integers(0, 2**32))
        def act(self, what: str, seed: int) -> None:
            self.person.rng.seed(seed)
            with app.app_context():
                self.person.act(what)
                db.session.remove()

        @invariant()
        def nothing_is_wrong(self) -> None:
            if hasattr(self, "person"):
                assert wrong(owner, self.person.acknowledged) == {}

    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=8,
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
    assert wrong(owner, acknowledged) == {
        "claims of what is over": 1,
        "states that their last step does not explain": 1,
        "stale messages": 1,
        "acknowledged and lost": 1,
        "never acknowledged": 1,
    }
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE appointment SET state = 'confirmed', cancelled_at = NULL")
    assert wrong(owner, Counter())["people, rooms or therapists without their claim"] == 1
