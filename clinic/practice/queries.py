"""What is asked of the practice: itself, what it offers, who works there."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from clinic.accounts.models import Login, Person
from clinic.database.session import db
from clinic.practice.catalogue import catalogue
from clinic.practice.models import Practice, Room, Service, Therapist
from clinic.practice.terms import Terms, terms_of


def the_practice() -> Practice | None:
    """The practice of this installation; None before it is set up."""
    return db.session.scalar(select(Practice))


def active_services() -> Sequence[Service]:
    """What can be booked at present, in the practice's own order."""
    return catalogue().services


def service_called(slug: str) -> Service | None:
    """The service of that address, while it is on offer."""
    return next((each for each in active_services() if each.slug == slug), None)


def service_for_visitors() -> Service | None:
    """The service that somebody without an account books first."""
    return next((each for each in active_services() if each.booked_by == "visitor"), None)


def services_for(kinds: Collection[str], attends: Collection[str] = ("one",)) -> Sequence[Service]:
    """The services that may be booked by these, in the practice's order."""
    return [each for each in active_services() if each.booked_by in kinds and each.attends in attends]


def services_of(therapist_id: UUID) -> Sequence[Service]:
    """What this therapist offers."""
    return [each for each in active_services() if therapist_id in catalogue().ways_of(each.id)]


def terms_with(service: Service, therapist_ids: Iterable[UUID], kept_minutes: int | None = None) -> dict[UUID, Terms]:
    """The service as each of these gives it; `kept_minutes` is the length of a session that stays."""
    own = catalogue().ways_of(service.id)
    terms = {each: terms_of(service, own.get(each)) for each in therapist_ids}
    return terms if kept_minutes is None else {each: kept.lasting(kept_minutes) for each, kept in terms.items()}


def terms_by(therapist_id: UUID, services: Iterable[Service]) -> dict[UUID, Terms]:
    """Each service as this therapist gives it, by the service's id."""
    return {each.id: terms_of(each, catalogue().ways_of(each.id).get(therapist_id)) for each in services}


def listed_therapists() -> Sequence[Therapist]:
    """Everyone on the public page, each with their name."""
    return [each for each in catalogue().therapists if each.is_listed]


def listed_therapist(slug: str) -> Therapist | None:
    """One of them, by the name in the address."""
    return next((each for each in listed_therapists() if each.slug == slug), None)


def therapist_named(person_id: UUID) -> Therapist | None:
    """A therapist with their name and nothing else of their person, on the public page or not."""
    return next((each for each in catalogue().therapists if each.person_id == person_id), None)


def therapists_offering(service: Service, kept: UUID | None = None) -> Sequence[Therapist]:
    """The listed therapists who offer the service; `kept` is one whose time is held already."""
    givers = catalogue().ways_of(service.id)
    shown = (each for each in catalogue().therapists if each.is_listed or each.person_id == kept)
    return [each for each in shown if each.person_id in givers]


def active_rooms() -> list[UUID]:
    """The rooms that may be claimed, in the order in which they are tried; none where a practice keeps no list."""
    return [*catalogue().rooms]


def all_therapists() -> Sequence[Therapist]:
    """Everyone who gives sessions, on the public page or not, each with their person."""
    return db.session.scalars(
        select(Therapist)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person))
        .order_by(Therapist.position, Person.family_name)
    ).all()


def colleagues(therapist_id: UUID, at: datetime) -> Sequence[Therapist]:
    """Who else could see this therapist's clients then, on the public page or not: can sign in and has not left.

    Somebody who takes over a caseload is often new and not listed yet.
    """
    return db.session.scalars(
        select(Therapist)
        .join(Therapist.person)
        .join(Login, Login.person_id == Therapist.person_id)
        .options(contains_eager(Therapist.person))
        .where(
            Therapist.person_id != therapist_id,
            Login.disabled_at.is_(None),
            or_(Therapist.leaves_at.is_(None), Therapist.leaves_at >= at),
        )
        .order_by(Therapist.position, Person.family_name)
    ).all()


def rooms() -> Sequence[Room]:
    """Every room that sessions can take place in."""
    return db.session.scalars(select(Room).where(Room.is_active).order_by(Room.name)).all()
