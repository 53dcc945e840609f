"""Start, write, sign, give back, co-sign and amend notes. Each call is part of the caller's one transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.clients.models import CoupleMember
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.notes import queries, rules, vaulting
from clinic.notes.errors import (
    NotFinalError,
    NotWaitingError,
    OtherFormatError,
    SignedMeanwhileError,
    SignedOnceError,
)
from clinic.notes.models import NoteAmendment, SessionNote
from clinic.notes.queries import Record
from clinic.notes.rules import OPEN, State, Written


@dataclass(frozen=True, slots=True)
class About:
    """What a note is about, which never changes: whose record, which session or none, and the day."""

    record: Record
    appointment_id: UUID | None
    held_on: date


def start(about: About, chosen: str, by: UUID, now: datetime) -> UUID:
    """Begin a draft in that format, or go on with the one that its author has of this session and record.

    The caller has seen to it that they may write into the record.
    """
    note_id = new_id()
    began = (
        insert(SessionNote)
        .values(
            id=note_id,
            author_id=by,
            client_id=about.record.client_id,
            couple_id=about.record.couple_id,
            appointment_id=about.appointment_id,
            held_on=about.held_on,
            format=chosen,
            state=State.DRAFT,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(SessionNote.id)
    )
    if db.session.scalar(began) is None:
        return _open_of(about, by)
    _record("note.start", note_id, about.record.client_id, about.record.couple_id)
    return note_id


def save(note: SessionNote, written: Written, now: datetime, chosen: str | None = None) -> None:
    """Keep what is on the page, and carry it over where another format is chosen.

    Raises SignedMeanwhileError, and OtherFormatError for a page that is in another format than the note.
    """
    _hold(note, written)
    texts, note.format = written.kept, chosen or written.format
    if note.format != written.format:
        texts = rules.carried(texts, written.format, note.format)
    note.body, note.saved_at = vaulting.seal_body(note, texts), now


def sign(note: SessionNote, written: Written, typed: str, now: datetime) -> bool:
    """Lock what is on the page; returns whether the note is final, or waits for its author's supervisor.

    Raises as `save` does, NoTextError, and WrongSignatureError for another name than the author's.
    """
    rules.require_text(written.kept)
    name = _signature(note.author_id, typed)
    save(note, written, now)
    is_final = queries.supervisor_of(note.author_id) is None
    note.state, note.signed_at, note.signed_name = State.FINAL if is_final else State.SIGNED, now, name
    db.session.flush()
    _record("note.sign", note.id, note.client_id, note.couple_id)
    return is_final


def withdraw(note: SessionNote) -> None:
    """Delete a draft. Raises SignedOnceError for what is signed, or was once."""
    gone = delete(SessionNote).where(
        SessionNote.id == note.id, SessionNote.author_id == note.author_id, SessionNote.state == State.DRAFT
    )
    if db.session.scalar(gone.returning(SessionNote.id)) is None:
        raise SignedOnceError
    _record("note.withdraw", note.id, note.client_id, note.couple_id)


def cosign(note: SessionNote, by: UUID, typed: str, now: datetime) -> None:
    """Make a note of one's intern final. Raises NotWaitingError and WrongSignatureError."""
    _hold_waiting(note)
    note.cosigned_name = _signature(by, typed)
    note.state, note.cosigned_at, note.cosigned_by = State.FINAL, now, by
    db.session.flush()
    _record("note.cosign", note.id, note.client_id, note.couple_id)


def give_back(note: SessionNote, by: UUID, word: str, now: datetime) -> None:
    """Open it for its author again, with a word. Raises NotWaitingError."""
    _hold_waiting(note)
    sealed = vaulting.seal_word(note, word)
    note.state, note.signed_at, note.signed_name = State.RETURNED, None, None
    note.returned_at, note.returned_by, note.return_word = now, by, sealed
    db.session.flush()
    _record("note.return", note.id, note.client_id, note.couple_id)


def amend(note: SessionNote, by: UUID, text: str, reason: str, typed: str, now: datetime) -> None:
    """Add to a final note, which stays as it is. Raises NotFinalError and WrongSignatureError.

    The caller has seen to it that they may write into the record.
    """
    if note.state != State.FINAL:
        raise NotFinalError
    identity = new_id()
    name = _signature(by, typed)
    body, why = vaulting.seal_addition(identity, note, text, reason)
    db.session.add(
        NoteAmendment(
            id=identity,
            note_id=note.id,
            client_id=note.client_id,
            couple_id=note.couple_id,
            author_id=by,
            body=body,
            reason=why,
            signed_at=now,
            signed_name=name,
        )
    )
    db.session.flush()
    _record("note.amend", note.id, note.client_id, note.couple_id)


def opened(note: SessionNote) -> None:
    """Somebody reads a signed note: it is written down for the one, or both, whose record it is."""
    _record("note.read", note.id, note.client_id, note.couple_id)


def _open_of(about: About, by: UUID) -> UUID:
    query = select(SessionNote.id).where(
        SessionNote.author_id == by,
        SessionNote.appointment_id == about.appointment_id,
        SessionNote.client_id.is_not_distinct_from(about.record.client_id),
        SessionNote.couple_id.is_not_distinct_from(about.record.couple_id),
        SessionNote.state.in_(OPEN),
    )
    return db.session.scalars(query).one()


def _hold(note: SessionNote, written: Written) -> None:
    """Hold an open note, so that saves and the signature come one after the other."""
    query = select(SessionNote.format).where(SessionNote.id == note.id, SessionNote.state.in_(OPEN)).with_for_update()
    held = db.session.scalar(query)
    if held is None:
        raise SignedMeanwhileError
    if held != written.format:
        raise OtherFormatError


def _hold_waiting(note: SessionNote) -> None:
    query = select(SessionNote.id).where(SessionNote.id == note.id, SessionNote.state == State.SIGNED)
    if db.session.scalar(query.with_for_update()) is None:
        raise NotWaitingError


def _signature(person_id: UUID, typed: str) -> str:
    who = db.session.get_one(Person, person_id)
    return rules.signature(typed, who.given_name, who.family_name)


def _record(action: str, note_id: UUID, client_id: UUID | None, couple_id: UUID | None) -> None:
    if client_id is not None:
        audit.record(action, "note", note_id, client_id=client_id)
        return
    members = select(CoupleMember.client_id).where(CoupleMember.couple_id == couple_id)
    audit.record_for_each(db.session.scalars(members).all(), action, "note", note_id)
