"""What staff type from paper, who may type what, and the clearing of a packet by its therapist."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from clinic.clients.models import Client
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.questionnaires.models import Answer, Response
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.intake.conftest import ELIGIBLE, SAFE, Walker

Owner = psycopg.Connection[tuple[object, ...]]
REACH: dict[str, Any] = {**SAFE, "a_best_time": "zzcanary"}
HISTORY: dict[str, Any] = {"a_what_brings": "zzcanary brings", "a_hope": "zzcanary hope"}


def place(practice: Practice, slug: str = "safe-contact") -> str:
    return f"/clients/{practice.alice_client}/intake/paper/{slug}"


@pytest.fixture
def dana(browser: Callable[..., Browser], practice: Practice, installed: None) -> Browser:
    """Her browser."""
    return browser(practice.dana)


@pytest.fixture
def desk(browser: Callable[..., Browser], practice: Practice, installed: None) -> Browser:
    """The front desk's."""
    return browser(practice.desk)


def test_desk_types_how_to_reach_them_and_it_is_heeded(
    desk: Browser, dana: Browser, acting: Acting, practice: Practice, owner: Owner
) -> None:
    assert desk.submit(place(practice), **REACH).location == f"/people/{practice.alice_client}"
    with acting() as session:
        assert session.get_one(Client, practice.alice_client).is_mailbox_shared is False
    assert owner.execute("SELECT is_voicemail_ok FROM safe_contact").fetchone() == (False,)
    assert owner.execute("SELECT typed_by, state FROM response").fetchall() == [(practice.desk, "submitted")]
    page = dana.get(f"/clients/{practice.alice_client}/intake").text
    assert ["zzcanary" in page, "typed from paper by" in page] == [True, True]
    trail = owner.execute("SELECT action, person_id FROM audit_event WHERE record_kind = 'response'").fetchall()
    assert trail == [("intake.type", practice.desk)]


@pytest.mark.parametrize("slug", ["eligibility", "about-me", "history", "privacy", "private", "nothing"])
def test_desk_types_nothing_else(desk: Browser, practice: Practice, slug: str) -> None:
    assert [desk.get(place(practice, slug)).status_code, desk.submit(place(practice, slug)).status_code] == [404, 404]


@pytest.mark.parametrize("slug", ["privacy", "electronic-records", "private", "nothing"])
def test_nobody_types_a_signature_or_what_is_in_private(dana: Browser, practice: Practice, slug: str) -> None:
    assert [dana.get(place(practice, slug)).status_code, dana.submit(place(practice, slug)).status_code] == [404, 404]


def test_therapist_types_every_form_and_the_client_signs(
    dana: Browser, alice: Walker, practice: Practice, owner: Owner
) -> None:
    record = f"/clients/{practice.alice_client}/intake"
    for slug, fields in (("safe-contact", SAFE), ("eligibility", ELIGIBLE)):
        sent: dict[str, Any] = dict(fields)
        assert dana.submit(place(practice, slug), **sent).location == record
    assert dana.submit(place(practice, "history"), **HISTORY).status_code == 409
    alice.sign_all()
    alice.browser.submit("/intake/finish")
    assert dana.submit(place(practice, "history"), **HISTORY).location == record
    assert "zzcanary hope" in dana.get(record).text
    assert "zzcanary hope" in alice.browser.get("/intake/form/history").text
    assert owner.execute("SELECT count(*) FROM response WHERE typed_by = %s", (practice.dana,)).fetchone() == (3,)


def test_client_changes_what_was_typed(dana: Browser, alice: Walker, practice: Practice, owner: Owner) -> None:
    dana.submit(place(practice), **REACH)
    assert alice.form("safe-contact", **(SAFE | {"a_best_time": "noon"})).status_code == 303
    rows = owner.execute("SELECT revision, typed_by FROM response ORDER BY revision").fetchall()
    assert rows == [(1, practice.dana), (2, None)]
    dana.submit(place(practice), **REACH)
    assert owner.execute("SELECT max(revision) FROM response").fetchone() == (3,)


