"""Measures installed, asked of Alice by Dana, and answered; what alerts is noted in a list."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from clinic.core.zones import wall
from clinic.database.session import db
from clinic.measures import service
from clinic.measures.instrument import item_key
from clinic.measures.loading import Wording, shipped
from clinic.measures.models import MeasureSchedule
from clinic.questionnaires import queries
from clinic.questionnaires.values import Reading
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.questionnaires.conftest import client, practice, therapist

__all__ = ["client", "practice", "therapist"]

Asked = Callable[..., UUID]
Taken = Callable[..., UUID]


@pytest.fixture
def installed(acting: Acting) -> Iterator[None]:
    """The measures whose wording ships, as rows."""
    with acting():
        service.install_shipped(NOW - timedelta(days=365))
    queries.forget_definitions()
    yield
    queries.forget_definitions()


@pytest.fixture
def asked(acting: Acting, practice: Practice, installed: None) -> Asked:
    """`asked("phq9")` asks Alice for it every 14 days, unless told otherwise; the id of the line on her list."""

    def ask(measure: str, every: int = 14, *, client_id: UUID | None = None, at: datetime = NOW) -> UUID:
        with acting(therapist(practice.dana)):
            whom = client_id or practice.alice_client
            return service.schedule(whom, measure, every, wall(at, ZONE).date(), practice.dana, at).id

    return ask


@pytest.fixture
def taken(acting: Acting, practice: Practice) -> Taken:
    """`taken(line, [1, 0, ...])` answers it, None for what is left open; so many days after NOW. Returns its id."""

    def take(line: UUID, values: Sequence[int | None], *, days: int = 0, by: UUID | None = None) -> UUID:
        with acting(client(by or practice.alice)):
            schedule = db.session.get_one(MeasureSchedule, line)
            row = queries.latest(schedule.measure)
            definition = queries.definition(row.id)
            reading = Reading(NOW + timedelta(days=days), ZONE)
            answers = service.read_answers(definition, raws(values), reading)
            return service.take(schedule, row.id, answers, reading, ZONE)

    return take


def raws(values: Sequence[int | None]) -> dict[str, str]:
    """What a page sends for these values, the first item first."""
    return {item_key(at): f"n{value}" for at, value in enumerate(values, 1) if value is not None}


def sent(values: Sequence[int | None], **more: Any) -> dict[str, Any]:
    """The same as fields of the form, which says what it asked."""
    fields = {f"a_{key}": code for key, code in raws(values).items()}
    keys = [item_key(at) for at, _value in enumerate(values, 1)]
    return {"asked": " ".join([*keys, "difficulty"]), "version": "1", "go": "send"} | fields | more


def words_for(key: str) -> Wording:
    """A wording for a measure whose own does not ship: made up here, word for word."""
    ranges = shipped()[key].instrument.ranges
    answers = tuple(tuple(f"answer {value}" for value in range(low, high + 1)) for low, high in ranges)
    return Wording(f"Made-up {key}", "A stem", tuple(f"Question {at}" for at in range(1, len(ranges) + 1)), answers)


@pytest.fixture
def alerts(owner: psycopg.Connection[tuple[object, ...]]) -> Callable[[], list[tuple[object, ...]]]:
    """`alerts()` is each alert there is: whose, of what, how soon."""

    def read() -> list[tuple[object, ...]]:
        return owner.execute("SELECT client_id, source, source_id, grade FROM alert ORDER BY id").fetchall()

    return read
