"""A visitor books a first call through the pages, as a browser without scripts does."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from clinic.accounts import links
from clinic.accounts.models import AccountLink, Person
from clinic.accounts.rules import BOOKING_PACE
from clinic.booking import mails, service
from clinic.booking.models import Appointment, VisitorDetails
from clinic.clients import service as clients
from clinic.clients.models import CareRelationship, Client
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from clinic.web.idempotency import IdempotencyKey
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]
NORA: dict[str, Any] = {
    "given_name": "Nora",
    "family_name": "Weiss",
    "email": "Nora@Example.org",
    "phone": "(212) 555-0199",
    "mailbox": "no",
}


EVERY_SLOT = re.compile(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"')


def first_slot(page: str) -> str:
    """The value of the first radio button."""
    found = re.search(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"', page)
    assert found is not None
    return found[1]


def slots(page: str) -> list[str]:
    """The value of every radio button."""
    return re.findall(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"', page)


def hold(visitor: Browser, path: str = "/book/first-call/dana") -> str:
    """Choose the first time of the page; the address of the next step."""
    answer = visitor.submit(path, slot=first_slot(visitor.get(path).text))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def book(visitor: Browser, **changes: Any) -> str:
    """All the way to "done"; its address."""
    details = hold(visitor)
    answer = visitor.submit(details, **(NORA | changes))
    assert answer.status_code == 303, answer.text
    review = str(answer.location)
    assert visitor.get(review).status_code == 200
    answer = visitor.submit(review)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_one_service_leads_straight_to_the_choice_of_therapist(browser: Open, practice: Practice) -> None:
    answer = browser().get("/book", follow_redirects=True)
    assert answer.request.path == "/book/first-call"
    assert "First available" in answer.text
    assert "Dana Whitfield" in answer.text


def test_a_visitor_books_in_four_steps_and_becomes_a_client(browser: Open, practice: Practice, acting: Acting) -> None:
    visitor = browser()
    done = visitor.get(book(visitor))
    assert "You are booked" in done.text
    with acting() as session:
        appointment = session.scalars(select(Appointment)).one()
        assert (appointment.state, appointment.therapist_id) == ("confirmed", practice.dana)
        person = session.scalars(select(Person).where(Person.given_name == "Nora")).one()
        assert (person.email, person.phone, person.roles) == ("nora@example.org", "+12125550199", ["client"])
        client = session.scalars(select(Client).where(Client.person_id == person.id)).one()
        assert (client.state, client.is_mailbox_shared) == ("enquiry", False)
        care = session.scalars(select(CareRelationship).where(CareRelationship.client_id == client.id)).one()
        assert (care.therapist_id, care.kind) == (practice.dana, "primary")
        assert session.scalars(select(VisitorDetails)).all() == []
        assert sorted(session.scalars(select(AccountLink.purpose))) == ["appointment", "join"]
        assert session.scalars(select(OutboxMessage.kind)).all().count("booking.confirmed") == 1


def test_the_calendar_file_of_the_last_page_is_neutral(browser: Open, practice: Practice, acting: Acting) -> None:
    visitor = browser()
    done = book(visitor)
    answer = visitor.get(f"{done.partition('?')[0]}/appointment.ics")
    event = Calendar.from_ical(answer.data).walk("VEVENT")[0]
    with acting() as session:
        assert event.decoded("DTSTART") == session.scalars(select(Appointment.starts_at)).one()
    assert str(event["SUMMARY"]) == "Appointment"
    assert answer.headers["Content-Disposition"] == "attachment; filename=appointment.ics"


def test_the_last_page_is_this_browsers_alone(browser: Open, practice: Practice) -> None:
    visitor = browser()
    done = book(visitor)
    assert browser().get(done).status_code == 404
    assert browser(practice.carol).get(done).status_code == 404


def test_the_back_button_finds_what_was_typed(browser: Open, practice: Practice) -> None:
    visitor = browser()
    details = hold(visitor)
    visitor.submit(details, **NORA)
    assert 'value="Nora"' in visitor.get(details).text


def test_details_are_asked_for_again_with_words_at_the_field(browser: Open, practice: Practice) -> None:
    visitor = browser()
    answer = visitor.submit(hold(visitor), **(NORA | {"email": "nora", "phone": "12", "mailbox": ""}))
    assert answer.status_code == 422
    assert "Please type an e-mail address, such as name@example.org" in answer.text
    assert "That does not look like a phone number" in answer.text
    assert "Please choose one" in answer.text
    assert 'value="Nora"' in answer.text


def test_what_a_mail_could_not_be_sent_to_is_asked_for_again(browser: Open, practice: Practice) -> None:
    """The outbox refuses it, so the confirmation would be tried again for days."""
    visitor = browser()
    details = hold(visitor)
    assert "Letters with accents do not work in it." in visitor.get(details).text
    assert visitor.submit(details, **(NORA | {"email": "josé@example.com"})).status_code == 422
    assert visitor.submit(details, **(NORA | {"email": "nora@exämple.org"})).status_code == 422


def test_nobody_mails_lines_or_links_to_others_in_a_name(browser: Open, practice: Practice, acting: Acting) -> None:
    visitor = browser()
    details = hold(visitor)
    answer = visitor.submit(details, **(NORA | {"given_name": "you have won: https://evil.example"}))
    assert (answer.status_code, "a name alone, without a link" in answer.text) == (422, True)
    visitor.submit(details, **(NORA | {"given_name": "Nora\n\nCall", "family_name": "We\tiss\u2028now"}))
    with acting() as session:
        typed = session.scalars(select(VisitorDetails)).one()
        assert (typed.given_name, typed.family_name) == ("Nora Call", "We iss now")


def test_choosing_nothing_is_answered_in_words(browser: Open, practice: Practice) -> None:
    answer = browser().submit("/book/first-call/dana")
    assert answer.status_code == 422
    assert "Please choose a time." in answer.text


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_at_the_end_of_all_calendars_is_no_time(browser: Open, practice: Practice, start: str) -> None:
    visitor, path = browser(), "/book/first-call/dana"
    assert visitor.get(path, query_string={"start": start}).status_code == 200
    assert visitor.submit(path, slot=f"{start}~{practice.dana}").status_code == 422
    for step in ("details", "review"):
        assert visitor.get(f"{path}/{start.replace('-', '').replace(':', '')}/{step}").status_code == 404


def test_a_start_with_another_offset_names_the_same_time(browser: Open, practice: Practice) -> None:
    visitor = browser()
    start, _, therapist = first_slot(visitor.get("/book/first-call/dana").text).partition("~")
    there = datetime.fromisoformat(start).astimezone(ZoneInfo("Asia/Tokyo"))
    details = visitor.submit("/book/first-call/dana", slot=f"{there.isoformat()}~{therapist}").location
    assert f"{datetime.fromisoformat(start):/%Y%m%dT%H%M%SZ/}" in str(details)
    assert "This time is kept for you" in visitor.get(str(details)).text


def test_a_held_time_is_shown_to_nobody_else(browser: Open, practice: Practice) -> None:
    one, other = browser(), browser()
    slot = first_slot(one.get("/book/first-call/dana").text)
    one.submit("/book/first-call/dana", slot=slot)
    assert slot not in other.get("/book/first-call/dana").text
    # A page that was loaded before still offers it, and is told what else is free.
    answer = other.submit("/book/first-call/dana", slot=slot)
    assert answer.status_code == 409
    assert "That time is not free any more" in answer.text
    assert answer.text.count('name="slot"') == 3


def test_what_a_browser_holds_is_not_taken_for_itself(browser: Open, practice: Practice) -> None:
    visitor = browser()
    before = visitor.get("/book/first-call/dana").text
    details = visitor.get(hold(visitor)).text
    back = re.search(r'href="([^"]*start=[^"]*)"', details)
    assert back is not None
    after = visitor.get(unescape(back[1])).text
    assert "That time is not free any more" not in after
    assert slots(after) == slots(before)
    assert re.search(rf'value="{re.escape(first_slot(before))}"\s+required\s+checked', after)


def test_a_hold_that_ran_out_is_taken_again_by_the_next_step(
    browser: Open, practice: Practice, settings_clock: Callable[[timedelta], None]
) -> None:
    visitor, later = browser(), f"/book/first-call/dana?day={(clock.now() + timedelta(days=2)).date()}"
    details = hold(visitor, later)  # far enough that its notice does not run out as the clock is moved
    settings_clock(timedelta(minutes=11))
    other = browser()
    other_slot = hold(other, later)
    assert other_slot.split("/")[4] == details.split("/")[4]
    answer = visitor.submit(details, **NORA)
    assert answer.status_code == 409
    assert "That time is not free any more" in answer.text
    settings_clock(timedelta(minutes=11))
    assert visitor.submit(details, **NORA).status_code == 303


@pytest.mark.parametrize("step", ["details", "review"])
def test_letting_the_time_go_frees_it_at_once(browser: Open, practice: Practice, step: str) -> None:
    visitor = browser()
    slot = first_slot(visitor.get("/book/first-call/dana").text)
    details = str(visitor.submit("/book/first-call/dana", slot=slot).location)
    review = str(visitor.submit(details, **NORA).location)
    answer = visitor.submit(details if step == "details" else review, let_go="1", follow_redirects=True)
    assert "The time is free again for others." in answer.text
    assert slot in browser().get("/book/first-call/dana").text


@pytest.mark.parametrize(
    ("state", "heading"), [("confirmed", "You are booked"), ("requested", "We have your request"), ("cancelled", None)]
)
def test_the_last_page_says_how_it_stands(
    browser: Open, practice: Practice, acting: Acting, state: str, heading: str | None
) -> None:
    if state == "requested":
        with acting() as session:
            session.get_one(Service, practice.first_call).approval = "on_request"
    visitor = browser()
    done = book(visitor)
    if state == "cancelled":
        with acting() as session:
            service.cancel(session.scalars(select(Appointment)).one(), by=None, now=clock.now())
    page = visitor.get(done).text
    assert [each for each in ("You are booked", "We have your request") if each in page] == (
        [heading] if heading else []
    )
    assert ("You can move or cancel until it begins" in page) is (state != "cancelled")


def test_the_last_page_says_the_same_of_every_address_and_mailbox(browser: Open, practice: Practice) -> None:
    book(browser(), email="second@example.org", mailbox="yes")
    pages = set()
    for given, mailbox in (("alice.hart", "no"), ("alice.hart", "yes"), ("nobody", "yes"), ("second", "no")):
        visitor = browser()
        done = book(visitor, email=f"{given}@example.org", mailbox=mailbox)
        pages.update(re.findall(r"<h2>What comes next.*?</section>", visitor.get(done).text, re.S))
    assert len(pages) == 1


@pytest.mark.parametrize("email", ["alice.hart@example.org", "nobody@example.org"])
def test_known_and_unknown_addresses_get_the_same_answers(browser: Open, practice: Practice, email: str) -> None:
    visitor = browser()
    done = visitor.get(book(visitor, given_name="Alice", family_name="Hart", email=email))
    neutral = re.sub(r"[0-9a-f-]{36}", "", done.text)
    assert email not in neutral
    assert "A message is on its way to you." in neutral
    assert visitor.get("/sessions").status_code == 302


def test_a_form_in_somebody_elses_name_touches_no_record_of_theirs(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    book(browser(), given_name="Alice", family_name="Hart", email="alice.hart@example.org")
    assert "Nothing is booked" in browser(practice.alice).get("/sessions").text
    with acting() as session:
        assert len(session.scalars(select(Person).where(Person.email == "alice.hart@example.org")).all()) == 2


def test_somebody_who_books_twice_before_joining_is_one_client(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    book(browser())
    book(browser())
    with acting() as session:
        assert len(session.scalars(select(Person).where(Person.email == "nora@example.org")).all()) == 1


def test_the_same_form_sent_twice_books_once(browser: Open, practice: Practice, acting: Acting) -> None:
    visitor = browser()
    details = hold(visitor)
    review = str(visitor.submit(details, **NORA).location)
    key = "01890000-0000-7000-8000-000000000001"
    answers = [visitor.submit(review, idempotency_key=key) for _ in range(2)]
    assert {answer.location for answer in answers} == {answers[0].location}
    with acting() as session:
        assert len(session.scalars(select(Appointment)).all()) == 1


def test_one_network_books_a_few_first_calls_a_day_and_loses_nothing_at_the_limit(
    browser: Open, practice: Practice, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    for number in range(BOOKING_PACE.free):
        book(browser(), email=f"caller-{number}@example.org")
    visitor = browser()
    review = str(visitor.submit(hold(visitor), **NORA).location)
    refused = visitor.submit(review)
    assert refused.status_code == 429
    assert "Several first calls have just been booked from where you are." in refused.text
    assert "nora@example.org" in refused.text.lower()
    with acting() as session:
        assert len(session.scalars(select(Appointment).where(Appointment.state == "confirmed")).all()) == 6
    elsewhere = browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert elsewhere.submit(str(elsewhere.submit(hold(elsewhere), **NORA).location)).status_code == 303
    settings_clock(timedelta(minutes=2))
    assert visitor.submit(review).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/book/individual-session",
        "/book/couple-session",
        "/book/nothing",
        "/book/first-call/nobody",
        "/book/first-call/dana/yesterday/details",
        "/book/first-call/anyone/20261126T150000Z/review",
    ],
)
def test_what_a_visitor_cannot_book_is_not_there(browser: Open, practice: Practice, path: str) -> None:
    assert browser().get(path).status_code == 404


def test_first_available_names_who_it_is_with(browser: Open, practice: Practice) -> None:
    visitor = browser()
    page = visitor.get("/book/first-call/anyone").text
    assert "<span class='tick-note'>Erik</span>" in page
    assert "/book/first-call/erik/" in hold(visitor, "/book/first-call/anyone")


def test_times_are_shown_in_the_zone_that_was_asked_for(browser: Open, practice: Practice) -> None:
    page = browser().get("/book/first-call/dana?zone=Europe/Berlin").text
    assert "Times are in Berlin (" in page
    assert "New York" in page


def test_an_empty_day_offers_the_next_free_one(browser: Open, practice: Practice) -> None:
    today = clock.now().date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    page = browser().get(f"/book/first-call/dana?day={saturday}").text
    assert "Nothing is free on Saturday" in page
    assert f"day={saturday + timedelta(days=2)}" in page


def test_what_was_chosen_stays_in_the_address_through_every_step(browser: Open, practice: Practice) -> None:
    visitor = browser()
    asked = "part=morning&weekday=tue&weekday=thu"
    page = visitor.get(f"/book/first-call/anyone?{asked}").text
    assert set(re.findall(r'class="daypart">(\w+)', page)) == {"Morning"}
    assert set(re.findall(r'id="day-[^>]*>(\w+),', page)) == {"Tuesday", "Thursday"}
    assert re.findall(r'value="(\w+)"\s+checked', page) == ["morning", "tue", "thu"]
    assert "Only some times: Morning, Tue, Thu" in page
    later = re.search(r'rel="next"\s+href="([^"]+)"', page)
    assert later
    assert asked.replace("&", "&amp;") in later[1]
    assert hold(visitor, f"/book/first-call/anyone?{asked}").endswith(f"{asked}&any=1")


def test_nothing_as_chosen_says_so_and_leads_to_all_times(browser: Open, practice: Practice) -> None:
    page = browser().get("/book/first-call/dana?part=evening&modality=phone").text
    assert "Nothing that is free is as you chose." in page
    assert 'href="/book/first-call/dana?modality=phone">At other times' in page


def test_words_that_are_no_choice_are_passed_over(browser: Open, practice: Practice) -> None:
    visitor = browser()
    plain = EVERY_SLOT.findall(visitor.get("/book/first-call/dana").text)
    for asked in ("part=night&weekday=8", "part=&weekday=", "part=%00&weekday='", "part[]=evening&day=32&zone=Mars"):
        answer = visitor.get(f"/book/first-call/dana?{asked}")
        assert (answer.status_code, EVERY_SLOT.findall(answer.text)) == (200, plain)


def test_a_day_beyond_the_horizon_leads_back_to_today(browser: Open, practice: Practice) -> None:
    far = clock.now().date() + timedelta(days=400)
    page = browser().get(f"/book/first-call/dana?day={far}").text
    assert '<a href="/book/first-call/dana">Look from today on.</a>' in page


def test_a_proposed_time_is_picked_already_or_said_to_be_gone(browser: Open, practice: Practice) -> None:
    visitor = browser()
    start = first_slot(visitor.get("/book/first-call/dana").text).partition("~")[0]
    page = visitor.get("/book/first-call/dana", query_string={"start": start}).text
    assert re.search(rf'value="{re.escape(start)}~[^"]+"\s+required\s+checked', page)
    browser().submit("/book/first-call/dana", slot=first_slot(page))
    assert "That time is not free any more" in visitor.get("/book/first-call/dana", query_string={"start": start}).text


@pytest.mark.parametrize("mailbox", ["no", "yes"])
def test_the_confirmation_says_only_what_the_mailbox_may_show(
    browser: Open, practice: Practice, acting: Acting, mailbox: str
) -> None:
    book(browser(), mailbox=mailbox)
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "booking.confirmed")).one()
        assert mails.still_wanted(message, clock.now()) is None
        letter = mails.render(message, clock.now())
        assert letter is not None
        join = session.scalars(select(AccountLink).where(AccountLink.purpose == links.JOIN)).one()
        manage = session.scalars(select(AccountLink).where(AccountLink.purpose == links.APPOINTMENT)).one()
        assert letter.subject == ("Your appointment" if mailbox == "no" else "Please sign in")
        assert links.token_for(join) in letter.text
        assert (links.token_for(manage) in letter.text) is (mailbox == "no")
        assert len(letter.attachments) == (mailbox == "no")
        assert not re.search(r"therap|session|couple|Dana|Whitfield", letter.text, re.I)


@pytest.mark.parametrize("mailbox", ["no", "yes"])
def test_the_second_person_of_an_address_is_asked_to_call_and_not_to_sign_in(
    browser: Open, practice: Practice, acting: Acting, mailbox: str
) -> None:
    """The login with that address is their partner's."""
    book(browser(), given_name="Ned", family_name="Stark", email="alice.hart@example.org", mailbox=mailbox)
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "booking.confirmed")).one()
        letter = mails.render(message, clock.now())
        assert letter is not None
        assert letter.subject == ("Your appointment" if mailbox == "no" else "Please call us")
        assert "lease call us, and we help you to sign in" in letter.text
        assert "(212) 555-0148" in letter.text
        assert ("/sign-in" in letter.text, "/join/" in letter.text) == (False, False)


