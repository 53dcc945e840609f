"""One neutral mail when a measure is due, among all others one a day; none for what was answered or stopped."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.core.zones import moment
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.measures import queries
from clinic.measures import service as measures
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import registry
from clinic.reminders import mails, service
from clinic.reminders.rules import MEASURE_AT
from clinic.reminders.service import MEASURE
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.measures.conftest import Asked, Taken, therapist
from tests.progress.conftest import worker_app

__all__ = ["worker_app"]
DAY = timedelta(days=1)
MORNING = moment(NOW.date(), MEASURE_AT, ZONE)
Queued = Callable[[datetime], list[tuple[UUID, datetime, UUID]]]


@pytest.fixture
def queued(worker_app: Flask) -> Queued:
    """`queued(at)` runs the job as the worker's role, and gives subject, moment and reader of what is in the outbox."""

    def run(at: datetime) -> list[tuple[UUID, datetime, UUID]]:
        with worker_app.app_context(), transaction(Actor.worker("test")):
            service.queue_due(at)
            query = select(OutboxMessage.subject_id, OutboxMessage.moment, OutboxMessage.recipient_id)
            rows = db.session.execute(query.where(OutboxMessage.kind == MEASURE).order_by(OutboxMessage.moment))
            return [(subject, when, reader) for subject, when, reader in rows]

    return run


def test_it_is_told_once_on_the_morning_it_is_due(practice: Practice, asked: Asked, queued: Queued) -> None:
    line = asked("gad7", at=NOW - timedelta(hours=5))
    assert queued(MORNING - timedelta(minutes=1)) == []
    told = [(line, MORNING, practice.alice)]
    assert queued(MORNING) == queued(MORNING + DAY) == told


def test_it_is_told_again_when_it_is_due_again(practice: Practice, asked: Asked, taken: Taken, queued: Queued) -> None:
    line = asked("gad7")
    assert len(queued(NOW)) == 1
    taken(line, [1] * 7)
    assert len(queued(NOW + 13 * DAY)) == 1
    again = queued(NOW + 14 * DAY)
    assert [when for _line, when, _reader in again] == [MORNING, moment((NOW + 14 * DAY).date(), MEASURE_AT, ZONE)]


def test_what_came_due_long_ago_or_is_stopped_is_not_told(
    acting: Acting, practice: Practice, asked: Asked, queued: Queued
) -> None:
    line = asked("gad7", at=NOW - 5 * DAY)
    assert queued(NOW) == []
    stopped = asked("phq4")
    with acting(therapist(practice.dana)):
        measures.stop(queries.schedule_of(stopped, practice.alice_client), practice.dana, NOW)
    assert queued(NOW) == []
    del line


def test_closed_record_is_told_nothing(acting: Acting, practice: Practice, asked: Asked, queued: Queued) -> None:
    asked("gad7")
    with acting() as session:
        client = session.get_one(Client, practice.alice_client)
        client.state, client.closed_at = "closed", NOW
    assert queued(NOW) == []


def test_answer_makes_the_mail_unwanted(worker_app: Flask, practice: Practice, asked: Asked, taken: Taken) -> None:
    line = asked("gad7")
    message: Any = SimpleNamespace(subject_id=line, moment=MORNING, recipient_id=practice.alice, kind=MEASURE)

    def wanted(at: datetime) -> str | None:
        with worker_app.app_context(), transaction(Actor.worker("test")):
            return mails.measure_still_wanted(message, at)

    assert wanted(NOW) is None
    assert wanted(NOW + 4 * DAY) == "past"
    taken(line, [1] * 7)
    assert wanted(NOW) == "answered or stopped"


def test_mail_says_nothing_of_what_waits(acting: Acting, practice: Practice, asked: Asked) -> None:
    message: Any = SimpleNamespace(
        id=new_id(), subject_id=asked("phq9"), moment=MORNING, recipient_id=practice.alice, kind=MEASURE
    )
    with acting():
        letter = mails.render_measure(message, NOW)
    assert letter is not None
    assert letter.subject == "A reminder from Elm Street Practice"
    assert letter.text == (
        "Hello Alice,\n\nSomething short is waiting for you, and takes a few minutes. Please sign in to see it:\n"
        "http://127.0.0.1/sign-in\n\nElm Street Practice\n(212) 555-0148\n"
    )
    for word in ("PHQ", "question", "measure", "mood", "Dana"):
        assert word.lower() not in letter.text.lower()


def test_shared_mailbox_reads_only_to_sign_in(acting: Acting, practice: Practice, asked: Asked) -> None:
    message: Any = SimpleNamespace(
        id=new_id(), subject_id=asked("phq9"), moment=MORNING, recipient_id=practice.alice, kind=MEASURE
    )
    with acting() as session:
        session.get_one(Client, practice.alice_client).is_mailbox_shared = True
        session.flush()
        letter = mails.render_measure(message, NOW)
    assert letter is not None
    assert "Please sign in." in letter.text
    assert "waiting" not in letter.text


def test_it_counts_towards_one_message_a_day() -> None:
    assert registry[MEASURE].counts_daily
