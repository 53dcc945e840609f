"""Sign in, sign out, and what a cookie is worth."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.accounts import people
from clinic.accounts.models import Login, SignIn
from clinic.accounts.passwords import matches
from clinic.audit.models import AuditEvent
from clinic.core import clock
from tests.accounts.conftest import MoveClock
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

ALICE = "alice.hart@example.org"
OpenBrowser = Callable[..., Browser]


def enter(browser: Browser, email: str = ALICE, password: str = PASSWORD) -> int:
    return browser.submit("/sign-in", email=email, password=password).status_code


def test_sign_in_opens_the_persons_pages(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    assert visitor.get("/account").status_code == 302
    answer = visitor.submit("/sign-in", email=" Alice.Hart@Example.org ", password=PASSWORD)
    assert answer.status_code == 303
    page = visitor.get("/account")
    assert page.status_code == 200
    assert ALICE in page.text


def test_sign_in_changes_the_session_and_keeps_nothing_of_it(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    visitor.get("/sign-in")
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = dict(session)
    enter(visitor)
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before["csrf_token"]
        assert session["_user_id"]


def test_sign_in_row_knows_only_the_tokens_digest(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    visitor = browser()
    enter(visitor)
    with visitor.client.session_transaction() as session:
        token = session["_user_id"]
    with acting() as session_:
        row = session_.scalars(select(SignIn)).one()
        assert (row.person_id, row.address) == (practice.alice, "127.0.0.1")
        assert token.encode() not in row.token_digest
        assert row.expires_at - row.created_at == timedelta(hours=12)


@pytest.mark.parametrize(
    ("email", "password"),
    [(ALICE, "a long walk by the sea"), ("nobody@example.org", PASSWORD), ("nobody@example.org", "x")],
)
def test_wrong_sign_in_leaves_the_person_out(
    practice: Practice, browser: OpenBrowser, email: str, password: str
) -> None:
    visitor = browser()
    assert enter(visitor, email, password) == 422
    assert visitor.get("/account").status_code == 302


def test_wrong_sign_in_answers_with_the_same_bytes_for_known_and_unknown_addresses(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    with acting():
        people.disable_login(practice.carol, clock.now())
    pages = []
    for email in (ALICE, "nobody.here@example.org", "carol.stone@example.org"):
        visitor = browser()
        page = visitor.submit("/sign-in", email=email, password="a long walk by the sea", idempotency_key="")
        text = page.text.replace(email, "ADDRESS")
        with visitor.client.session_transaction() as session:
            assert set(session) == {"csrf_token"}
        pages.append(
            (page.status_code, without_tokens(text), sorted(dict(page.headers)) == sorted(page.headers.keys()))
        )
    assert pages[0] == pages[1] == pages[2]


def without_tokens(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf_token" not in line)


def test_wrong_sign_in_does_the_same_work_for_known_and_unknown_addresses(
    practice: Practice, browser: OpenBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str | None] = []

    def watched(stored: str | None, password: str) -> bool:
        verified.append(stored)
        return matches(stored, password)

    monkeypatch.setattr("clinic.accounts.sign_in.matches", watched)
    for email in (ALICE, "nobody@example.org"):
        assert enter(browser(), email, "a long walk by the sea") == 422
    assert len(verified) == 2
    assert verified[1] is None


def test_disabled_login_opens_nothing(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    visitor = browser()
    enter(visitor)
    assert visitor.get("/account").status_code == 200
    with acting():
        people.disable_login(practice.alice, clock.now())
    assert visitor.get("/account").status_code == 302
    assert enter(visitor) == 422
    with acting():
        people.enable_login(practice.alice)
    assert visitor.get("/account").status_code == 302
    assert enter(visitor) == 303


def test_hash_with_old_parameters_is_renewed(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    enter(browser())
    with acting() as session:
        assert "m=19456" in session.get_one(Login, practice.alice).password_hash
    assert enter(browser()) == 303


def test_sign_out_shows_a_button_and_the_post_ends_the_sign_in(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    enter(visitor)
    copy = browser()
    copied = visitor.client.get_cookie("clinic")
    assert copied is not None
    copy.client.set_cookie("clinic", copied.value)
    assert copy.get("/account").status_code == 200
    assert visitor.get("/sign-out").status_code == 200
    assert visitor.get("/account").status_code == 200, "a GET signs nobody out"
    assert visitor.submit("/sign-out").status_code == 303
    assert visitor.get("/account").status_code == 302
    assert copy.get("/account").status_code == 302, "a copied cookie fails"


def test_sign_out_of_somebody_who_is_out_already_is_no_error(practice: Practice, browser: OpenBrowser) -> None:
    assert browser().submit("/sign-out").location == "/"
    assert browser().get("/sign-out").location == "/"


def test_signed_in_person_passes_by_the_sign_in_page(practice: Practice, browser: OpenBrowser) -> None:
    assert browser(practice.alice).get("/sign-in?next=/account/password").location == "/account/password"


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/account", "/account"),
        ("/account?tab=2", "/account?tab=2"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example/", None),
        ("\\/evil.example/", None),
        ("/\t/evil.example/", None),
        ("javascript:alert(1)", None),
        ("account", None),
        ("", None),
    ],
)
def test_sign_in_goes_on_to_local_paths_only(
    practice: Practice, browser: OpenBrowser, app: Flask, target: str, goes_to: str | None
) -> None:
    home = "/today" if "desk.today" in app.view_functions else "/account"
    answer = browser().submit("/sign-in", email=ALICE, password=PASSWORD, next=target)
    assert answer.location == (goes_to or home)
    answer = browser(practice.alice).get("/sign-in", query_string={"next": target})
    assert answer.location == (goes_to or home)


def test_sign_in_page_carries_only_a_local_target(practice: Practice, browser: OpenBrowser) -> None:
    assert "evil.example" not in browser().get("/sign-in?next=https://evil.example/").text
    assert 'value="/account"' in browser().get("/sign-in?next=/account").text


def test_sign_in_leaves_its_trace(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    enter(browser(), password="a long walk by the sea")
    enter(browser())
    with acting() as session:
        events = session.execute(
            select(AuditEvent.action, AuditEvent.record_kind).where(AuditEvent.action.like("account.%"))
        ).all()
        assert [tuple(event) for event in events] == [("account.refuse", "person"), ("account.enter", "sign_in")]


@pytest.mark.parametrize(("who", "minutes"), [("alice", 30), ("dana", 15)])
def test_sign_in_idles_out(
    practice: Practice, browser: OpenBrowser, move_clock: MoveClock, who: str, minutes: int
) -> None:
    visitor = browser(getattr(practice, who))
    move_clock(minutes=minutes - 1)
    assert visitor.get("/account").status_code == 200
    move_clock(minutes=2 * minutes - 2)
    assert visitor.get("/account").status_code == 200, "being used keeps it open"
    move_clock(minutes=3 * minutes)
    assert visitor.get("/account").status_code == 302


def test_sign_in_lasts_twelve_hours_at_most(practice: Practice, browser: OpenBrowser, move_clock: MoveClock) -> None:
    visitor = browser(practice.alice)
    for times in range(1, 30):
        move_clock(minutes=24 * times)
        assert visitor.get("/account").status_code == 200
    move_clock(hours=12)
    assert visitor.get("/account").status_code == 302


def test_sign_in_cookie_is_out_of_reach_of_scripts(practice: Practice, browser: OpenBrowser) -> None:
    answer = browser().submit("/sign-in", email=ALICE, password=PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in each and "SameSite=Lax" in each and "Path=/" in each for each in cookies)
    assert answer.headers["Cache-Control"] == "no-store"


def test_refused_form_keeps_the_address_and_never_the_password(practice: Practice, browser: OpenBrowser) -> None:
    page = browser().submit("/sign-in", email=ALICE, password="a long walk by the sea").text
    assert ALICE in page
    assert "a long walk by the sea" not in page


def test_each_browser_has_a_sign_in_of_its_own(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    for _ in range(3):
        enter(browser())
    with acting() as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 3
