"""Sealing and opening what notes say: with the key of the client or couple whose record it enters."""

import json
from uuid import UUID, uuid5

from clinic.notes.models import NoteAmendment, PsychotherapyNote, SessionNote
from clinic.notes.rules import Texts
from clinic.vault.service import Owner, decrypt, encrypt

NOTE, AMENDMENT, PSYCHOTHERAPY = "session_note", "note_amendment", "psychotherapy_note"


def owner_of(client_id: UUID | None, couple_id: UUID | None) -> Owner:
    """Whose key it is; raises ValueError where the row names neither."""
    if couple_id is not None:
        return Owner("couple", couple_id)
    if client_id is None:
        raise ValueError("a note enters one record")
    return Owner("client", client_id)


def seal_body(note: SessionNote, texts: Texts) -> bytes | None:
    """The sections of a note; None where nothing is said."""
    return encrypt(_owner(note), NOTE, "body", note.id, json.dumps(dict(texts))) if texts else None


def texts_of(note: SessionNote) -> dict[str, str]:
    """What a note says, by section; raises VaultError when its row was tampered with."""
    if note.body is None:
        return {}
    said: dict[str, str] = json.loads(decrypt(_owner(note), NOTE, "body", note.id, note.body))
    return said


def seal_word(note: SessionNote, word: str) -> bytes:
    """The word with which a note is given back."""
    return encrypt(_owner(note), NOTE, "return_word", note.id, word)


def word_of(note: SessionNote) -> str:
    """The word with which it was given back last, empty where it never was."""
    return decrypt(_owner(note), NOTE, "return_word", note.id, note.return_word) if note.return_word else ""


def seal_addition(amendment_id: UUID, note: SessionNote, text: str, reason: str) -> tuple[bytes, bytes]:
    """What is added to a note, and why."""
    owner = _owner(note)
    return (
        encrypt(owner, AMENDMENT, "body", amendment_id, text),
        encrypt(owner, AMENDMENT, "reason", amendment_id, reason),
    )


def addition_of(amendment: NoteAmendment) -> tuple[str, str]:
    """What was added, and why."""
    owner = owner_of(amendment.client_id, amendment.couple_id)
    return (
        decrypt(owner, AMENDMENT, "body", amendment.id, amendment.body),
        decrypt(owner, AMENDMENT, "reason", amendment.id, amendment.reason),
    )


def seal_psychotherapy(note_id: UUID, author_id: UUID, client_id: UUID, text: str) -> bytes:
    """A psychotherapy note, under the key of its author and its client together."""
    return encrypt(_of_both(author_id, client_id), PSYCHOTHERAPY, "body", note_id, text)


def psychotherapy_of(note: PsychotherapyNote) -> str:
    """What it says."""
    return decrypt(_of_both(note.author_id, note.client_id), PSYCHOTHERAPY, "body", note.id, note.body)


def _owner(note: SessionNote) -> Owner:
    return owner_of(note.client_id, note.couple_id)


def _of_both(author_id: UUID, client_id: UUID) -> Owner:
    return Owner("psychotherapy", uuid5(author_id, str(client_id)))