def test_the_manage_link_shows_moves_and_cancels_until_the_start(
    browser: Open, practice: Practice, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    book(browser())
    with acting() as session:
        link = session.scalars(select(AccountLink).where(AccountLink.purpose == links.APPOINTMENT)).one()
        path = f"/appointment/{links.token_for(link)}"
    other = browser()
    assert other.get(path).status_code == 200
    slot = first_slot(other.get(f"{path}/move").text)
    assert other.submit(f"{path}/move", slot=slot).status_code == 303
    moved_to = datetime.fromisoformat(slot.partition("~")[0])
    assert state(acting) == ("confirmed", moved_to)
    assert "Cancel this appointment?" in other.get(f"{path}/cancel").text
    assert state(acting) == ("confirmed", moved_to)
    assert other.submit(f"{path}/cancel").status_code == 303
    assert state(acting) == ("cancelled", moved_to)
    assert other.get(path).status_code == 200
    settings_clock(moved_to - clock.now())
    assert other.get(path).status_code == 404


def test_what_a_mailed_link_opens_is_kept_by_no_browser_and_its_token_by_no_table(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    book(browser())
    with acting() as session:
        link = session.scalars(select(AccountLink).where(AccountLink.purpose == links.APPOINTMENT)).one()
        path = f"/appointment/{links.token_for(link)}"
    for page in ("", "/appointment.ics", "/cancel"):
        assert browser().get(f"{path}{page}").headers["Cache-Control"] == ("no-store")
    other, key = browser(), str(new_id())
    answers = [other.submit(f"{path}/cancel", idempotency_key=key) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, path)] * 2
    with acting() as session:
        assert not [each for each in session.scalars(select(IdempotencyKey.location)) if each and path in each]


def state(acting: Acting) -> tuple[str, datetime]:
    """State and start of the one appointment."""
    with acting() as session:
        row = session.execute(select(Appointment.state, Appointment.starts_at)).one()
        return row[0], row[1]


def test_a_made_up_link_opens_nothing(browser: Open, practice: Practice) -> None:
    for path in ("/appointment/x", "/appointment/x/move", "/appointment/x/cancel"):
        assert browser().get(path).status_code == 404
    assert isinstance(practice.dana, UUID)


def test_a_form_never_opens_a_closed_record_again(browser: Open, practice: Practice, acting: Acting) -> None:
    book(browser())
    with acting() as session:
        person_id = session.scalars(select(Person.id).where(Person.email == "nora@example.org")).one()
        closed = session.scalars(select(Client).where(Client.person_id == person_id)).one()
        clients.close(closed.id, clock.now())
        closed_id = closed.id
    book(browser())
    with acting() as session:
        assert session.get_one(Client, closed_id).state == "closed"
        assert len(session.scalars(select(Person).where(Person.email == "nora@example.org")).all()) == 2
