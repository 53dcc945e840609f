"""What the database refuses of notes, tried by SQL as the role that owns the tables, whom no wall holds back."""

from uuid import UUID

import psycopg
import pytest

from clinic.core import clock
from clinic.notes import queries, service
from tests.conftest import Acting
from tests.constraints import refusals, rules_of
from tests.factories import Practice
from tests.notes.conftest import Owner, Sessions, Writing, therapist

LOCKED = "session_note_locked"
COPY = (
    "INSERT INTO session_note (id, author_id, client_id, couple_id, appointment_id, held_on, format, state, created_at)"
    " SELECT gen_random_uuid(), author_id, {}, held_on, format, {}, created_at FROM session_note WHERE id = '{}'"
)
COSIGNED = "cosigned_at = now(), cosigned_name = 'D', cosigned_by = (SELECT id FROM person WHERE given_name = 'Dana')"
SIGNED = "state = 'final', body = 'x', signed_at = now(), signed_name = 'D'"


def one(owner: Owner, change: str) -> str | None:
    """By which rule a change is refused."""
    return refusals(owner, {"it": change})["it"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session_note SET body = 'another'",
        "UPDATE session_note SET format = 'dap'",
        "UPDATE session_note SET state = 'draft', signed_at = NULL, signed_name = NULL",
        "UPDATE session_note SET signed_name = 'Erik Lindqvist'",
        "UPDATE session_note SET signed_at = signed_at - interval '1 day'",
        "UPDATE session_note SET held_on = held_on - 1",
        "UPDATE session_note SET saved_at = now()",
        "DELETE FROM session_note",
    ],
)
def test_signed_note_never_changes(owner: Owner, writing: Writing, change: str) -> None:
    writing.signed()
    assert one(owner, change) == LOCKED


@pytest.mark.parametrize(
    "change",
    [
        "body = 'another'",
        "saved_at = now()",
        "state = 'final'",
        "state = 'draft', signed_at = NULL, signed_name = NULL",
        "state = 'returned', signed_at = NULL, signed_name = NULL",
        f"state = 'final', body = 'another', {COSIGNED}",
    ],
)
def test_waiting_note_is_only_co_signed_or_given_back(
    owner: Owner, writing: Writing, practice: Practice, supervised: None, change: str
) -> None:
    writing.signed("carol", practice.erik)
    assert one(owner, f"UPDATE session_note SET {change}") == LOCKED
    assert one(owner, "DELETE FROM session_note") == LOCKED


def test_interns_note_is_never_final_alone(
    owner: Owner, writing: Writing, practice: Practice, supervised: None
) -> None:
    writing.start("carol", practice.erik)
    assert one(owner, f"UPDATE session_note SET {SIGNED}") == LOCKED


def test_given_back_note_is_never_deleted_and_keeps_its_word(
    owner: Owner, writing: Writing, practice: Practice, supervised: None, acting: Acting
) -> None:
    note_id = writing.signed("carol", practice.erik)
    with acting(therapist(practice.dana)):
        service.give_back(queries.waiting_for(note_id, practice.dana), practice.dana, "Add the plan.", clock.now())
    for change in ("DELETE FROM session_note", "UPDATE session_note SET state = 'draft'"):
        assert one(owner, change) == LOCKED
    assert one(owner, "UPDATE session_note SET return_word = 'x'") == LOCKED


def test_what_a_draft_is_about_never_changes(
    owner: Owner, writing: Writing, practice: Practice, sessions: Sessions
) -> None:
    writing.start(session=sessions.own)
    for column, value in (
        ("author_id", practice.erik),
        ("client_id", practice.bob_client),
        ("appointment_id", sessions.joint),
    ):
        assert one(owner, f"UPDATE session_note SET {column} = '{value}'") == LOCKED
    joint = f"UPDATE session_note SET client_id = NULL, couple_id = '{practice.couple}', appointment_id = NULL"
    assert one(owner, joint) == LOCKED


