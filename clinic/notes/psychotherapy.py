"""Psychotherapy notes: a table and a key of their own, and nobody but their author. Nothing else ever asks for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import joinedload

from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.clients.queries import in_care
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.notes import vaulting
from clinic.notes.models import PsychotherapyNote


def of_client(client_id: UUID, author_id: UUID) -> Select[PsychotherapyNote]:
    """The author's own about one client, the latest first."""
    query = select(PsychotherapyNote).where(
        PsychotherapyNote.author_id == author_id, PsychotherapyNote.client_id == client_id
    )
    return query.order_by(PsychotherapyNote.created_at.desc(), PsychotherapyNote.id)


def note_of(note_id: UUID, author_id: UUID, now: datetime) -> PsychotherapyNote:
    """One of the author's own, while they care for its client. Raises NotVisibleError."""
    query = select(PsychotherapyNote).where(
        PsychotherapyNote.id == note_id,
        PsychotherapyNote.author_id == author_id,
        in_care(PsychotherapyNote.client_id, author_id, now),
    )
    note = db.session.scalar(query.options(joinedload(PsychotherapyNote.client).joinedload(Client.person)))
    if note is None:
        raise NotVisibleError
    return note


def add(client_id: UUID, author_id: UUID, text: str, now: datetime) -> PsychotherapyNote:
    """Write one; the caller has seen to it that the author cares for the client."""
    identity = new_id()
    sealed = vaulting.seal_psychotherapy(identity, author_id, client_id, text)
    note = PsychotherapyNote(
        id=identity, author_id=author_id, client_id=client_id, body=sealed, created_at=now, saved_at=now
    )
    db.session.add(note)
    db.session.flush()
    return note


def change(note: PsychotherapyNote, text: str, now: datetime) -> None:
    """Write it anew."""
    note.body = vaulting.seal_psychotherapy(note.id, note.author_id, note.client_id, text)
    note.saved_at = now


def remove(note: PsychotherapyNote) -> None:
    """Delete it."""
    db.session.execute(delete(PsychotherapyNote).where(PsychotherapyNote.id == note.id))


def opened() -> None:
    """The trail says that its author has opened one, and not which or about whom."""
    audit.record("psychotherapy_note.open")
