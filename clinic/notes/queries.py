"""What is asked about notes. Whoever asks is named, and sees what they may see; the database sees to it once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import given_by
from clinic.booking.queries import shown as appointment_shown
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.clients.queries import KINDS, in_care, visible_to
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.notes.models import NoteAmendment, SessionNote
from clinic.notes.rules import FORMATS, LOCKED, MISSED_FOR, OPEN, State
from clinic.practice.models import Therapist

WRITING = ("primary", "cover")


@dataclass(frozen=True, slots=True)
class Record:
    """Whose record a note enters: one person's, or the joint one of a couple."""

    client: Client | None
    couple: Couple | None

    @property
    def key(self) -> str:
        """How a form names it."""
        return str(self.client.id) if self.client else "joint"

    @property
    def client_id(self) -> UUID | None:
        """The person whose own record it is."""
        return self.client.id if self.client else None

    @property
    def couple_id(self) -> UUID | None:
        """The couple whose joint record it is."""
        return self.couple.id if self.couple else None


def client_in_care(client_id: UUID, actor: Actor, now: datetime) -> Client:
    """A client in the therapist's care, and never the therapist themself. Raises NotVisibleError."""
    query = visible_to(actor, now).where(Client.id == client_id, Client.person_id != actor.person_id)
    client = db.session.scalar(query.options(joinedload(Client.person)))
    if client is None:
        raise NotVisibleError
    return client


def couple_in_care(couple_id: UUID, person_id: UUID, now: datetime) -> Couple:
    """A couple, ended ones too, both of whom the therapist cares for and is none of. Raises NotVisibleError."""
    couple = next(iter(_couples(Couple.id == couple_id, person_id, now, KINDS)), None)
    if couple is None:
        raise NotVisibleError
    return couple


def joint_records(client_id: UUID, person_id: UUID, now: datetime) -> Sequence[Couple]:
    """The couples that a client is or was in, of those whose joint record this therapist opens."""
    is_in = exists().where(CoupleMember.couple_id == Couple.id, CoupleMember.client_id == client_id)
    return _couples(is_in, person_id, now, KINDS)


def records_of_client(client: Client, person_id: UUID, now: datetime) -> list[Record]:
    """Where this therapist can write about a client: their own record, and the joint one while they are a couple."""
    is_in = exists().where(
        CoupleMember.couple_id == Couple.id, CoupleMember.client_id == client.id, CoupleMember.left_at.is_(None)
    )
    if not may_write(client.id, person_id, now):
        return []
    return [Record(client, None), *(Record(None, each) for each in _couples(is_in, person_id, now, WRITING))]


def records_of_session(appointment: Appointment, person_id: UUID, now: datetime) -> list[Record]:
    """Where the note of a session can enter: the joint record of a joint one, and that of each who attends."""
    joint = _couples(Couple.id == appointment.couple_id, person_id, now, WRITING) if appointment.couple_id else ()
    alone = (
        Record(each.client, None)
        for each in appointment.attendees
        if each.client.person_id != person_id and may_write(each.client_id, person_id, now)
    )
    return [*(Record(None, couple) for couple in joint), *alone]


def may_write(client_id: UUID, person_id: UUID, now: datetime) -> bool:
    """True for the primary therapist and whoever covers for them now; a supervisor reads."""
    return db.session.scalar(select(Client.id).where(Client.id == client_id, _writes_for(person_id, now))) is not None


def readable(note_id: UUID, person_id: UUID, now: datetime) -> SessionNote:
    """A signed note, for its author, who cares for whose record it is, or its supervisor. Raises NotVisibleError."""
    query = select(SessionNote).where(SessionNote.id == note_id, SessionNote.state.in_(LOCKED))
    note = db.session.scalar(query.where(_may_read(person_id, now)).options(*shown()))
    if note is None:
        raise NotVisibleError
    return note


