"""Row-level security on notes, as the web role: for the author, who cares and the supervisor, whatever Python does."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.notes import psychotherapy, queries, service
from clinic.notes.models import NoteAmendment, PsychotherapyNote, SessionNote
from tests.conftest import Acting
from tests.factories import Practice
from tests.notes.conftest import WORDS, Owner, Writing, let_in, therapist

EVERY_ROLE = frozenset({"client", "therapist", "front_desk", "owner", "public"})


def seen(acting: Acting, person_id: UUID | None) -> list[str]:
    """The states of the notes whose rows this person is given, whatever roles they claim."""
    with acting(Actor(person_id=person_id, roles=EVERY_ROLE)):
        return sorted(db.session.scalars(select(SessionNote.state)))


def others(practice: Practice) -> Sequence[UUID | None]:
    """Everybody who is neither Alice's therapist nor writes about her."""
    return (practice.alice, practice.bob, practice.carol, practice.erik, practice.desk, practice.owner, None)


def test_draft_is_its_authors_alone(acting: Acting, practice: Practice, writing: Writing, ines: UUID) -> None:
    let_in(acting, practice.alice_client, ines, "supervisor", (-1, None))
    writing.start()
    assert seen(acting, practice.dana) == ["draft"]
    for person_id in (*others(practice), ines):
        assert seen(acting, person_id) == []


@pytest.mark.parametrize("whose", ["alice", "couple"])
def test_signed_note_is_read_by_who_cares_and_by_nobody_else(
    acting: Acting, practice: Practice, writing: Writing, whose: str
) -> None:
    writing.signed(whose)
    assert seen(acting, practice.dana) == ["final"]
    for person_id in others(practice):
        assert seen(acting, person_id) == []


@pytest.mark.parametrize(
    ("kind", "days", "expected"),
    [
        ("cover", (-1, 1), ["final"]),
        ("cover", (-2, -1), []),
        ("cover", (1, 2), []),
        ("supervisor", (-1, None), ["final"]),
        ("supervisor", (-2, -1), []),
    ],
)
def test_cover_and_supervisor_read_in_their_time(
    acting: Acting,
    practice: Practice,
    writing: Writing,
    ines: UUID,
    kind: str,
    days: tuple[float, float | None],
    expected: list[str],
) -> None:
    writing.signed()
    let_in(acting, practice.alice_client, ines, kind, days)
    assert seen(acting, ines) == expected


def test_joint_note_opens_to_who_cares_for_both_and_not_for_one(
    acting: Acting, practice: Practice, writing: Writing, ines: UUID
) -> None:
    writing.signed("couple")
    let_in(acting, practice.alice_client, ines, "cover", (-1, 1))
    assert seen(acting, ines) == []
    let_in(acting, practice.bob_client, ines, "cover", (-1, 1))
    assert seen(acting, ines) == ["final"]


def test_former_therapist_keeps_only_what_they_wrote(
    acting: Acting, practice: Practice, writing: Writing, ines: UUID
) -> None:
    let_in(acting, practice.alice_client, ines, "cover", (-1, 1))
    writing.signed()
    own = writing.signed(by=ines)
    _add(acting, practice, own)
    assert (len(seen(acting, ines)), amendments(acting, ines)) == (2, 1)
    with acting() as session:
        session.execute(
            update(CareRelationship)
            .where(CareRelationship.therapist_id == ines)
            .values(ends_at=clock.now() - timedelta(hours=1))
        )
    assert (len(seen(acting, ines)), amendments(acting, ines)) == (1, 0)


def test_supervisor_reads_what_waits_and_what_they_co_signed(
    acting: Acting, practice: Practice, writing: Writing, supervised: None
) -> None:
    note_id = writing.start("carol", practice.erik)
    assert seen(acting, practice.dana) == []
    writing.sign(note_id, practice.erik)
    assert (seen(acting, practice.dana), seen(acting, practice.owner)) == (["signed"], [])
    with acting(therapist(practice.dana)):
        service.cosign(queries.waiting_for(note_id, practice.dana), practice.dana, "Dana Whitfield", clock.now())
    assert seen(acting, practice.dana) == ["final"]


def test_therapist_in_care_themselves_never_reads_about_themselves(
    acting: Acting, practice: Practice, writing: Writing, owner: Owner
) -> None:
    """Not even with a relationship that should never be: Alice becomes a therapist, and her own carer."""
    writing.signed()
    writing.signed("couple")
    for client_id in (practice.alice_client, practice.bob_client):
        let_in(acting, client_id, practice.alice, "cover", (-1, 1))
    assert seen(acting, practice.alice) == []


