"""Who may see what, and who belongs to whom, at a moment. Everything that ends is out of these from that moment on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, exists, false, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload

from clinic.accounts.models import Person
from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember, Episode
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.database.session import db

KINDS = ("primary", "cover", "supervisor")


def in_force(now: datetime) -> ColumnElement[bool]:
    """A care relationship that has begun and has not ended."""
    ends = CareRelationship.ends_at
    return and_(CareRelationship.starts_at <= now, or_(ends.is_(None), ends > now))


def in_care(
    client_id: ColumnElement[UUID] | InstrumentedAttribute[UUID] | UUID,
    therapist_id: UUID | None,
    now: datetime,
    kinds: Sequence[str] = KINDS,
) -> ColumnElement[bool]:
    """That a care relationship of these kinds stands now: with this therapist, or with anyone (None)."""
    care = [CareRelationship.client_id == client_id, CareRelationship.kind.in_(kinds), in_force(now)]
    if therapist_id is not None:
        care.append(CareRelationship.therapist_id == therapist_id)
    return exists().where(*care)


def cared_for(therapist_id: UUID, now: datetime) -> Select[UUID]:
    """The ids of clients whose record this therapist may open, whatever the kind of relationship."""
    return select(CareRelationship.client_id).where(CareRelationship.therapist_id == therapist_id, in_force(now))


def visible_to(actor: Actor, now: datetime) -> Select[Client]:
    """The clients whose clinical record the actor may open: their own, or one in their care. Nobody else's, not for
    the front desk and not for the owner."""
    grounds: list[ColumnElement[bool]] = [false()]
    if actor.person_id is not None and "client" in actor.roles:
        grounds.append(Client.person_id == actor.person_id)
    if actor.person_id is not None and "therapist" in actor.roles:
        grounds.append(Client.id.in_(cared_for(actor.person_id, now)))
    return select(Client).where(or_(*grounds))


def visible_client(client_id: UUID, actor: Actor, now: datetime) -> Client:
    """The client with their person; raises NotVisibleError when the actor may not open the record."""
    query = visible_to(actor, now).where(Client.id == client_id).options(joinedload(Client.person))
    client = db.session.scalar(query)
    if client is None:
        raise NotVisibleError
    return client


def client_of(person_id: UUID) -> Client | None:
    """The person's record as a client, in whatever state."""
    return db.session.scalar(select(Client).where(Client.person_id == person_id).options(joinedload(Client.person)))


def has_open_record(person_id: UUID) -> bool:
    """True for a client whose record is not closed."""
    is_open = select(Client.id).where(Client.person_id == person_id, Client.state != "closed").exists()
    return bool(db.session.scalar(select(is_open)))


def client_called(client_id: UUID) -> Client:
    """A record in whatever state, with its person: contact data for the front desk. Raises NotVisibleError."""
    client = db.session.scalar(select(Client).where(Client.id == client_id).options(joinedload(Client.person)))
    if client is None:
        raise NotVisibleError
    return client


def clients_of(client_ids: Iterable[UUID]) -> list[Client]:
    """These clients. While somebody keeps them, the transaction reads none of them twice."""
    return [db.session.get_one(Client, each) for each in client_ids]


def is_mailbox_shared(person_id: UUID) -> bool:
    """True for a client who said that others can open their mailbox; nobody asks staff."""
    return bool(db.session.scalar(select(Client.is_mailbox_shared).where(Client.person_id == person_id)))


def has_partner(person_id: UUID) -> bool:
    """True for a client who is linked with a partner, or ever was."""
    is_linked = (
        select(CoupleMember.client_id)
        .join(Client, Client.id == CoupleMember.client_id)
        .where(Client.person_id == person_id)
        .exists()
    )
    return bool(db.session.scalar(select(is_linked)))


