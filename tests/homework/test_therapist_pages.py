"""The therapist's pages, as a browser asks for them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from clinic.audit.models import AuditEvent
from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.database.session import db
from clinic.homework import service
from clinic.homework.models import Assignment
from clinic.questionnaires import drafts
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.values import Reading
from tests.browser import Browser
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.homework.conftest import Given, client, reading, the, therapist

Open = Callable[..., Browser]


@pytest.fixture
def waiting(acting: Acting, sent: UUID) -> UUID:
    """Alice's own circle, sent long enough ago."""
    return sent


@pytest.fixture(autouse=True)
def later(practice: Practice, app: Any) -> None:
    """The clock stands after everything that the fixtures did."""
    clock.move(max(NOW - clock.now(), timedelta()) + timedelta(days=1))


def in_a_week() -> str:
    return (clock.now() + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M")


def test_list_shows_what_waits_and_who_is_stuck(
    browser: Open, practice: Practice, waiting: UUID, given: Given, acting: Acting
) -> None:
    stuck = given("fear_trace")
    with acting(client(practice.alice)):
        service.ask_for_help(the(stuck), "stuck", "", clock.now())
    page = browser(practice.dana).get("/review").text
    assert "Alice Hart" in page
    assert str(waiting) in page
    assert "Stuck" in page
    assert "Nothing waits for you" in browser(practice.erik).get("/review").text


def test_work_shows_what_was_sent_and_nothing_that_is_kept(
    browser: Open, practice: Practice, waiting: UUID, acting: Acting
) -> None:
    page = browser(practice.dana).get(f"/review/{waiting}")
    assert page.status_code == 200
    assert "I laughed a lot" in page.text
    assert "MK" in page.text
    assert "mine alone" not in page.text
    assert "Their own view: Well." in page.text
    with acting():
        opened = select(AuditEvent.client_id).where(AuditEvent.action == "homework.open")
        assert db.session.scalars(opened).all() == [practice.alice_client]


def test_draft_is_no_page_of_the_therapist(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given()
    with acting(client(practice.alice)):
        drafts.save_answers(service.draft_of(the(assignment_id), NOW), {"share": "not yet"}, reading())
    page = browser(practice.dana).get(f"/review/{assignment_id}").text
    assert "Nothing sent yet" in page
    assert "not yet" not in page.replace("Nothing sent yet", "").lower()


def test_review_with_words_reaches_the_client(browser: Open, practice: Practice, waiting: UUID, acting: Acting) -> None:
    dana = browser(practice.dana)
    answer = dana.submit(f"/review/{waiting}", feedback="That took courage.", quality="4")
    assert (answer.status_code, answer.location) == (303, "/review")
    assert dana.submit(f"/review/{waiting}", feedback="Again").status_code == 409
    page = browser(practice.alice).get(f"/homework/{waiting}").text
    assert "That took courage." in page
    assert "4 of 4" not in page
    assert "Quality, as you saw it: 4 of 4" in dana.get(f"/review/{waiting}").text


def test_return_needs_a_reason_and_the_client_reads_it(browser: Open, practice: Practice, waiting: UUID) -> None:
    dana = browser(practice.dana)
    refused = dana.submit(f"/review/{waiting}/return", reason=" ")
    assert (refused.status_code, "Please say what the next round is for." in refused.text) == (422, True)
    assert dana.submit(f"/review/{waiting}/return", reason="Add the second meeting").status_code == 303
    page = browser(practice.alice).get(f"/homework/{waiting}").text
    assert "Add the second meeting" in page
    assert "I laughed a lot" in page
    assert "mine alone" in page


def test_second_round_stands_beside_the_first(browser: Open, practice: Practice, waiting: UUID, acting: Acting) -> None:
    browser(practice.dana).submit(f"/review/{waiting}/return", reason="Once more")
    alice = browser(practice.alice)
    alice.submit(f"/homework/{waiting}", asked="share", a_share="And then I cried", go="send")
    clock.move(timedelta(seconds=11))
    page = browser(practice.dana).get(f"/review/{waiting}").text
    assert "And then I cried" in page
    assert "I laughed a lot" in page
    assert "Round 1" in page


def test_giving_an_exercise(browser: Open, practice: Practice, installed: None, acting: Acting) -> None:
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}/homework/new"
    page = dana.get(path).text
    assert "Whole-self wheel" in page
    assert re.search(r'name="due"[^>]* value="\d{4}-\d\d-\d\d[T ]\d\d:\d\d', page)
    with acting():
        wheel = questionnaires.latest("whole_self_wheel").id
    fields: dict[str, Any] = {
        "definition_id": wheel,
        "reason": "Feed two areas",
        "confidence": "8",
        "due": in_a_week(),
        "is_agreed": "y",
    }
    assert dana.submit(path, **fields).location == f"/clients/{practice.alice_client}/homework"
    assert "Feed two areas" in browser(practice.alice).get(f"/homework/{only(acting).id}").text
    assert (only(acting).is_agreed, only(acting).confidence) == (True, 8)


def only(acting: Acting) -> Assignment:
    with acting() as session:
        row = session.scalars(select(Assignment)).one()
        session.expunge(row)
    return row


def test_low_confidence_and_a_heavy_load_are_said_once(
    browser: Open, practice: Practice, given: Given, acting: Acting
) -> None:
    given("fear_trace")
    given("pulse")
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}/homework/new"
    with acting():
        circle = questionnaires.latest("own_circle").id
    fields: dict[str, Any] = {"definition_id": circle, "confidence": "5", "due": in_a_week()}
    page = dana.submit(path, **fields)
    assert page.status_code == 422
    assert "Below 7 it often does not happen." in page.text
    assert "more open than two exercises or 45 minutes a week" in page.text
    assert dana.submit(path, anyway="yes", **fields).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [("definition_id", "01a20bc9-78c4-741e-922b-d0e44572091e"), ("confidence", "11"), ("target", "0"), ("due", "soon")],
)
def test_impossible_assignment_is_shown_again(
    browser: Open, practice: Practice, installed: None, acting: Acting, field: str, value: str
) -> None:
    with acting():
        circle = questionnaires.latest("own_circle").id
    fields: dict[str, Any] = {"definition_id": circle, "due": in_a_week(), field: value}
    page = browser(practice.dana).submit(f"/clients/{practice.alice_client}/homework/new", **fields)
    assert page.status_code == 422
    with acting():
        assert db.session.scalars(select(Assignment)).all() == []


