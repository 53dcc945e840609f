"""The second part: about me, history, the page in private; when it opens, when it is done, when it reminds."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.clients.couples import dissolve
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.intake import mails, notices, queries, rules, second, service
from clinic.intake.models import IntakePacket
from clinic.intake.rules import Contact
from clinic.outbox.models import OutboxMessage
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.intake.conftest import Walker, book

Owner = psycopg.Connection[tuple[object, ...]]
DAY = timedelta(days=1)
ABOUT = {"a_has_partner": "no", "a_has_contact": "no", "a_called": "Ali"}
SOMEONE = {
    "a_has_contact": "yes",
    "a_contact_name": "June Marsh",
    "a_contact_is": "friend",
    "a_contact_phone": "212 555 0190",
}
HISTORY = {"a_what_brings": "Quarrels on Sundays", "a_hope": "Sundays without them"}


def about(walker: Walker, **fields: str) -> str | int:
    """Send the first page; where it leads, or the status of what is refused."""
    answer = walker.form("about-me", **(ABOUT | fields))
    return answer.location or answer.status_code


@pytest.fixture
def finished(alice: Walker) -> Walker:
    """Alice, whose first part is done."""
    alice.finish()
    return alice


@pytest.fixture
def alone(finished: Walker, acting: Acting, practice: Practice) -> Walker:
    """The same, in no couple any more."""
    with acting():
        dissolve(practice.couple, clock.now())
    return finished


def packet_state(owner: Owner) -> tuple[object, ...]:
    row = owner.execute("SELECT state, second_done_at IS NOT NULL, news_at IS NOT NULL FROM intake_packet").fetchone()
    assert row is not None
    return row


def test_second_part_opens_once_the_first_is_finished(alice: Walker) -> None:
    assert alice.browser.get("/intake/form/about-me").status_code == 404
    assert alice.form("about-me", **ABOUT).status_code == 404
    assert "Before your second session" not in alice.browser.get("/intake").text
    alice.finish()
    assert "0 of 3 done, about 15 minutes left" in alice.browser.get("/intake").text
    assert "Step 1 of 3, about 3 minutes" in alice.browser.get("/intake/form/about-me").text


def test_pages_lead_from_one_to_the_next_and_the_first_part_stays_finished(alone: Walker, owner: Owner) -> None:
    assert about(alone) == "/intake/form/history"
    assert packet_state(owner) == ("finished", False, True)
    assert alone.form("history", **HISTORY).location == "/intake"
    assert packet_state(owner) == ("finished", True, True)
    assert "You can change what you wrote whenever" in alone.browser.get("/intake").text
    assert "/intake/private" not in alone.browser.get("/intake").text


@pytest.mark.parametrize("has_partner", ["yes", "no"])
def test_page_in_private_is_for_who_has_a_partner(alone: Walker, has_partner: str) -> None:
    about(alone, a_has_partner=has_partner)
    expected = {"yes": (200, "/intake/private"), "no": (404, "/intake")}[has_partner]
    assert (alone.browser.get("/intake/private").status_code, alone.form("history", **HISTORY).location) == expected


def test_page_in_private_is_for_each_of_a_couple_whatever_they_say(finished: Walker) -> None:
    about(finished, a_has_partner="no")
    assert finished.browser.get("/intake/private").status_code == 200


def test_what_is_missing_is_said_and_nothing_lost(finished: Walker, owner: Owner) -> None:
    answer = finished.form("history", a_what_brings="Quarrels on Sundays", a_hope="", asked="what_brings hope")
    assert (answer.status_code, "Quarrels on Sundays" in answer.text) == (422, True)
    assert "Please answer this one." in answer.text
    assert packet_state(owner) == ("finished", False, False)


def test_it_saves_as_it_goes(finished: Walker) -> None:
    finished.browser.submit("/intake/form/history/draft", a_what_brings="Half a thought")
    assert "Half a thought" in finished.browser.get("/intake/form/history").text


@pytest.mark.parametrize(
    ("contact", "is_theirs"),
    [
        ({"a_contact_is": "partner"}, True),
        ({"a_contact_name": "bob HART"}, True),
        ({"a_contact_name": "Bob"}, True),
        ({"a_contact_name": "June Marsh"}, False),
        ({"a_contact_phone": "+1 212 555 0102"}, False),
    ],
)
def test_partner_as_the_contact_is_asked_about_once(
    finished: Walker, acting: Acting, practice: Practice, contact: dict[str, str], is_theirs: bool
) -> None:
    """Bob's number on file changes nothing, or typing numbers would find it out."""
    with acting() as session:
        session.get_one(Person, practice.bob).phone = "212 555 0102"
    sent = SOMEONE | contact
    answer = finished.form("about-me", **(ABOUT | sent))
    if not is_theirs:
        assert answer.location == "/intake/form/history"
        return
    assert (answer.status_code, answer.text.count("This may be your partner.")) == (422, 2)
    assert sent["a_contact_name"] in answer.text
    assert finished.form("about-me", **(ABOUT | sent), sure="yes").location == "/intake/form/history"


