"""A therapist's own length, price and buffers reach search, holds, claims and pages; what is booked keeps its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clinic.booking import holds, requests, schedule, service
from clinic.booking.holds import Browser as Holder
from clinic.booking.models import Claim
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service, TherapistService
from clinic.practice.queries import terms_with
from clinic.practice.terms import Terms
from tests.booking.asking import ask_bob
from tests.booking.conftest import NOW, Wishing, at
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice


@pytest.fixture
def own(practice: Practice, acting: Acting) -> None:
    """Dana gives an individual session in 70 minutes, with 5 before and 20 after, for 160 dollars."""
    with acting() as session:
        row = session.get_one(TherapistService, (practice.dana, practice.individual))
        row.minutes, row.price_cents, row.buffer_before_minutes, row.buffer_after_minutes = 70, 16_000, 5, 20


def free(practice: Practice, therapist: str, hour: int) -> list[datetime]:
    wanted = Interval(at(hour), at(hour) + timedelta(hours=1))
    person_id = getattr(practice, therapist)
    individual = db.session.get_one(Service, practice.individual)
    terms = terms_with(individual, [person_id])
    return schedule.starts_by_therapist(individual, "video", terms, wanted, zone=ZONE, now=NOW)[person_id]


def test_what_is_left_empty_is_as_listed(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        session.get_one(TherapistService, (practice.dana, practice.individual)).price_cents = 0
        session.flush()
        individual = session.get_one(Service, practice.individual)
        assert terms_with(individual, [practice.dana, practice.erik]) == {
            practice.dana: Terms(50, 0, 10, 0),
            practice.erik: Terms(50, 0, 10, 14_000),
        }


def test_search_offers_what_fits_the_own_length(practice: Practice, acting: Acting, own: None) -> None:
    with acting():
        assert free(practice, "dana", 15)[-1] == at(15, 45)
        assert free(practice, "erik", 15)[-1] == at(15, 45)
        assert free(practice, "dana", 16) == []  # 70 minutes end after five
        assert free(practice, "erik", 16) == [at(16)]


def test_held_time_has_the_own_length_buffers_and_price(
    practice: Practice, acting: Acting, wishing: Wishing, own: None
) -> None:
    with acting() as session:
        held = holds.hold(wishing(at(10)), Holder(b"one"), now=NOW)
        assert (held.ends_at - held.starts_at, held.price_cents) == (timedelta(minutes=70), 16_000)
        during = session.scalars(select(Claim.during).where(Claim.resource == practice.dana)).one()
        assert (during.lower, during.upper) == (at(9, 55), at(11, 30))
        with_erik = holds.hold(wishing(at(10), therapist=practice.erik), Holder(b"two"), now=NOW)
        assert (with_erik.minutes, with_erik.price_cents) == (50, 14_000)


def test_hold_that_is_confirmed_after_the_service_changed_claims_what_was_held(
    practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        held = holds.hold(wishing(at(10)), Holder(b"one"), now=NOW)
        session.get_one(Service, practice.individual).minutes = 30
        session.flush()
        booked = service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW)
        assert (booked.minutes, booked.price_cents) == (50, 14_000)
        during = session.scalars(select(Claim.during).where(Claim.resource == practice.alice_client)).one()
        assert during.upper == at(10, 50)


def test_partner_who_says_yes_after_the_service_changed_claims_what_was_asked_for(
    practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        asked = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
        session.get_one(Service, practice.couple_session).minutes = 30
        session.flush()
        requests.agree(asked.id, practice.bob_client, by=practice.bob, now=NOW)
        during = session.scalars(select(Claim.during).where(Claim.resource == practice.bob_client)).one()
        assert (during.lower, during.upper) == (at(10), at(11, 20))


def test_moved_session_keeps_its_length_and_price(practice: Practice, acting: Acting, wishing: Wishing) -> None:
    with acting() as session:
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        listed = session.get_one(Service, practice.individual)
        listed.minutes, listed.price_cents = 90, 20_000
        session.flush()
        # At 16:10 the old length fits before five, the new one would not.
        moved = service.move(booked, wishing(at(16)), by=practice.alice, now=NOW)
        assert (moved.starts_at, moved.minutes, moved.price_cents) == (at(16), 50, 14_000)


def test_pages_say_the_own_length_and_price(practice: Practice, own: None, browser: Callable[..., Browser]) -> None:
    alice = browser(practice.alice)
    assert "70 minutes" in alice.get("/book/individual-session/dana").text
    page = browser().get("/therapists/dana").text
    assert "70 minutes" in page
    assert "$160" in page
    assert "50 minutes" in browser().get("/therapists/erik").text
    assert "With Dana Whitfield: 70 minutes, $160." in browser().get("/services").text


def test_review_names_the_own_fee(practice: Practice, own: None, browser: Callable[..., Browser]) -> None:
    alice = browser(practice.alice)
    slot = f"{at(10).astimezone(UTC).isoformat()}~{practice.dana}"
    held = alice.submit("/book/individual-session/dana", slot=slot)
    page = alice.get(held.location).text
    assert "70 minutes" in page
    assert "$160" in page


def test_first_calls_are_shown_of_those_who_give_them(
    practice: Practice, acting: Acting, browser: Callable[..., Browser]
) -> None:
    with acting() as session:
        session.delete(session.get_one(TherapistService, (practice.erik, practice.first_call)))
    assert "no free first call" in browser().get("/therapists/erik").text
    assert "Take it" in browser().get("/therapists/dana").text
