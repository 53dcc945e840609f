"""Guessing gets slow, and nobody locks anybody out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from clinic.accounts import known_browser, throttle
from clinic.accounts.models import SignInAttempt
from clinic.core import clock
from tests.accounts.conftest import MoveClock, TokenOf
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

ALICE, BOB = "alice.hart@example.org", "bob.hart@example.org"
OpenBrowser = Callable[..., Browser]


def attempt(browser: Browser, email: str = ALICE, password: str = "wrong wrong wrong", place: str = "192.0.2.1") -> int:
    form = {"csrf_token": browser.token(), "email": email, "password": password}
    return browser.client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": place}).status_code


def test_sixth_try_waits_even_with_the_right_password(
    practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    assert [attempt(browser()) for _ in range(5)] == [422] * 5
    assert attempt(browser(), password=PASSWORD) == 429
    move_clock(seconds=6)
    assert attempt(browser()) == 422
    move_clock(seconds=12)
    assert attempt(browser(), password=PASSWORD) == 429, "the pause has doubled"
    move_clock(seconds=17)
    assert attempt(browser(), password=PASSWORD) == 303


def test_tries_during_a_pause_do_not_lengthen_it(
    practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    for _ in range(5):
        attempt(browser())
    assert [attempt(browser()) for _ in range(10)] == [429] * 10
    move_clock(seconds=6)
    assert attempt(browser(), password=PASSWORD) == 303


def test_account_is_throttled_across_networks_and_a_network_across_accounts(
    practice: Practice, browser: OpenBrowser
) -> None:
    assert [attempt(browser(), place=f"192.0.2.{place}") for place in range(6)] == [422] * 5 + [429]
    assert [attempt(browser(), f"{n}@example.org", place="198.51.100.9") for n in range(6)] == [422] * 5 + [429]
    assert attempt(browser(), BOB, PASSWORD, place="203.0.113.5") == 303, "others elsewhere notice nothing"


def test_unknown_address_is_throttled_in_the_same_words(practice: Practice, browser: OpenBrowser) -> None:
    pages = []
    for email, place in ((ALICE, "192.0.2.1"), ("nobody@example.org", "198.51.100.1")):
        visitor = browser()
        form = {"csrf_token": visitor.token(), "email": email, "password": "wrong wrong wrong"}
        for _ in range(6):
            answer = visitor.client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": place})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 5
        lines = [line for line in answer.text.replace(email, "").splitlines() if "csrf_token" not in line]
        pages.append(lines)
    assert pages[0] == pages[1]


def test_browser_that_knows_the_account_gets_in_while_strangers_guess(practice: Practice, browser: OpenBrowser) -> None:
    own = browser()
    assert attempt(own, password=PASSWORD) == 303
    own.submit("/sign-out")
    for _ in range(8):
        attempt(browser())
    assert attempt(browser(), password=PASSWORD) == 429, "a stranger's browser, from the same network"
    assert attempt(own, password=PASSWORD) == 303


def test_browser_that_knows_the_account_is_throttled_by_itself(practice: Practice, browser: OpenBrowser) -> None:
    stolen = browser()
    attempt(stolen, password=PASSWORD)
    stolen.submit("/sign-out")
    assert [attempt(stolen, place=f"192.0.2.{n}") for n in range(7)] == [422] * 5 + [429] * 2
    assert attempt(browser(), password=PASSWORD) == 303


def test_browser_that_knows_one_account_is_a_stranger_to_another(practice: Practice, browser: OpenBrowser) -> None:
    alices = browser()
    attempt(alices, password=PASSWORD)
    alices.submit("/sign-out")
    for n in range(5):
        attempt(browser(), BOB, place=f"192.0.2.{n}")
    assert attempt(alices, BOB, PASSWORD) == 429


@pytest.mark.usefixtures("nobody_is_linked")
def test_mailed_link_leads_past_a_throttled_account(
    practice: Practice, browser: OpenBrowser, token_of: TokenOf
) -> None:
    for n in range(9):
        attempt(browser(), place=f"192.0.2.{n}")
    new_phone = browser()
    assert attempt(new_phone, password=PASSWORD) == 429
    new_phone.submit("/lost-password", email=ALICE)
    token = token_of(practice.alice, "reset")
    assert new_phone.submit(f"/reset/{token}", password="another walk by the river").status_code == 303
    new_phone.submit("/sign-out")
    assert attempt(new_phone, password="another walk by the river") == 303


def test_parallel_tries_count_one_by_one(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    browsers = [browser() for _ in range(20)]
    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(attempt, browsers))
    assert sorted(codes) == [422] * 5 + [429] * 15
    with acting() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 10


def test_success_forgives_the_account_but_not_the_network(practice: Practice, browser: OpenBrowser) -> None:
    for _ in range(4):
        attempt(browser())
    assert attempt(browser(), password=PASSWORD) == 303
    assert attempt(browser(), BOB) == 422
    assert attempt(browser(), BOB) == 429, "an account of one's own does not buy tries at others'"
    assert attempt(browser(), place="192.0.2.99") == 422


def test_counters_name_nobody(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    attempt(browser())
    with acting() as session:
        digests = session.scalars(select(SignInAttempt.digest)).all()
        assert {len(digest) for digest in digests} == {32}
        assert set(digests) == {throttle.account(ALICE).digest, throttle.network("192.0.2.1").digest}


def test_old_tries_are_forgotten(practice: Practice, acting: Acting, move_clock: MoveClock) -> None:
    with acting():
        throttle.count([throttle.account(ALICE)], clock.now())
    move_clock(hours=25)
    with acting() as session:
        throttle.forget_old(clock.now())
        assert session.scalars(select(SignInAttempt)).all() == []


def test_known_browser_cookie_names_nobody_and_keeps_four_accounts(practice: Practice) -> None:
    cookie: str | None = None
    emails = [f"person{n}@example.org" for n in range(6)]
    for email in emails:
        cookie = known_browser.knowing(cookie, email)
    assert cookie is not None
    known = [known_browser.nonce_for(cookie, email) is not None for email in emails]
    assert known == [False, False, True, True, True, True]
    assert len({known_browser.nonce_for(cookie, email) for email in emails[2:]}) == 1
    assert "person" not in cookie
    assert known_browser.nonce_for(cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), emails[2]) is None
    for forged in (None, "", "x", "." * 9, "a" * 22 + "." + "b" * 22, "é" * 22):
        assert known_browser.nonce_for(forged, emails[5]) is None
