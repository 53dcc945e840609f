"""Each message ends in one of four ways, whatever the mail server does, and none arrives twice."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from clinic.core import clock
from clinic.outbox import service
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.conftest import Deliver, Queue, States, World
from tests.outbox.mail_server import MailServer

Owner = psycopg.Connection[tuple[object, ...]]


def test_due_messages_are_sent_over_one_connection(
    queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subjects = [queue() for _ in range(5)]
    assert deliver(batch=2) == {"sent": 5}
    assert states() == dict.fromkeys(subjects, ("sent", None))
    assert (server.connections, sorted(server.copies.values())) == (1, [1, 1, 1, 1, 1])


def test_nothing_is_sent_before_its_time(queue: Queue, deliver: Deliver, owner: Owner, server: MailServer) -> None:
    queue()
    owner.execute("UPDATE outbox_message SET next_try_at = next_try_at + interval '1 hour'")
    assert deliver() == {}
    assert deliver(clock.now() + timedelta(hours=1)) == {"sent": 1}
    assert len(server.mails) == 1


def test_nearest_moment_is_sent_first(queue: Queue, deliver: Deliver, server: MailServer, world: World) -> None:
    now = clock.now()
    subjects = [queue(moment=now + timedelta(hours=hours)) for hours in (30, 10, 20)]
    world.text = lambda message: str(subjects.index(message.subject_id))
    deliver()
    assert [mail.get_content().strip() for mail in server.mails] == ["1", "2", "0"]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(
    queue: Queue, deliver: Deliver, server: MailServer, world: World
) -> None:
    text = ".\n..\nA line.\n.a\n" + "x" * 2000 + "\nGrüße, 日本\n"
    world.text = lambda message: text
    queue()
    assert deliver() == {"sent": 1}
    assert server.mails[0].get_content().replace("\r\n", "\n") == text


def test_mail_is_plain_neutral_and_marked_as_sent_by_a_machine(
    queue: Queue, deliver: Deliver, server: MailServer, owner: Owner
) -> None:
    queue()
    deliver()
    (mail,) = server.mails
    ((message_id,),) = owner.execute("SELECT message_id FROM outbox_message").fetchall()
    assert {name: str(value) for name, value in mail.items() if name not in {"Date", "X-Peer"}} == {
        "From": "no-reply@elm-street.example",
        "To": "alice.hart@example.org",
        "Subject": "Your appointment",
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Type": 'text/plain; charset="us-ascii"',
        "MIME-Version": "1.0",
        **({"X-MailFrom": str(mail["X-MailFrom"])} if "X-MailFrom" in mail else {}),
    }


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_temporary_refusal_is_tried_again_later(
    stage: str, queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subject = queue()
    server.answers[stage] = "451 later"
    deliver()
    assert states() == {subject: ("queued", "451")}
    server.answers.clear()
    assert deliver() == {}
    assert deliver(clock.now() + timedelta(minutes=1)) == {"sent": 1}
    assert list(server.copies.values()) == [1]


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_a_final_refusal_fails_and_the_next_message_goes_on(
    stage: str, queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    first = queue(moment=clock.now() + timedelta(hours=1))
    second = queue()
    server.script = iter([{stage: "550 no such mailbox"}])
    deliver()
    assert states() == {first: ("failed", "550"), second: ("sent", None)}
    assert server.connections == 1


@pytest.mark.parametrize("answer", ["554 go away", "421 too busy", "drop", "hang"])
def test_a_server_that_will_not_talk_leaves_everything_untried(
    answer: str, queue: Queue, deliver: Deliver, server: MailServer, states: States, owner: Owner
) -> None:
    subjects = [queue() for _ in range(3)]
    server.answers["connect"] = answer
    assert deliver(patience=0.3) == {}
    assert states() == dict.fromkeys(subjects, ("queued", None))
    assert owner.execute("SELECT sum(attempts) FROM outbox_message").fetchone() == (0,)
    server.answers.clear()
    assert deliver(clock.now() + timedelta(minutes=1)) == {"sent": 3}


@pytest.mark.parametrize(("stage", "answer"), [("mail", "drop"), ("rcpt", "drop"), ("data", "drop"), ("data", "leave")])
def test_a_connection_lost_before_the_dot_is_tried_again(
    stage: str, answer: str, queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subject = queue()
    server.answers[stage] = answer
    deliver()
    state, _ = states()[subject]
    if answer == "leave" and state == "unknown":  # the dot was on its way when the server left: nobody can tell
        assert server.mails == []
        return
    assert state == "queued"
    server.answers.clear()
    assert deliver(clock.now() + timedelta(minutes=1)) == {"sent": 1}
    assert list(server.copies.values()) == [1]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_server_that_hangs_before_the_dot_is_left(
    stage: str, queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subjects = [queue() for _ in range(3)]
    server.answers[stage] = "hang"
    deliver(patience=0.3)
    assert {state for state, _ in states().values()} == {"queued"}
    server.answers.clear()
    assert deliver(clock.now() + timedelta(minutes=1)) == {"sent": 3}
    assert len(server.copies) == len(subjects) == len(server.mails)


@pytest.mark.parametrize("answer", ["drop", "hang"])
def test_a_connection_lost_after_the_dot_is_unknown_and_never_sent_again(
    answer: str, queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    subject = queue()
    server.answers["dot"] = answer
    assert deliver(patience=0.3) == {"unknown": 1}
    server.answers.clear()
    assert deliver(clock.now() + timedelta(days=1)) == {}
    assert states() == {subject: ("unknown", "no answer")}
    assert list(server.copies.values()) == [1]


def test_a_kept_connection_that_has_ended_is_opened_again(
    queue: Queue, deliver: Deliver, server: MailServer, states: States
) -> None:
    for _ in range(3):
        queue()
    server.script = iter([{}, {"mail": "drop"}])
    assert deliver() == {"sent": 3}
    assert (server.connections, list(server.copies.values())) == (2, [1, 1, 1])


def test_whoever_has_no_address_is_on_the_list_of_undelivered(
    queue: Queue, deliver: Deliver, states: States, owner: Owner, practice: Practice
) -> None:
    subject = queue()
    owner.execute("UPDATE person SET email = NULL WHERE id = %s", (practice.alice,))
    assert deliver() == {"failed": 1}
    assert states() == {subject: ("failed", "no address")}


def test_a_message_that_cannot_be_rendered_stops_no_other(
    queue: Queue, deliver: Deliver, states: States, world: World
) -> None:
    broken, sound = queue(moment=clock.now()), queue()

    def text(message: object) -> str:
        if getattr(message, "subject_id", None) == broken:
            raise KeyError("alice")
        return "Please sign in."

    world.text = text
    deliver()
    assert states() == {broken: ("queued", "error"), sound: ("sent", None)}


def test_a_message_is_given_up_after_two_days(
    queue: Queue, deliver: Deliver, states: States, server: MailServer
) -> None:
    subject = queue(moment=clock.now() + timedelta(days=9))
    server.answers["rcpt"] = "450 not yet"
    deliver(clock.now() + timedelta(hours=47))
    assert states() == {subject: ("queued", "450")}
    deliver(clock.now() + timedelta(hours=49))
    assert states() == {subject: ("failed", "450")}


def test_everything_due_ends_as_sent_skipped_failed_or_unknown(
    queue: Queue, deliver: Deliver, states: States, server: MailServer, world: World
) -> None:
    subjects: list[UUID] = [queue(moment=clock.now() + timedelta(hours=hour)) for hour in range(12)]
    server.script = iter(
        [{}, {"rcpt": "550 no"}, {"dot": "drop"}, {"rcpt": "451 no"}, {}, {"dot": "452 no"}, {"data": "drop"}]
    )
    world.unwanted = lambda message, now: "cancelled" if message.subject_id == subjects[4] else None
    for hours in range(4):
        deliver(clock.now() + timedelta(hours=hours / 60))
    tally = sorted(state for state, _ in states().values())
    assert tally == ["failed"] + ["sent"] * 9 + ["skipped", "unknown"]
    assert len(server.copies) == len(server.mails) == 10


def test_skipping_takes_back_what_is_queued(acting: Acting, queue: Queue, deliver: Deliver, states: States) -> None:
    subject = queue()
    with acting():
        assert service.skip(subject, now=clock.now(), reason="cancelled") == 1
    assert deliver() == {}
    assert states() == {subject: ("skipped", "cancelled")}
