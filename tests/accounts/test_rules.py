"""The rules of accounts, without database."""

from datetime import timedelta

import pytest

from clinic.accounts.rules import (
    ACCOUNT_PACE,
    MAIL_PACE,
    NETWORK_PACE,
    RESET_LASTS,
    holds_link,
    is_address,
    is_same_name,
    network_of,
    normal_address,
)


def test_pause_begins_after_five_tries_and_doubles_up_to_its_longest() -> None:
    assert [ACCOUNT_PACE.pause(tries).total_seconds() for tries in range(14)] == [
        *[0] * 5,
        5,
        10,
        20,
        40,
        80,
        160,
        320,
        640,
        900,
    ]
    assert ACCOUNT_PACE.pause(10_000) == timedelta(minutes=15)
    assert NETWORK_PACE.pause(10_000) == timedelta(minutes=1)


def test_pace_remembers_longer_than_its_longest_pauses_take_to_build_up() -> None:
    for pace in (ACCOUNT_PACE, NETWORK_PACE, MAIL_PACE):
        assert pace.remembered >= pace.longest * (pace.free + 10)


def test_mails_come_more_often_than_a_reset_link_lives() -> None:
    assert MAIL_PACE.longest < RESET_LASTS


@pytest.mark.parametrize("text", ["alice@example.org", "a.b+c@mail.example.org", "o'hara@example.org"])
def test_address_is_recognised(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "alice",
            "alice@",
            "@example.org",
            "alice@example",
            "josé@example.com",
            "ü@example.org",
            "jose@exämple.org",
            "a b@example.org",
            "a@b@example.org",
            "a@example..org",
        ),
        *("a@example.org,b@example.org", "a@example.org\r\nBcc: b@example.org", "x" * 250 + "@example.org"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_address(text)


def test_address_is_stored_in_one_form() -> None:
    assert normal_address("  Alice@Example.ORG ") == "alice@example.org"


def test_names_are_the_same_but_for_case_and_blanks() -> None:
    assert is_same_name(("Alice", "Hart"), (" alice", "HART "))
    assert not is_same_name(("Alice", "Hart"), ("Bob", "Hart"))


def test_network_is_an_address_or_the_line_of_an_ipv6_one() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of(None) == network_of("nonsense") == "unknown"


@pytest.mark.parametrize("name", ["Zoë", "Mary Ann", "J.R.", "J. R. O'Neill-Stark", "St. John", "Ng", "李", "Dr. Ann"])
def test_names_hold_no_link(name: str) -> None:
    assert not holds_link(name)


@pytest.mark.parametrize(
    "name", ["see https://evil.example", "evil.example", "www.evil.example", "a@evil.example", "x/y"]
)
def test_link_in_a_name_is_found(name: str) -> None:
    assert holds_link(name)
