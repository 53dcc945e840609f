"""Whose assignments a person may see, what is due, what waits for review. No list asks once per row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, case, select
from sqlalchemy.orm import contains_eager, joinedload

from clinic.accounts.models import Person
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.clients.queries import in_care, primary_of
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.homework.rules import Adherence, Assigned, OpenWork, State, adherence
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.rules import UNDO


def own(assignment_id: UUID, person_id: UUID) -> Assignment:
    """The person's own assignment; raises NotVisibleError for anyone else's."""
    return _one(_with_context().where(Assignment.id == assignment_id, Client.person_id == person_id))


def cared_for(assignment_id: UUID, therapist_id: UUID, now: datetime) -> Assignment:
    """An assignment of a client in the therapist's care now; raises NotVisibleError for others."""
    return _one(_with_context().where(Assignment.id == assignment_id, in_care(Assignment.client_id, therapist_id, now)))


def client_id_of(person_id: UUID) -> UUID | None:
    """The person's own client record, where there is one."""
    return db.session.scalar(select(Client.id).where(Client.person_id == person_id))


def client_in_care(client_id: UUID, therapist_id: UUID, now: datetime) -> Client:
    """A client in the therapist's care now, with the person; raises NotVisibleError for others."""
    query = select(Client).where(Client.id == client_id, in_care(Client.id, therapist_id, now))
    client = db.session.scalar(query.options(joinedload(Client.person)))
    if client is None:
        raise NotVisibleError
    return client


def of_person(person_id: UUID) -> Select[Assignment]:
    """A client's own assignments: open ones first, the nearest due on top; then what was, latest first."""
    return _listed(_with_context().where(Client.person_id == person_id))


def of_client(client_id: UUID) -> Select[Assignment]:
    """The same list for the therapist's page of that client."""
    return _listed(_with_context().where(Assignment.client_id == client_id))


def waiting_first(client_id: UUID, limit: int) -> Sequence[Assignment]:
    """The first of the same, what waits for the therapist ahead of it: a call for help, then what was sent."""
    asks = and_(Assignment.help_asked_at.is_not(None), Assignment.state.in_(OPEN_STATES))
    waits = case((asks, 0), (Assignment.state == State.SUBMITTED, 1), else_=2)
    query = _listed(_with_context().where(Assignment.client_id == client_id).order_by(waits))
    return db.session.scalars(query.limit(limit)).unique().all()


def to_review(therapist_id: UUID, now: datetime) -> Select[Assignment]:
    """What clients in care have sent, longest waiting first; not before they can no longer take it back."""
    return (
        _with_context()
        .where(
            Assignment.state == State.SUBMITTED,
            Assignment.sent_at <= now - UNDO,
            in_care(Assignment.client_id, therapist_id, now),
        )
        .order_by(Assignment.sent_at, Assignment.id)
    )


def asking_for_help(therapist_id: UUID, now: datetime, limit: int) -> Sequence[Assignment]:
    """Open assignments whose client asked for something smaller or is stuck, longest waiting first."""
    query = (
        _with_context()
        .where(
            Assignment.help_asked_at.is_not(None),
            Assignment.state.in_(OPEN_STATES),
            in_care(Assignment.client_id, therapist_id, now),
        )
        .order_by(Assignment.help_asked_at, Assignment.id)
    )
    return db.session.scalars(query.limit(limit)).unique().all()


def is_still_due(assignment_id: UUID, due_at: datetime) -> bool:
    """True while a reminder of this due moment makes sense; for `still_wanted`."""
    query = select(Assignment.id).where(
        Assignment.id == assignment_id, Assignment.due_at == due_at, Assignment.state.in_(OPEN_STATES)
    )
    return db.session.scalar(query.with_for_update(read=True)) is not None


def adherence_of(client_ids: Iterable[UUID], now: datetime) -> dict[UUID, Adherence]:
    """Adherence of many clients with one statement; every id is in the answer."""
    assigned: dict[UUID, list[Assigned]] = {each: [] for each in client_ids}
    query = select(
        Assignment.client_id, Assignment.assigned_at, Assignment.due_at, Assignment.state, Assignment.first_sent_at
    ).where(Assignment.client_id.in_(assigned))
    for client_id, assigned_at, due_at, state, done_at in db.session.execute(query):
        assigned[client_id].append(Assigned(assigned_at, due_at, State(state), done_at))
    return {client_id: adherence(rows, now) for client_id, rows in assigned.items()}


def open_work(client_id: UUID) -> list[OpenWork]:
    """The load that the client carries now."""
    query = select(Assignment.definition_id).where(Assignment.client_id == client_id, Assignment.state.in_(OPEN_STATES))
    definition_ids = list(db.session.scalars(query))
    known = questionnaires.definitions(definition_ids)
    return [OpenWork(known[each].minutes or 0, known[each].repeat_days) for each in definition_ids]


def therapist_of(client_id: UUID, now: datetime) -> Person | None:
    """The client's primary therapist at this moment."""
    primary = primary_of(client_id, now)
    return db.session.get_one(Person, primary.therapist_id) if primary is not None else None


def active_couple_of(client_id: UUID) -> UUID | None:
    """The couple that this client is in and that shares things now."""
    query = (
        select(Couple.id)
        .join(CoupleMember)
        .where(CoupleMember.client_id == client_id, CoupleMember.left_at.is_(None), Couple.state == "active")
    )
    return db.session.scalar(query)


def _with_context() -> Select[Assignment]:
    return (
        select(Assignment)
        .join(Assignment.client)
        .join(Client.person)
        .options(contains_eager(Assignment.client).contains_eager(Client.person), joinedload(Assignment.definition))
    )


def _listed(query: Select[Assignment]) -> Select[Assignment]:
    is_open = Assignment.state.in_(OPEN_STATES)
    return query.order_by(
        case((is_open, 0), else_=1),
        case((is_open, Assignment.due_at)),
        Assignment.assigned_at.desc(),
        Assignment.id,
    )


def _one(query: Select[Assignment]) -> Assignment:
    assignment = db.session.scalars(query).one_or_none()
    if assignment is None:
        raise NotVisibleError
    return assignment
