"""What the page of a session shows of its notes, to the therapist who gives it, and on Today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.clients.models import Couple
from clinic.core import clock
from clinic.database.session import db
from clinic.notes import queries, wording
from clinic.notes.models import SessionNote
from clinic.notes.queries import Record
from clinic.web.forms import ActionForm

SHOWN = 5


@dataclass(frozen=True, slots=True)
class OfSession:
    """The notes that the therapist may read of it, and whose records still have none of theirs."""

    notes: list[tuple[SessionNote, str]]
    open_records: list[tuple[Record, str]]
    form: ActionForm


@dataclass(frozen=True, slots=True)
class OfToday:
    """How many sessions have no note yet, and what waits longest for one's co-signature, with initials."""

    missing: int
    to_cosign: Sequence[tuple[SessionNote, str]]


@dataclass(frozen=True, slots=True)
class OfClient:
    """What a client's page shows: each with its state in words and tone, the joint records, whether one may write."""

    newest: Sequence[tuple[SessionNote, object, str]]
    joint: Sequence[tuple[Couple, str]]
    may_write: bool


def notes_panel(appointment: Appointment, door: Door) -> dict[str, object]:
    """`notes` and its words for the page of a session; None for clients and the front desk, and before it has begun."""
    now = clock.now()
    seen: OfSession | None = None
    has_begun = appointment.state == "confirmed" and appointment.starts_at <= now
    if door.by is not None and door.is_staff and not door.is_desk and has_begun:
        seen = _of_session(appointment, door.by, now)
    return {"notes": seen, "note_states": wording.STATES}


def of_today(person_id: UUID, now: datetime) -> OfToday:
    """What Today tells a therapist of notes."""
    waiting = db.session.scalars(queries.to_cosign(person_id).limit(SHOWN)).all()
    return OfToday(queries.count_missing(person_id, now), [(each, wording.initials_of(each)) for each in waiting])


def of_client(client_id: UUID, person_id: UUID, now: datetime) -> OfClient:
    """The latest notes in a client's own record; the joint ones are one press further, and never listed here."""
    newest = db.session.scalars(queries.in_record(person_id, now, client_id=client_id).limit(SHOWN)).all()
    return OfClient(
        [(each, *wording.STATES[each.state]) for each in newest],
        [(each, wording.who(each)) for each in queries.joint_records(client_id, person_id, now)],
        queries.may_write(client_id, person_id, now),
    )


def _of_session(appointment: Appointment, person_id: UUID, now: datetime) -> OfSession:
    notes = queries.of_session(appointment.id, person_id, now)
    written = {(each.client_id, each.couple_id) for each in notes if each.author_id == person_id}
    records = queries.records_of_session(appointment, person_id, now)
    return OfSession(
        notes=[(each, wording.record_words(Record(each.client, each.couple))) for each in notes],
        open_records=[
            (each, wording.record_words(each)) for each in records if (each.client_id, each.couple_id) not in written
        ],
        form=ActionForm(formdata=None),
    )