def test_due_in_the_past_is_refused(browser: Open, practice: Practice, installed: None, acting: Acting) -> None:
    with acting():
        circle = questionnaires.latest("own_circle").id
    page = browser(practice.dana).submit(
        f"/clients/{practice.alice_client}/homework/new", definition_id=circle, due="2020-01-01T10:00"
    )
    assert (page.status_code, "due in the past" in page.text) == (422, True)


def test_due_is_read_on_the_wall_of_the_therapist(
    browser: Open, practice: Practice, installed: None, acting: Acting
) -> None:
    with acting():
        circle = questionnaires.latest("own_circle").id
    due = Reading(clock.now(), ZONE).today + timedelta(days=400)
    browser(practice.dana).submit(
        f"/clients/{practice.alice_client}/homework/new", definition_id=circle, due=f"{due}T18:00"
    )
    assert only(acting).due_at.hour in (22, 23)


def test_clients_page_shows_adherence_and_everything_given(
    browser: Open, practice: Practice, waiting: UUID, given: Given
) -> None:
    given("fear_trace")
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/homework").text
    assert "Fear trace" in page
    assert "1 of 1" in page
    assert "Week by week" in page


def test_record_shows_what_waits_before_any_other_homework(
    browser: Open, practice: Practice, waiting: UUID, given: Given, acting: Acting
) -> None:
    for _ in range(5):
        given("whole_self_wheel")
    stuck = given("fear_trace", due_at=clock.now() + timedelta(days=20))
    with acting(client(practice.alice)):
        service.ask_for_help(the(stuck), "stuck", "", clock.now())
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}").text
    card = page.partition('aria-label="Homework"')[2].partition("</section>")[0]
    shown = re.findall(r'href="/review/([0-9a-f-]+)"', card)
    assert (shown[:2], len(shown)) == ([str(stuck), str(waiting)], 5)


