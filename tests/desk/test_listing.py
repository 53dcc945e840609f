"""The owner says who is on the public pages and until when; a newcomer and who cannot sign in are not."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.accounts.people import disable_login
from clinic.audit.models import AuditEvent
from clinic.booking import queries
from clinic.booking import service as booking
from clinic.booking.choices import bookable_services
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment
from clinic.core import clock, zones
from clinic.practice import listing
from clinic.practice.models import Therapist
from tests.booking.conftest import NOW, Wishing, at, wishing
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.idempotency.cases import COLLEAGUE

__all__ = ["wishing"]
Open = Callable[..., Browser]
STAFF = "/practice/staff"
WORDS: dict[str, Any] = {
    "title": "Couple therapist",
    "summary": "Hears both.",
    "about": "One.\n\nTwo.",
    "focus": "Couples, Grief,, Couples",
    "languages": "English, Twi",
    "is_listed": "y",
    "leaves_on": "",
}


@pytest.fixture
def olga(practice: Practice, browser: Open) -> Browser:
    return browser(practice.owner)


def page_of(therapist_id: UUID) -> str:
    return f"/practice/therapists/{therapist_id}"


def seen(page: str) -> dict[str, Any]:
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert found is not None
    return {"seen": found[1]}


def save(olga: Browser, therapist_id: UUID, **changed: Any) -> Any:
    """Send the form as it would be sent from a page that was just opened; an unticked box is not sent."""
    sent = WORDS | seen(olga.get(page_of(therapist_id)).text) | changed
    return olga.submit(page_of(therapist_id), **{name: value for name, value in sent.items() if value is not None})


def stands(acting: Acting, therapist_id: UUID) -> listing.Profile:
    with acting() as session:
        return listing.profile_of(session.get_one(Therapist, therapist_id))


def unlist(acting: Acting, therapist_id: UUID) -> None:
    with acting():
        listing.unlist(therapist_id)


def soon(hour: int) -> datetime:
    """That hour of a weekday a week or so from now, whatever day it is."""
    day = zones.wall(clock.now(), ZONE).date() + timedelta(days=7)
    return at(hour, day=day - timedelta(days=max(0, day.weekday() - 4)))


def test_what_the_owner_writes_stands_on_the_public_page(
    olga: Browser, browser: Open, acting: Acting, practice: Practice
) -> None:
    assert save(olga, practice.dana).status_code == 303
    assert stands(acting, practice.dana) == listing.Profile(
        "Couple therapist", "Hears both.", "One.\n\nTwo.", ["Couples", "Grief"], ["English", "Twi"], True, None, None
    )
    page = browser().get("/therapists/dana").text
    for words in ("Couple therapist", "Hears both.", "<p>Two.</p>", "Couples, Grief", "English, Twi"):
        assert words in page
    with acting() as session:
        query = select(AuditEvent.person_id).where(AuditEvent.action == "therapist.update")
        assert session.scalars(query).all() == [practice.owner]


def test_bad_input_is_told_clearly_and_nothing_typed_is_lost(olga: Browser, acting: Acting, practice: Practice) -> None:
    before = stands(acting, practice.dana)
    wrong = {"title": "t" * 81, "summary": "s" * 201, "about": "a" * 3001, "focus": "f" * 61, "leaves_on": "2199-01-01"}
    answer = save(olga, practice.dana, **wrong, languages=",".join(f"L{number}" for number in range(13)))
    assert answer.status_code == 422
    for words in ("longer than 80", "longer than 200", "longer than 3000", "60 letters", "12 at most", "three years"):
        assert words in answer.text
    assert "t" * 81 in answer.text
    assert "L0, L1, L2" in answer.text
    assert stands(acting, practice.dana) == before


def test_nobody_is_listed_without_words_and_nothing_is_saved_over_what_was_not_seen(
    olga: Browser, acting: Acting, practice: Practice
) -> None:
    before, old = stands(acting, practice.dana), seen(olga.get(page_of(practice.dana)).text)
    answer = save(olga, practice.dana, summary="")
    assert answer.status_code == 422
    assert "please write a title" in answer.text
    assert stands(acting, practice.dana) == before
    assert save(olga, practice.dana, summary="", is_listed=None).status_code == 303
    late = save(olga, practice.dana, **old)
    assert late.status_code == 409
    card = late.text.partition("What stands now")[2].partition("</section>")[0]
    assert "In one sentence" in card
    assert "token" not in card.lower()  # what nobody has typed is nothing to compare
    assert not stands(acting, practice.dana).is_listed


def test_who_is_not_listed_is_on_no_public_page_and_booked_by_staff_alone(
    olga: Browser, browser: Open, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    alice, visitor = browser(practice.alice), browser()
    assert alice.get("/book/individual-session/dana").status_code == 200
    assert save(olga, practice.dana, is_listed=None).status_code == 303
    for public in ("/", "/therapists", "/book/first-call/anyone"):
        assert "Dana" not in visitor.get(public).text
    for gone in ("/therapists/dana", "/book/first-call/dana"):
        assert visitor.get(gone).status_code == 404
    assert alice.get("/book/individual-session/dana").status_code == 404
    with acting():
        own = queries.client_of(practice.alice)
        assert [each.slug for each in bookable_services(own)] == ["first-call"]
    assert browser(practice.dana).get(f"/clients/{practice.alice_client}/book?modality=video").status_code == 200
    with acting():
        booked = booking.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        assert booked.therapist_id == practice.dana


def test_a_time_that_is_held_already_can_still_be_booked_and_no_other(
    browser: Open, acting: Acting, practice: Practice
) -> None:
    alice, path = browser(practice.alice), "/book/individual-session/dana"
    first, other = write_start(soon(10)), write_start(soon(14))
    assert alice.submit(f"{path}?modality=video", slot=f"{first}~{practice.dana}").status_code in {303, 200}
    unlist(acting, practice.dana)
    assert alice.get(f"{path}/{first}/review?modality=video").status_code == 200
    assert alice.get(f"{path}/{other}/review?modality=video").status_code == 404
    assert alice.submit(f"{path}/{first}/review?modality=video").status_code == 303
    assert alice.get(f"{path}/{first}/review?modality=video").status_code == 404


def test_a_session_with_somebody_unlisted_is_still_moved_until_they_leave(
    olga: Browser, browser: Open, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    assert "can still move it to another of their times" in olga.get(page_of(practice.dana)).text
    leaves_at = zones.day_bounds(zones.wall(soon(10), ZONE).date() + timedelta(days=1), ZONE)[0]
    with acting() as session:
        booked = booking.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id
        listing.unlist(practice.dana)
        session.get_one(Therapist, practice.dana).leaves_at = leaves_at
    alice, path = browser(practice.alice), f"/sessions/{booked}/move"
    before, after = (f"{each.isoformat()}~{practice.dana}" for each in (soon(14), soon(10) + timedelta(days=7)))
    assert before in alice.get(path).text
    assert 'name="slot"' not in alice.get(f"{path}?day={(soon(10) + timedelta(days=7)).date()}").text
    assert alice.submit(path, slot=after).status_code == 409
    assert alice.submit(path, slot=before).status_code == 303
    with acting() as session:
        assert session.get_one(Appointment, booked).starts_at == soon(14)


def test_who_takes_over_or_stands_in_need_not_be_listed_but_there(
    browser: Open, acting: Acting, practice: Practice
) -> None:
    fay = browser(practice.desk)
    pages = [f"/hand-over/{practice.dana}", f"/away/{practice.dana}"]

    def offered() -> list[bool]:
        found = [fay.get(page).text for page in pages]
        found.append(browser(practice.dana).get(f"/hours/{practice.dana}/off").text)
        assert not any(f'value="{practice.dana}"' in page for page in found)
        return [f'value="{practice.erik}"' in page for page in found]

    unlist(acting, practice.erik)
    assert offered() == [True] * 3
    with acting() as session:
        session.get_one(Therapist, practice.erik).leaves_at = clock.now() - timedelta(days=1)
    assert offered() == [False] * 3
    with acting() as session:
        session.get_one(Therapist, practice.erik).leaves_at = None
        disable_login(practice.erik, clock.now())
    assert offered() == [False] * 3


def test_a_newcomer_is_unlisted_until_the_owner_says_so(
    olga: Browser, browser: Open, acting: Acting, practice: Practice
) -> None:
    answer = olga.submit(STAFF, **COLLEAGUE | {"role": "therapist"}, follow_redirects=True)
    assert "Gil is on no public page until you switch them on" in answer.text
    assert "Not on the public pages" in answer.text
    assert browser().get("/therapists/gil-moss").status_code == 404
    with acting() as session:
        gil = session.scalars(select(Person.id).where(Person.given_name == "Gil")).one()
    assert page_of(gil) in answer.text
    assert "not on the public pages" in olga.get("/practice").text
    assert save(olga, gil).status_code == 303
    assert "Gil Moss" in browser().get("/therapists").text


def test_a_closed_sign_in_unlists_and_warns_of_what_is_ahead(
    olga: Browser, browser: Open, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booking.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now())
    answer = olga.submit(f"{STAFF}/{practice.dana}/close", follow_redirects=True)
    assert not stands(acting, practice.dana).is_listed
    assert "1 session ahead needs somebody else." in answer.text
    assert f"/hand-over/{practice.dana}" in answer.text
    assert f"/hand-over/{practice.erik}" not in answer.text
    assert "Alice" not in answer.text
    refused = save(olga, practice.dana)
    assert refused.status_code == 422
    assert "Their sign-in is closed" in refused.text
    olga.submit(f"{STAFF}/{practice.dana}/open")
    assert not stands(acting, practice.dana).is_listed
    assert save(olga, practice.dana).status_code == 303


def test_a_leaver_without_a_session_gets_a_date_and_it_can_be_taken_away(
    olga: Browser, acting: Acting, practice: Practice
) -> None:
    day = zones.wall(clock.now() + timedelta(days=30), ZONE).date()
    assert save(olga, practice.dana, leaves_on=f"{day}").status_code == 303
    assert stands(acting, practice.dana).leaves_at == zones.day_bounds(day, ZONE)[0]
    page = olga.get(page_of(practice.dana)).text
    assert "Takes no new session from" in page
    assert "Nothing is booked from then on." in page
    assert f'value="{day}"' in page
    assert "no new session from" in olga.get(STAFF).text
    assert save(olga, practice.dana).status_code == 303
    assert stands(acting, practice.dana).leaves_at is None


def test_a_moment_that_a_hand_over_set_stays_while_its_day_does(
    olga: Browser, acting: Acting, practice: Practice
) -> None:
    moment = zones.day_bounds(zones.wall(clock.now(), ZONE).date(), ZONE)[0] + timedelta(hours=11)
    with acting() as session:
        session.get_one(Therapist, practice.dana).leaves_at = moment
    save(olga, practice.dana, leaves_on=f"{zones.wall(moment, ZONE).date()}")
    assert stands(acting, practice.dana).leaves_at == moment
