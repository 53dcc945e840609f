"""The owner's pages: services, rooms and holidays, with words where something is wrong and nothing typed lost."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock
from clinic.practice.models import Holiday, Room, Service, TherapistService
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.idempotency.cases import SERVICE

Owner = psycopg.Connection[tuple[object, ...]]
Opening = Callable[..., Browser]
SERVICES = "/practice/services"


def field(page: str, name: str) -> str:
    """What a text field of the page holds."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


@pytest.fixture
def olga(practice: Practice, browser: Opening) -> Browser:
    return browser(practice.owner)


def typed(olga: Browser, path: str, **more: Any) -> dict[str, Any]:
    """The form of a service as its page shows it, with some fields typed anew."""
    page = olga.get(path).text
    kept = {name: field(page, name) for name in SERVICE if name not in {"description", *CHOSEN}}
    ticked = re.findall(r'name="given_by"[^>]*value="([^"]+)"[^>]*checked', page)
    return {**SERVICE, **kept, "seen": field(page, "seen"), "given_by": ticked} | more


CHOSEN = ("modalities", "attends", "booked_by", "approval")


def test_new_service_is_offered_by_those_who_were_ticked(practice: Practice, olga: Browser, acting: Acting) -> None:
    made = olga.submit(f"{SERVICES}/new", **SERVICE, given_by=[str(practice.erik)], follow_redirects=True)
    assert "It can be booked from now on" in made.text
    with acting() as session:
        service = session.scalars(select(Service).where(Service.name == "Long session")).one()
        assert (service.slug, service.price_cents, service.late_fee_cents) == ("long-session", 20_000, 5_000)
        assert (service.notice_minutes, service.late_change_minutes, service.daily_cap) == (1440, 1440, None)
        givers = select(TherapistService.therapist_id).where(TherapistService.service_id == service.id)
        assert session.scalars(givers).all() == [practice.erik]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(olga: Browser) -> None:
    wrong: dict[str, Any] = SERVICE | {"name": "", "minutes": "soon", "price": "-5", "modalities": [], "notice": "1.5"}
    answer = olga.submit(f"{SERVICES}/new", **wrong | {"description": "Words that stay"})
    assert answer.status_code == 422
    for words in (
        "Please give it a name.",
        "Please write a number.",
        "Please write an amount up to 10,000.",
        "Please choose at least one.",
    ):
        assert words in answer.text
    assert field(answer.text, "minutes") == "soon"
    assert field(answer.text, "notice") == "1.5"
    assert "Words that stay" in answer.text


def test_a_visitor_books_no_couple(olga: Browser) -> None:
    answer = olga.submit(f"{SERVICES}/new", **SERVICE | {"attends": "couple", "booked_by": "visitor"})
    assert answer.status_code == 422
    assert "A visitor books for one person." in answer.text


def test_service_page_shows_and_saves_what_stands(practice: Practice, olga: Browser, owner: Owner) -> None:
    path = f"{SERVICES}/{practice.individual}"
    page = olga.get(path).text
    assert [field(page, name) for name in ("minutes", "price", "notice", "late_fee")] == ["50", "140", "24", "0"]
    saved = olga.submit(path, **typed(olga, path, price="150.50", daily_cap="4"))
    assert saved.status_code == 303
    row = owner.execute("SELECT price_cents, daily_cap FROM service WHERE id = %s", [practice.individual]).fetchone()
    assert row == (15_050, 4)
    kept = owner.execute("SELECT count(*) FROM therapist_service WHERE service_id = %s", [practice.individual])
    assert kept.fetchone() == (2,)
    done = owner.execute("SELECT person_id FROM audit_event WHERE action = 'service.update'").fetchall()
    assert done == [(practice.owner,)]


def test_the_later_of_two_owners_is_told_and_loses_nothing(practice: Practice, olga: Browser, owner: Owner) -> None:
    path = f"{SERVICES}/{practice.individual}"
    mine, theirs = typed(olga, path, price="150"), typed(olga, path, price="170", name="Session")
    assert olga.submit(path, **theirs).status_code == 303
    late = olga.submit(path, **mine)
    assert late.status_code == 409
    assert "Somebody else has changed this" in late.text
    assert field(late.text, "price") == "150"
    assert "What stands now" in late.text
    assert "170" in late.text
    again = olga.submit(path, **mine | {"seen": field(late.text, "seen")})
    assert again.status_code == 303
    row = owner.execute("SELECT price_cents FROM service WHERE id = %s", [practice.individual]).fetchone()
    assert row == (15_000,)


