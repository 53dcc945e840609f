"""Writing by page: whose record it enters, drafts that save by themselves, the signature, and what is refused."""

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
from clinic.notes import queries, vaulting
from clinic.notes.models import SessionNote
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import book
from tests.notes.conftest import WORDS, Opening, Sessions, Writing, let_in, therapist

Texts = Callable[[], dict[str, str]]


def started(dana: Browser, session: UUID, **fields: Any) -> str:
    """The address at which the note of a session is written."""
    answer = dana.submit(f"/sessions/{session}/notes", **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.fixture
def kept(acting: Acting, practice: Practice) -> Texts:
    """What the one note that there is says."""

    def read() -> dict[str, str]:
        with acting(therapist(practice.dana)):
            return vaulting.texts_of(db.session.scalars(select(SessionNote)).one())

    return read


@pytest.mark.parametrize(
    ("session", "whose", "expected"),
    [
        ("own", "", "This enters Alice Hart&#39;s own record."),
        ("joint", "", "This enters the joint record of Alice and Bob Hart."),
        ("joint", "joint", "This enters the joint record of Alice and Bob Hart."),
        ("joint", "bob", "This enters Bob Hart&#39;s own record."),
    ],
)
def test_page_says_whose_record_the_note_enters(
    browser: Opening, practice: Practice, sessions: Sessions, session: str, whose: str, expected: str
) -> None:
    dana = browser(practice.dana)
    record = str(practice.bob_client) if whose == "bob" else whose
    path = started(dana, getattr(sessions, session), **({"record": record} if record else {}))
    assert expected in dana.get(path).text


def test_record_that_the_session_is_not_of_cannot_be_chosen(
    browser: Opening, practice: Practice, sessions: Sessions
) -> None:
    dana = browser(practice.dana)
    for session, record in (
        (sessions.own, practice.bob_client),
        (sessions.own, "joint"),
        (sessions.joint, practice.carol_client),
    ):
        assert dana.submit(f"/sessions/{session}/notes", record=str(record)).status_code == 404


def test_same_session_and_record_lead_back_to_the_draft(
    browser: Opening, practice: Practice, sessions: Sessions
) -> None:
    dana = browser(practice.dana)
    first = started(dana, sessions.joint)
    assert started(dana, sessions.joint) == first
    assert started(dana, sessions.joint, record=str(practice.alice_client)) != first


def test_note_of_a_session_still_to_come_is_not_begun(browser: Opening, practice: Practice, acting: Acting) -> None:
    tomorrow = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    with acting():
        session = book(practice, [practice.alice_client], tomorrow)
    dana = browser(practice.dana)
    assert dana.submit(f"/sessions/{session}/notes").status_code == 422
    assert 'id="notes"' not in dana.get(f"/sessions/{session}").text


def test_draft_saves_by_itself_and_by_a_button(
    browser: Opening, practice: Practice, sessions: Sessions, kept: Texts
) -> None:
    dana = browser(practice.dana)
    path = started(dana, sessions.own)
    assert f'data-autosave="{path.removesuffix("write")}draft"' in dana.get(path).text
    answer = dana.submit(path.removesuffix("write") + "draft", s_text="by itself")
    assert (answer.status_code, list(answer.json or {})) == (200, ["saved"])
    assert kept() == {"text": "by itself"}
    assert dana.submit(path, go="save", s_text="by a button").status_code == 303
    assert "by a button" in dana.get(path).text


@pytest.mark.parametrize(
    ("chosen", "headings"),
    [
        ("free", ["Note"]),
        ("dap", ["Data", "Assessment", "Plan"]),
        ("soap", ["Subjective", "Objective", "Assessment", "Plan"]),
        ("birp", ["Behavior", "Intervention", "Response", "Plan"]),
    ],
)
def test_format_has_its_headings_each_with_a_line_of_help(
    browser: Opening, practice: Practice, writing: Writing, chosen: str, headings: list[str]
) -> None:
    page = browser(practice.dana).get(f"/notes/{writing.start(chosen=chosen)}/write").text
    assert re.findall(r'<label for="s_\w+">([^<]+?)\s*</label>', page) == headings
    assert len(re.findall(r'id="s_\w+-hint"', page)) == len(headings)


def test_another_format_keeps_every_word_and_is_used_next_time(
    browser: Opening, practice: Practice, sessions: Sessions
) -> None:
    dana = browser(practice.dana)
    path = started(dana, sessions.own)
    assert dana.submit(path, go="format", s_text="all of it", format="soap").status_code == 303
    page = dana.get(path).text
    assert re.search(r'name="s_subjective"[^>]*>\s*all of it', page)
    assert 'name="s_subjective"' in dana.get(started(dana, sessions.joint)).text


def test_page_in_another_format_than_the_note_saves_nothing_and_keeps_what_was_typed(
    browser: Opening, practice: Practice, sessions: Sessions, kept: Texts
) -> None:
    """As with two windows, one of which has changed the format."""
    dana = browser(practice.dana)
    path = started(dana, sessions.own)
    dana.submit(path, go="format", s_text="all of it", format="soap", shape="free")
    late: dict[str, Any] = {"s_text": "typed in the other window", "shape": "free"}
    assert dana.submit(path.removesuffix("write") + "draft", **late).status_code == 409
    refused = dana.submit(path, go="save", **late)
    assert (refused.status_code, "typed in the other window" in refused.text) == (409, True)
    assert kept() == {"subjective": "all of it"}


def test_note_is_signed_with_ones_name_and_locked(
    browser: Opening, practice: Practice, writing: Writing, kept: Texts
) -> None:
    dana, note = browser(practice.dana), writing.start()
    answer = dana.submit(f"/notes/{note}/write", go="sign", s_text=WORDS, name="Dana Whitfield")
    assert (answer.status_code, answer.location) == (303, f"/notes/{note}")
    page = dana.get(f"/notes/{note}").text
    assert (WORDS in page, "Signed by Dana Whitfield" in page) == (True, True)
    late = dana.submit(f"/notes/{note}/write", go="save", s_text="too late")
    assert (late.status_code, "too late" in late.text) == (409, True)
    assert dana.submit(f"/notes/{note}/draft", s_text="too late").status_code == 409
    assert dana.submit(f"/notes/{note}/withdraw").status_code == 303
    assert dana.get(f"/notes/{note}/write").location == f"/notes/{note}"
    assert kept() == {"text": WORDS}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"s_text": "", "name": "Dana Whitfield"}, "There is nothing written yet."),
        ({"s_text": WORDS, "name": ""}, "please type your name as we know it: Dana Whitfield."),
        ({"s_text": WORDS, "name": "Erik Lindqvist"}, "please type your name as we know it: Dana Whitfield."),
        ({"s_text": WORDS + "x" * 20_000, "name": "Dana Whitfield"}, "20000"),
    ],
)
def test_what_cannot_be_signed_is_said_and_nothing_typed_is_lost(
    browser: Opening, practice: Practice, writing: Writing, fields: dict[str, Any], expected: str
) -> None:
    dana, note = browser(practice.dana), writing.start()
    answer = dana.submit(f"/notes/{note}/write", go="sign", **fields)
    assert (answer.status_code, expected in answer.text) == (422, True)
    assert fields["s_text"] in answer.text
    assert dana.get(f"/notes/{note}").status_code == 404


