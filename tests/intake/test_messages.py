"""Packets are opened for who has a session ahead; messages say nothing and never come twice."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from clinic.accounts import links
from clinic.accounts.models import Login, Person
from clinic.booking.models import Appointment, Claim
from clinic.clients.models import Client
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.intake import mails, notices, queries, service
from clinic.intake.models import IntakePacket
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter, registry
from tests.conftest import Acting
from tests.factories import Practice
from tests.intake.conftest import ELIGIBLE, SAFE, Walker, book

DAY = timedelta(days=1)


def kinds_of(acting: Acting) -> list[tuple[str, str, UUID]]:
    with acting() as session:
        rows = session.execute(select(OutboxMessage.kind, OutboxMessage.state, OutboxMessage.recipient_id))
        return sorted((row.kind, row.state, row.recipient_id) for row in rows)


def only_letter(app: Flask, acting: Acting) -> Letter:
    with app.test_request_context(), acting() as session:
        letter = mails.render(session.scalars(select(OutboxMessage)).one(), clock.now())
    assert letter is not None
    return letter


@pytest.fixture
def booked(acting: Acting, practice: Practice, installed: None) -> UUID:
    """Alice's session in ten days."""
    with acting() as session:
        return book(session, practice, practice.alice_client, clock.now() + 10 * DAY)


def test_who_has_a_session_ahead_is_invited_once(booked: UUID, acting: Acting, practice: Practice) -> None:
    with acting():
        assert service.invite_new_clients(clock.now()) == 1
    with acting():
        assert service.invite_new_clients(clock.now()) == 0
    assert kinds_of(acting) == [(notices.INVITATION, "queued", practice.alice)]
    with acting() as session:
        assert session.scalars(select(IntakePacket.client_id)).all() == [practice.alice_client]


def test_who_cannot_sign_in_yet_gets_a_packet_and_no_second_mail(
    booked: UUID, acting: Acting, practice: Practice
) -> None:
    with acting() as session:
        session.get_one(Login, practice.alice).disabled_at = clock.now()
        session.flush()
        assert service.invite_new_clients(clock.now()) == 1
    assert kinds_of(acting) == []


def test_a_cancelled_session_invites_nobody(booked: UUID, acting: Acting) -> None:
    with acting() as session:
        session.execute(delete(Claim).where(Claim.appointment_id == booked))
        session.execute(
            update(Appointment).where(Appointment.id == booked).values(state="cancelled", cancelled_at=clock.now())
        )
    with acting():
        assert service.invite_new_clients(clock.now()) == 0


def test_reminder_comes_once_two_days_before_and_again_only_for_a_new_time(
    booked: UUID, acting: Acting, practice: Practice
) -> None:
    def due() -> int:
        with acting():
            return service.remind_unfinished(clock.now())

    with acting():
        service.invite_new_clients(clock.now())
    assert due() == 0
    clock.move(8 * DAY - timedelta(minutes=1))
    assert due() == 0
    clock.move(timedelta(minutes=2))
    assert [due(), due()] == [1, 0]
    with acting() as session:
        move_later(session.get_one(Appointment, booked))
    clock.move(timedelta(minutes=15))
    assert [due(), due()] == [1, 0]


def move_later(appointment: Appointment) -> None:
    """An hour inside the claim."""
    appointment.ends_at -= timedelta(minutes=20)
    appointment.starts_at += timedelta(minutes=10)


def test_who_was_invited_today_is_left_alone(acting: Acting, practice: Practice, installed: None) -> None:
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() + timedelta(hours=5))
    with acting():
        service.invite_new_clients(clock.now())
        assert service.remind_unfinished(clock.now()) == 0


def test_finishing_takes_back_what_is_queued(booked: UUID, acting: Acting, practice: Practice, alice: Walker) -> None:
    with acting():
        service.invite_new_clients(clock.now())
    alice.finish()
    assert kinds_of(acting) == [(notices.INVITATION, "skipped", practice.alice)]


def test_letter_says_nothing_to_somebody_else_at_the_mailbox(
    booked: UUID, acting: Acting, practice: Practice, app: Flask
) -> None:
    with acting() as session:
        service.invite_new_clients(clock.now())
        session.get_one(Client, practice.alice_client).is_mailbox_shared = True
    letter = only_letter(app, acting)
    assert letter.to == "alice.hart@example.org"
    assert letter.subject == "Something new for you"
    assert letter.text == (
        "Hello Alice,\n\nThere is something new for you. Please sign in to see it:\n\n"
        "http://127.0.0.1/sign-in\n\nElm Street Practice"
    )


def test_letter_to_a_mailbox_of_ones_own_leads_to_the_pages(
    booked: UUID, acting: Acting, practice: Practice, app: Flask
) -> None:
    with acting():
        service.invite_new_clients(clock.now())
    letter = only_letter(app, acting)
    assert (letter.subject, "http://127.0.0.1/intake" in letter.text) == ("Before we meet", True)
    assert not [word for word in ("therap", "consent", "session", "couple") if word in letter.text.lower()]


