"""A time that opens goes to one after another, is really held for each, and nothing of it is left behind."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, text

from clinic.booking import expiry, holds, requests
from clinic.booking import service as booking
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, Attendee, Claim
from clinic.booking.service import Together
from clinic.clients import couples
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service, TimeOff
from clinic.waitlist import mails, offering, service
from clinic.waitlist.errors import AlreadyWaitingError, OfferOverError
from clinic.waitlist.models import Waiting
from clinic.waitlist.service import Preferences
from tests.booking.asking import on_request
from tests.booking.conftest import NOW, THURSDAY, Wishing, at
from tests.conftest import Acting
from tests.factories import Practice
from tests.waitlist.conftest import THURSDAY_MORNING, Joining, Run, free, made, offers

Owner = psycopg.Connection[tuple[Any, ...]]
LATER = NOW + timedelta(hours=4)
JOINT_MORNING = Preferences((3,), ("morning",), until=THURSDAY)


def why(waiting_id: UUID) -> str | None:
    """Why a wish is over; None while it waits."""
    return db.session.get_one(Waiting, waiting_id).why


def close(client_id: UUID) -> None:
    """End the client's record."""
    client = db.session.get_one(Client, client_id)
    client.state, client.closed_at = "closed", NOW
    db.session.flush()


def messages() -> list[tuple[UUID, str, str | None]]:
    """Whom an offer was told to, and what became of the message."""
    query = select(OutboxMessage).where(OutboxMessage.kind == service.OFFERED).order_by(OutboxMessage.id)
    return [(each.recipient_id, each.state, each.reason) for each in db.session.scalars(query)]


@pytest.fixture
def two_wait(acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID]) -> dict[int, UUID]:
    """Bob waits since yesterday, Alice since the day before; the morning is full."""
    with acting():
        joining(practice.bob_client, now=NOW - timedelta(days=1))
        joining(practice.alice_client, now=NOW - timedelta(days=2))
    return full_morning


def test_nothing_is_offered_while_nothing_fits(acting: Acting, two_wait: dict[int, UUID], run: Run) -> None:
    run()
    with acting():
        assert made() == []


