"""Passkeys: added, asked for at a sign-in and for a fresh proof, and refused when anything about them is not right."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from clinic.accounts import factors
from clinic.accounts.models import Passkey, PasskeyChallenge
from clinic.core import clock
from tests.accounts.authenticator import Authenticator
from tests.accounts.conftest import MoveClock
from tests.accounts.test_second_step import SECOND, begin, give_app
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

OpenBrowser = Callable[..., Browser]
FACTORS = "/account/factors"


def challenge(browser: Browser, path: str) -> str:
    """What the server asks a passkey to sign next."""
    answer = browser.submit(path)
    assert answer.status_code == 200
    told = answer.get_json()
    assert told.get("rpId", told.get("rp", {}).get("id")) == "localhost"
    return str(told["challenge"])


def add(browser: Browser, device: Authenticator, name: str = "My phone") -> int:
    """Add it, as the page does; returns the status of the answer."""
    made = device.make(challenge(browser, f"{FACTORS}/passkeys/question"))
    return browser.submit(f"{FACTORS}/passkeys", name=name, credential=made).status_code


def press(browser: Browser, device: Authenticator) -> int:
    """Take the second step with it; returns the status of the answer."""
    signed = device.sign(challenge(browser, f"{SECOND}/passkey"))
    return browser.submit(SECOND, assertion=signed).status_code


@pytest.fixture
def device(practice: Practice, browser: OpenBrowser) -> Authenticator:
    """Alice's, added."""
    made = Authenticator()
    assert add(browser(practice.alice), made) == 200
    return made