def test_amendment_is_read_like_its_note(acting: Acting, practice: Practice, writing: Writing) -> None:
    for whose in ("alice", "couple"):
        _add(acting, practice, writing.signed(whose))
    assert amendments(acting, practice.dana) == 2
    for person_id in others(practice):
        assert amendments(acting, person_id) == 0


def test_psychotherapy_note_is_its_authors_alone(acting: Acting, practice: Practice, ines: UUID) -> None:
    let_in(acting, practice.alice_client, ines, "supervisor", (-1, None))
    let_in(acting, practice.alice_client, practice.erik, "cover", (-1, 1))
    with acting(therapist(practice.dana)):
        psychotherapy.add(practice.alice_client, practice.dana, WORDS, clock.now())
    for person_id in (*others(practice), ines):
        with acting(Actor(person_id=person_id, roles=EVERY_ROLE)):
            assert db.session.scalar(select(func.count()).select_from(PsychotherapyNote)) == 0
    with acting(therapist(practice.dana)):
        assert db.session.scalar(select(func.count()).select_from(PsychotherapyNote)) == 1


def test_only_who_cares_begins_a_note_and_only_in_their_own_name(
    acting: Acting, practice: Practice, writing: Writing, ines: UUID
) -> None:
    let_in(acting, practice.alice_client, ines, "supervisor", (-1, None))
    forged = {"author_id": practice.dana, "client_id": practice.alice_client, "held_on": clock.now().date()}
    forged |= {"format": "free", "state": "draft", "created_at": clock.now()}
    for person_id, author_id in ((practice.erik, practice.erik), (practice.erik, practice.dana), (ines, ines)):
        row = insert(SessionNote).values(id=new_id(), **forged | {"author_id": author_id})
        with pytest.raises(DBAPIError, match="row-level security"), acting(therapist(person_id)):
            db.session.execute(row)
    row = insert(PsychotherapyNote).values(
        id=new_id(),
        author_id=practice.erik,
        client_id=practice.alice_client,
        body=b"x",
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    with pytest.raises(DBAPIError, match="row-level security"), acting(therapist(practice.erik)):
        db.session.execute(row)


def test_reader_changes_and_deletes_nothing(
    acting: Acting, practice: Practice, writing: Writing, supervised: None
) -> None:
    writing.sign(writing.start("carol", practice.erik), practice.erik)
    draft = writing.start("carol", practice.erik)
    with acting(therapist(practice.dana)):
        for change in (
            delete(SessionNote).returning(SessionNote.id),
            update(SessionNote).where(SessionNote.id == draft).values(body=b"x").returning(SessionNote.id),
        ):
            assert db.session.execute(change).all() == []
    as_olga = {"state": "final", "cosigned_by": practice.owner, "cosigned_at": clock.now(), "cosigned_name": "x"}
    forged = update(SessionNote).where(SessionNote.state == "signed").values(as_olga)
    with pytest.raises(DBAPIError, match="row-level security"), acting(therapist(practice.dana)):
        db.session.execute(forged)


@pytest.mark.parametrize("table", ["session_note", "note_amendment", "psychotherapy_note"])
def test_jobs_see_none_of_it_and_the_walls_hold_for_everybody(owner: Owner, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
        owner.execute(f"SET LOCAL ROLE clinic_worker; SELECT FROM {table}".encode())
    flags = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s"
    assert owner.execute(flags, [table]).fetchone() == (True,)


def test_stored_bytes_do_not_hold_the_words(acting: Acting, practice: Practice, writing: Writing, owner: Owner) -> None:
    _add(acting, practice, writing.signed())
    with acting(therapist(practice.dana)):
        psychotherapy.add(practice.alice_client, practice.dana, WORDS, clock.now())
    for column in ("session_note.body", "note_amendment.body", "note_amendment.reason", "psychotherapy_note.body"):
        table = column.partition(".")[0]
        for (stored,) in owner.execute(f"SELECT {column} FROM {table}".encode()):
            assert isinstance(stored, bytes)
            assert WORDS.encode() not in stored
    owners = "SELECT owner_kind FROM vault_key ORDER BY owner_kind"
    assert [kind for (kind,) in owner.execute(owners)] == ["client", "psychotherapy"]


def amendments(acting: Acting, person_id: UUID | None) -> int:
    """How many rows of amendments this person is given."""
    with acting(Actor(person_id=person_id, roles=EVERY_ROLE)):
        return db.session.scalar(select(func.count()).select_from(NoteAmendment)) or 0


def _add(acting: Acting, practice: Practice, note_id: UUID) -> None:
    """Dana adds to it."""
    with acting(therapist(practice.dana)):
        note = queries.readable(note_id, practice.dana, clock.now())
        service.amend(note, practice.dana, WORDS, WORDS, "Dana Whitfield", clock.now())
