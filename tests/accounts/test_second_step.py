"""Sign-in in two steps: what a half-done one opens (nothing), and what each code is worth (one sign-in)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from clinic.accounts import factors, links, mails, people, recovery, second_step, totp
from clinic.accounts.entrance import HALF
from clinic.accounts.models import HalfSignIn, Login, SignIn
from clinic.clients import couples
from clinic.core import clock
from clinic.outbox.models import OutboxMessage
from tests.accounts.conftest import MoveClock, TokenOf
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, PASSWORD_HASH, Practice

ALICE = "alice.hart@example.org"
SECOND = "/sign-in/second"
OpenBrowser = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]


def give_app(acting: Acting, person_id: UUID) -> pyotp.TOTP:
    """An authenticator app for somebody, set up an hour ago; the answer is that app."""
    earlier = clock.now() - timedelta(hours=1)
    with acting():
        totp.begin(person_id, earlier)
        app = pyotp.TOTP(totp.waiting_secret(person_id) or "")
        totp.confirm(person_id, app.at(earlier), earlier)
    return app


def give_codes(acting: Acting, person_id: UUID) -> list[str]:
    """Ten recovery codes."""
    with acting():
        return recovery.renew(person_id, clock.now())


@pytest.fixture
def phone(practice: Practice, acting: Acting) -> pyotp.TOTP:
    """Alice's authenticator app."""
    return give_app(acting, practice.alice)


def begin(browser: Browser, email: str = ALICE, password: str = PASSWORD, **more: Any) -> TestResponse:
    """The first step."""
    return browser.submit("/sign-in", email=email, password=password, **more)


def now_shown(app: pyotp.TOTP) -> str:
    """The code that the app shows now, by the practice's clock."""
    return app.at(clock.now())


def test_right_password_opens_nothing_before_the_second_step(
    phone: pyotp.TOTP, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser()
    answer = begin(alice, next="/homework")
    assert (answer.status_code, answer.location) == (303, "/sign-in/second?next=/homework")
    for path in ("/account", "/today", "/homework", "/account/factors", "/account/confirm", "/record"):
        assert (alice.get(path).location or "").startswith("/sign-in?next="), path
    assert alice.submit("/account/password", current=PASSWORD, password=PASSWORD).status_code == 401
    with acting() as session:
        assert session.scalars(select(SignIn)).all() == []
    assert "One more step" in alice.get(SECOND).text
    done = alice.submit(SECOND, code=now_shown(phone), next="/homework")
    assert (done.status_code, done.location) == (303, "/homework")
    assert alice.get("/account").status_code == 200
    with acting() as session:
        assert session.scalars(select(HalfSignIn)).all() == []


def test_half_done_token_is_no_sign_in(phone: pyotp.TOTP, browser: OpenBrowser) -> None:
    alice, thief = browser(), browser()
    begin(alice)
    with alice.client.session_transaction() as cookie:
        assert "_user_id" not in cookie
        thief.carry(cookie[HALF])
    assert thief.get("/account").status_code == 302


def test_half_done_sign_in_lasts_ten_minutes(
    phone: pyotp.TOTP, browser: OpenBrowser, move_clock: MoveClock, acting: Acting
) -> None:
    alice = browser()
    begin(alice)
    move_clock(minutes=10, seconds=1)
    answer = alice.submit(SECOND, code=now_shown(phone))
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert alice.get("/account").status_code == 302
    with acting() as session:
        second_step.forget_old(clock.now())
        assert session.scalars(select(HalfSignIn)).all() == []


def test_database_refuses_a_half_done_sign_in_that_lasts_longer(practice: Practice, owner: Owner) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="lasts"):
        owner.execute(
            "INSERT INTO half_sign_in (id, person_id, token_digest, created_at, expires_at)"
            " VALUES (gen_random_uuid(), %s, 'x', now(), now() + interval '11 minutes')",
            [practice.alice],
        )


