"""The client's side: the gate, one sending, and nothing of it afterwards, whatever was sent."""

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.intake import private
from clinic.intake.errors import OtherStepFirstError
from clinic.questionnaires.values import Reading
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.safety.conftest import CALM, GATE, GRAVE, QUESTIONS, SIGN, SKIP

Owner = psycopg.Connection[tuple[object, ...]]
_ONE_TIME = re.compile(r'(name="(?:csrf_token|idempotency_key)"[^>]*value=")[^"]*')
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def plain(text: str) -> str:
    """A page without the tokens that every showing has anew, and without ids."""
    return _ID.sub("", _ONE_TIME.sub(r"\1", text))


def count(owner: Owner, table: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(str(row[0]))


def test_gate_comes_first(writer: Browser) -> None:
    gate = writer.get(GATE)
    assert "Are you alone?" in gate.text
    assert writer.get(QUESTIONS).location == GATE
    page = writer.get(f"{QUESTIONS}?alone=yes")
    assert page.status_code == 200
    for each, title in ((gate, "About you, in private"), (page, "Your answers, in private")):
        assert f"<title>{title}" in each.text
        assert "data-quick-exit" in each.text
        assert "Your browser may still list the pages" in each.text
        assert "no-store" in each.headers["Cache-Control"]


def test_page_keeps_no_draft_and_stays_in_no_browser(writer: Browser, owner: Owner) -> None:
    page = writer.get(f"{QUESTIONS}?alone=yes").text
    assert "data-autosave" not in page
    assert 'autocomplete="off"' in page
    assert writer.submit("/intake/form/private/draft", a_afraid_year="more").status_code == 404
    assert writer.submit("/intake/form/private", a_afraid_year="more").status_code == 404
    assert writer.get("/intake/form/private").status_code == 404
    assert count(owner, "private_page") == 0


@pytest.mark.parametrize("sent", [GRAVE, SIGN, CALM, {}, None], ids=["grave", "sign", "calm", "empty", "left out"])
def test_once_sent_it_never_shows_again_and_looks_the_same(
    writer: Browser, partner: Browser, sent: dict[str, Any] | None
) -> None:
    """What Bob sees is of somebody who left it out, and so is what Alice sees whatever she did."""
    assert partner.submit(SKIP).location == GATE
    answer = writer.submit(SKIP) if sent is None else writer.submit(QUESTIONS, **sent)
    assert (answer.status_code, answer.location) == (303, GATE)
    assert answer.data == partner.submit(SKIP).data
    for path in (GATE, "/intake"):
        assert plain(writer.get(path).text) == plain(partner.get(path).text).replace("Bob", "Alice")
    assert writer.get(f"{QUESTIONS}?alone=yes").location == GATE
    for path in ("/intake", "/record", "/today", GATE):
        assert not [word for word in ("zzcanary", "library", "skipped", "left out") if word in writer.get(path).text]


def test_only_the_first_counts(writer: Browser, owner: Owner) -> None:
    writer.submit(SKIP)
    assert writer.submit(QUESTIONS, **GRAVE).location == GATE
    assert (count(owner, "private_page"), count(owner, "safety_review")) == (1, 0)


def test_same_form_twice_has_one_effect(writer: Browser, owner: Owner) -> None:
    key = str(new_id())
    for _ in range(2):
        assert writer.submit(QUESTIONS, idempotency_key=key, **SIGN).location == GATE
    assert (count(owner, "private_page"), count(owner, "safety_review")) == (1, 1)


def test_too_many_words_are_said_and_nothing_is_kept_or_lost(writer: Browser, owner: Owner) -> None:
    answer = writer.submit(QUESTIONS, **(SIGN | {"a_safe_way": "x" * 301}))
    assert (answer.status_code, "x" * 301 in answer.text) == (422, True)
    assert count(owner, "private_page") == 0


def test_it_is_done_like_any_other_page(writer: Browser) -> None:
    assert "0 of 3 done" in writer.get("/intake").text
    writer.submit(QUESTIONS, **GRAVE)
    assert "1 of 3 done" in writer.get("/intake").text


@pytest.mark.parametrize("who", ["carol", "dana", "desk", "owner"])
def test_nobody_else_has_such_a_page(
    installed: None, browser: Callable[..., Browser], practice: Practice, who: str
) -> None:
    other = browser(getattr(practice, who))
    assert [other.get(GATE).status_code, other.get(QUESTIONS).status_code] == [404, 404]
    assert [other.submit(QUESTIONS).status_code, other.submit(SKIP).status_code] == [404, 404]


def test_service_keeps_no_page_that_is_not_asked_for(
    installed: None, acting: Acting, practice: Practice, owner: Owner
) -> None:
    """Alice's first part is not finished."""
    with pytest.raises(OtherStepFirstError), acting(Actor(practice.alice, frozenset({"client"}))):
        private.send(practice.alice_client, None, Reading(clock.now(), ZONE))
    assert count(owner, "private_page") == 0
