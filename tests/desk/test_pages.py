"""Today, the caseload, a client's page and one's own record: what is on them, and how few questions they ask."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.accounts.people import joined_initials
from clinic.audit.models import AuditEvent
from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.clients.models import Client, Couple
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.desk.caseload import Filters
from clinic.desk.views import MOST_FOUND
from clinic.intake import service as intake
from clinic.practice.models import Service
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_client, make_person

Open = Callable[..., Browser]


def book(acting: Acting, practice: Practice, at: datetime, clients: list[str], slug: str = "individual") -> None:
    """A session with Dana, by video."""
    with acting(Actor(person_id=practice.dana, roles=frozenset({"therapist"}))) as session:
        service = session.get_one(Service, getattr(practice, slug))
        wish = Wish(service, practice.dana, at, "video", ZONE, "USD")
        attending = [getattr(practice, f"{name}_client") for name in clients]
        booking.book(wish, attending, by=practice.dana, now=clock.now(), couple_id=None)


def soon() -> datetime:
    """A quarter hour of tomorrow."""
    return clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def test_today_of_a_client_reads_no_text_of_a_consent(
    browser: Open, practice: Practice, acting: Acting, statements: list[str]
) -> None:
    with acting():
        intake.install(clock.now())
        intake.open_packet(practice.alice_client, clock.now())
    statements.clear()
    assert browser(practice.alice).get("/today").status_code == 200
    about = [each for each in statements if "consent_document" in each]
    assert about
    assert [each for each in about if "consent_document.content" in each] == []


@pytest.mark.parametrize("who", ["alice", "dana"])
def test_greeting_follows_the_persons_own_clock(browser: Open, practice: Practice, acting: Acting, who: str) -> None:
    """Ten in the morning at the practice, four in the afternoon in Berlin."""
    at = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    greetings = {ZONE: "Good morning", "Europe/Berlin": "Good afternoon"}
    with time_machine.travel(at):
        visitor = browser(getattr(practice, who))
        for zone, greeting in greetings.items():
            with acting() as session:
                session.get_one(Person, getattr(practice, who)).zone = zone
            assert f"{greeting}, {who.capitalize()}" in visitor.get("/today").text


def test_initials_of_a_couple_share_the_family_name(acting: Acting, practice: Practice) -> None:
    with acting() as session:
        people = [session.get_one(Client, each) for each in (practice.alice_client, practice.bob_client)]
        for each in people:
            session.refresh(each, ["person"])
        assert joined_initials([each.person for each in people]) == "A. & B. H."
        assert joined_initials([people[0].person]) == "A. H."


@pytest.mark.parametrize(
    ("sort", "state", "expected"),
    [
        (None, None, Filters("name", False, None)),
        ("-next", "active", Filters("next", True, "active")),
        ("password_hash", "'; DROP TABLE client", Filters("name", False, None)),
    ],
)
def test_filters_come_from_a_list(sort: str | None, state: str | None, expected: Filters) -> None:
    assert Filters.from_words(sort, state) == expected


def test_caseload_shows_ones_own_clients_only(browser: Open, practice: Practice) -> None:
    page = browser(practice.dana).get("/caseload").text
    assert ("Alice Hart" in page, "Bob Hart" in page, "Carol Stone" in page) == (True, True, False)


def test_caseload_asks_as_much_for_thirty_clients_as_for_two(
    browser: Open, practice: Practice, acting: Acting, statements: list[str]
) -> None:
    dana = browser(practice.dana)
    dana.get("/caseload")
    statements.clear()
    dana.get("/caseload")
    few = len(statements)
    with acting() as session:
        for number in range(30):
            person = make_person(session, f"Client{number}", "Many", ["client"], clock.now(), has_login=False)
            make_client(session, person, practice.dana, clock.now() - timedelta(days=1))
    statements.clear()
    assert dana.get("/caseload").status_code == 200
    assert len(statements) == few


def test_today_asks_as_much_for_many_sessions_as_for_one(
    browser: Open, practice: Practice, acting: Acting, statements: list[str], app: Flask
) -> None:
    today = clock.now().replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with app.app_context():
        clock.move(today - timedelta(hours=1) - clock.now())
    book(acting, practice, today, ["alice"])
    dana = browser(practice.dana)
    dana.get("/today")
    statements.clear()
    assert "A. H." in dana.get("/today").text
    few = len(statements)
    for hours in range(1, 5):
        book(acting, practice, today + timedelta(hours=hours), ["bob"])
    statements.clear()
    dana.get("/today")
    assert len(statements) == few


def test_opening_a_client_leaves_a_trace(browser: Open, practice: Practice, acting: Acting) -> None:
    assert browser(practice.dana).get(f"/clients/{practice.alice_client}").status_code == 200
    with acting() as session:
        traces = session.scalars(select(AuditEvent).where(AuditEvent.action == "client.read")).all()
        assert [(each.person_id, each.client_id) for each in traces] == [(practice.dana, practice.alice_client)]


def test_client_page_begins_with_what_is_ahead(browser: Open, practice: Practice, acting: Acting) -> None:
    book(acting, practice, soon(), ["alice"])
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}").text
    heads = re.findall(r"<h2[^>]*>([^<]*)</h2>", page.partition("<main")[2].partition("</main>")[0])
    assert heads == ["Next sessions", "Homework", "Measures", "Notes", "Couple", "Contact", "What happened"]


def test_what_is_cancelled_is_on_the_clients_page_at_once(browser: Open, practice: Practice, acting: Acting) -> None:
    book(acting, practice, soon(), ["alice"])
    book(acting, practice, soon() + timedelta(days=3), ["alice"])
    alice, dana = browser(practice.alice), browser(practice.dana)
    page = f"/clients/{practice.alice_client}"
    assert "Nothing yet" in dana.get(page).text
    with acting() as session:
        ids = [str(each) for each in session.scalars(select(Appointment.id).order_by(Appointment.starts_at))]
    for each in ids:
        alice.submit(f"/sessions/{each}/cancel")
    happened = dana.get(page).text.partition("What happened")[2]
    assert [happened.count(f"/sessions/{each}") for each in ids] == [1, 1]
    assert re.findall(r'class="pill[^"]*">(cancelled[^<]*)<', happened) == ["cancelled", "cancelled late"]
    assert str(ids[0]) not in dana.get(f"/clients/{practice.bob_client}").text


def test_an_enquiry_is_taken_into_care_with_one_press(browser: Open, practice: Practice, acting: Acting) -> None:
    with acting() as session:
        session.get_one(Client, practice.alice_client).state = "enquiry"
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}"
    assert "Take into care" in dana.get(path).text
    assert dana.submit(f"{path}/admit").status_code == 303
    assert "Take into care" not in dana.get(path).text


def test_linking_somebody_elses_client_is_refused(browser: Open, practice: Practice, acting: Acting) -> None:
    with acting() as session:
        person = make_person(session, "Hugo", "Blanc", ["client"], clock.now())
        hugo = make_client(session, person, practice.dana, clock.now() - timedelta(days=1))
    answer = browser(practice.dana).submit(f"/clients/{hugo}/couple", partner=str(practice.carol_client))
    assert answer.status_code == 422
    with acting() as session:
        assert len(session.scalars(select(Couple)).all()) == 1


def test_a_partner_ends_the_sharing_alone_and_at_once(browser: Open, practice: Practice) -> None:
    alice, bob = browser(practice.alice), browser(practice.bob)
    assert "You work together with Bob" in alice.get("/record").text
    assert "Talk to Dana first?" in alice.get("/record/sharing/end").text
    assert alice.submit("/record/sharing/end").status_code == 303
    assert "You are here on your own" in bob.get("/record").text
    assert bob.get("/record/sharing/end").status_code == 404


def test_front_desk_finds_people_by_a_part_of_the_name(browser: Open, practice: Practice) -> None:
    desk = browser(practice.desk)
    assert "Carol Stone" in desk.submit("/people", q=" sto\n").text
    assert "Carol Stone" not in desk.submit("/people", q="har").text
    assert "Nobody by that name" in desk.submit("/people", q="%%").text


def test_no_name_that_the_front_desk_looks_for_gets_into_an_address(browser: Open, practice: Practice) -> None:
    desk = browser(practice.desk)
    listed = desk.get("/people?q=sto").text
    assert "Alice Hart" in listed, "the address looks for nobody"
    assert re.search(r'<form[^>]*method="post"[^>]*action="/people"', listed)
    found = desk.submit("/people", q="Stone").text
    assert 'value="Stone"' in found
    assert re.search(r'<a[^>]*href="/people"[^>]*aria-current="page"', found)
    assert not re.search(r'(href|action)="[^"]*stone[^"]*(?<!@example.org)"', found, re.I)
    assert desk.client.post("/people", data={"q": "Stone"}).status_code == 400


def test_front_desk_is_asked_to_narrow_a_search_that_finds_too_many(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    with acting() as session:
        for number in range(MOST_FOUND + 2):
            person = make_person(session, f"Client{number}", "Many", ["client"], clock.now(), has_login=False)
            make_client(session, person, practice.dana, clock.now() - timedelta(days=1))
    page = browser(practice.desk).submit("/people", q="many").text
    assert "The first 50 of 52. Please narrow the search." in page
    assert page.count("Many</a></th>") == MOST_FOUND
    assert "?page=" not in page
    assert "?page=2" in browser(practice.desk).get("/people").text


def test_front_desk_sees_who_comes_today_and_nothing_clinical(
    browser: Open, practice: Practice, acting: Acting, app: Flask
) -> None:
    today = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    with app.app_context():
        clock.move(today - timedelta(hours=1) - clock.now())
    book(acting, practice, today, ["carol"])
    page = browser(practice.desk).get("/today").text
    assert "Carol Stone" in page
    assert browser(practice.desk).get(f"/clients/{practice.carol_client}").status_code == 404


@pytest.mark.parametrize("path", ["/people", "/undelivered", "/audit-trail"])
def test_a_page_that_is_not_there_is_empty_and_no_error(browser: Open, practice: Practice, path: str) -> None:
    who = practice.owner if path == "/audit-trail" else practice.desk
    for page in ("0", "-1", "999999", "word", "1e9"):
        assert browser(who).get(f"{path}?page={page}").status_code == 200


def test_a_couple_that_is_not_active_shows_nowhere_to_the_two(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    with acting() as session:
        couple = session.get_one(Couple, practice.couple)
        couple.state, couple.activated_at = "pending", None
    alice = browser(practice.alice)
    assert "Bob" not in alice.get("/record").text
    assert alice.get("/record/sharing/end").status_code == 404


def test_a_joint_session_ahead_is_named_before_the_sharing_ends(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    with acting(Actor(person_id=practice.dana, roles=frozenset({"therapist"}))) as session:
        service = session.get_one(Service, practice.couple_session)
        wish = Wish(service, practice.dana, soon(), "video", ZONE, "USD")
        both = [practice.alice_client, practice.bob_client]
        booking.book(wish, both, by=practice.dana, now=clock.now(), couple_id=practice.couple)
    page = browser(practice.alice).get("/record/sharing/end").text
    assert "Cancelling one ends it for both of you, and Bob is told by mail at once." in page
    assert "If you would rather leave quietly, call us" in page
    assert "Cancel it for both" in page
