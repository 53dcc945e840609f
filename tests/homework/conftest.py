"""Own circle, given by Dana to Alice; and the steps that tests take with it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.homework import service
from clinic.homework.models import Assignment
from clinic.homework.rules import State
from clinic.homework.service import Task
from clinic.questionnaires import drafts
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.values import Reading
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.questionnaires.conftest import client, installed, practice, therapist

__all__ = ["client", "installed", "practice", "therapist"]

DUE = NOW + timedelta(days=5)
Given = Callable[..., UUID]


def reading(days: float = 0, seconds: float = 0) -> Reading:
    """So long after now, in New York."""
    return Reading(NOW + timedelta(days=days, seconds=seconds), ZONE)


def the(assignment_id: UUID) -> Assignment:
    """The row, in the open transaction."""
    return db.session.scalars(select(Assignment).where(Assignment.id == assignment_id)).one()


def trail(acting: Acting) -> list[str]:
    """What the audit trail says was done so far, in order."""
    with acting():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


@pytest.fixture
def given(acting: Acting, practice: Practice, installed: None) -> Given:
    """`given("own_circle")` gives an exercise, to Alice unless another client is named."""

    def give(key: str = "own_circle", client_id: UUID | None = None, by: UUID | None = None, **task: object) -> UUID:
        by = by or practice.dana
        with acting(therapist(by)):
            values = {"due_at": DUE, "reason": "You said you miss Maya."} | task
            made = Task(definition_id=questionnaires.latest(key).id, **values)  # type: ignore[arg-type]  # plain values
            return service.assign(client_id or practice.alice_client, made, by, NOW).id

    return give


@pytest.fixture
def sent(acting: Acting, practice: Practice, given: Given) -> UUID:
    """Alice's own circle, sent a minute after it was given."""
    assignment_id = given()
    with acting(client(practice.alice)):
        assignment = the(assignment_id)
        draft = service.draft_of(assignment, NOW)
        drafts.save_answers(draft, {"share": "I laughed a lot", "note": "mine alone"}, reading())
        drafts.add_entry(draft, "meetings", {"who": "MK", "happened": "yes", "enjoyment": "8"}, reading())
        service.send(assignment, reading(seconds=60), client_quality=3)
    return assignment_id


def state_of(assignment_id: UUID) -> State:
    """Where it is, in the open transaction."""
    return State(the(assignment_id).state)


def nobody() -> UUID:
    """An id that no row has."""
    return new_id()
