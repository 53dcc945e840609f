"""The client's pages, as a browser asks for them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.core import clock
from clinic.database.session import db
from clinic.homework.models import Assignment
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.models import Response
from tests.browser import Browser
from tests.conftest import NOW, Acting
from tests.factories import Practice
from tests.homework.conftest import Given, client, the, trail

Open = Callable[..., Browser]


def soon() -> dict[str, object]:
    """Due in five days from the running clock."""
    return {"due_at": max(clock.now(), NOW) + timedelta(days=5)}


def asked(html: str) -> str:
    found = re.search(r'name="asked" type="hidden" value="([^"]*)"', html)
    assert found is not None
    return found[1]


def test_list_shows_what_is_there_and_an_empty_place_otherwise(browser: Open, practice: Practice, given: Given) -> None:
    given(**soon())
    page = browser(practice.alice).get("/homework")
    assert page.status_code == 200
    assert "Own circle" in page.text
    assert "Nothing to do right now" in browser(practice.bob).get("/homework").text


def test_first_look_marks_it_opened(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    page = browser(practice.alice).get(f"/homework/{assignment_id}")
    assert page.status_code == 200
    assert "You said you miss Maya." in page.text
    assert "Send to Dana" in page.text
    assert "Dana reads this. Clinic never shows it to your partner." in page.text
    assert "Only you. No one at the practice reads this" in page.text
    with acting(client(practice.alice)):
        assert the(assignment_id).state == "opened"


def test_page_saves_and_leads_on(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}"
    keys = asked(visitor.get(path).text)
    assert keys == "share how_hard note"
    answer = visitor.submit(path, asked=keys, a_share="A good laugh", a_how_hard="4", go="add:meetings")
    assert (answer.status_code, answer.location) == (303, f"{path}/entries/new/meetings")
    page = visitor.get(path).text
    assert "A good laugh" in page
    visitor.submit(path, asked=keys, a_share="A good laugh", go="save")
    with acting(client(practice.alice)):
        response = questionnaires.responses_of(assignment_id)[0]
        assert dict(questionnaires.filled(response).answers) == {"share": "A good laugh"}


def test_request_that_was_cut_short_clears_nothing(
    browser: Open, practice: Practice, given: Given, acting: Acting
) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    visitor.submit(f"/homework/{assignment_id}", asked="share", a_share="A good laugh", go="save")
    visitor.submit(f"/homework/{assignment_id}", a_how_hard="4", go="save")
    with acting(client(practice.alice)):
        response = questionnaires.responses_of(assignment_id)[0]
        assert dict(questionnaires.filled(response).answers) == {"share": "A good laugh", "how_hard": 4}


def test_draft_saves_by_itself_as_form_and_as_json(
    browser: Open, practice: Practice, given: Given, acting: Acting
) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}/draft"
    saved = visitor.submit(path, asked="share", a_share="A good laugh")
    assert (saved.status_code, saved.json["errors"] if saved.json else None) == (200, {})
    headers = {"X-CSRFToken": visitor.token()}
    for value, status in (("7", 200), (17, 422), (None, 200)):
        answer = visitor.client.post(path, json={"field": "how_hard", "value": value}, headers=headers)
        assert answer.status_code == status
    assert visitor.client.post(path, json={"field": "nothing", "value": "1"}, headers=headers).status_code == 404
    assert visitor.client.post(path, json=["how_hard"], headers=headers).status_code == 404
    with acting(client(practice.alice)):
        response = questionnaires.responses_of(assignment_id)[0]
        assert dict(questionnaires.filled(response).answers) == {"share": "A good laugh"}


def test_answer_that_does_not_fit_is_shown_again_with_what_to_do(
    browser: Open, practice: Practice, given: Given
) -> None:
    assignment_id = given(**soon())
    page = browser(practice.alice).submit(f"/homework/{assignment_id}", asked="share", a_share="x" * 301, go="send")
    assert page.status_code == 422
    assert "Please keep it to 300." in page.text
    assert "x" * 301 in page.text


def test_sending_what_is_not_complete_names_what_is_missing(browser: Open, practice: Practice, given: Given) -> None:
    assignment_id = given("whole_self_wheel", **soon())
    page = browser(practice.alice).submit(
        f"/homework/{assignment_id}", asked="chosen", a_chosen=["body", "play"], a_now_body="4", go="send"
    )
    assert page.status_code == 422
    assert page.text.count("Please answer this one.") >= 9
    assert 'href="#a_wanted_body"' in page.text
    assert 'href="#a_wanted_work"' not in page.text


def test_entry_page_adds_changes_and_deletes(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}/entries/new/meetings"
    assert "Add a meeting" in visitor.get(path).text
    wrong = visitor.submit(path, a_held_on="2026-11-20", a_who="")
    assert (wrong.status_code, "Please answer this one." in wrong.text) == (422, True)
    saved = visitor.submit(path, a_held_on="2026-11-20", a_who="MK", a_ease_before="3")
    assert saved.location == f"/homework/{assignment_id}#group-meetings"
    with acting(client(practice.alice)):
        entry_id = questionnaires.entries_of(questionnaires.responses_of(assignment_id)[0])[0].id
    path = f"/homework/{assignment_id}/entries/{entry_id}"
    page = visitor.get(path).text
    assert 'value="MK"' in page
    visitor.submit(path, a_happened="yes", a_enjoyment="9")
    assert "1 of 4 meetings" in visitor.get(f"/homework/{assignment_id}").text
    visitor.submit(f"{path}/delete")
    assert trail(acting)[-1] == "entry.delete"
    assert visitor.get(path).status_code == 404


def chosen_quality(page: str) -> list[str]:
    return re.findall(r'name="own_quality"\s+value="(\d)"\s+checked', page)


@pytest.mark.parametrize("tail", ["", "/draft"])
def test_own_view_stays_with_the_draft_and_reaches_nobody_before_it_is_sent(
    browser: Open, practice: Practice, given: Given, tail: str
) -> None:
    assignment_id = given(**soon())
    alice, dana, path = browser(practice.alice), browser(practice.dana), f"/homework/{assignment_id}"

    def told() -> bool:
        return "Their own view: Well." in dana.get(f"/review/{assignment_id}").text

    alice.submit(path + tail, asked="share", a_share="A good laugh", own_quality="3", go="add:meetings")
    assert chosen_quality(alice.get(path).text) == ["3"]
    assert not told()
    alice.submit(path, asked="share", a_share="A good laugh", own_quality="3", go="send")
    alice.submit(f"{path}/undo")
    assert chosen_quality(alice.get(path).text) == ["3"]
    alice.submit(path, asked="share", a_share="A good laugh", own_quality="3", go="send")
    assert not told()
    clock.move(timedelta(seconds=11))
    assert told()
    dana.submit(f"/review/{assignment_id}/return", reason="One more round")
    alice.submit(path, asked="share", a_share="A good laugh", own_quality="4", go="save")
    assert "Their own view" not in dana.get(f"/review/{assignment_id}").text


def test_group_or_entry_that_is_not_there_is_404(browser: Open, practice: Practice, given: Given) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    for tail in ("entries/new/share", "entries/new/nothing", f"entries/{assignment_id}"):
        assert visitor.get(f"/homework/{assignment_id}/{tail}").status_code == 404


def test_send_undo_and_read(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}"
    fields: dict[str, Any] = {"asked": "share note", "a_share": "A good laugh", "a_note": "for me", "own_quality": "3"}
    assert visitor.submit(path, go="send", **fields).location == path
    page = visitor.get(path).text
    assert "You have ten seconds to change your mind." in page
    assert "A good laugh" in page
    visitor.submit(f"{path}/undo")
    assert "Send to Dana" in visitor.get(path).text
    visitor.submit(path, go="send", **fields)
    clock.move(timedelta(seconds=11))
    late = visitor.submit(f"{path}/undo", follow_redirects=True)
    assert "It is on its way already." in late.text
    assert "You have ten seconds" not in late.text
    assert visitor.submit(path, go="save").status_code == 409
    assert visitor.submit(f"{path}/draft", asked="share").status_code == 409
    with acting(client(practice.alice)):
        assert the(assignment_id).client_quality == 3


def test_sending_twenty_times_sends_once(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    key = "01a20bc9-78c4-741e-922b-d0e44572091e"
    answers = {visitor.submit(f"/homework/{assignment_id}", go="send", idempotency_key=key).location for _ in range(20)}
    assert answers == {f"/homework/{assignment_id}"}
    with acting(client(practice.alice)):
        assert [row.state for row in db.session.scalars(select(Response))] == ["submitted"]


def test_ways_out_cost_nothing(browser: Open, practice: Practice, given: Given, acting: Acting) -> None:
    assignment_id = given(**soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}"
    assert visitor.submit(path, asked="share", a_share="half", go="smaller").location == f"{path}/smaller"
    assert "It counts in full." in visitor.get(f"{path}/smaller").text
    assert visitor.get(f"{path}/louder").status_code == 404
    visitor.submit(f"{path}/stuck", words="I do not know whom to call")
    assert "Dana knows that you would like to talk about this one." in visitor.get(path).text
    with acting(client(practice.alice)):
        assert (the(assignment_id).state, the(assignment_id).help_kind) == ("in_progress", "stuck")


def test_measure_is_sent_in_one_go_and_never_shown_again(
    browser: Open, practice: Practice, given: Given, acting: Acting
) -> None:
    assignment_id = given("pulse", **soon())
    visitor = browser(practice.alice)
    path = f"/homework/{assignment_id}"
    page = visitor.get(path).text
    assert "data-autosave" not in page
    keys = asked(page)
    assert visitor.submit(f"{path}/draft", asked=keys, a_pause="3").status_code == 409
    visitor.submit(path, asked=keys, a_pause="3", go="save")
    half = visitor.submit(path, asked=keys, a_pause="3", go="send")
    assert half.status_code == 422
    assert "checked" not in visitor.get(path).text
    done: dict[str, Any] = {f"a_{key}": "6" for key in keys.split()}
    assert visitor.submit(path, asked=keys, go="send", **done).status_code == 303
    page = visitor.get(path).text
    assert "What you answered is not shown here again." in page
    assert "6 of 10" not in page
    assert visitor.submit(f"{path}/undo", follow_redirects=True).status_code == 200
    with acting(client(practice.alice)):
        assert the(assignment_id).state == "submitted"
        series = questionnaires.score_series(practice.alice_client, ["pulse.pause"])
        assert [value for _, value in series["pulse.pause"]] == [6.0]


PATHS = (
    ("get", ""),
    ("post", ""),
    ("post", "/draft"),
    ("post", "/undo"),
    ("get", "/smaller"),
    ("post", "/stuck"),
    ("get", "/entries/new/meetings"),
    ("post", "/entries/new/meetings"),
)


@pytest.mark.parametrize(("method", "tail"), PATHS)
def test_nobody_else_finds_the_page(browser: Open, practice: Practice, given: Given, method: str, tail: str) -> None:
    path = f"/homework/{given(**soon())}{tail}"
    missing = f"/homework/{practice.room}{tail}"
    for person in (practice.bob, practice.carol, practice.dana, practice.erik, practice.desk, practice.owner):
        visitor = browser(person)
        ask = visitor.get if method == "get" else visitor.submit
        foreign, absent = ask(path), ask(missing)
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.data == absent.data
    visitor = browser()
    answer = visitor.get(path) if method == "get" else visitor.submit(path)
    assert answer.status_code in (302, 401)


def test_entries_and_answers_of_others_are_not_found(
    browser: Open, practice: Practice, sent: UUID, acting: Acting
) -> None:
    with acting(client(practice.alice)):
        response = questionnaires.responses_of(sent)[0]
        entry_id = questionnaires.entries_of(response)[0].id
        answer_ids = [answer.id for answer in questionnaires.answers_of(response)]
    for person in (practice.bob, practice.carol, practice.dana):
        visitor = browser(person)
        assert visitor.get(f"/homework/{sent}/entries/{entry_id}").status_code == 404
        assert visitor.submit(f"/homework/{sent}/entries/{entry_id}/delete").status_code == 404
        for answer_id in answer_ids:
            for act in ("share", "withdraw", "delete"):
                assert visitor.submit(f"/homework/{sent}/answers/{answer_id}/{act}").status_code == 404


def test_sharing_shows_first_what_the_partner_will_see(
    browser: Open, practice: Practice, sent: UUID, acting: Acting
) -> None:
    with acting(client(practice.alice)):
        rows = questionnaires.answers_of(questionnaires.responses_of(sent)[0])
        share = next(row.id for row in rows if row.visibility == "P")
        plain = next(row.id for row in rows if row.visibility == "T")
    alice, bob = browser(practice.alice), browser(practice.bob)
    path = f"/homework/{sent}/answers/{share}"
    assert "Share with your partner" in alice.get(f"/homework/{sent}").text
    assert "I laughed a lot" in alice.get(f"{path}/share").text
    assert "I laughed a lot" not in bob.get("/homework").text
    assert alice.submit(f"/homework/{sent}/answers/{plain}/share").status_code == 404
    alice.submit(f"{path}/share")
    page = bob.get("/homework").text
    assert "I laughed a lot" in page
    assert str(sent) not in page
    assert str(share) not in page
    alice.submit(f"{path}/withdraw")
    assert "I laughed a lot" not in bob.get("/homework").text


def test_single_client_is_offered_no_sharing(browser: Open, practice: Practice, given: Given) -> None:
    assignment_id = given(client_id=practice.carol_client, by=practice.erik, **soon())
    carol = browser(practice.carol)
    page = carol.get(f"/homework/{assignment_id}").text
    assert "Clinic never shows it to your partner" not in page
    carol.submit(f"/homework/{assignment_id}", asked="share", a_share="A good laugh", go="send")
    assert "Share with your partner" not in carol.get(f"/homework/{assignment_id}").text


def test_kept_note_can_be_deleted_after_sending(browser: Open, practice: Practice, sent: UUID, acting: Acting) -> None:
    with acting(client(practice.alice)):
        rows = questionnaires.answers_of(questionnaires.responses_of(sent)[0])
        note = next(row.id for row in rows if row.visibility == "C")
        plain = next(row.id for row in rows if row.visibility == "T")
    alice = browser(practice.alice)
    assert "mine alone" in alice.get(f"/homework/{sent}").text
    alice.submit(f"/homework/{sent}/answers/{note}/delete")
    assert "mine alone" not in alice.get(f"/homework/{sent}").text
    assert alice.submit(f"/homework/{sent}/answers/{plain}/delete").status_code == 404
    with acting():
        deleted = select(AuditEvent.record_id).where(AuditEvent.action == "answer.delete")
        assert db.session.scalars(deleted).all() == [note]


def test_list_asks_the_database_equally_often_for_one_and_for_thirty(
    browser: Open, practice: Practice, given: Given, statements: list[str]
) -> None:
    alice = browser(practice.alice)
    given(**soon())
    alice.get("/homework")
    before = len(statements)
    alice.get("/homework")
    one = len(statements) - before
    for _ in range(29):
        given(**soon())
    before = len(statements)
    page = alice.get("/homework")
    assert len(statements) - before == one
    assert "Page 1 of 2, 30 in all" in page.text


def test_assignment_row_is_what_the_form_cannot_touch(
    browser: Open, practice: Practice, given: Given, acting: Acting
) -> None:
    assignment_id = given(**soon())
    browser(practice.alice).submit(
        f"/homework/{assignment_id}", asked="share", state="reviewed", therapist_quality="4", client_id="1", go="save"
    )
    with acting(client(practice.alice)):
        row = db.session.get_one(Assignment, assignment_id)
        assert (row.state, row.therapist_quality, row.client_id) == ("in_progress", None, practice.alice_client)