def test_half_done_sign_in_ends_with_a_new_password_and_with_a_closed_login(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    def renew() -> None:
        people.set_password(practice.alice, "another walk by the river", clock.now())

    def close() -> None:
        people.disable_login(practice.alice, clock.now())

    for change in (renew, close):
        alice = browser()
        with acting() as session:
            session.get_one(Login, practice.alice).password_hash = PASSWORD_HASH
        assert begin(alice).status_code == 303
        with acting():
            change()
        assert alice.submit(SECOND, code=now_shown(phone)).location == "/sign-in"
        assert alice.get("/account").status_code == 302


def test_wrong_code_leaves_the_person_out(phone: pyotp.TOTP, browser: OpenBrowser) -> None:
    alice = browser()
    begin(alice)
    wrong = f"{(int(now_shown(phone)) + 1) % 1_000_000:06}"
    for code in (wrong, "", "abc", "abcd-efgh-jkmn-pqrs", "١٢٣٤٥٦"):
        page = alice.submit(SECOND, code=code, next="/homework")
        assert (page.status_code, "That code does not fit" in page.text, "/homework" in page.text) == (422, True, True)
        alice = browser()
        begin(alice)
    assert alice.get("/account").status_code == 302


def test_code_lets_in_once(phone: pyotp.TOTP, browser: OpenBrowser) -> None:
    code = now_shown(phone)
    first, second = browser(), browser()
    begin(first)
    begin(second)
    assert first.submit(SECOND, code=f" {code[:3]} {code[3:]} ").status_code == 303
    assert second.submit(SECOND, code=code).status_code == 422
    assert second.submit(SECOND, code=phone.at(clock.now(), counter_offset=1)).status_code == 303


def test_code_that_sets_the_app_up_lets_nobody_in(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    alice = browser(practice.alice)
    assert alice.submit("/account/factors/app").location == "/account/factors/app"
    with acting():
        app = pyotp.TOTP(totp.waiting_secret(practice.alice) or "")
    code = now_shown(app)
    assert alice.submit("/account/factors/app/confirm", code=code).status_code == 200
    visitor = browser()
    begin(visitor)
    assert visitor.submit(SECOND, code=code).status_code == 422


def test_of_many_who_use_a_code_at_once_one_gets_in(phone: pyotp.TOTP, app: Flask, browser: OpenBrowser) -> None:
    crowd = [browser() for _ in range(6)]
    for each in crowd:
        begin(each)
        each.token()
    code = now_shown(phone)
    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(lambda each: each.submit(SECOND, code=code).status_code, crowd))
    assert answers.count(303) == 1
    assert set(answers) <= {303, 422, 429}


def test_used_step_is_a_key_of_the_database(phone: pyotp.TOTP, owner: Owner) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="pk_totp_step"):
        owner.execute("INSERT INTO totp_step SELECT totp_id, step FROM totp_step")


def test_secret_is_not_readable_in_the_database(phone: pyotp.TOTP, owner: Owner) -> None:
    ((sealed,),) = owner.execute("SELECT secret FROM totp").fetchall()
    assert isinstance(sealed, bytes)
    assert phone.secret.encode() not in sealed
    assert len(sealed) > len(phone.secret)


def test_recovery_code_lets_in_once(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting, owner: Owner
) -> None:
    codes = give_codes(acting, practice.alice)
    assert len(set(codes)) == 10
    first, second = browser(), browser()
    begin(first)
    begin(second)
    assert first.submit(SECOND, code=codes[3].upper()).status_code == 303
    assert second.submit(SECOND, code=codes[3]).status_code == 422
    assert second.submit(SECOND, code=codes[4].replace("-", "")).status_code == 303
    with acting():
        assert factors.of(practice.alice).codes_left == 8
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="good once"):
        owner.execute("UPDATE recovery_code SET used_at = NULL WHERE used_at IS NOT NULL")