def own(note_id: UUID, person_id: UUID) -> SessionNote:
    """A note that this person writes or has signed. Raises NotVisibleError."""
    query = select(SessionNote).where(SessionNote.id == note_id, SessionNote.author_id == person_id)
    note = db.session.scalar(query.where(_is_nobodys_own(person_id)).options(*shown()))
    if note is None:
        raise NotVisibleError
    return note


def to_cosign(person_id: UUID) -> Select[SessionNote]:
    """The notes that wait for this supervisor, longest waiting first."""
    query = select(SessionNote).where(SessionNote.state == State.SIGNED, _supervised_by(person_id))
    return query.where(_is_nobodys_own(person_id)).options(*shown()).order_by(SessionNote.signed_at, SessionNote.id)


def waiting_for(note_id: UUID, person_id: UUID) -> SessionNote:
    """A note of somebody whom this person supervises, waiting or just decided. Raises NotVisibleError."""
    mine = or_(SessionNote.cosigned_by == person_id, SessionNote.returned_by == person_id)
    query = select(SessionNote).where(SessionNote.id == note_id, _supervised_by(person_id), _is_nobodys_own(person_id))
    note = db.session.scalar(query.where(or_(SessionNote.state == State.SIGNED, mine)).options(*shown()))
    if note is None:
        raise NotVisibleError
    return note


def in_record(
    person_id: UUID, now: datetime, *, client_id: UUID | None = None, couple_id: UUID | None = None
) -> Select[SessionNote]:
    """The notes of one record that this person may read, and their own drafts in it, the latest first."""
    whose = SessionNote.couple_id == couple_id if couple_id else SessionNote.client_id == client_id
    return _visible(person_id, now).where(whose)


def of_session(appointment_id: UUID, person_id: UUID, now: datetime) -> Sequence[SessionNote]:
    """The notes of one session that this person may read, and their own drafts."""
    return db.session.scalars(_visible(person_id, now).where(SessionNote.appointment_id == appointment_id)).all()


def amendments_of(note_id: UUID) -> Sequence[NoteAmendment]:
    """What was added to a note, in order; whoever asks may read the note."""
    query = select(NoteAmendment).where(NoteAmendment.note_id == note_id)
    return db.session.scalars(query.order_by(NoteAmendment.signed_at, NoteAmendment.id)).all()


def missing(therapist_id: UUID, now: datetime) -> Select[Appointment]:
    """The sessions of the last ninety days that this therapist gave and nobody signed a note of, the oldest first.

    One to which somebody came, or of which nobody noted who did, of people in their care.
    """
    took_place = exists().where(
        Attendee.appointment_id == Appointment.id, Attendee.attendance.is_distinct_from("absent")
    )
    noted = exists().where(SessionNote.appointment_id == Appointment.id, SessionNote.state.in_(LOCKED))
    query = select(Appointment).where(
        Appointment.therapist_id == therapist_id,
        Appointment.state == "confirmed",
        Appointment.starts_at > now - MISSED_FOR,
        Appointment.ends_at <= now,
        took_place,
        ~noted,
        given_by(therapist_id, now),
    )
    return query.options(*appointment_shown()).order_by(Appointment.starts_at, Appointment.id)


def count_missing(therapist_id: UUID, now: datetime) -> int:
    """How many they are."""
    found = missing(therapist_id, now).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def open_of_sessions(appointment_ids: Sequence[UUID], author_id: UUID) -> dict[UUID, SessionNote]:
    """The author's drafts of these sessions, one of each."""
    query = select(SessionNote).where(
        SessionNote.appointment_id.in_(appointment_ids), SessionNote.author_id == author_id, SessionNote.state.in_(OPEN)
    )
    return {each.appointment_id: each for each in db.session.scalars(query) if each.appointment_id}


def last_format(author_id: UUID) -> str:
    """The format in which this author wrote last; free for the first note."""
    query = select(SessionNote.format).where(SessionNote.author_id == author_id)
    return db.session.scalar(query.order_by(SessionNote.created_at.desc()).limit(1)) or FORMATS[0]