def test_withdrawn_draft_is_gone(browser: Opening, practice: Practice, writing: Writing) -> None:
    dana, note = browser(practice.dana), writing.start()
    assert dana.submit(f"/notes/{note}/withdraw").status_code == 303
    assert dana.get(f"/notes/{note}/write").status_code == 404
    assert dana.submit(f"/notes/{note}/withdraw").status_code == 404


def test_note_of_a_day_without_a_session_names_record_and_day(browser: Opening, practice: Practice) -> None:
    dana, path = browser(practice.dana), f"/clients/{practice.alice_client}/notes/new"
    page = dana.get(path).text
    assert ("Alice Hart&#39;s own record" in page, "The joint record of Alice and Bob Hart" in page) == (True, True)
    answer = dana.submit(path, record="joint", held_on="2026-01-05", format="dap")
    written = dana.get(str(answer.location)).text
    assert ("joint record of Alice and Bob Hart" in written, "Jan 5, 2026" in written) == (True, True)


@pytest.mark.parametrize("fields", [{"held_on": "2999-01-01"}, {"held_on": ""}, {"record": "carol"}, {"format": "x"}])
def test_day_that_cannot_be_is_refused(browser: Opening, practice: Practice, fields: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"record": str(practice.alice_client), "held_on": "2026-01-05", "format": "free"}
    answer = browser(practice.dana).submit(f"/clients/{practice.alice_client}/notes/new", **whole | fields)
    assert (answer.status_code, "Please look at this first" in answer.text) == (422, True)


def test_supervisor_of_a_client_reads_and_writes_nothing(
    browser: Opening, practice: Practice, writing: Writing, acting: Acting, ines: UUID
) -> None:
    note = writing.signed()
    let_in(acting, practice.alice_client, ines, "supervisor", (-1, None))
    reader = browser(ines)
    assert WORDS in reader.get(f"/notes/{note}").text
    assert "Add an amendment" not in reader.get(f"/notes/{note}").text
    assert reader.get(f"/clients/{practice.alice_client}/notes/new").status_code == 404
    refused = reader.submit(f"/notes/{note}/amendments", text="x", reason="y", name="Ines Okafor")
    assert refused.status_code == 404