def test_recovery_codes_of_before_are_worth_nothing(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    old = give_codes(acting, practice.alice)
    page = browser(practice.alice).submit("/account/factors/codes").text
    alice = browser()
    begin(alice)
    assert alice.submit(SECOND, code=old[0]).status_code == 422
    new = page.partition("<code>")[2].partition("</code>")[0]
    assert alice.submit(SECOND, code=new).status_code == 303


def test_recovery_code_of_somebody_else_lets_nobody_in(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.bob)
    bobs = give_codes(acting, practice.bob)
    alice = browser()
    begin(alice)
    assert alice.submit(SECOND, code=bobs[0]).status_code == 422


def test_guessing_codes_is_slowed_down_for_strangers_and_never_for_the_persons_own_browser(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    codes = give_codes(acting, practice.alice)
    own = browser()
    begin(own)
    assert own.submit(SECOND, code=codes[0]).status_code == 303
    own.submit("/sign-out")
    stranger = browser()
    begin(stranger)
    tries = [stranger.submit(SECOND, code=f"{n:06}") for n in range(6)]
    assert [each.status_code for each in tries] == [422] * 5 + [429]
    assert int(tries[-1].headers["Retry-After"]) > 0
    assert begin(stranger).status_code == 303
    assert stranger.submit(SECOND, code=codes[1]).status_code == 429
    assert begin(own).status_code == 303
    assert own.submit(SECOND, code=codes[2]).status_code == 303


def test_wrong_password_answers_the_same_with_and_without_a_second_step(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser
) -> None:
    pages = []
    for email in (ALICE, "carol.stone@example.org", "nobody@example.org"):
        page = begin(browser(), email, "a long walk by the sea")
        lines = page.text.replace(email, "ADDRESS").splitlines()
        pages.append((page.status_code, [line for line in lines if "csrf_token" not in line]))
    assert pages[0] == pages[1] == pages[2]


def test_second_step_without_a_first_one_leads_to_the_first(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    assert visitor.get(f"{SECOND}?next=/homework").location == "/sign-in?next=/homework"
    assert visitor.submit(SECOND, code="123456").location == "/sign-in"
    assert visitor.submit(f"{SECOND}/passkey").status_code == 401
    assert browser(practice.alice).get(SECOND).location == "/today"


def test_link_to_a_new_password_never_goes_around_the_second_step(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    with acting():
        links.let_in(practice.alice, clock.now())
    reader = browser()
    token = token_of(practice.alice, "reset")
    assert "8 characters or more" in reader.get(f"/reset/{token}").text
    answer = reader.submit(f"/reset/{token}", password="another walk by the river")
    assert (answer.status_code, answer.location) == (303, SECOND)
    assert reader.get("/account").status_code == 302
    assert reader.submit(SECOND, code=now_shown(phone)).status_code == 303
    assert reader.get("/account").status_code == 200


def resets(acting: Acting) -> list[UUID]:
    """To whom a link to a new password is mailed."""
    with acting() as session:
        return list(session.scalars(select(OutboxMessage.recipient_id).where(OutboxMessage.kind == "account.reset")))


def test_no_mail_leads_one_of_a_couple_to_a_new_password_before_there_is_a_second_step(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    """A partner may open the mailbox and never have been asked: then the front desk makes sure who it is."""
    pages = [
        browser().submit("/lost-password", email=email, follow_redirects=True).text
        for email in (ALICE, "carol.stone@example.org", "nobody@example.org")
    ]
    assert pages[0] == pages[1] == pages[2]
    assert resets(acting) == [practice.carol]
    move_clock(hours=2)
    give_app(acting, practice.alice)
    browser().submit("/lost-password", email=ALICE)
    assert resets(acting) == [practice.carol, practice.alice]


def test_link_of_before_is_not_sent_once_the_second_step_is_gone(
    phone: pyotp.TOTP, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    browser().submit("/lost-password", email=ALICE)
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "account.reset")).one()
        assert mails.reset_still_wanted(message, clock.now()) is None
        factors.take_all(practice.alice, clock.now())
        assert mails.reset_still_wanted(message, clock.now()) == "shared"


def test_who_was_one_of_a_couple_calls_too(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    with acting():
        couples.end(practice.couple, practice.bob, clock.now())
    browser().submit("/lost-password", email=ALICE)
    assert resets(acting) == []