def supervisor_of(author_id: UUID) -> Person | None:
    """Who co-signs this author's notes."""
    query = select(Person).join(Therapist, Therapist.supervisor_id == Person.id)
    return db.session.scalar(query.where(Therapist.person_id == author_id))


def is_supervisor(person_id: UUID, author_id: UUID) -> bool:
    """True for who co-signs that author's notes."""
    query = select(Therapist.person_id).where(Therapist.person_id == author_id, Therapist.supervisor_id == person_id)
    return db.session.scalar(query) is not None


def shown() -> tuple[ORMOption, ...]:
    """What every page about a note names, in a fixed number of statements."""
    return (
        joinedload(SessionNote.author),
        joinedload(SessionNote.client).joinedload(Client.person),
        joinedload(SessionNote.appointment).joinedload(Appointment.service),
        joinedload(SessionNote.couple)
        .selectinload(Couple.members)
        .joinedload(CoupleMember.client)
        .joinedload(Client.person),
    )


def _visible(person_id: UUID, now: datetime) -> Select[SessionNote]:
    is_own_draft = and_(SessionNote.author_id == person_id, _is_nobodys_own(person_id))
    signed = and_(SessionNote.state.in_(LOCKED), _may_read(person_id, now))
    query = select(SessionNote).where(or_(is_own_draft, signed)).options(*shown())
    return query.order_by(SessionNote.held_on.desc(), SessionNote.created_at.desc(), SessionNote.id)


def _may_read(person_id: UUID, now: datetime) -> ColumnElement[bool]:
    grounds = (
        SessionNote.author_id == person_id,
        SessionNote.cosigned_by == person_id,
        and_(SessionNote.state == State.SIGNED, _supervised_by(person_id)),
        _opens_record(person_id, now),
    )
    return and_(or_(*grounds), _is_nobodys_own(person_id))


def _opens_record(person_id: UUID, now: datetime) -> ColumnElement[bool]:
    """That this person cares for the client, or for both of the couple."""
    not_in_care = exists().where(
        CoupleMember.couple_id == SessionNote.couple_id, ~in_care(CoupleMember.client_id, person_id, now)
    )
    is_joint = SessionNote.couple_id.is_not(None)
    return or_(in_care(type_coerce(SessionNote.client_id, Uuid()), person_id, now), and_(is_joint, ~not_in_care))


def _is_nobodys_own(person_id: UUID) -> ColumnElement[bool]:
    """That a therapist who is a client too is not the one, or one of the two, whose record it is."""
    alone = exists().where(Client.id == SessionNote.client_id, Client.person_id == person_id)
    joint = exists().where(
        CoupleMember.couple_id == SessionNote.couple_id,
        CoupleMember.client_id == Client.id,
        Client.person_id == person_id,
    )
    return and_(~alone, ~joint)


def _supervised_by(person_id: UUID) -> ColumnElement[bool]:
    return exists().where(Therapist.person_id == SessionNote.author_id, Therapist.supervisor_id == person_id)


def _writes_for(person_id: UUID, now: datetime) -> ColumnElement[bool]:
    return in_care(Client.id, person_id, now, WRITING)


def _couples(which: ColumnElement[bool], person_id: UUID, now: datetime, kinds: Sequence[str]) -> Sequence[Couple]:
    """The couples among these for both of whom this person cares in one of these ways, and is none of."""
    is_kept_from = exists().where(
        CoupleMember.couple_id == Couple.id,
        CoupleMember.client_id == Client.id,
        or_(Client.person_id == person_id, ~in_care(CoupleMember.client_id, person_id, now, kinds)),
    )
    query = select(Couple).where(which, ~is_kept_from).order_by(Couple.linked_at.desc())
    members = selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person)
    return db.session.scalars(query.options(members)).all()