def test_reminder_leads_who_has_not_joined_to_their_password(
    booked: UUID, acting: Acting, practice: Practice, app: Flask
) -> None:
    with acting() as session:
        service.invite_new_clients(clock.now())
        session.scalars(select(OutboxMessage)).one().kind = notices.REMINDER
        link = links.make(links.JOIN, practice.alice, None, clock.now() + 14 * DAY, clock.now())
        token = links.token_for(link)
    letter = only_letter(app, acting)
    assert letter.text.count(f"http://127.0.0.1/join/{token}") == 1
    assert "/intake" not in letter.text
    assert "What you did is saved" not in letter.text


@pytest.mark.parametrize("kind", [notices.INVITATION, notices.REMINDER])
def test_message_is_dropped_once_it_makes_no_sense(
    booked: UUID, acting: Acting, practice: Practice, kind: str, app: Flask
) -> None:
    with acting() as session:
        service.invite_new_clients(clock.now())
        message = session.scalars(select(OutboxMessage)).one()
        message.kind, message.moment = kind, session.get_one(Appointment, booked).starts_at
    reasons: list[str | None] = []

    def ask(change: Callable[[IntakePacket, Client], None]) -> None:
        with acting() as session:
            packet = session.scalars(select(IntakePacket)).one()
            change(packet, session.get_one(Client, practice.alice_client))
            session.flush()
            reasons.append(mails.still_wanted(session.scalars(select(OutboxMessage)).one(), clock.now()))
            session.expunge_all()
            session.connection().exec_driver_sql("SELECT 1")

    def close(packet: IntakePacket, client: Client) -> None:
        client.state, client.closed_at = "closed", clock.now()

    def reopen_and_finish(packet: IntakePacket, client: Client) -> None:
        client.state, client.closed_at = "active", None
        packet.state, packet.finished_at = "finished", clock.now()

    ask(lambda packet, client: None)
    ask(close)
    ask(reopen_and_finish)
    assert reasons == [None, "closed", "no longer open"]


def test_reminder_for_a_moved_session_is_dropped(booked: UUID, acting: Acting) -> None:
    with acting() as session:
        service.invite_new_clients(clock.now())
        message = session.scalars(select(OutboxMessage)).one()
        message.kind = notices.REMINDER
        session.flush()
        assert mails.still_wanted(message, clock.now()) == "moved"


def test_person_without_an_address_gets_no_letter(booked: UUID, acting: Acting, practice: Practice, app: Flask) -> None:
    with app.test_request_context(), acting() as session:
        service.invite_new_clients(clock.now())
        session.get_one(Person, practice.alice).email = None
        session.flush()
        assert mails.render(session.scalars(select(OutboxMessage)).one(), clock.now()) is None


def test_therapists_list_names_what_waits_to_be_read(
    booked: UUID, acting: Acting, practice: Practice, alice: Walker
) -> None:
    def waiting(therapist_id: UUID) -> list[UUID]:
        with acting(Actor(therapist_id)):
            return [packet.client_id for packet in queries.packets_to_read(therapist_id, clock.now())]

    assert waiting(practice.dana) == []
    alice.finish()
    assert (waiting(practice.dana), waiting(practice.erik)) == ([practice.alice_client], [])
    with acting(Actor(practice.dana)) as session:
        service.mark_read(session.scalars(select(IntakePacket)).one(), clock.now())
    assert waiting(practice.dana) == []


def test_a_kind_end_calls_the_therapist_without_saying_why(
    acting: Acting, practice: Practice, alice: Walker, app: Flask
) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("eligibility", **(ELIGIBLE | {"a_in_danger": "yes"}))
    assert kinds_of(acting) == [(notices.ENDED, "queued", practice.dana)]
    with app.test_request_context(), acting() as session:
        message = session.scalars(select(OutboxMessage)).one()
        assert mails.ended_still_wanted(message, clock.now()) is None
        letter = registry[notices.ENDED].render(message, clock.now())
        assert letter is not None
        assert (letter.to, letter.subject) == ("dana.whitfield@example.org", "An urgent item")
        assert letter.text == (
            "Hello Dana,\n\nSomething needs you today. Please sign in to see it:\n\n"
            "http://127.0.0.1/today\n\nElm Street Practice"
        )
        service.mark_read(session.scalars(select(IntakePacket)).one(), clock.now())
        assert mails.ended_still_wanted(message, clock.now()) == "read"


def test_an_intake_that_goes_on_calls_nobody_any_more(acting: Acting, practice: Practice, alice: Walker) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("eligibility", **(ELIGIBLE | {"a_private_space": "no"}))
    alice.browser.submit("/intake/again")
    with acting() as session:
        message = session.scalars(select(OutboxMessage)).one()
        assert mails.ended_still_wanted(message, clock.now()) == "opened again"
