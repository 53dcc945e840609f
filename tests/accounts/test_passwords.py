"""What a password must be, and what is kept of it."""

import pytest

from clinic.accounts import passwords
from clinic.accounts.errors import PasswordGuessableError, PasswordTooLongError, PasswordTooShortError
from tests.factories import PASSWORD

OWN = ("Alice", "Hart", "Alice Hart", "alice.hart@example.org")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "my dog ate my homework",
        "ここは静かな川のほとりの長い道です",
        "k8#fQ2!vLz0pW9e",
        "all lower case words without a digit",
        "x7 " * 3 + "a quiet afternoon in a garden with many bees and one lazy cat that sleeps" * 2,
    ],
)
def test_password_of_fifteen_and_more_is_enough(password: str) -> None:
    passwords.check(password, *OWN)


@pytest.mark.parametrize("password", ["", "short", "k8#fQ2!vLz0pW9"])
def test_password_below_fifteen_is_too_short(password: str) -> None:
    with pytest.raises(PasswordTooShortError):
        passwords.check(password, *OWN)


def test_password_beyond_the_longest_is_refused() -> None:
    passwords.check("a quiet afternoon " * 14, *OWN)
    with pytest.raises(PasswordTooLongError):
        passwords.check("a quiet afternoon " * 15, *OWN)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "iloveyouiloveyou",
        "qwertyuiopasdfghjkl",
        "1234567890123456",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "letmeinletmein123",
        "abcabcabcabcabcabcabc",
    ],
)
def test_password_on_the_breached_list_or_a_pattern_is_refused(password: str) -> None:
    with pytest.raises(PasswordGuessableError):
        passwords.check(password)


@pytest.mark.parametrize(
    "password",
    ["alice.hart@example.org", "Alice Hart Alice Hart", "alicehart1234567", "harthartharthart!", "AliceAliceAlice99"],
)
def test_password_of_own_name_or_address_is_refused(password: str) -> None:
    with pytest.raises(PasswordGuessableError):
        passwords.check(password, *OWN)


def test_password_is_kept_as_argon2id_with_salt() -> None:
    first, second = passwords.hash_password(PASSWORD), passwords.hash_password(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(first, PASSWORD)
    assert not passwords.matches(first, PASSWORD + " ")
    assert not passwords.matches(None, PASSWORD)
    assert not passwords.matches("not a hash", PASSWORD)


def test_password_matches_however_its_letters_were_composed() -> None:
    assert passwords.matches(passwords.hash_password("caf\u00e9 au lait chaud"), "cafe\u0301 au lait chaud")


def test_hash_of_nobody_costs_what_a_new_one_costs() -> None:
    assert not passwords.is_outdated(passwords.NOBODY)
    assert passwords.is_outdated(
        "$argon2id$v=19$m=8,t=1,p=1$f3mE88opBm0B5I/GBb4E5w$LhI0BL9T3f0vZhY+ZIXsrd219UAlyiY6G0pXHiwvFWU"
    )
