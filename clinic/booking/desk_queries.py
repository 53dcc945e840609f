"""What the front desk asks: who calls, with whom they are in care, how to reach them. Nothing clinical."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import BOOKED, Party
from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember
from clinic.clients.queries import cared_for, in_force
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.practice.models import Service, Therapist, TherapistService

MOST_FOUND = 12
LONGEST_SEARCH = 80


def clients_named(words: str, *, therapist_id: UUID | None, now: datetime) -> Sequence[Client]:
    """The first clients whose name or address has all the words: of everyone, or of one therapist's caseload."""
    query = (
        select(Client)
        .join(Client.person)
        .options(contains_eager(Client.person))
        .where(Client.state != "closed")
        .order_by(Person.family_name, Person.given_name, Client.id)
        .limit(MOST_FOUND)
    )
    if therapist_id is not None:
        query = query.where(Client.id.in_(cared_for(therapist_id, now)))
    for word in words[:LONGEST_SEARCH].split():
        fields = (Person.given_name, Person.family_name, Person.email)
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in fields)))
    return db.session.scalars(query).all()


def party_of(client_id: UUID) -> Party:
    """A client with the active couple that they are in, for the front desk. Raises NotVisibleError."""
    query = select(Client).where(Client.id == client_id, Client.state != "closed").options(joinedload(Client.person))
    client = db.session.scalar(query)
    if client is None:
        raise NotVisibleError
    couple = db.session.scalar(
        select(Couple)
        .join(CoupleMember, CoupleMember.couple_id == Couple.id)
        .where(CoupleMember.client_id == client_id, Couple.state == "active")
        .options(selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person))
    )
    partner = next((each.client for each in couple.members if each.client_id != client_id), None) if couple else None
    return Party(client, couple, partner)


def seen_by(client_id: UUID, now: datetime) -> set[UUID]:
    """The therapists who give this client sessions now: the primary, and who stands in."""
    query = select(CareRelationship.therapist_id).where(
        CareRelationship.client_id == client_id, CareRelationship.kind.in_(("primary", "cover")), in_force(now)
    )
    return set(db.session.scalars(query))


def services_by_therapist() -> tuple[list[Service], dict[UUID, set[UUID]]]:
    """What is on offer, in the practice's order, and for each service who gives it."""
    query = (
        select(Service, TherapistService.therapist_id)
        .join(TherapistService, TherapistService.service_id == Service.id)
        .where(Service.is_active)
        .order_by(Service.position, Service.name, Service.id)
    )
    services: dict[UUID, Service] = {}
    givers: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for service, therapist_id in db.session.execute(query):
        services[service.id] = service
        givers[service.id].add(therapist_id)
    return [*services.values()], givers


def attendee_of(appointment_id: UUID, client_id: UUID) -> Attendee:
    """A client of a booked session. Raises NotVisibleError."""
    query = (
        select(Attendee)
        .join(Appointment, Appointment.id == Attendee.appointment_id)
        .where(
            Attendee.appointment_id == appointment_id, Attendee.client_id == client_id, Appointment.state.in_(BOOKED)
        )
    )
    attendee = db.session.scalar(query)
    if attendee is None:
        raise NotVisibleError
    return attendee


def people_of(appointment_id: UUID) -> Sequence[Person]:
    """Who attends, by name."""
    query = (
        select(Person)
        .join(Client, Client.person_id == Person.id)
        .join(Attendee, Attendee.client_id == Client.id)
        .where(Attendee.appointment_id == appointment_id)
        .order_by(Person.given_name, Person.id)
    )
    return db.session.scalars(query).all()


def therapist_called(slug: str) -> Therapist | None:
    """The therapist of that address, listed or not."""
    return db.session.scalar(select(Therapist).where(Therapist.slug == slug).options(joinedload(Therapist.person)))