def test_note_begins_as_a_draft_in_the_record_of_who_was_there(
    owner: Owner, writing: Writing, practice: Practice, sessions: Sessions
) -> None:
    note_id = writing.start()
    subject = "client_id, couple_id, appointment_id"
    assert one(owner, COPY.format(subject, "'final'", note_id)) == LOCKED
    for client, couple, appointment in (
        (f"'{practice.bob_client}'::uuid", "NULL::uuid", sessions.own),
        (f"'{practice.carol_client}'::uuid", "NULL::uuid", sessions.joint),
        ("NULL::uuid", f"'{practice.couple}'::uuid", sessions.own),
    ):
        assert one(owner, COPY.format(f"{client}, {couple}, '{appointment}'::uuid", "'draft'", note_id)) == LOCKED


def test_amendment_is_never_changed_and_belongs_to_a_final_note_of_its_record(
    owner: Owner, writing: Writing, practice: Practice, acting: Acting
) -> None:
    draft, final = writing.start(), writing.signed()
    with acting(therapist(practice.dana)):
        note = queries.readable(final, practice.dana, clock.now())
        service.amend(note, practice.dana, "More.", "I forgot.", "Dana Whitfield", clock.now())
    for change in ("UPDATE note_amendment SET body = 'x'", "DELETE FROM note_amendment", "TRUNCATE note_amendment"):
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), owner.transaction():
            owner.execute(change.encode())
    copy = (
        "INSERT INTO note_amendment SELECT gen_random_uuid(), '{}', '{}', NULL, author_id, body, reason, signed_at,"
        " signed_name FROM note_amendment"
    )
    assert one(owner, copy.format(draft, practice.alice_client)) == LOCKED
    assert one(owner, copy.format(final, practice.bob_client)) == LOCKED


def test_database_refuses_notes_that_cannot_be(
    owner: Owner, writing: Writing, practice: Practice, sessions: Sessions
) -> None:
    """Each check by itself, with the triggers out of the way."""
    draft = writing.start(session=sessions.own)
    final = writing.signed("carol", practice.erik)
    cosigned = f"cosigned_at = signed_at, cosigned_name = 'D', cosigned_by = '{practice.dana}'"
    returned = f"state = 'returned', {{}}, returned_at = now(), return_word = 'x', returned_by = '{practice.dana}'"
    open_again = returned.format("signed_at = NULL, signed_name = NULL")
    changes = {
        "ck_session_note_record": _of(draft, f"couple_id = '{practice.couple}'"),
        "ck_session_note_format": _of(draft, "format = 'poem'"),
        "ck_session_note_state": _of(draft, "state = 'lost', body = 'x'"),
        "ck_session_note_body": _of(final, "body = NULL"),
        "ck_session_note_signed_at": _of(final, returned.format("signed_at = signed_at")),
        "ck_session_note_signed_name": _of(final, "signed_name = NULL"),
        "ck_session_note_cosigned": _of(final, cosigned.replace("'D'", "NULL")),
        "ck_session_note_cosigned_at": _of(final, cosigned.replace("= signed_at", "= signed_at - interval '1 s'")),
        "ck_session_note_cosigned_by": _of(final, cosigned.replace(str(practice.dana), str(practice.erik))),
        "ck_session_note_returned": _of(final, open_again.replace("'x'", "NULL")),
        "ck_session_note_returned_at": _of(final, open_again.partition(", returned_at")[0]),
        "ck_session_note_returned_by": _of(final, open_again.replace(str(practice.dana), str(practice.erik))),
        "uq_session_note_open": COPY.format("client_id, couple_id, appointment_id", "'draft'", draft),
        "ck_note_amendment_record": (
            "INSERT INTO note_amendment SELECT gen_random_uuid(), id, NULL, NULL, author_id, body, body, signed_at,"
            f" signed_name FROM session_note WHERE id = '{final}'"
        ),
    }
    bare = {name: f"SET LOCAL session_replication_role = replica; {change}" for name, change in changes.items()}
    assert rules_of(owner, "session_note", "note_amendment", "psychotherapy_note") == set(changes)
    assert refusals(owner, bare) == {name: name for name in changes}


def _of(note_id: UUID, change: str) -> str:
    return f"UPDATE session_note SET {change} WHERE id = '{note_id}'"
