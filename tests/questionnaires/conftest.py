"""Alice's own circle, installed and open as a draft; and Alice, Bob, Carol, Dana as actors."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.questionnaires import queries, service
from clinic.questionnaires.installation import install_folders
from clinic.questionnaires.models import Response
from clinic.questionnaires.values import Reading
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice, make_practice

CLINIC = Path(__file__).parents[2] / "clinic"
FOLDERS = (CLINIC / "homework/exercises", CLINIC / "measures/definitions")
READING = Reading(NOW, ZONE)


def client(person_id: UUID) -> Actor:
    """A signed-in client."""
    return Actor(person_id=person_id, roles=frozenset({"client", "public"}))


def therapist(person_id: UUID) -> Actor:
    """A signed-in therapist."""
    return Actor(person_id=person_id, roles=frozenset({"therapist", "public"}))


@pytest.fixture
def practice(acting: Acting) -> Practice:
    """The cast as it was a year before, whatever day it is on the machine that runs the tests."""
    with acting() as session:
        return make_practice(session, NOW - timedelta(days=365))


@pytest.fixture
def installed(acting: Acting) -> Iterator[None]:
    """The shipped definitions as rows."""
    with acting():
        install_folders(FOLDERS, NOW)
    # Ids of the last test's rows are no longer known to the database.
    queries.forget_definitions()
    yield
    queries.forget_definitions()


@pytest.fixture
def subject() -> UUID:
    """What asked for the answers."""
    return new_id()


def draft_of(practice: Practice, key: str, subject: UUID) -> Response:
    """Alice's draft of one exercise, in the open transaction."""
    return service.open_draft(queries.latest(key).id, practice.alice_client, subject, NOW)
