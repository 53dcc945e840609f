"""A session is announced a day before, homework two days, to each once, and never what makes no sense any more."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from clinic.booking import service as booking
from clinic.database.session import db
from clinic.homework import service as homework
from clinic.homework.models import Assignment
from clinic.homework.rules import State
from clinic.outbox.deliver import deliver_due
from clinic.outbox.smtp import MailChannel
from clinic.reminders import service
from clinic.reminders.service import HOMEWORK, SESSION
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.mail_server import MailServer
from tests.reminders.conftest import NOW, Booked, Said, the, wish

HOUR = timedelta(hours=1)
Owner = psycopg.Connection[tuple[object, ...]]
Given = Callable[..., UUID]
Deliver = Callable[[datetime], dict[str, int]]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer().running() as running:
        yield running


@pytest.fixture
def deliver(app: Flask, server: MailServer) -> Deliver:
    """Queue what is due at a moment, and send it."""

    def run(now: datetime) -> dict[str, int]:
        with app.app_context():
            channel = MailChannel(server.url, "no-reply@elm-street.example", lambda: now)
            return dict(deliver_due({"email": lambda: channel}, lambda: now, lanes=1))

    return run


def queue_due(acting: Acting, now: datetime) -> int:
    with acting():
        return service.queue_due(now)


def test_a_session_is_announced_24_hours_before_to_both_partners_once(
    acting: Acting, practice: Practice, booked: Booked, said: Said
) -> None:
    booked(48, [practice.alice_client, practice.bob_client], service=practice.couple_session)
    assert queue_due(acting, NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    assert queue_due(acting, NOW + 24 * HOUR) == 2
    assert queue_due(acting, NOW + 24 * HOUR) == 0
    assert queue_due(acting, NOW + 30 * HOUR) == 0
    assert said() == sorted([(SESSION, practice.alice), (SESSION, practice.bob)])


@pytest.mark.parametrize(("in_hours", "queued"), [(24, 1), (23.9, 0), (3, 0)])
def test_an_offset_that_was_past_when_the_session_was_booked_is_skipped(
    in_hours: float, queued: int, acting: Acting, practice: Practice, booked: Booked
) -> None:
    booked(in_hours)
    assert queue_due(acting, NOW + timedelta(minutes=1)) == queued


@pytest.mark.parametrize(("late", "queued"), [(47, 1), (48, 0), (60, 0)])
def test_workers_that_were_down_catch_up_until_the_start(
    late: int, queued: int, acting: Acting, practice: Practice, booked: Booked
) -> None:
    booked(48)
    assert queue_due(acting, NOW + late * HOUR) == queued


def test_a_moved_session_is_announced_at_its_new_time_and_only_then(
    acting: Acting, practice: Practice, booked: Booked, deliver: Deliver, server: MailServer
) -> None:
    session = booked(48)
    assert queue_due(acting, NOW + 24 * HOUR) == 1
    with acting():
        wanted = wish(practice, NOW + 96 * HOUR, practice.individual)
        booking.move(the(session), wanted, by=practice.dana, now=NOW + 24 * HOUR, is_staff=True)
    assert queue_due(acting, NOW + 25 * HOUR) == 0
    assert deliver(NOW + 25 * HOUR) == {"sent": 1}  # that it has moved
    assert queue_due(acting, NOW + 72 * HOUR) == 1
    assert deliver(NOW + 72 * HOUR) == {"sent": 1}
    assert len(server.mails) == 2


def test_a_cancelled_session_is_not_announced(
    acting: Acting, practice: Practice, booked: Booked, deliver: Deliver, owner: Owner
) -> None:
    session = booked(48)
    queue_due(acting, NOW + 24 * HOUR)
    with acting():
        booking.cancel(the(session), by=practice.alice, now=NOW + 24 * HOUR)
    deliver(NOW + 24 * HOUR)
    rows = owner.execute("SELECT kind, state, reason FROM outbox_message ORDER BY kind").fetchall()
    assert (SESSION, "skipped", "cancelled") in rows
    assert ("booking.cancelled", "sent", None) in rows


def test_a_closed_record_gets_no_reminder(acting: Acting, practice: Practice, booked: Booked, owner: Owner) -> None:
    booked(48)
    owner.execute("UPDATE client SET state = 'closed', closed_at = %s", (NOW,))
    assert queue_due(acting, NOW + 24 * HOUR) == 0


def test_a_session_reminder_waits_for_the_morning(
    acting: Acting, practice: Practice, booked: Booked, deliver: Deliver, server: MailServer, owner: Owner
) -> None:
    booked(48 + 16)  # two in the morning in New York
    owner.execute("DELETE FROM outbox_message")
    queue_due(acting, NOW + 40 * HOUR)
    assert deliver(NOW + 40 * HOUR) == {}
    assert deliver(NOW + 46 * HOUR) == {"sent": 1}
    assert "session" not in server.mails[0].as_string()


def test_homework_is_announced_48_hours_before_it_is_due_once(
    acting: Acting, practice: Practice, given: Given, said: Said
) -> None:
    given(due_at=NOW + 72 * HOUR)
    assert queue_due(acting, NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    assert queue_due(acting, NOW + 24 * HOUR) == 1
    assert queue_due(acting, NOW + 25 * HOUR) == 0
    assert said() == [(HOMEWORK, practice.alice)]


def test_homework_given_less_than_48_hours_before_is_not_announced(acting: Acting, given: Given) -> None:
    given(due_at=NOW + 47 * HOUR)
    assert queue_due(acting, NOW + HOUR) == 0


def test_homework_that_is_closed_meanwhile_is_not_announced(
    acting: Acting, practice: Practice, given: Given, deliver: Deliver, server: MailServer
) -> None:
    assignment_id = given(due_at=NOW + 72 * HOUR)
    queue_due(acting, NOW + 24 * HOUR)
    with acting():
        homework.close(db.session.get_one(Assignment, assignment_id), State.EXCUSED, NOW + 24 * HOUR)
    assert deliver(NOW + 24 * HOUR) == {}
    assert server.mails == []


def test_homework_counts_as_the_one_message_of_the_day_and_a_session_does_not(
    acting: Acting, practice: Practice, given: Given, booked: Booked, deliver: Deliver, owner: Owner
) -> None:
    given(due_at=NOW + 72 * HOUR)
    given("fear_trace", due_at=NOW + 73 * HOUR)
    booked(48)
    owner.execute("DELETE FROM outbox_message")
    queue_due(acting, NOW + 25 * HOUR)
    assert deliver(NOW + 25 * HOUR) == {"sent": 2}
    assert deliver(NOW + 46 * HOUR) == {"sent": 1}


def test_a_shared_mailbox_reads_only_to_sign_in(
    acting: Acting, practice: Practice, given: Given, booked: Booked, deliver: Deliver, server: MailServer, owner: Owner
) -> None:
    owner.execute("UPDATE client SET is_mailbox_shared = true")
    given(due_at=NOW + 72 * HOUR)
    booked(48)
    owner.execute("DELETE FROM outbox_message")
    queue_due(acting, NOW + 24 * HOUR)
    assert deliver(NOW + 24 * HOUR) == {"sent": 2}
    for mail in server.mails:
        text = mail.get_content()
        assert "sign in" in text
        assert not [word for word in ("2026", "November", "10:00", "AM", "Dana", "/appointment/") if word in text]
        assert not list(mail.iter_attachments())


def test_a_reminder_of_homework_names_neither_exercise_nor_therapist(
    acting: Acting, practice: Practice, given: Given, deliver: Deliver, server: MailServer
) -> None:
    given(due_at=NOW + 72 * HOUR)
    queue_due(acting, NOW + 24 * HOUR)
    deliver(NOW + 24 * HOUR)
    (mail,) = server.mails
    text = f"{mail['Subject']} {mail.get_content()}".lower()
    assert not [word for word in ("circle", "dana", "therap", "homework", "exercise", "maya", "couple") if word in text]
    assert "november 27" in text or "27 november" in text