@pytest.mark.parametrize(("act", "state"), [("excuse", "excused"), ("cancel", "cancelled")])
def test_open_work_is_excused_or_cancelled(
    browser: Open, practice: Practice, given: Given, acting: Acting, act: str, state: str
) -> None:
    assignment_id = given()
    dana = browser(practice.dana)
    dana.submit(f"/review/{assignment_id}/{act}")
    assert only(acting).state == state
    assert "it counts nowhere" in browser(practice.alice).get(f"/homework/{assignment_id}").text
    assert dana.submit(f"/review/{assignment_id}/{act}").status_code == 409


def test_call_for_help_is_answered(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given()
    with acting(client(practice.alice)):
        service.ask_for_help(the(assignment_id), "smaller", "Calling is too much", clock.now())
    dana = browser(practice.dana)
    assert "Calling is too much" in dana.get(f"/review/{assignment_id}").text
    dana.submit(f"/review/{assignment_id}/answered")
    assert "Calling is too much" not in dana.get(f"/review/{assignment_id}").text


PATHS = (
    ("get", "/review/{work}"),
    ("post", "/review/{work}"),
    ("post", "/review/{work}/return"),
    ("post", "/review/{work}/excuse"),
    ("post", "/review/{work}/answered"),
    ("get", "/clients/{client}/homework"),
    ("get", "/clients/{client}/homework/new"),
    ("post", "/clients/{client}/homework/new"),
)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nobody_else_finds_the_page(
    browser: Open, practice: Practice, waiting: UUID, method: str, path: str, acting: Acting
) -> None:
    there = path.format(work=waiting, client=practice.alice_client)
    missing = path.format(work=practice.room, client=practice.room)
    for person in (practice.erik, practice.alice, practice.bob, practice.carol, practice.desk, practice.owner):
        visitor = browser(person)
        ask = visitor.get if method == "get" else visitor.submit
        foreign, absent = ask(there), ask(missing)
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.data == absent.data
    with acting():
        assert the(waiting).state == "submitted"


def test_end_of_care_closes_the_page_at_once(browser: Open, practice: Practice, waiting: UUID, acting: Acting) -> None:
    dana = browser(practice.dana)
    assert dana.get(f"/review/{waiting}").status_code == 200
    with acting():
        db.session.execute(
            update(CareRelationship)
            .where(CareRelationship.client_id == practice.alice_client)
            .values(ends_at=clock.now() - timedelta(minutes=1))
        )
    assert dana.get(f"/review/{waiting}").status_code == 404
    assert "Nothing waits for you" in dana.get("/review").text


@pytest.mark.parametrize("path", ["/review", "/clients/{client}/homework"])
def test_lists_ask_the_database_equally_often_for_one_and_for_thirty(
    browser: Open,
    practice: Practice,
    given: Given,
    acting: Acting,
    statements: list[str],
    path: str,
) -> None:
    def send() -> None:
        assignment_id = given("fear_trace")
        with acting(client(practice.alice)):
            service.send(the(assignment_id), reading())

    where = path.format(client=practice.alice_client)
    dana = browser(practice.dana)
    send()
    dana.get(where)
    before = len(statements)
    dana.get(where)
    one = len(statements) - before
    for _ in range(29):
        send()
    before = len(statements)
    page = dana.get(where)
    assert len(statements) - before == one
    assert "30 in all" in page.text


def test_words_of_the_therapist_are_encrypted(browser: Open, practice: Practice, waiting: UUID, owner: Any) -> None:
    browser(practice.dana).submit(f"/review/{waiting}", feedback="canary-feedback-93", quality="2")
    text, feedback = owner.execute("SELECT assignment::text, feedback FROM assignment").fetchone()
    assert "canary" not in text
    assert b"canary" not in feedback


def test_therapist_reads_only_in_their_own_name(acting: Acting, practice: Practice, waiting: UUID) -> None:
    with acting(therapist(practice.erik)):
        assert questionnaires.responses_of(waiting) == []
