"""Whose turn it is and which time it is for, where two answers would be near: each rule at its edge."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from clinic.accounts.models import Person
from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.clients import care
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.practice import listing
from clinic.practice.models import Service, TimeOff
from clinic.waitlist import offering, queries, service
from clinic.waitlist.errors import OfferOverError
from clinic.waitlist.models import Waiting
from clinic.waitlist.service import Preferences
from tests.booking.asking import ask_bob
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import Practice
from tests.waitlist.conftest import THURSDAY_MORNING, Joining, Run, free, made, offers

LATER = NOW + timedelta(hours=4)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def offered(acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run) -> UUID:
    """Ten on Thursday is kept for Alice alone; the offer."""
    with acting():
        joining(practice.alice_client)
        free(full_morning[10])
    run()
    with acting():
        return offers()[0].id


def why(client_id: UUID) -> str | None:
    """Why this client's wish is over; None while it waits."""
    return db.session.scalars(select(Waiting.why).where(Waiting.client_id == client_id)).one()


@pytest.mark.parametrize("change", [{"is_active": False}, {"booked_by": "staff"}])
def test_what_is_not_on_offer_to_clients_any_more_is_offered_to_nobody_who_waits(
    acting: Acting,
    practice: Practice,
    joining: Joining,
    full_morning: dict[int, UUID],
    run: Run,
    change: dict[str, object],
) -> None:
    with acting() as session:
        joining(practice.alice_client)
        free(full_morning[10])
        for name, value in change.items():
            setattr(session.get_one(Service, practice.individual), name, value)
    run()
    with acting():
        assert made() == []


def test_a_client_who_has_another_therapist_by_now_cannot_take_it(
    acting: Acting, practice: Practice, offered: UUID, run: Run
) -> None:
    with acting():
        care.hand_over(practice.alice_client, practice.erik, NOW)
    with acting(), pytest.raises(OfferOverError):
        service.take(offered, by=practice.alice, now=NOW + MINUTE)
    run(NOW + MINUTE)
    with acting():
        assert made()[0] == (practice.alice_client, at(10), "withdrawn")


def test_a_therapist_who_is_listed_no_more_gives_what_is_kept_already(
    acting: Acting, practice: Practice, offered: UUID
) -> None:
    with acting():
        listing.unlist(practice.dana)
    with acting():
        assert service.take(offered, by=practice.alice, now=NOW).state == "confirmed"


def test_a_longer_notice_counts_from_the_moment_of_the_offer(acting: Acting, practice: Practice, offered: UUID) -> None:
    """It is in 48 hours; two hours later a notice of 47 is kept still, since that is when it was offered."""
    with acting() as session:
        session.get_one(Service, practice.individual).notice_minutes = 47 * 60
    with acting():
        assert service.take(offered, by=practice.alice, now=NOW + timedelta(hours=2)).state == "confirmed"


def test_what_is_kept_does_not_count_against_itself_where_a_day_has_a_cap(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting() as session:
        session.get_one(Service, practice.individual).daily_cap = len(full_morning)
        joining(practice.alice_client)
        free(full_morning[10])
    run()
    with acting():
        assert service.take(offers()[0].id, by=practice.alice, now=NOW).state == "confirmed"


def test_what_has_run_out_is_shown_to_nobody_and_not_passed_on(
    acting: Acting, practice: Practice, offered: UUID
) -> None:
    with acting() as session:
        shown = [
            (len(queries.open_offers(practice.alice, now)), session.execute(everyone).one()[2] is not None)
            for now in (LATER - MINUTE, LATER)
            for everyone in [queries.everyone(practice.desk, ["front_desk"], now)]
        ]
        assert shown == [(1, True), (0, False)]
        with pytest.raises(OfferOverError):
            offering.pass_on(offered, now=LATER)


def test_what_is_let_go_goes_to_who_waits_for_the_same_service(
    acting: Acting, practice: Practice, joining: Joining, offered: UUID
) -> None:
    """Carol waits longer, but for something else; the job offers her what is free."""
    with acting():
        joining(practice.carol_client, THURSDAY_MORNING, now=NOW - timedelta(days=9), service_id=practice.first_call)
        joining(practice.bob_client)
        offering.pass_on(offered, now=NOW)
        assert made()[1:] == [(practice.bob_client, at(10), "open")]


def test_just_what_is_let_go_is_passed_on(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], offered: UUID
) -> None:
    """Nine is free as well, and earlier."""
    with acting():
        free(full_morning[9])
        joining(practice.bob_client)
        offering.pass_on(offered, now=NOW)
        assert made()[1:] == [(practice.bob_client, at(10), "open")]


