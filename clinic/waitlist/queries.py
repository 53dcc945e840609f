"""What is asked about the waiting list. A client sees their own; staff see who is in their care, the desk everyone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import joinedload

from clinic.booking import queries as booking
from clinic.booking.service import Together
from clinic.clients.models import Client
from clinic.clients.queries import active_couple_of, in_care
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.practice import queries as practice
from clinic.practice.models import Service, Therapist
from clinic.waitlist.models import Offer, Waiting

BOOKED_BY = ("visitor", "client")


@dataclass(frozen=True, slots=True)
class Possible:
    """Who may give a service to one client, and with whom the client comes where it is for two."""

    service: Service
    therapists: Sequence[Therapist]
    together: Together | None = None


def possible(service: Service, client_id: UUID, now: datetime, kept: UUID | None = None) -> Possible | None:
    """How this client can have the service, by the rules of booking for oneself; None where they cannot.

    `kept` is a therapist whose time is held for them already.
    """
    couple = active_couple_of(client_id) if service.attends == "couple" else None
    if not service.is_active or service.booked_by not in BOOKED_BY or (service.attends == "couple" and couple is None):
        return None
    therapists = practice.therapists_offering(service, kept)
    if service.booked_by == "client":
        own = couple.therapist_id if couple else booking.therapist_of(client_id, now)
        therapists = [each for each in therapists if each.person_id == own]
    partner = next((each.client_id for each in couple.members if each.client_id != client_id), None) if couple else None
    together = Together(couple.id, partner) if couple and partner else None
    return Possible(service, therapists, together) if therapists else None


def services_for(client_id: UUID, now: datetime) -> list[Possible]:
    """All that this client may wait for."""
    found = (possible(each, client_id, now) for each in practice.services_for(BOOKED_BY, ("one", "couple")))
    return [each for each in found if each is not None]


def client_for(person_id: UUID, roles: Collection[str], client_id: UUID, now: datetime) -> Client:
    """A client whom these staff may put on the list. Raises NotVisibleError for anyone else."""
    query = select(Client).where(
        Client.id == client_id, Client.state != "closed", Client.person_id != person_id, _seen_by(person_id, roles, now)
    )
    client = db.session.scalar(query.options(joinedload(Client.person)))
    if client is None:
        raise NotVisibleError
    return client


def own(person_id: UUID) -> Sequence[Waiting]:
    """What a client waits for."""
    query = _live().where(Client.person_id == person_id).order_by(Waiting.since, Waiting.id)
    return db.session.scalars(query.options(*_shown())).all()


def own_waiting(person_id: UUID, waiting_id: UUID) -> Waiting:
    """One wish of this client, live or over. Raises NotVisibleError."""
    query = select(Waiting).join(Waiting.client).where(Waiting.id == waiting_id, Client.person_id == person_id)
    waiting = db.session.scalar(query)
    if waiting is None:
        raise NotVisibleError
    return waiting


def waiting_seen_by(person_id: UUID, roles: Collection[str], waiting_id: UUID, now: datetime) -> Waiting:
    """One wish, live or over, for staff who see it. Raises NotVisibleError."""
    query = select(Waiting).join(Waiting.client).where(Waiting.id == waiting_id, _seen_by(person_id, roles, now))
    waiting = db.session.scalar(query)
    if waiting is None:
        raise NotVisibleError
    return waiting


def open_offers(person_id: UUID, now: datetime) -> Sequence[Offer]:
    """What is kept for a client now."""
    query = (
        select(Offer)
        .join(Offer.waiting)
        .join(Waiting.client)
        .where(Client.person_id == person_id, Offer.state == "open", Offer.expires_at > now)
        .options(
            joinedload(Offer.waiting).joinedload(Waiting.service),
            joinedload(Offer.therapist).joinedload(Therapist.person),
        )
    )
    return db.session.scalars(query.order_by(Offer.expires_at, Offer.id)).all()


def own_offer(person_id: UUID, offer_id: UUID) -> Offer:
    """An offer to this client, open or settled. Raises NotVisibleError."""
    query = select(Offer).join(Offer.waiting).join(Waiting.client)
    offer = db.session.scalar(query.where(Offer.id == offer_id, Client.person_id == person_id))
    if offer is None:
        raise NotVisibleError
    return offer


def everyone(person_id: UUID, roles: Collection[str], now: datetime) -> Select[Waiting, int, Offer]:
    """The list as staff see it: each wish, its place among all who wait for that service, and what is offered to it."""
    place = func.row_number().over(partition_by=Waiting.service_id, order_by=(Waiting.since, Waiting.id))
    places = select(Waiting.id, place.label("place")).where(Waiting.ended_at.is_(None)).subquery()
    is_open = (Offer.waiting_id == Waiting.id) & (Offer.state == "open") & (Offer.expires_at > now)
    return (
        _live()
        .join(Waiting.service)
        .join(places, places.c.id == Waiting.id)
        .outerjoin(Offer, is_open)
        .add_columns(places.c.place, Offer)
        .where(_seen_by(person_id, roles, now))
        .options(*_shown())
        .order_by(Service.position, Service.name, places.c.place)
    )


def _live() -> Select[Waiting]:
    return select(Waiting).join(Waiting.client).where(Waiting.ended_at.is_(None), Client.state != "closed")


def _seen_by(person_id: UUID, roles: Collection[str], now: datetime) -> ColumnElement[bool]:
    """The front desk keeps the whole list, a therapist sees who is in their care."""
    return true() if "front_desk" in roles else in_care(Client.id, person_id, now)


def _shown() -> tuple[Any, ...]:
    return (
        joinedload(Waiting.service),
        joinedload(Waiting.therapist).joinedload(Therapist.person),
        joinedload(Waiting.client).joinedload(Client.person),
    )