def test_first_passkey_brings_recovery_codes_and_is_asked_for(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    with acting():
        assert factors.of(practice.alice).codes_left == 10
    alice = browser()
    assert begin(alice).location == SECOND
    assert "Use a passkey" in alice.get(SECOND).text
    assert press(alice, device) == 303
    page = alice.get(FACTORS).text
    assert "My phone" in page
    assert "used on" in page


def test_second_passkey_leaves_the_codes_as_they_are(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser(practice.alice)
    assert add(alice, Authenticator(), "My key") == 303
    assert [add(alice, device, "The same again")] == [422]
    with acting() as session:
        assert session.scalars(select(Passkey.name).order_by(Passkey.id)).all() == ["My phone", "My key"]


def test_answer_of_a_passkey_is_good_once(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    first, second = browser(), browser()
    begin(first)
    begin(second)
    signed = device.sign(challenge(first, f"{SECOND}/passkey"))
    challenge(second, f"{SECOND}/passkey")
    assert second.submit(SECOND, assertion=signed).status_code == 422
    assert first.submit(SECOND, assertion=signed).status_code == 303
    again = browser()
    begin(again)
    assert again.submit(SECOND, assertion=signed).status_code == 422
    with acting() as session:
        assert session.scalars(select(PasskeyChallenge)).all() == []


def test_challenge_is_spent_by_a_wrong_answer(device: Authenticator, browser: OpenBrowser) -> None:
    alice = browser()
    begin(alice)
    asked = challenge(alice, f"{SECOND}/passkey")
    signed = device.sign(asked)
    assert alice.submit(SECOND, assertion='{"id": "x"}').status_code == 422
    assert alice.submit(SECOND, assertion=signed).status_code == 422


@pytest.mark.parametrize(
    "crooked",
    [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}],
    ids=["another site", "another party"],
)
def test_answer_given_to_another_site_lets_nobody_in(
    device: Authenticator, browser: OpenBrowser, crooked: dict[str, str]
) -> None:
    alice = browser()
    begin(alice)
    for name, value in crooked.items():
        setattr(device, name, value)
    assert press(alice, device) == 422
    assert alice.get("/account").status_code == 302


def test_passkey_of_somebody_else_lets_nobody_in(
    device: Authenticator, practice: Practice, browser: OpenBrowser
) -> None:
    bobs = Authenticator()
    assert add(browser(practice.bob), bobs) == 200
    alice = browser()
    begin(alice)
    assert press(alice, bobs) == 422
    stranger = Authenticator(credential_id=device.credential_id)
    assert press(alice, stranger) == 422


def test_copy_of_a_passkey_that_counts_backwards_is_refused(device: Authenticator, browser: OpenBrowser) -> None:
    alice = browser()
    begin(alice)
    device.count = 8
    assert press(alice, device) == 303
    device.count = 3
    copy = browser()
    begin(copy)
    assert press(copy, device) == 422


def test_challenge_lasts_ten_minutes(
    device: Authenticator, practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    alice = browser(practice.alice)
    signed = device.sign(challenge(alice, "/account/confirm/passkey"))
    move_clock(minutes=10, seconds=1)
    answer = alice.submit("/account/confirm", target=FACTORS, password=PASSWORD, assertion=signed)
    assert answer.status_code == 422


def test_passkey_proves_a_sign_in_anew_and_only_beside_the_password(
    device: Authenticator, practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    alice = browser(practice.alice)
    move_clock(minutes=11)
    assert alice.get(FACTORS).status_code == 302
    signed = device.sign(challenge(alice, "/account/confirm/passkey"))
    wrong: dict[str, Any] = {"target": FACTORS, "password": "a long walk by the sea"}
    assert alice.submit("/account/confirm", **wrong, assertion=signed).status_code == 422
    signed = device.sign(challenge(alice, "/account/confirm/passkey"))
    done = alice.submit("/account/confirm", target=FACTORS, password=PASSWORD, assertion=signed)
    assert (done.status_code, done.location) == (303, FACTORS)


def test_answer_for_one_purpose_is_worth_nothing_for_another(
    device: Authenticator, practice: Practice, browser: OpenBrowser
) -> None:
    alice = browser(practice.alice)
    made = Authenticator().make(challenge(alice, "/account/confirm/passkey"))
    assert alice.submit(f"{FACTORS}/passkeys", name="Mine", credential=made).status_code == 422


def test_person_renames_and_removes_passkeys(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser(practice.alice)
    with acting() as session:
        key = session.scalars(select(Passkey.id)).one()
    assert alice.submit(f"{FACTORS}/passkeys/{key}/name", name="").location == FACTORS
    alice.submit(f"{FACTORS}/passkeys/{key}/name", name=" The   blue one ")
    assert "The blue one" in alice.get(FACTORS).text
    assert "is removed" in alice.submit(f"{FACTORS}/passkeys/{key}/remove", follow_redirects=True).text
    with acting():
        assert factors.of(practice.alice) == factors.Factors(has_app=False, passkeys=0, codes_left=0)
    assert begin(browser()).location == "/today"


def test_codes_stay_while_another_way_is_left(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.alice)
    browser(practice.alice).submit(f"{FACTORS}/app/remove")
    with acting():
        assert factors.of(practice.alice) == factors.Factors(has_app=False, passkeys=1, codes_left=10)


def test_junk_adds_no_passkey_and_keeps_the_name(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    alice = browser(practice.alice)
    for junk in ("", "x", "[]", '{"id": 1}', '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}'):
        challenge(alice, f"{FACTORS}/passkeys/question")
        page = alice.submit(f"{FACTORS}/passkeys", name="The blue one", credential=junk)
        assert (page.status_code, "The blue one" in page.text) == (422, True), junk
    with acting() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_database_keeps_a_credential_once(
    device: Authenticator, practice: Practice, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="uq_passkey_credential_id"):
        owner.execute(
            "INSERT INTO passkey (id, person_id, name, credential_id, public_key, sign_count, created_at)"
            " SELECT gen_random_uuid(), %s, name, credential_id, public_key, 0, %s FROM passkey",
            [practice.bob, clock.now()],
        )


def test_person_has_ten_passkeys_at_most(
    device: Authenticator, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser(practice.alice)
    with acting() as session:
        session.add_all(
            Passkey(
                person_id=practice.alice,
                name=f"Key {number}",
                credential_id=bytes([number]),
                public_key=b"",
                sign_count=0,
                created_at=clock.now(),
            )
            for number in range(9)
        )
    made = Authenticator().make(challenge(alice, f"{FACTORS}/passkeys/question"))
    page = alice.submit(f"{FACTORS}/passkeys", name="One more", credential=made)
    assert (page.status_code, "remove one that you do not use" in page.text) == (422, True)