def test_what_is_let_go_stays_with_its_therapist(
    acting: Acting, practice: Practice, joining: Joining, run: Run
) -> None:
    """Bob waits for Erik alone, who is free then too; Carol would take anybody, and gets what Alice lets go."""
    with acting():
        wanted = Preferences((3,), ("morning",), therapist_id=practice.dana)
        joining(practice.alice_client, wanted, service_id=practice.first_call)
    run()
    with acting():
        for number, (client_id, therapist_id) in enumerate(
            ((practice.bob_client, practice.erik), (practice.carol_client, None))
        ):
            wanted = Preferences((3,), ("morning",), therapist_id=therapist_id)
            joining(client_id, wanted, now=NOW + number * MINUTE, service_id=practice.first_call)
        offering.pass_on(offers()[0].id, now=NOW + 2 * MINUTE)
        assert [(each.client_id, each.therapist_id) for each in offers()] == [
            (practice.alice_client, practice.dana),
            (practice.carol_client, practice.dana),
        ]


def test_a_time_that_was_withdrawn_comes_again(acting: Acting, practice: Practice, offered: UUID, run: Run) -> None:
    """Unlike what somebody let go: nobody has said no to it."""
    away_id = new_id()
    away = TimeOff(id=away_id, therapist_id=practice.dana, starts_at=at(8), ends_at=at(18), cover_id=practice.erik)
    with acting() as session:
        session.add(away)
    run()
    with acting() as session:
        session.delete(session.get_one(TimeOff, away_id))
    run(NOW + MINUTE)
    with acting():
        assert [each[1:] for each in made()] == [(at(10), "withdrawn"), (at(10), "open")]


def test_the_earliest_time_is_offered_however_it_is_held(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    """Nine by video, since the one room is taken until ten."""
    with acting():
        joining(practice.alice_client)
        free(full_morning[9])
        free(full_morning[10])
        wish = wishing(at(9), therapist=practice.erik, modality="office")
        booking.book(wish, [practice.bob_client], by=None, now=NOW)
    run()
    with acting():
        assert [(each.starts_at, each.modality) for each in offers()] == [(at(9), "video")]


def test_a_time_at_which_the_client_has_something_else_is_passed_over(
    acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], wishing: Wishing, run: Run
) -> None:
    with acting():
        wish = wishing(at(9), service=practice.first_call, therapist=practice.erik)
        booking.book(wish, [practice.alice_client], by=None, now=NOW)
        joining(practice.alice_client)
        free(full_morning[9])
        free(full_morning[11])
    run()
    with acting():
        assert made() == [(practice.alice_client, at(11), "open")]


@pytest.mark.parametrize(("last", "is_over"), [(24, True), (25, False)])
def test_the_last_day_is_over_by_the_clock_of_who_waits(
    acting: Acting, practice: Practice, joining: Joining, run: Run, last: int, is_over: bool
) -> None:
    """In Auckland it is Wednesday, the 25th."""
    with acting() as session:
        session.execute(update(Person).where(Person.id == practice.alice).values(zone="Pacific/Auckland"))
        joining(practice.alice_client, Preferences((3,), ("evening",), until=date(2026, 11, last)))
    run()
    with acting():
        assert why(practice.alice_client) == ("over" if is_over else None)


def test_a_session_from_before_that_is_moved_does_not_end_the_wait(
    acting: Acting, practice: Practice, joining: Joining, wishing: Wishing, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        before = booking.book(wishing(at(15)), [practice.alice_client], by=None, now=NOW).id
        joining(practice.alice_client, now=NOW + MINUTE)
    with acting() as session:
        moved = session.get_one(Appointment, before)
        booking.move(moved, wishing(at(16)), by=None, now=NOW + 2 * MINUTE, is_staff=True)
    run(NOW + 3 * MINUTE)
    with acting():
        assert why(practice.alice_client) is None


def test_who_is_only_asked_by_a_partner_keeps_their_own_turn(
    acting: Acting, practice: Practice, joining: Joining, wishing: Wishing, run: Run
) -> None:
    """What Alice asks for is her request; Bob's own wait goes on as if nobody had asked him."""
    with acting():
        ask_bob(practice, wishing(at(14), service=practice.couple_session), NOW)
        joining(practice.bob_client, service_id=practice.couple_session)
    run()
    with acting():
        assert made() == [(practice.bob_client, at(9), "open")]


def test_a_closed_record_is_on_no_list(acting: Acting, practice: Practice, joining: Joining) -> None:
    with acting() as session:
        joining(practice.alice_client)
        everyone = queries.everyone(practice.desk, ["front_desk"], NOW)
        assert len(session.execute(everyone).all()) == 1
        client = queries.client_for(practice.desk, ["front_desk"], practice.alice_client, NOW)
        client.state, client.closed_at = "closed", NOW
        session.flush()
        assert session.execute(everyone).all() == []
