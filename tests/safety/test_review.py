"""The therapist's side: read it alone, be warned before joint work, close the review with words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.questionnaires.files import load_folder
from clinic.questionnaires.installation import install
from clinic.questionnaires.loading import load_body
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.questionnaires.conftest import FOLDERS
from tests.safety.conftest import CALM, GRAVE, QUESTIONS, SIGN, SKIP

Owner = psycopg.Connection[tuple[object, ...]]
WORDS: dict[str, Any] = {"asked": "Asked how the week was", "decided": "We meet apart for now"}


@pytest.fixture
def dana(browser: Callable[..., Browser], practice: Practice) -> Browser:
    """Her browser."""
    return browser(practice.dana)


def place(practice: Practice) -> str:
    return f"/clients/{practice.alice_client}/private"


def review_id(owner: Owner) -> UUID:
    row = owner.execute("SELECT id FROM safety_review").fetchone()
    assert row is not None
    return UUID(str(row[0]))


def test_therapist_reads_it_and_the_trail_tells_no_more_than_of_any_intake(
    writer: Browser, dana: Browser, practice: Practice, owner: Owner
) -> None:
    writer.submit(QUESTIONS, **GRAVE)
    page = dana.get(place(practice)).text
    for words in ("zzcanary at the library", "More than once", "Safety review", "Please reach them today"):
        assert words in page
    rows = owner.execute("SELECT action FROM audit_event WHERE person_id = %s", (practice.dana,)).fetchall()
    assert rows == [("intake_record.read",)]


@pytest.mark.parametrize(
    ("sent", "words", "has_review"),
    [
        (None, "Left out. Please ask in person, alone.", False),
        ({}, "Sent without an answer.", False),
        (CALM, "Never", False),
        (SIGN, "More than once", True),
    ],
)
def test_each_kind_of_page_is_told_apart_by_the_therapist_alone(
    writer: Browser, dana: Browser, practice: Practice, sent: dict[str, Any] | None, words: str, has_review: bool
) -> None:
    assert "Nothing was sent so far." in dana.get(place(practice)).text
    writer.submit(SKIP) if sent is None else writer.submit(QUESTIONS, **sent)
    page = dana.get(place(practice)).text
    assert (words in page, "Safety review" in page, "reach them today" in page) == (True, has_review, False)


def test_page_of_the_record_is_the_same_with_a_review_and_without(
    writer: Browser, partner: Browser, dana: Browser, practice: Practice
) -> None:
    writer.submit(QUESTIONS, **GRAVE)
    partner.submit(SKIP)
    for path in ("", "/intake", "/homework"):
        pages = [dana.get(f"/clients/{each}{path}").text for each in (practice.alice_client, practice.bob_client)]
        assert "zzcanary" not in pages[0]
        assert [page.count("Safety") for page in pages] == [0, 0]


def test_review_closes_with_both_words_and_the_trail_does_not_tell(
    writer: Browser, dana: Browser, practice: Practice, owner: Owner
) -> None:
    writer.submit(QUESTIONS, **SIGN)
    path = f"{place(practice)}/{review_id(owner)}/close"
    half = dana.submit(path, asked=WORDS["asked"], decided=" ")
    assert (half.status_code, WORDS["asked"] in half.text) == (422, True)
    assert "Please write down what you asked" in half.text
    assert dana.submit(path, **WORDS).status_code == 303
    page = dana.get(place(practice)).text
    assert all(words in page for words in (*WORDS.values(), "Safety review, closed on"))
    assert dana.submit(path, **WORDS).status_code == 409
    row = owner.execute("SELECT asked::text, decided::text FROM safety_review").fetchone()
    assert row is not None
    assert not [words for words in WORDS.values() if words.encode().hex() in str(row)]
    assert owner.execute("SELECT closed_by FROM safety_review").fetchone() == (practice.dana,)
    trail = owner.execute("SELECT DISTINCT action FROM audit_event WHERE person_id = %s", (practice.dana,)).fetchall()
    assert trail == [("intake_record.read",)]


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "erik", "desk", "owner"])
def test_nobody_else_opens_or_closes_it(
    writer: Browser, browser: Callable[..., Browser], practice: Practice, owner: Owner, who: str
) -> None:
    writer.submit(QUESTIONS, **SIGN)
    other = browser(getattr(practice, who))
    assert other.get(place(practice)).status_code == 404
    assert other.get(place(practice)).data == other.get(f"/clients/{new_id()}/private").data
    assert other.submit(f"{place(practice)}/{review_id(owner)}/close", **WORDS).status_code == 404


def test_activating_asks_first_while_a_review_is_open(
    writer: Browser, dana: Browser, practice: Practice, owner: Owner
) -> None:
    owner.execute("UPDATE couple SET state = 'pending', activated_at = NULL")
    writer.submit(QUESTIONS, **SIGN)
    path = f"/couples/{practice.couple}/activate"
    asked = dana.submit(path)
    assert (asked.status_code, "Before you open joint work" in asked.text) == (200, True)
    assert owner.execute("SELECT state FROM couple").fetchone() == ("pending",)
    assert dana.submit(path, weighed="yes").status_code == 303
    assert owner.execute("SELECT state FROM couple").fetchone() == ("active",)


@pytest.mark.parametrize("sent", [None, CALM])
def test_activating_asks_nothing_without_a_sign(
    writer: Browser, dana: Browser, practice: Practice, owner: Owner, sent: dict[str, Any] | None
) -> None:
    owner.execute("UPDATE couple SET state = 'pending', activated_at = NULL")
    writer.submit(SKIP) if sent is None else writer.submit(QUESTIONS, **sent)
    assert dana.submit(f"/couples/{practice.couple}/activate").status_code == 303


def test_today_names_it_until_it_is_closed(
    writer: Browser, dana: Browser, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    writer.submit(QUESTIONS, **SIGN)
    dana.get(f"/clients/{practice.alice_client}/intake")
    assert "read alone" in dana.get("/today").text
    assert [
        who for who in ("alice", "bob", "erik", "desk", "owner") if "read alone" in _today(browser, practice, who)
    ] == []
    dana.submit(f"{place(practice)}/{review_id(owner)}/close", **WORDS)
    assert "read alone" not in dana.get("/today").text


def _today(browser: Callable[..., Browser], practice: Practice, who: str) -> str:
    return str(browser(getattr(practice, who)).get("/today").text)


@pytest.mark.parametrize("whose", ["alice_client", "bob_client"])
def test_joint_work_is_given_after_a_warning(
    writer: Browser, dana: Browser, practice: Practice, owner: Owner, acting: Acting, whose: str
) -> None:
    """Whoever of the two it is given to: the danger is to one of them."""
    _definition, body = load_folder(FOLDERS[0])[0]
    joint = body | {"key": "joint", "who": "together"}
    with acting():
        install(load_body(joint, "joint"), joint, clock.now())
    writer.submit(QUESTIONS, **SIGN)
    found = owner.execute("SELECT id FROM questionnaire_definition WHERE key = 'joint'").fetchone()
    assert found is not None
    due = f"{clock.now() + timedelta(days=5):%Y-%m-%dT%H:%M}"
    path = f"/clients/{getattr(practice, whose)}/homework/new"
    warned = dana.submit(path, definition_id=str(found[0]), due=due)
    assert (warned.status_code, "Look at it alone before you give joint work" in warned.text) == (422, True)
    assert "Look at it alone" not in dana.get(path).text
    dana.submit(f"{place(practice)}/{review_id(owner)}/close", **WORDS)
    calm = dana.submit(path, definition_id=str(found[0]), due=due)
    assert "Look at it alone" not in calm.text