def test_name_of_a_partner_who_is_not_shared_yet_is_not_known_to_the_page(finished: Walker, owner: Owner) -> None:
    owner.execute("UPDATE couple SET state = 'pending', activated_at = NULL")
    assert about(finished, **(SOMEONE | {"a_contact_name": "Bob Hart"})) == "/intake/form/history"


@pytest.mark.parametrize(("phone", "is_told"), [("+1 (212) 555-0102", True), ("212 555 0190", False)])
def test_therapist_of_both_is_told_that_the_number_is_the_partners(
    finished: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice, phone: str, is_told: bool
) -> None:
    with acting() as session:
        session.get_one(Person, practice.bob).phone = "212 555 0102"
    about(finished, **(SOMEONE | {"a_contact_phone": phone}))
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/intake").text
    assert ("looks like that of their partner" in page) == is_told


def test_therapist_who_cares_for_one_alone_learns_no_number(
    finished: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice, owner: Owner
) -> None:
    with acting() as session:
        session.get_one(Person, practice.bob).phone = "212 555 0102"
    about(finished, **(SOMEONE | {"a_contact_phone": "212 555 0102"}))
    owner.execute("UPDATE care_relationship SET ends_at = %s WHERE client_id = %s", (clock.now(), practice.bob_client))
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/intake").text
    assert "looks like that of their partner" not in page


def test_numbers_are_the_same_however_they_are_written() -> None:
    assert rules.is_same_number("+1 (212) 555-0102", "212.555.0102")
    assert not rules.is_same_number("212 555 0102", "212 555 0103")
    assert not rules.is_same_number("911", "911")
    assert not rules.is_same_number("", "")
    assert not rules.names_partner(Contact("", "friend", ""), "")


def test_therapist_reads_it_and_new_pages_wait_until_then(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}/intake"
    assert "Still open before the second session: About you, Your story" in dana.get(path).text
    finished.form("history", **HISTORY)
    assert "new pages" in dana.get("/today").text
    assert "Sundays without them" in dana.get(path).text
    assert packet_state(owner) == ("finished", False, False)
    assert "new pages" not in dana.get("/today").text


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "desk", "owner"])
def test_nobody_else_reads_a_word(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, who: str
) -> None:
    finished.form("history", **(HISTORY | {"a_hope": "zzcanary"}))
    other = browser(getattr(practice, who))
    pages = [other.get(path) for path in ("/today", "/intake", f"/clients/{practice.alice_client}/intake", "/people")]
    assert [page for page in pages if "zzcanary" in page.text] == []


def test_today_names_what_is_left_and_nothing_before(alice: Walker) -> None:
    assert "A few more pages" not in alice.browser.get("/today").text
    alice.finish()
    assert "About 15 minutes in all. They help most before" in alice.browser.get("/today").text


def held(acting: Acting, practice: Practice, ago: timedelta) -> None:
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() - ago)


def due(acting: Acting) -> int:
    with acting():
        return second.remind_unfinished(clock.now())