def carers_of(client_id: UUID, now: datetime) -> Sequence[CareRelationship]:
    """The relationships in force, the primary first."""
    return db.session.scalars(
        select(CareRelationship)
        .where(CareRelationship.client_id == client_id, in_force(now))
        .order_by(CareRelationship.kind != "primary", CareRelationship.starts_at, CareRelationship.id)
    ).all()


def primary_of(client_id: UUID, now: datetime) -> CareRelationship | None:
    """The primary relationship in force."""
    return db.session.scalar(
        select(CareRelationship).where(
            CareRelationship.client_id == client_id, CareRelationship.kind == "primary", in_force(now)
        )
    )


def open_episode_of(client_id: UUID) -> Episode | None:
    """The episode of care that is open."""
    return db.session.scalar(select(Episode).where(Episode.client_id == client_id, Episode.closed_at.is_(None)))


def open_couple_of(client_id: UUID) -> Couple | None:
    """The couple that the client is in, pending or active."""
    return db.session.scalar(
        select(Couple)
        .join(CoupleMember, CoupleMember.couple_id == Couple.id)
        .where(CoupleMember.client_id == client_id, CoupleMember.left_at.is_(None), Couple.state != "ended")
        .options(selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person))
    )


def active_couple_of(client_id: UUID) -> Couple | None:
    """The couple, once the therapist has activated it and until somebody ends it: only then is anything shared."""
    couple = open_couple_of(client_id)
    return couple if couple is not None and couple.state == "active" else None


def couples_visible_to(actor: Actor, now: datetime) -> Select[Couple]:
    """The couples whose joint record the actor may open: partners while it is active; a therapist who cares for both,
    also before and, to read, after."""
    grounds: list[ColumnElement[bool]] = [false()]
    member = CoupleMember.couple_id == Couple.id
    if actor.person_id is not None and "client" in actor.roles:
        own = select(Client.id).where(Client.person_id == actor.person_id)
        is_member = select(CoupleMember.client_id).where(member, CoupleMember.client_id.in_(own)).exists()
        grounds.append(and_(Couple.state == "active", is_member))
    if actor.person_id is not None and "therapist" in actor.roles:
        mine = cared_for(actor.person_id, now)
        is_not_mine = select(CoupleMember.client_id).where(member, CoupleMember.client_id.not_in(mine)).exists()
        grounds.append(~is_not_mine)
    return select(Couple).where(or_(*grounds))


def visible_couple(couple_id: UUID, actor: Actor, now: datetime) -> Couple:
    """The couple with both clients; raises NotVisibleError when the actor may not open the joint record."""
    couple = db.session.scalar(
        couples_visible_to(actor, now)
        .where(Couple.id == couple_id)
        .options(selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person))
    )
    if couple is None:
        raise NotVisibleError
    return couple


def therapists() -> Sequence[Person]:
    """Everybody who works here as a therapist, by name."""
    return db.session.scalars(
        select(Person).where(literal("therapist") == any_(Person.roles)).order_by(Person.family_name, Person.given_name)
    ).all()


def carers_named(client_id: UUID, now: datetime) -> Sequence[Person]:
    """The people who care for the client now, the primary first."""
    return db.session.scalars(
        select(Person)
        .join(CareRelationship, CareRelationship.therapist_id == Person.id)
        .where(CareRelationship.client_id == client_id, in_force(now))
        .order_by(CareRelationship.kind != "primary", CareRelationship.starts_at, Person.id)
    ).all()


def without_couple(therapist_id: UUID, now: datetime) -> Sequence[Client]:
    """The clients in this therapist's care who are in no couple, by name."""
    is_in_couple = (
        select(CoupleMember.client_id)
        .where(CoupleMember.client_id == Client.id, CoupleMember.left_at.is_(None))
        .exists()
    )
    return db.session.scalars(
        select(Client)
        .join(Client.person)
        .options(contains_eager(Client.person))
        .where(Client.id.in_(cared_for(therapist_id, now)), Client.state != "closed", ~is_in_couple)
        .order_by(Person.family_name, Person.given_name, Client.id)
    ).all()
