"""The owner says what the practice is called and who works there, and closes a sign-in; nobody else does."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from clinic.accounts.models import Login, Person
from clinic.audit.models import AuditEvent
from clinic.booking import service as booking
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Practice as PracticeRow
from clinic.practice.models import Therapist
from tests.booking.conftest import NOW, Wishing, at, wishing
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice
from tests.idempotency.cases import COLLEAGUE

__all__ = ["wishing"]
Open = Callable[..., Browser]
DETAILS, STAFF = "/practice/details", "/practice/staff"
NEW: dict[str, Any] = {
    "name": "Elm & Oak",
    "address": "1 Elm Street\nTroy",
    "phone": "+1 518 555 0100",
    "email": "hello@elm.example",
    "licensed_in": "New York",
}


@pytest.fixture
def olga(practice: Practice, browser: Open) -> Browser:
    return browser(practice.owner)


def seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def stands(acting: Acting) -> dict[str, Any]:
    with acting() as session:
        row = session.scalars(select(PracticeRow)).one()
        return {name: getattr(row, name) for name in (*NEW, "zone", "currency")}


def trace(acting: Acting, action: str) -> list[tuple[object, object]]:
    with acting() as session:
        query = select(AuditEvent.person_id, AuditEvent.record_id).where(AuditEvent.action == action)
        return [(by, of) for by, of in session.execute(query)]


def test_details_are_said_on_the_public_pages_at_once(olga: Browser, browser: Open, acting: Acting) -> None:
    page = olga.get(DETAILS).text
    fields = NEW | {"zone": "America/Chicago", "currency": "EUR", "seen": seen(page)}
    assert "from now on" in olga.submit(DETAILS, **fields, follow_redirects=True).text
    assert stands(acting) == NEW | {"zone": "America/Chicago", "currency": "EUR"}
    assert "Elm &amp; Oak" in browser().get("/").text
    assert len(trace(acting, "practice.update")) == 1


def test_zone_and_currency_stay_once_something_is_booked(
    olga: Browser, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    before = stands(acting)
    with acting():
        booking.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
    page = olga.get(DETAILS).text
    assert "Zone and currency stay" in page
    assert 'name="zone"' not in page
    fields = NEW | {"zone": "Europe/Berlin", "currency": "EUR", "seen": seen(page)}
    assert olga.submit(DETAILS, **fields).status_code == 303
    assert stands(acting) == NEW | {"zone": before["zone"], "currency": before["currency"]}


def test_details_that_are_wrong_or_older_than_what_stands_change_nothing(olga: Browser, acting: Acting) -> None:
    before, mark = stands(acting), seen(olga.get(DETAILS).text)
    usual = {"zone": before["zone"], "currency": before["currency"]}
    wrong = NEW | usual | {"name": " ", "email": "nowhere", "zone": "Mars/Olympus", "seen": mark}
    answer = olga.submit(DETAILS, **wrong)
    assert answer.status_code == 422
    for words in ("Please give it a name.", "Please type an e-mail address, such as", "1 Elm Street"):
        assert words in answer.text
    assert stands(acting) == before
    assert olga.submit(DETAILS, **NEW | usual | {"seen": mark}).status_code == 303
    late = olga.submit(DETAILS, **NEW | usual | {"name": "Oak", "seen": mark})
    assert late.status_code == 409
    assert "Somebody else has changed this" in late.text
    assert 'value="Oak"' in late.text
    assert stands(acting)["name"] == "Elm & Oak"


@pytest.mark.parametrize("role", ["front_desk", "therapist", "owner"])
def test_somebody_new_is_invited_by_mail(olga: Browser, acting: Acting, practice: Practice, role: str) -> None:
    assert "on its way" in olga.submit(STAFF, **COLLEAGUE | {"role": role}, follow_redirects=True).text
    page = olga.get(STAFF).text
    assert "Gil Moss" in page
    assert "invited" in page
    with acting() as session:
        gil = session.scalars(select(Person).where(Person.given_name == "Gil")).one()
        assert gil.roles == [role]
        assert (session.get(Therapist, gil.id) is not None) == (role == "therapist")
        assert session.scalars(select(OutboxMessage.kind).where(OutboxMessage.recipient_id == gil.id)).all() == [
            "account.join"
        ]
        gil_id = gil.id
    assert trace(acting, "staff.add") == [(practice.owner, gil_id)]


def test_an_invitation_that_cannot_be_sent_says_why_and_keeps_what_was_typed(olga: Browser, acting: Acting) -> None:
    answer = olga.submit(STAFF, **COLLEAGUE | {"family_name": "", "email": "gil", "role": "king"})
    assert answer.status_code == 422
    assert "Please write a name." in answer.text
    assert 'value="Gil"' in answer.text
    twin: dict[str, Any] = COLLEAGUE | {"given_name": "Dana", "family_name": "", "role": "therapist"}
    with acting() as session:
        slug = session.scalars(select(Therapist.slug).where(Therapist.slug == "dana")).one()
    twin["family_name"] = "."
    with acting() as session:
        session.execute(text("UPDATE therapist SET slug = 'dana-.' WHERE slug = :slug"), {"slug": slug})
    answer = olga.submit(STAFF, **twin)
    assert answer.status_code == 422
    assert "There is a therapist whose page has this address already." in html.unescape(answer.text)
    with acting() as session:
        assert session.scalars(select(Person).where(Person.email == COLLEAGUE["email"])).all() == []


def test_a_closed_sign_in_ends_at_once_and_can_be_opened_again(
    olga: Browser, browser: Open, acting: Acting, practice: Practice
) -> None:
    dana = browser(practice.dana)
    assert dana.get("/today").status_code == 200
    answer = olga.submit(f"{STAFF}/{practice.dana}/close", follow_redirects=True)
    assert "is signed out everywhere" in answer.text
    assert "sign-in closed" in answer.text
    assert dana.get("/today").status_code == 302
    address: dict[str, Any] = {"email": "dana.whitfield@example.org", "password": PASSWORD}
    assert browser().submit("/sign-in", **address).status_code != 303
    assert "can sign in again" in olga.submit(f"{STAFF}/{practice.dana}/open", follow_redirects=True).text
    assert browser().submit("/sign-in", **address).status_code == 303
    assert trace(acting, "login.disable") == [(practice.owner, practice.dana)]


def test_nobody_closes_their_own_sign_in_or_one_of_a_client(olga: Browser, acting: Acting, practice: Practice) -> None:
    answer = olga.submit(f"{STAFF}/{practice.owner}/close", follow_redirects=True)
    assert "You cannot close your own sign-in." in answer.text
    for act in ("close", "open", "invite"):
        assert olga.submit(f"{STAFF}/{practice.alice}/{act}").status_code == 404
    with acting() as session:
        assert session.scalars(select(Login.person_id).where(Login.disabled_at.is_not(None))).all() == []


def test_the_list_of_staff_names_no_client_and_takes_two_statements(
    olga: Browser, acting: Acting, practice: Practice, statements: list[str]
) -> None:
    page = olga.get(STAFF).text
    for name in ("Dana", "Erik", "Fay", "Olga"):
        assert name in page
    for name in ("Alice", "Bob", "Carol"):
        assert name not in page
    statements.clear()
    olga.get(STAFF)
    few = len(statements)
    for number in range(25):
        olga.submit(STAFF, **COLLEAGUE | {"given_name": f"Gil{number}", "email": f"gil{number}@example.org"})
    statements.clear()
    olga.get(STAFF)
    assert len(statements) == few
    assert "Page 1 of 2" in olga.get(STAFF).text