def test_amendment_stands_under_the_note_signed_with_its_reason(
    browser: Opening, practice: Practice, writing: Writing
) -> None:
    dana, note = browser(practice.dana), writing.signed()
    added: dict[str, Any] = {"text": "It was a swan.", "reason": "I looked it up.", "name": "Dana Whitfield"}
    for missing in added:
        refused = dana.submit(f"/notes/{note}/amendments", **added | {missing: ""})
        assert refused.status_code == 422
        assert [words for name, words in added.items() if name != missing and words not in refused.text] == []
    assert dana.submit(f"/notes/{note}/amendments", **added).status_code == 303
    page = dana.get(f"/notes/{note}").text
    assert WORDS in page
    assert [words for words in added.values() if words not in page] == []


def test_every_reading_is_written_down_for_whose_record_it_is(
    browser: Opening, practice: Practice, writing: Writing, acting: Acting
) -> None:
    dana = browser(practice.dana)
    for note in (writing.signed(), writing.signed("couple")):
        dana.get(f"/notes/{note}")
    with acting() as session:
        read = select(AuditEvent.client_id).where(
            AuditEvent.action == "note.read", AuditEvent.person_id == practice.dana
        )
        assert sorted(session.scalars(read), key=str) == sorted(
            [practice.alice_client, practice.alice_client, practice.bob_client], key=str
        )


def test_joint_note_is_in_no_list_of_either_alone(browser: Opening, practice: Practice, writing: Writing) -> None:
    dana, joint, own = browser(practice.dana), writing.signed("couple"), writing.signed()
    for client_id, expected in ((practice.alice_client, True), (practice.bob_client, False)):
        for path in (f"/clients/{client_id}", f"/clients/{client_id}/notes"):
            page = dana.get(path).text
            assert (f"/notes/{joint}" in page, f"/notes/{own}" in page) == (False, expected)
    page = dana.get(f"/couples/{practice.couple}/notes").text
    assert (f"/notes/{joint}" in page, f"/notes/{own}" in page) == (True, False)


def test_pages_of_clients_hold_no_trace_of_notes(
    browser: Opening, practice: Practice, writing: Writing, sessions: Sessions
) -> None:
    before = {who: _pages(browser(getattr(practice, who)), sessions) for who in ("alice", "bob", "desk")}
    for whose, session in (("alice", sessions.own), ("couple", sessions.joint)):
        writing.signed(whose, session=session)
        writing.start(whose, session=session)
    for who, pages in before.items():
        assert _pages(browser(getattr(practice, who)), sessions) == pages


def _pages(visitor: Browser, sessions: Sessions) -> list[str]:
    paths = ["/today", "/sessions", "/record", f"/sessions/{sessions.joint}", f"/schedule/{sessions.joint}"]
    moving = re.compile(r'value="[^"]{30,}"|<p class="over">.*?</p>')
    return [moving.sub("", visitor.get(path).text) for path in paths]


def test_list_asks_as_much_for_many_notes_as_for_one(
    browser: Opening, practice: Practice, writing: Writing, statements: list[str]
) -> None:
    dana = browser(practice.dana)
    counts = {}
    for whose, path in (
        ("alice", f"/clients/{practice.alice_client}/notes"),
        ("couple", f"/couples/{practice.couple}/notes"),
    ):
        writing.signed(whose)
        dana.get(path)
        for number in (1, 25):
            for _ in range(number - 1):
                writing.start(whose)
            statements.clear()
            page = dana.get(path).text
            counts[whose, number] = len(statements)
        assert 'class="pager"' in page
        assert counts[whose, 1] == counts[whose, 25]


def test_reader_who_stands_in_finds_the_note_on_the_session(
    acting: Acting, practice: Practice, writing: Writing, sessions: Sessions, browser: Opening
) -> None:
    note = writing.signed(session=sessions.own)
    assert f"/notes/{note}" in browser(practice.dana).get(f"/sessions/{sessions.own}").text
    with acting(therapist(practice.erik)):
        assert list(queries.of_session(sessions.own, practice.erik, clock.now())) == []
    let_in(acting, practice.alice_client, practice.erik, "cover", (-1, 1))
    with acting(therapist(practice.erik)):
        assert [each.id for each in queries.of_session(sessions.own, practice.erik, clock.now())] == [note]