def test_a_time_that_opens_is_kept_for_the_one_who_waits_longest(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    run()
    with acting():
        assert made() == [(practice.alice_client, at(10), "open")]
        offer = offers()[0]
        assert offer.expires_at == LATER
        claims = db.session.scalars(select(Claim.resource).where(Claim.appointment_id == offer.hold_id))
        assert set(claims) == {practice.dana, practice.room, practice.alice_client}
        assert messages() == [(practice.alice, "queued", None)]
    with acting(), pytest.raises(SlotTaken):
        booking.book(wishing(at(10)), [practice.carol_client], by=None, now=NOW)


def test_a_moved_session_frees_its_time_for_who_waits(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    with acting():
        appointment = db.session.get_one(Appointment, two_wait[11])
        booking.move(appointment, wishing(at(15)), by=practice.carol, now=NOW)
    run()
    with acting():
        assert made() == [(practice.alice_client, at(11), "open")]


def test_an_offer_by_video_claims_no_room(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        joining(practice.alice_client, Preferences((3,), ("morning",), modality="video"))
        free(full_morning[10])
    run()
    with acting():
        held = db.session.get_one(Appointment, offers()[0].hold_id)
        assert (held.room_id, held.modality) == (None, "video")
        claims = db.session.scalars(select(Claim.resource).where(Claim.appointment_id == held.id))
        assert set(claims) == {practice.dana, practice.alice_client}


def test_taking_it_books_what_was_held_and_ends_the_wait(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        booked = service.take(offers()[0].id, by=practice.alice, now=NOW + timedelta(hours=3))
        assert (booked.state, booked.starts_at, booked.created_by) == ("confirmed", at(10), practice.alice)
        assert booked.id == offers()[0].hold_id
    run(NOW + timedelta(hours=5))
    with acting():
        assert made() == [(practice.alice_client, at(10), "taken")]
        assert why(offers()[0].waiting_id) == "taken"
        assert messages() == [(practice.alice, "skipped", "taken")]
        told = select(OutboxMessage.recipient_id).where(OutboxMessage.kind == "booking.confirmed")
        assert db.session.scalars(told).all() == [practice.alice]


def test_taking_it_again_is_the_same_session(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        first = service.take(offers()[0].id, by=practice.alice, now=NOW).id
    with acting():
        assert service.take(offers()[0].id, by=practice.alice, now=LATER).id == first
        told = select(OutboxMessage).where(OutboxMessage.kind == "booking.confirmed")
        assert len(db.session.scalars(told).all()) == 1
        with pytest.raises(OfferOverError):
            offering.pass_on(offers()[0].id, now=NOW)


def test_passing_it_on_keeps_it_for_the_next_at_once(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    now = NOW + timedelta(hours=1)
    with acting():
        offering.pass_on(offers()[0].id, now=now)
        assert made() == [(practice.alice_client, at(10), "passed"), (practice.bob_client, at(10), "open")]
        assert offers()[1].expires_at == now + timedelta(hours=4)
        assert messages() == [(practice.alice, "skipped", "passed"), (practice.bob, "queued", None)]
    with acting():
        offering.pass_on(offers()[0].id, now=now)
        with pytest.raises(OfferOverError):
            service.take(offers()[0].id, by=practice.alice, now=now)
    run(now)
    with acting():
        assert [each[2] for each in made()] == ["passed", "open"]
        assert why(offers()[0].waiting_id) is None


def test_an_offer_that_runs_out_goes_to_the_next(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    run(LATER - timedelta(seconds=1))
    with acting():
        assert [each[2] for each in made()] == ["open"]
    run(LATER)
    with acting():
        assert made() == [(practice.alice_client, at(10), "expired"), (practice.bob_client, at(10), "open")]
        with pytest.raises(OfferOverError):
            service.take(offers()[0].id, by=practice.alice, now=LATER)


def test_an_offer_that_somebody_is_ending_is_not_waited_for(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run, owner: Owner
) -> None:
    """Whoever ends it may want our locks next; the job comes again."""
    with acting():
        free(two_wait[10])
    run()
    with acting() as session:
        of_bob = session.scalars(select(Waiting.id).where(Waiting.client_id == practice.bob_client)).one()
    with owner.transaction(force_rollback=True):
        owner.execute("UPDATE offer SET state = 'passed', settled_at = offered_at")
        with acting() as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            assert offering.offer_to(of_bob, LATER) is None
    run(LATER)
    with acting():
        assert made() == [(practice.alice_client, at(10), "expired"), (practice.bob_client, at(10), "open")]


def test_who_lets_everything_pass_is_not_asked_about_it_again(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        waiting_id = joining(practice.alice_client)
        free(full_morning[10])
    run()
    with acting():
        offering.pass_on(offers()[0].id, now=NOW)
    run(NOW + timedelta(minutes=1))
    with acting():
        assert [each[2] for each in made()] == ["passed"]
        free(full_morning[11])  # from 10:00 to 12:00 now; what overlaps with what was let go does not come again
    run(NOW + timedelta(minutes=2))
    with acting():
        assert made()[1:] == [(practice.alice_client, at(11), "open")]
        assert why(waiting_id) is None


def test_with_workers_down_nothing_is_lost_and_nothing_stale(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    """The offer runs out by itself: its time is free to all, cannot be taken, and the next run tells nobody of it."""
    with acting():
        free(two_wait[10])
    run()
    with acting():
        with pytest.raises(OfferOverError):
            service.take(offers()[0].id, by=practice.alice, now=LATER)
        booking.book(wishing(at(10)), [practice.carol_client], by=None, now=LATER)
    run(LATER + timedelta(hours=1))
    with acting():
        assert made() == [(practice.alice_client, at(10), "expired")]
        assert messages() == [(practice.alice, "skipped", "expired")]


def test_nothing_within_notice_is_offered(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    almost = at(10) - timedelta(hours=25)
    run(almost + timedelta(seconds=1))
    with acting():
        assert made() == []
    run(almost)
    with acting():
        assert made() == [(practice.alice_client, at(10), "open")]
        assert offers()[0].expires_at == at(10) - timedelta(hours=24)
    run(at(10) - timedelta(hours=24))
    with acting():
        assert [each[2] for each in made()] == ["expired"]  # and nobody else is asked within notice


def test_a_message_is_not_sent_once_the_offer_is_over(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == service.OFFERED)).one()
        assert mails.still_wanted(message, LATER - timedelta(seconds=1)) is None
        assert mails.still_wanted(message, LATER) == "expired"
        close(practice.alice_client)
        assert mails.still_wanted(message, NOW) == "closed"
        offering.pass_on(offers()[0].id, now=NOW)
        assert mails.still_wanted(message, NOW) == "passed"


def test_the_message_says_no_more_than_that_there_is_a_time(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == service.OFFERED)).one()
        letter = mails.render(message, NOW)
        assert letter is not None
        assert (letter.to, letter.subject, letter.attachments) == ("alice.hart@example.org", "Please sign in", ())
        assert letter.text == (
            "Hello Alice,\n\n"
            "A time has become free. It is kept for you until Tuesday, November 24, 2:00\u202fPM. "
            "Please sign in to see it:\n\n"
            "http://127.0.0.1/sign-in\n\n"
            "Elm Street Practice"
        )
        db.session.get_one(Client, practice.alice_client).is_mailbox_shared = True
        db.session.flush()
        discreet = mails.render(message, NOW)
        assert discreet is not None
        assert "There is something new for you. Please sign in to see it:" in discreet.text
        assert "time" not in discreet.text


def test_who_has_got_a_session_leaves_and_what_was_kept_goes_on(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    now = NOW + timedelta(minutes=5)
    with acting():
        booking.book(wishing(at(15)), [practice.alice_client], by=practice.alice, now=now)
    run(now)
    with acting():
        assert made() == [(practice.alice_client, at(10), "withdrawn"), (practice.bob_client, at(10), "open")]
        assert why(offers()[0].waiting_id) == "booked"


def test_a_session_from_before_does_not_end_the_wait(
    acting: Acting, practice: Practice, joining: Joining, wishing: Wishing, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        booking.book(wishing(at(15)), [practice.alice_client], by=None, now=NOW)
        waiting_id = joining(practice.alice_client, now=NOW + timedelta(seconds=1))
    run(NOW + timedelta(minutes=1))
    with acting():
        assert why(waiting_id) is None


@pytest.mark.parametrize("reason", ["closed", "over"])
def test_who_was_closed_and_whose_last_day_is_over_leave(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], reason: str, run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        if reason == "closed":
            close(practice.alice_client)
        else:
            db.session.get_one(Waiting, offers()[0].waiting_id).until = NOW.date() - timedelta(days=1)
    run()
    with acting():
        assert why(offers()[0].waiting_id) == reason
        assert made()[0] == (practice.alice_client, at(10), "withdrawn")


def test_who_was_closed_cannot_take_it_before_the_job_comes(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        close(practice.alice_client)
        with pytest.raises(OfferOverError):
            service.take(offers()[0].id, by=practice.alice, now=NOW)


def test_leaving_gives_what_was_kept_to_the_next_at_once(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        offering.leave(offers()[0].waiting_id, "left", now=NOW)
        offering.leave(offers()[0].waiting_id, "removed", now=NOW)
        assert made() == [(practice.alice_client, at(10), "withdrawn"), (practice.bob_client, at(10), "open")]
        assert why(offers()[0].waiting_id) == "left"


def test_a_time_that_the_therapist_is_away_at_is_withdrawn_and_cannot_be_taken(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting() as session:
        away = TimeOff(id=new_id(), therapist_id=practice.dana, starts_at=at(8), ends_at=at(18), cover_id=practice.erik)
        session.add(away)
    with acting(), pytest.raises(OfferOverError):
        service.take(offers()[0].id, by=practice.alice, now=NOW)
    run()
    with acting():
        assert made() == [(practice.alice_client, at(10), "withdrawn")]
        assert messages() == [(practice.alice, "skipped", "withdrawn")]


def test_one_offer_at_a_time_reaches_a_person(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        joining(practice.alice_client)
        joining(practice.alice_client, service_id=practice.couple_session)
        free(full_morning[10])
        free(full_morning[11])
    run()
    run(NOW + timedelta(minutes=1))
    with acting():
        assert made() == [(practice.alice_client, at(10), "open")]


def test_one_waits_once_for_a_service(acting: Acting, practice: Practice, joining: Joining) -> None:
    with acting():
        first = joining(practice.alice_client)
        with pytest.raises(AlreadyWaitingError):
            joining(practice.alice_client)
        offering.leave(first, "left", now=NOW)
        assert joining(practice.alice_client) != first


def test_the_therapist_who_was_asked_for_is_the_only_one_who_is_offered(
    acting: Acting, practice: Practice, joining: Joining, run: Run
) -> None:
    with acting():
        wanted = Preferences((3,), ("morning",), therapist_id=practice.erik)
        joining(practice.alice_client, wanted, service_id=practice.first_call)
    run()
    with acting():
        assert [(each.therapist_id, each.starts_at) for each in offers()] == [(practice.erik, at(9))]


def test_what_a_browser_holds_is_not_offered(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    with acting():
        free(two_wait[10])
        holds.hold(wishing(at(10)), holds.Browser(b"somebody"), now=NOW)
    run()
    with acting():
        assert made() == []
    run(NOW + timedelta(minutes=11))
    with acting():
        assert made() == [(practice.alice_client, at(10), "open")]


# For two


@pytest.fixture
def joint_offer(acting: Acting, practice: Practice, joining: Joining, run: Run) -> UUID:
    """Alice waits for a joint session, and Thursday at nine is kept for her; the wish."""
    with acting():
        waiting_id = joining(practice.alice_client, JOINT_MORNING, service_id=practice.couple_session)
    run()
    with acting():
        assert made() == [(practice.alice_client, at(9), "open")]
    return waiting_id


def test_an_offer_for_two_claims_the_therapist_the_room_and_who_waits_alone(
    acting: Acting, practice: Practice, joint_offer: UUID
) -> None:
    with acting():
        hold_id = offers()[0].hold_id
        claims = db.session.scalars(select(Claim.resource).where(Claim.appointment_id == hold_id))
        assert set(claims) == {practice.dana, practice.room, practice.alice_client}
        attendees = db.session.scalars(select(Attendee.client_id).where(Attendee.appointment_id == hold_id))
        assert attendees.all() == [practice.alice_client]
        told = db.session.scalars(select(OutboxMessage.recipient_id))
        assert set(told) == {practice.alice}


def test_what_the_partner_has_plays_no_part_in_an_offer_for_two(
    acting: Acting, practice: Practice, joining: Joining, wishing: Wishing, run: Run
) -> None:
    with acting():
        booking.book(wishing(at(9), therapist=practice.erik), [practice.bob_client], by=None, now=NOW)
        joining(practice.alice_client, JOINT_MORNING, service_id=practice.couple_session)
    run()
    with acting():
        assert made() == [(practice.alice_client, at(9), "open")]


def test_taking_an_offer_for_two_asks_the_partner_and_keeps_the_turn_until_they_agree(
    acting: Acting, practice: Practice, joint_offer: UUID, run: Run
) -> None:
    now = NOW + timedelta(minutes=1)
    with acting():
        booked = service.take(offers()[0].id, by=practice.alice, now=now)
        assert (booked.state, booked.couple_id) == ("requested", practice.couple)
        asked = select(OutboxMessage.recipient_id).where(OutboxMessage.kind == "booking.asked")
        assert db.session.scalars(asked).all() == [practice.bob]
        assert why(joint_offer) is None
    run(now)
    with acting():
        assert len(offers()) == 1  # nothing more while the request waits
        requests.agree(offers()[0].hold_id, practice.bob_client, by=practice.bob, now=now)
    run(now)
    with acting():
        assert why(joint_offer) == "booked"


def test_who_gets_no_yes_has_kept_their_turn(acting: Acting, practice: Practice, joint_offer: UUID, run: Run) -> None:
    now = NOW + timedelta(minutes=1)
    with acting():
        service.take(offers()[0].id, by=practice.alice, now=now)
    with acting():
        expiry.expire_due(now + timedelta(hours=24))
    run(now + timedelta(hours=24))
    with acting():
        assert why(joint_offer) is None
        # Nine has been asked for; the next one that does not overlap, and that is not within notice, comes now.
        assert [each[2] for each in made()] in (["taken"], ["taken", "open"])
        assert all(each[1] != at(9) for each in made()[1:])


def test_a_request_to_the_practice_that_is_declined_has_kept_the_turn(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run
) -> None:
    with acting():
        on_request(practice.individual)
        free(two_wait[10])
    run()
    with acting():
        asked = service.take(offers()[0].id, by=practice.alice, now=NOW)
        assert asked.state == "requested"
        requests.decline(asked.id, by=practice.dana, now=NOW)
    run(NOW + timedelta(minutes=1))
    with acting():
        assert why(offers()[0].waiting_id) is None
        assert made() == [(practice.alice_client, at(10), "taken"), (practice.bob_client, at(10), "open")]


def test_the_end_of_sharing_ends_the_wait_for_two_and_nothing_else(
    acting: Acting, practice: Practice, joining: Joining, joint_offer: UUID, run: Run
) -> None:
    with acting():
        own = joining(practice.alice_client)
        couples.end(practice.couple, practice.alice, NOW)
    with acting(), pytest.raises(OfferOverError):
        service.take(offers()[0].id, by=practice.alice, now=NOW)
    run()
    with acting():
        assert why(joint_offer) == "over"
        assert why(own) is None


def test_an_offer_blocks_nobody_else_at_that_time(
    acting: Acting, practice: Practice, joint_offer: UUID, wishing: Wishing
) -> None:
    """Bob is free as far as he and everybody else can tell."""
    with acting():
        wish = wishing(at(9), therapist=practice.erik)
        assert booking.book(wish, [practice.bob_client], by=None, now=NOW).state == "confirmed"


def test_a_partner_asks_for_the_same_time_as_if_nothing_were_kept_for_the_other(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    """Alice's own offer is hers: Bob's request for two at that hour, with Erik, goes through as it would without."""
    with acting():
        joining(practice.alice_client, THURSDAY_MORNING)
        free(full_morning[10])
    run()
    with acting():
        wish = wishing(at(10), service=practice.couple_session, therapist=practice.erik)
        held = holds.hold(wish, holds.Browser(b"bob"), now=NOW, client_ids=[practice.bob_client])
        together = Together(practice.couple, practice.alice_client)
        asked = booking.confirm(held, [practice.bob_client], by=practice.bob, now=NOW, together=together)
        assert asked.state == "requested"


def test_times_are_read_in_a_fixed_number_of_statements(
    acting: Acting, practice: Practice, two_wait: dict[int, UUID], statements: list[str], run: Run
) -> None:
    """However far the service may be booked ahead."""
    counts = []
    for days in (10, 60):
        with acting():
            db.session.get_one(Service, practice.individual).horizon_days = days
        before = len(statements)
        run()
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def test_offer_is_what_it_says(acting: Acting, practice: Practice, two_wait: dict[int, UUID], run: Run) -> None:
    with acting():
        free(two_wait[10])
    run()
    with acting():
        offer = offers()[0]
        held = db.session.get_one(Appointment, offer.hold_id)
        assert (held.state, held.held_until) == ("held", offer.expires_at)
        assert Interval(held.starts_at, held.ends_at) == Interval(offer.starts_at, offer.ends_at)
