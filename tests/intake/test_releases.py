"""Releases of information: shown word for word, signed, in force until a day, taken back at any time."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.zones import wall
from clinic.database.actor import Actor
from clinic.intake import releases
from clinic.intake.errors import TextChangedError
from clinic.intake.models import InformationRelease
from clinic.intake.signing import Circumstances
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.intake.conftest import Walker

Owner = psycopg.Connection[tuple[object, ...]]
PATH = "/intake/releases"
_MARK = re.compile(r'name="mark"[^>]*value="([^"]+)"')


def wish(**fields: str) -> dict[str, Any]:
    until = f"{clock.now() + timedelta(days=90):%Y-%m-%d}"
    asked = {"way": "to", "party": "Dr. zzcanary", "what": "that I come here", "purpose": "a sick note"}
    return asked | {"expires_on": until} | fields


def signed(alice: Walker, **fields: str) -> None:
    """Ask for the words, and sign them."""
    asked = wish(**fields)
    found = _MARK.search(alice.browser.submit(PATH, **asked).text)
    assert found is not None
    done = alice.browser.submit(PATH, **asked, mark=found[1], agreed="y", name="Alice Hart")
    assert done.location == PATH


def release_id(owner: Owner) -> str:
    row = owner.execute("SELECT id FROM information_release").fetchone()
    assert row is not None
    return str(row[0])


def test_words_are_shown_before_they_are_signed_and_kept_as_shown(alice: Walker, owner: Owner) -> None:
    page = alice.browser.submit(PATH, **wish()).text
    for words in ("may tell Dr. zzcanary the following.", "What: that I come here", "What for: a sick note"):
        assert words in page
    for words in ("which I may do at any time", "may pass it on", "My care does not depend on this"):
        assert words in page
    assert owner.execute("SELECT count(*) FROM information_release").fetchone() == (0,)
    signed(alice)
    copy = alice.browser.get(f"{PATH}/{release_id(owner)}/copy")
    assert "may tell Dr. zzcanary the following." in copy.text
    assert "attachment" in copy.headers["Content-Disposition"]
    assert "zzcanary" not in copy.headers["Content-Disposition"]


@pytest.mark.parametrize("sent", [{"agreed": ""}, {"name": "Bob Hart"}])
def test_without_tick_or_own_name_nothing_is_signed_and_nothing_lost(
    alice: Walker, owner: Owner, sent: dict[str, str]
) -> None:
    found = _MARK.search(alice.browser.submit(PATH, **wish()).text)
    assert found is not None
    fields: dict[str, Any] = wish() | {"mark": found[1], "agreed": "y", "name": "Alice Hart"} | sent
    answer = alice.browser.submit(PATH, **{key: value for key, value in fields.items() if value})
    assert (answer.status_code, "Dr. zzcanary" in answer.text) == (422, True)
    assert owner.execute("SELECT count(*) FROM information_release").fetchone() == (0,)


def test_other_words_than_were_shown_are_shown_first(alice: Walker, owner: Owner) -> None:
    found = _MARK.search(alice.browser.submit(PATH, **wish()).text)
    assert found is not None
    other: dict[str, Any] = wish(what="everything") | {"mark": found[1], "agreed": "y", "name": "Alice Hart"}
    answer = alice.browser.submit(PATH, **other)
    assert (answer.status_code, "What: everything" in answer.text) == (200, True)
    assert owner.execute("SELECT count(*) FROM information_release").fetchone() == (0,)


def test_service_signs_no_other_words_than_were_shown(acting: Acting, practice: Practice, installed: None) -> None:
    until = (clock.now() + timedelta(days=9)).date()
    allowed = releases.Allowance("to", "Dr. Low", "that I come", "a note", until)
    words, around = releases.words(allowed, "Alice Hart", "the practice"), Circumstances(ZONE, None, None)
    with acting(Actor(practice.alice, frozenset({"client"}))) as session:
        client = session.get_one(Client, practice.alice_client)
        with pytest.raises(TextChangedError):
            releases.sign(client, words, "another mark", allowed, "Alice Hart", around, clock.now())


@pytest.mark.parametrize("days", [0, -3, 400])
def test_it_ends_after_today_and_within_a_year(alice: Walker, days: int) -> None:
    ends_on = wall(clock.now(), ZONE) + timedelta(days=days)
    answer = alice.browser.submit(PATH, **wish(expires_on=f"{ends_on:%Y-%m-%d}"))
    assert (answer.status_code, "a day after today" in answer.text) == (422, True)


@pytest.mark.parametrize("missing", ["way", "party", "what", "purpose", "expires_on"])
def test_what_is_missing_is_said(alice: Walker, missing: str) -> None:
    answer = alice.browser.submit(PATH, **{key: value for key, value in wish().items() if key != missing})
    assert (answer.status_code, "Please" in answer.text) == (422, True)


def test_client_takes_it_back_and_the_therapist_sees_what_is_in_force(
    alice: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    signed(alice)
    dana, path = browser(practice.dana), f"/clients/{practice.alice_client}/intake"
    page = dana.get(path).text
    assert ["Dr. zzcanary" in page, "taken back" in page] == [True, False]
    for _ in range(2):
        assert alice.browser.submit(f"{PATH}/{release_id(owner)}/take-back").location == PATH
    assert "taken back" in dana.get(path).text
    trail = owner.execute("SELECT action FROM audit_event WHERE action LIKE 'release.%' ORDER BY id").fetchall()
    assert trail == [("release.sign",), ("release.take_back",)]


def test_it_is_over_after_its_day(alice: Walker, acting: Acting, practice: Practice) -> None:
    signed(alice)
    with acting(Actor(practice.dana, frozenset({"therapist"}))):
        states = [
            releases.of_client(practice.alice_client, clock.now() + timedelta(days=days))[0].state for days in (89, 92)
        ]
    assert states == ["in_force", "expired"]


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "desk", "owner"])
def test_nobody_else_sees_it(
    alice: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice, owner: Owner, who: str
) -> None:
    signed(alice)
    other = browser(getattr(practice, who))
    assert other.get(f"{PATH}/{release_id(owner)}/copy").status_code == 404
    assert other.submit(f"{PATH}/{release_id(owner)}/take-back").status_code == 404
    assert other.get(f"/clients/{practice.alice_client}/intake/releases/{release_id(owner)}").status_code == 404
    assert "zzcanary" not in other.get(PATH).text
    with acting(Actor(getattr(practice, who))) as session:
        assert session.scalars(select(InformationRelease)).all() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE information_release SET expires_on = expires_on + 100",
        "UPDATE information_release SET words = 'x', revoked_at = now()",
        "DELETE FROM information_release",
    ],
)
def test_database_refuses_to_change_what_was_signed(alice: Walker, owner: Owner, change: str) -> None:
    signed(alice)
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute(change.encode())


def test_what_was_taken_back_stays_so(alice: Walker, owner: Owner) -> None:
    signed(alice)
    alice.browser.submit(f"{PATH}/{release_id(owner)}/take-back")
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute("UPDATE information_release SET revoked_at = NULL")


def test_words_lie_sealed(alice: Walker, owner: Owner) -> None:
    signed(alice)
    row = owner.execute("SELECT information_release::text FROM information_release").fetchone()
    assert b"zzcanary".hex() not in str(row)
    assert "zzcanary" not in str(owner.execute("SELECT * FROM audit_event").fetchall())