def test_page_that_the_client_has_begun_is_left_to_them(
    dana: Browser, desk: Browser, alice: Walker, practice: Practice, owner: Owner
) -> None:
    alice.browser.submit("/intake/form/safe-contact/draft", a_best_time="half a thought")
    for other in (dana, desk):
        answer = other.submit(place(practice), **REACH)
        assert (answer.status_code, "They have filled this in, or have begun to." in answer.text) == (409, True)
        assert ["zzcanary" in answer.text, "half a thought" in answer.text] == [True, False]
    assert owner.execute("SELECT count(*) FROM response").fetchone() == (1,)


def test_desk_sees_nothing_of_what_was_sent(desk: Browser, alice: Walker, practice: Practice) -> None:
    alice.form("safe-contact", **REACH)
    assert "zzcanary" not in desk.get(place(practice)).text
    assert desk.submit(place(practice), **SAFE_CHANGED).status_code == 409


SAFE_CHANGED: dict[str, Any] = {**SAFE, "a_best_time": "never"}


def test_what_is_missing_is_said_and_no_half_page_stays(dana: Browser, practice: Practice, owner: Owner) -> None:
    sent: dict[str, Any] = {"a_best_time": "zzcanary"}
    answer = dana.submit(place(practice), **sent)
    assert (answer.status_code, "zzcanary" in answer.text) == (422, True)
    assert owner.execute("SELECT count(*) FROM response").fetchone() == (0,)


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "desk", "owner"])
def test_database_lets_nobody_else_type_history(alice: Walker, acting: Acting, practice: Practice, who: str) -> None:
    alice.finish()
    person = getattr(practice, who)
    row = (
        "INSERT INTO response (id, definition_id, client_id, subject_id, revision, state, created_at, saved_at,"
        " typed_by)"
        " SELECT gen_random_uuid(), (SELECT id FROM questionnaire_definition WHERE key = 'intake_history'),"
        " client_id, id, 1, 'draft', invited_at, invited_at, :by FROM intake_packet"
    )
    with pytest.raises(ProgrammingError), acting(Actor(person)) as session:
        session.execute(text(row), {"by": person})


def test_database_lets_nobody_type_in_anothers_name_or_change_who_typed(
    dana: Browser, acting: Acting, practice: Practice
) -> None:
    dana.submit(place(practice), **REACH)
    with pytest.raises(IntegrityError), acting(Actor(practice.dana, frozenset({"therapist"}))) as session:
        session.execute(text("UPDATE response SET typed_by = :by"), {"by": practice.erik})
    for who in ("bob", "erik", "owner", "desk"):
        with acting(Actor(getattr(practice, who))) as session:
            assert session.scalars(select(Response)).all() == []
            assert session.scalars(select(Answer)).all() == []


def test_therapist_clears_a_finished_packet_once(
    dana: Browser, alice: Walker, practice: Practice, owner: Owner
) -> None:
    path = f"/clients/{practice.alice_client}/intake"
    alice.answer_forms()
    assert "Clear it" not in dana.get(path).text
    assert dana.submit(f"{path}/clear").status_code == 409
    alice.sign_all()
    alice.browser.submit("/intake/finish")
    assert "Clear it" in dana.get(path).text
    for _ in range(2):
        assert dana.submit(f"{path}/clear").location == path
    assert "Cleared by Dana" in dana.get(path).text
    assert owner.execute("SELECT cleared_by FROM intake_packet").fetchone() == (practice.dana,)
    assert owner.execute("SELECT count(*) FROM audit_event WHERE action = 'intake.clear'").fetchone() == (1,)
    assert "leared" not in alice.browser.get("/intake").text


def test_closed_record_takes_no_paper(dana: Browser, acting: Acting, practice: Practice) -> None:
    with acting() as session:
        client = session.get_one(Client, practice.alice_client)
        client.state, client.closed_at = "closed", clock.now()
    assert dana.get(place(practice)).status_code == 404


def test_packet_that_is_not_finished_is_not_cleared_by_sql(alice: Walker, owner: Owner, practice: Practice) -> None:
    alice.answer_forms()
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE intake_packet SET cleared_at = now(), cleared_by = %s", (practice.dana,))