def test_service_that_is_switched_off_is_booked_no_more_and_stays_with_what_is(
    practice: Practice, olga: Browser, browser: Opening, acting: Acting
) -> None:
    path = f"{SERVICES}/{practice.individual}"
    appointment_id = booked(practice, acting, "video")
    assert "stays booked" in olga.submit(f"{path}/switch", to="off", follow_redirects=True).text
    alice = browser(practice.alice)
    assert alice.get("/book/individual-session/dana").status_code == 404
    assert alice.get(f"/sessions/{appointment_id}").status_code == 200
    assert "switched off" in olga.get(SERVICES).text
    olga.submit(f"{path}/switch", to="on")
    assert alice.get("/book/individual-session/dana").status_code == 200


def test_own_terms_are_saved_emptied_and_guarded(practice: Practice, olga: Browser, acting: Acting) -> None:
    path = f"{SERVICES}/{practice.individual}/therapists/{practice.erik}"
    seen = field(olga.get(path).text, "seen")
    assert olga.submit(path, seen=seen, minutes="60", price="160").status_code == 303
    page = olga.get(path).text
    assert [field(page, name) for name in ("minutes", "price")] == ["60", "160"]
    assert olga.submit(path, seen=seen, minutes="90").status_code == 409
    assert olga.submit(path, seen=field(page, "seen"), minutes="4").status_code == 422
    assert olga.submit(path, seen=field(page, "seen")).status_code == 303
    with acting() as session:
        own = session.get_one(TherapistService, (practice.erik, practice.individual))
        assert (own.minutes, own.price_cents) == (None, None)


def booked(practice: Practice, acting: Acting, modality: str) -> object:
    """Alice has a session the day after tomorrow at ten."""
    with acting() as session:
        starts_at = (clock.now() + timedelta(days=2)).replace(hour=15, minute=0, second=0, microsecond=0)
        individual = session.get_one(Service, practice.individual)
        wish = Wish(individual, practice.dana, starts_at, modality, ZONE, "USD")
        return booking.book(wish, [practice.alice_client], by=practice.dana, now=clock.now()).id


def test_room_that_is_switched_off_says_which_sessions_have_it(
    practice: Practice, olga: Browser, browser: Opening, acting: Acting
) -> None:
    appointment_id = booked(practice, acting, "office")
    path = f"/practice/rooms/{practice.room}"
    page = olga.submit(f"{path}/switch", to="off", follow_redirects=True).text
    assert "Switched off. Sessions that have it are listed here" in page
    assert "A. H." in page
    assert "Alice" not in page
    assert "Dana Whitfield can move or cancel it" in page
    assert browser(practice.alice).get(f"/sessions/{appointment_id}").status_code == 200
    with acting() as session:
        assert not session.get_one(Room, practice.room).is_active


def test_rooms_are_added_and_renamed_with_names_of_their_own(practice: Practice, olga: Browser) -> None:
    assert olga.submit("/practice/rooms", name="Garden room").status_code == 303
    again = olga.submit("/practice/rooms", name="Garden room")
    assert again.status_code == 422
    assert "There is a room of this name already." in again.text
    path = f"/practice/rooms/{practice.room}"
    assert olga.submit(path, name="Garden room", seen="Room 2").status_code == 422
    assert olga.submit(path, name="Quiet room", seen="Room 2").status_code == 303
    late = olga.submit(path, name="Loud room", seen="Room 2")
    assert late.status_code == 409
    assert field(late.text, "name") == "Loud room"
    assert "Quiet room" in olga.get("/practice/rooms").text


def test_holiday_shows_whom_it_strands_and_closes_the_day_once_agreed(
    practice: Practice, olga: Browser, acting: Acting
) -> None:
    booked(practice, acting, "video")
    on = (clock.now() + timedelta(days=2)).date()
    asked = olga.submit("/practice/holidays", on=str(on), name="Elm Day")
    if on.weekday() < 5:  # on a weekend the session lies outside the hours already
        assert asked.status_code == 422
        assert "1 booked session would lie outside" in asked.text
        assert "A. H." in asked.text
        assert "Alice" not in asked.text
        asked = olga.submit("/practice/holidays", on=str(on), name="Elm Day", anyway="yes")
    assert asked.status_code == 303
    with acting() as session:
        assert session.scalars(select(Holiday.on)).all() == [on]
    twice = olga.submit("/practice/holidays", on=str(on), name="Elm Day")
    assert "That day is in the list already." in twice.text
    past = olga.submit("/practice/holidays", on=str(date(2020, 1, 1)), name="Long ago")
    assert "Please choose today or a later day." in past.text
    assert olga.submit(f"/practice/holidays/{on}/remove").status_code == 303
    with acting() as session:
        assert session.scalars(select(Holiday.on)).all() == []
