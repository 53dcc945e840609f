"""What is taken back before its hand-over never arrives; two deliverers send nothing twice."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outbox import service
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.conftest import DAILY, Deliver, Queue, States, World
from tests.outbox.mail_server import MailServer

Owner = psycopg.Connection[tuple[object, ...]]


def at_the_dot(server: MailServer, act: Callable[[], None]) -> None:
    """Do something once, when the message's text is about to be sent and only the dot is to follow."""
    done = threading.Event()

    def once(stage: str) -> None:
        if stage == "data" and not done.is_set():
            done.set()
            act()

    server.at_stage = once


def cancelled(app: Flask, subject: UUID) -> Callable[[], None]:
    """Take a message back in a transaction of another thread."""

    def cancel() -> None:
        with app.app_context(), transaction(Actor.worker("test")):
            service.skip(subject, now=clock.now(), reason="cancelled")

    return cancel


def test_the_same_message_is_queued_once(acting: Acting, practice: Practice, world: World) -> None:
    subject, now = practice.couple, clock.now()
    with acting():
        assert [service.queue(DAILY, subject, now, practice.alice, now=now) for _ in range(3)] == [True, False, False]
        assert service.queue(DAILY, subject, now, practice.bob, now=now)
        assert service.queue(DAILY, subject, now + timedelta(hours=1), practice.alice, now=now)


def test_a_cancel_that_commits_before_the_dot_wins(
    app: Flask, queue: Queue, deliver: Deliver, states: States, server: MailServer
) -> None:
    subject, other = queue(moment=clock.now()), queue()
    at_the_dot(server, cancelled(app, subject))
    assert deliver() == {"sent": 1}
    assert states() == {subject: ("skipped", "cancelled"), other: ("sent", None)}
    assert len(server.mails) == 1


@pytest.mark.parametrize("lanes", [1, 8])
def test_an_opt_out_that_commits_before_the_dot_wins(
    lanes: int, app: Flask, queue: Queue, deliver: Deliver, states: States, server: MailServer, practice: Practice
) -> None:
    def stop() -> None:
        with app.app_context(), transaction(Actor.worker("test")):
            db.session.get_one(Person, practice.alice).messages_stopped_at = clock.now()

    subjects = [queue() for _ in range(3)]
    at_the_dot(server, stop)
    assert deliver(lanes=lanes) == {"skipped": 3}
    assert states() == dict.fromkeys(subjects, ("skipped", "stopped"))
    assert server.mails == []


def test_a_closed_record_stops_everything(
    app: Flask, queue: Queue, deliver: Deliver, states: States, server: MailServer, practice: Practice
) -> None:
    def close() -> None:
        with app.app_context(), transaction(Actor.worker("test")):
            client = db.session.get_one(Client, practice.alice_client)
            client.state, client.closed_at = "closed", clock.now()

    subject = queue()
    at_the_dot(server, close)
    assert deliver() == {"skipped": 1}
    assert states() == {subject: ("skipped", "stopped")}


def test_a_start_that_passes_before_the_dot_wins(
    queue: Queue, deliver: Deliver, states: States, server: MailServer, world: World
) -> None:
    asked: list[None] = []

    def begun(message: object, now: object) -> str | None:
        asked.append(None)
        return "begun" if len(asked) > 1 else None

    world.unwanted = begun
    subject = queue()
    assert deliver() == {"skipped": 1}
    assert (states(), server.mails) == ({subject: ("skipped", "begun")}, [])


def test_a_hand_over_waits_for_an_opt_out_that_is_about_to_commit(
    app: Flask, queue: Queue, deliver: Deliver, states: States, server: MailServer, owner: Owner, practice: Practice
) -> None:
    """The deliverer meets a row that somebody is changing: it gives way, and finds the change afterwards."""
    subject = queue()
    with ThreadPoolExecutor(1) as threads, owner.transaction():
        owner.execute("UPDATE person SET messages_stopped_at = now() WHERE id = %s", (practice.alice,))
        sending = threads.submit(deliver)
        time.sleep(0.2)
        assert not sending.done()
        assert server.mails == []
    sending.result(timeout=20)
    deliver(clock.now() + timedelta(minutes=1))
    assert states() == {subject: ("skipped", "stopped")}


def test_two_deliverers_at_once_send_nothing_twice(
    queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subjects = [queue() for _ in range(60)]
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(deliver, batch=7, lanes=3) for _ in range(4)]
        counts = [run.result(timeout=60) for run in runs]
    assert sum(count.get("sent", 0) for count in counts) == 60
    assert states() == dict.fromkeys(subjects, ("sent", None))
    assert (len(server.copies), len(server.mails)) == (60, 60)


def test_two_deliverers_at_once_give_one_person_one_message_a_day(
    app: Flask, queue: Queue, deliver: Deliver, server: MailServer
) -> None:
    noon = clock.now().replace(hour=17, minute=0) + timedelta(days=1)
    for _ in range(12):
        queue(DAILY, moment=noon + timedelta(days=9))
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(deliver, noon, batch=3, lanes=2) for _ in range(4)]
        assert sum(run.result(timeout=60).get("sent", 0) for run in runs) == 1
    assert len(server.mails) == 1


def test_a_deliverer_that_slept_through_its_lease_sends_nothing(
    app: Flask, queue: Queue, deliver: Deliver, server: MailServer, states: States, owner: Owner
) -> None:
    def lose_the_lease() -> None:
        owner.execute("UPDATE outbox_message SET lease_until = lease_until + interval '5 minutes'")

    subject = queue()
    at_the_dot(server, lose_the_lease)
    assert deliver() == {}
    assert (states(), server.mails) == ({subject: ("queued", None)}, [])


def test_a_late_answer_still_corrects_unknown(
    queue: Queue, deliver: Deliver, server: MailServer, states: States, owner: Owner
) -> None:
    subject = queue()

    def give_up(stage: str) -> None:
        if stage == "dot":
            owner.execute("UPDATE outbox_message SET state = 'unknown', finished_at = now()")

    server.at_stage = give_up
    assert deliver() == {"sent": 1}
    assert states() == {subject: ("sent", None)}


def test_what_a_crash_left_in_the_middle_is_unknown_when_its_lease_ends(
    queue: Queue, deliver: Deliver, states: States, owner: Owner, server: MailServer
) -> None:
    subject, now = queue(), clock.now()
    owner.execute(
        "UPDATE outbox_message SET state = 'handing_over', handed_over_at = %s, lease_until = %s",
        (now, now + timedelta(minutes=3)),
    )
    deliver(now + timedelta(minutes=2))
    assert states() == {subject: ("handing_over", None)}
    deliver(now + timedelta(minutes=3))
    assert states() == {subject: ("unknown", "interrupted")}
    assert server.mails == []


def test_a_claim_that_was_dropped_is_taken_up_when_its_lease_ends(queue: Queue, deliver: Deliver, owner: Owner) -> None:
    queue()
    now = clock.now()
    owner.execute("UPDATE outbox_message SET lease_until = %s", (now + timedelta(minutes=5),))
    assert deliver(now + timedelta(minutes=4)) == {}
    assert deliver(now + timedelta(minutes=5)) == {"sent": 1}
