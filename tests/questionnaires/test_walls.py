"""Row-level security, seen from each side; and nothing readable in the stored bytes."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from clinic.clients.models import CareRelationship, Couple, CoupleMember
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.questionnaires import drafts, queries, service
from clinic.questionnaires.models import Answer, Entry, Response, ResponseScore
from clinic.vault.models import VaultKey
from clinic.vault.service import VaultError
from tests.conftest import NOW, Acting
from tests.factories import Practice, make_client, make_couple
from tests.questionnaires.conftest import READING, client, draft_of, therapist

pytestmark = pytest.mark.usefixtures("installed")
CANARY = "canary-7f3a-under-the-stairs"
TRACE = {"at": "2026-11-23T20:00", "trigger": CANARY, "origin_note": CANARY, "intensity": "8", "intensity_now": "3"}
SHARED = TRACE | {"readers": "partner", "sentence": CANARY}


def write(acting: Acting, practice: Practice, subject: UUID, *, send: bool, released: bool = False) -> None:
    """Alice writes one kept and one shared trace and a note, and perhaps sends them."""
    with acting(client(practice.alice)):
        draft = draft_of(practice, "fear_trace", subject)
        drafts.save_answers(draft, {"note": CANARY, "how_hard": "4"}, READING)
        drafts.add_entry(draft, "traces", TRACE, READING)
        drafts.add_entry(draft, "traces", SHARED, READING)
        if send:
            service.submit(draft, READING)
        if released:
            service.release(next(each for each in queries.answers_of(draft) if each.visibility == "P"), NOW)


def seen(acting: Acting, actor: Actor) -> tuple[int, int, list[str], int]:
    """How many responses and entries, which answered fields, how many scores this actor sees."""
    with acting(actor):
        return (
            db.session.scalar(select(func.count()).select_from(Response)) or 0,
            db.session.scalar(select(func.count()).select_from(Entry)) or 0,
            sorted(db.session.scalars(select(Answer.field))),
            db.session.scalar(select(func.count()).select_from(ResponseScore)) or 0,
        )


SHARED_FIELDS = ["at", "how_hard", "intensity", "intensity_now", "readers", "sentence", "trigger"]
NOTHING: tuple[int, int, list[str], int] = (0, 0, [], 0)


def test_draft_is_seen_by_its_writer_alone(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=False)
    assert seen(acting, client(practice.alice))[:2] == (1, 2)
    for person in (practice.dana, practice.erik, practice.desk, practice.owner):
        assert seen(acting, therapist(person)) == NOTHING
    for person in (practice.bob, practice.carol):
        assert seen(acting, client(person)) == NOTHING


def test_therapist_reads_what_was_sent_and_never_what_is_kept(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    write(acting, practice, subject, send=True)
    assert seen(acting, therapist(practice.dana)) == (1, 1, SHARED_FIELDS, 2)
    with acting(therapist(practice.dana)):
        response = db.session.scalars(select(Response)).one()
        filled = queries.filled(response)
        assert dict(filled.answers) == {"how_hard": 4}
        assert "origin_note" not in filled.entries[0].answers


def test_stranger_partner_and_other_staff_see_nothing_of_what_was_sent(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    write(acting, practice, subject, send=True)
    for person in (practice.bob, practice.carol):
        assert seen(acting, client(person)) == NOTHING
    for person in (practice.erik, practice.desk, practice.owner):
        assert seen(acting, therapist(person)) == NOTHING
    assert seen(acting, Actor(roles=frozenset({"public"}))) == NOTHING


def test_partner_sees_the_released_answer_and_nothing_around_it(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    write(acting, practice, subject, send=True, released=True)
    assert seen(acting, client(practice.bob)) == (0, 0, ["sentence"], 0)
    assert seen(acting, client(practice.carol)) == NOTHING


def test_end_of_the_couple_ends_the_sharing_at_once(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=True, released=True)
    with acting():
        db.session.execute(update(CoupleMember).values(left_at=NOW))
        db.session.execute(update(Couple).values(state="ended", ended_at=NOW))
    assert seen(acting, client(practice.bob)) == NOTHING


def test_what_was_released_to_one_partner_is_not_read_by_the_next(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    write(acting, practice, subject, send=True, released=True)
    with acting() as session:
        session.execute(update(CoupleMember).values(left_at=NOW))
        session.execute(update(Couple).values(state="ended", ended_at=NOW))
        session.flush()
        make_couple(session, practice.alice_client, practice.carol_client, practice.dana, NOW + timedelta(days=1))
    assert seen(acting, client(practice.carol)) == NOTHING
    with acting(client(practice.carol)):
        assert queries.released_to_partner(practice.carol_client) == []


def test_next_revision_ends_what_was_shared_of_the_last(acting: Acting, practice: Practice, subject: UUID) -> None:
    """Its writer's pages show the newest revision alone, so an older one could never be taken back."""
    write(acting, practice, subject, send=True, released=True)
    with acting(client(practice.alice)):
        draft_of(practice, "fear_trace", subject)
    assert seen(acting, client(practice.bob)) == NOTHING