@pytest.fixture
def before_the_second(finished: Walker, acting: Acting, practice: Practice) -> Walker:
    """Alice after her first session, with the second one in three days."""
    held(acting, practice, 4 * DAY)
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() + 3 * DAY)
    return finished


def test_reminder_comes_once_two_days_before_the_second_session(before_the_second: Walker, acting: Acting) -> None:
    assert due(acting) == 0
    clock.move(DAY + timedelta(minutes=1))
    assert [due(acting), due(acting)] == [1, 0]


def test_no_reminder_before_the_first_or_the_third(finished: Walker, acting: Acting, practice: Practice) -> None:
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() + 3 * DAY)
    clock.move(DAY + timedelta(minutes=1))
    assert due(acting) == 0
    held(acting, practice, 8 * DAY)
    held(acting, practice, 15 * DAY)
    assert due(acting) == 0


def test_a_session_without_the_client_is_not_their_first(
    before_the_second: Walker, acting: Acting, practice: Practice
) -> None:
    clock.move(DAY + timedelta(minutes=1))
    with acting() as session:
        past = select(Appointment.id).where(Appointment.starts_at < clock.now())
        session.execute(update(Attendee).where(Attendee.appointment_id.in_(past)).values(attendance="absent"))
    assert due(acting) == 0


def test_a_first_call_is_not_the_first_session(before_the_second: Walker, acting: Acting, practice: Practice) -> None:
    clock.move(DAY + timedelta(minutes=1))
    with acting() as session:
        past = select(Appointment.id).where(Appointment.starts_at < clock.now()).scalar_subquery()
        session.execute(update(Appointment).where(Appointment.id == past).values(service_id=practice.first_call))
    assert due(acting) == 0


def test_who_finished_the_first_part_today_is_left_alone(finished: Walker, acting: Acting, practice: Practice) -> None:
    held(acting, practice, 4 * DAY)
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() + timedelta(hours=30))
    assert due(acting) == 0
    clock.move(DAY + timedelta(minutes=1))
    assert due(acting) == 1


def test_no_reminder_for_who_is_done(before_the_second: Walker, acting: Acting, practice: Practice) -> None:
    about(before_the_second)
    before_the_second.form("history", **HISTORY)
    before_the_second.browser.submit("/intake/private/skip")
    clock.move(DAY + timedelta(minutes=1))
    assert due(acting) == 0


def test_reminder_that_is_queued_is_taken_back(before_the_second: Walker, acting: Acting, practice: Practice) -> None:
    clock.move(DAY + timedelta(minutes=1))
    assert due(acting) == 1
    before_the_second.browser.sign_in_as(practice.alice)
    about(before_the_second)
    before_the_second.form("history", **HISTORY)
    before_the_second.browser.submit("/intake/private/skip")
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == notices.SECOND)).one()
        assert message.state == "skipped"
        assert mails.still_wanted(message, clock.now()) == "no longer open"


def test_letter_has_no_word_of_therapy_and_leads_to_the_pages(
    before_the_second: Walker, acting: Acting, app: Flask, practice: Practice
) -> None:
    clock.move(DAY + timedelta(minutes=1))
    due(acting)
    with app.test_request_context(), acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == notices.SECOND)).one()
        assert mails.still_wanted(message, clock.now()) is None
        letter = mails.render(message, clock.now())
    assert letter is not None
    assert (letter.to, letter.subject) == ("alice.hart@example.org", "Before we meet again")
    assert "http://127.0.0.1/intake" in letter.text
    assert not [word for word in ("therap", "session", "couple", "safe", "private") if word in letter.text.lower()]


def test_first_part_is_what_others_build_on(finished: Walker, acting: Acting, practice: Practice) -> None:
    with acting(Actor(practice.alice, frozenset({"client"}))):
        assert service.next_step_for(practice.alice_client) is None
        packet = queries.packet_of(practice.alice_client)
        assert isinstance(packet, IntakePacket)
        assert service.progress_for(practice.alice_client)[1].is_complete
        part = second.open_for(practice.alice_client)
        assert part is not None
        assert [step.slug for step in part.open_steps] == ["about-me", "history", "private"]
