"""Friday evening, six o'clock in New York. Dana cares for Alice; Erik leads; Gina and Hal are on call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

import psycopg
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from clinic.core import zones
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.practice.models import TimeOff
from clinic.risk import passing, service
from clinic.risk.models import AlertPass, Duty
from clinic.risk.rules import Closing
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_practice, make_therapist
from tests.progress.conftest import worker_app

__all__ = ["worker_app"]

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)
BEGAN = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
DONE = Closing(
    who="Dana",
    contacted_at="2026-11-30 09:10",
    attempts="called at once, reached",
    ideation="fleeting",
    plan="none",
    intent="none",
    means="none at hand",
    history="none",
    protective="her sister",
    action="spoke for half an hour",
    safety_plan="written together",
    disposition="sooner",
)
Owner = psycopg.Connection[tuple[object, ...]]
Run = Callable[[datetime], None]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment on the practice's wall clock."""
    return zones.moment(day, time(hour, minute), ZONE)


EVENING = at(FRIDAY, 18)


def client(person_id: UUID) -> Actor:
    """A signed-in client."""
    return Actor(person_id=person_id, roles=frozenset({"client", "public"}))


def therapist(person_id: UUID) -> Actor:
    """A signed-in therapist."""
    return Actor(person_id=person_id, roles=frozenset({"therapist", "public"}))


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is named beside the cast."""

    gina: UUID
    hal: UUID


@pytest.fixture
def evening() -> Iterator[time_machine.Traveller]:
    """It is that evening; `move_to` goes on from there."""
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def practice(evening: time_machine.Traveller, acting: Acting) -> Practice:
    """The cast, in care since September."""
    with acting() as session:
        return make_practice(session, BEGAN)


@pytest.fixture
def on_call(practice: Practice, acting: Acting) -> OnCall:
    """Erik is the clinical lead, Gina and Hal are on call."""
    with acting() as session:
        gina, hal = (make_therapist(session, name, "Vale", [], BEGAN) for name in ("Gina", "Hal"))
        session.add(Duty(role="lead", place=0, therapist_id=practice.erik))
        session.add_all(
            (Duty(role="on_call", place=1, therapist_id=gina), Duty(role="on_call", place=2, therapist_id=hal))
        )
        return OnCall(gina, hal)


@pytest.fixture
def raised(practice: Practice, acting: Acting) -> Callable[..., UUID]:
    """`raised()` is Alice, whose answer on Friday evening worries us; returns the alert."""

    def raise_it(source_id: UUID | None = None, grade: str = "urgent", now: datetime = EVENING, **values: str) -> UUID:
        with acting(client(practice.alice)):
            return service.raise_alert(
                client_id=practice.alice_client,
                source=values.get("source", "phq9_item9"),
                grade=grade,
                source_id=source_id or new_id(),
                now=now,
            ).id

    return raise_it


@pytest.fixture
def run(worker_app: Flask, database: None) -> Run:
    """`run(now)` is the job, as the workers run it, with their own role."""

    def job(now: datetime) -> None:
        with worker_app.app_context():
            passing.pass_on_due(now)

    return job


@pytest.fixture
def told(worker_app: Flask) -> Callable[[], list[tuple[UUID, datetime]]]:
    """Who was told, and when, in order."""

    def look() -> list[tuple[UUID, datetime]]:
        from clinic.database.session import transaction  # noqa: PLC0415 -- as the job opens one

        with worker_app.app_context(), transaction(Actor.worker("test")) as session:
            rows = session.scalars(select(AlertPass).order_by(AlertPass.alert_id, AlertPass.place))
            return [(each.person_id, each.passed_at) for each in rows]

    return look


def be_away(acting: Acting, practice: Practice, cover: UUID, since: datetime, until: datetime) -> None:
    """Dana is away, and somebody stands in."""
    with acting() as session:
        session.add(TimeOff(id=new_id(), therapist_id=practice.dana, starts_at=since, ends_at=until, cover_id=cover))