def test_therapist_in_a_couple_is_shown_their_partners_lines_and_no_clients(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    """A therapist reads what clients release; as somebody's partner they are shown none of it."""
    write(acting, practice, subject, send=True, released=True)
    with acting() as session:
        own_client = make_client(session, practice.dana, practice.erik, NOW - timedelta(days=1))
    with acting(therapist(practice.dana)):
        assert queries.released_to_partner(own_client) == []


def test_running_processes_never_rewrite_a_key(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=True)
    with pytest.raises(DBAPIError, match="permission denied"), acting():
        db.session.execute(update(VaultKey).values(wrapped=b""))


def test_care_that_ended_or_has_not_begun_opens_nothing(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=True)
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind="cover",
                starts_at=NOW + timedelta(days=36500),
                ends_at=NOW + timedelta(days=36501),
            )
        )
        session.execute(
            update(CareRelationship)
            .where(CareRelationship.therapist_id == practice.dana)
            .values(starts_at=NOW - timedelta(days=9000), ends_at=NOW - timedelta(days=8999))
        )
    assert seen(acting, therapist(practice.erik)) == NOTHING
    assert seen(acting, therapist(practice.dana)) == NOTHING


def test_therapist_changes_nothing(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=True)
    with acting(therapist(practice.dana)):
        changed = db.session.execute(update(Answer).values(released_at=NOW).returning(Answer.id)).all()
        gone = db.session.execute(delete(ResponseScore).returning(ResponseScore.name)).all()
        assert (changed, gone) == ([], [])
    with pytest.raises(DBAPIError, match="row-level security"), acting(therapist(practice.dana)):
        service.open_draft(queries.latest("own_circle").id, practice.alice_client, subject, NOW)


def test_client_writes_into_nobody_elses_response(acting: Acting, practice: Practice, subject: UUID) -> None:
    write(acting, practice, subject, send=False)
    with acting(client(practice.alice)):
        response_id = db.session.scalars(select(Response.id)).one()
    row = {"response_id": response_id, "field": "fear", "visibility": "T", "encrypted": b"x", "updated_at": NOW}
    for owner_id in (practice.bob_client, practice.alice_client):
        forged = insert(Answer).values(id=new_id(), client_id=owner_id, **row)
        with pytest.raises(DBAPIError, match="no longer change"), acting(client(practice.bob)):
            db.session.execute(forged)


def worker_sees(owner: psycopg.Connection[tuple[object, ...]], query: str) -> list[object]:
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE clinic_worker")
        return [row[0] for row in owner.execute(query).fetchall()]


def test_worker_reads_what_was_sent_and_never_what_is_kept(
    acting: Acting, practice: Practice, subject: UUID, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    write(acting, practice, subject, send=False)
    assert worker_sees(owner, "SELECT field FROM answer") == []
    write(acting, practice, subject, send=True)
    assert set(worker_sees(owner, "SELECT visibility FROM answer")) == {"T", "P"}
    assert worker_sees(owner, "SELECT count(*) FROM entry")[0] == 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        worker_sees(owner, "UPDATE answer SET released_at = now() RETURNING id")


def test_walls_hold_for_the_owner_of_the_tables_too(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    forced = owner.execute(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY relname"
    ).fetchall()
    assert {"answer", "entry", "response", "score"} <= {name for (name,) in forced}


def test_stored_bytes_do_not_hold_the_words(
    acting: Acting, practice: Practice, subject: UUID, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    write(acting, practice, subject, send=True)
    rows = owner.execute("SELECT answer::text, encrypted FROM answer").fetchall()
    assert len(rows) > 8
    for text, stored in rows:
        assert CANARY not in str(text)
        assert isinstance(stored, bytes)
        assert CANARY.encode() not in stored


def test_answer_moved_to_another_row_does_not_open(
    acting: Acting, practice: Practice, subject: UUID, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    write(acting, practice, subject, send=True)
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE answer SET encrypted = (SELECT encrypted FROM answer WHERE field = 'note')")
    with acting(client(practice.alice)):
        answers = {each.field: each for each in queries.answers_of(db.session.scalars(select(Response)).one())}
        assert queries.open_answer(answers["note"]) == CANARY
        with pytest.raises(VaultError):
            queries.open_answer(answers["how_hard"])
