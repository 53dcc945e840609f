"""What is asked of the practice: itself, what it offers, who works there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from clinic.accounts.models import Login, Person
from clinic.database.session import db
from clinic.practice.models import Practice, Room, Service, Therapist, TherapistService
from clinic.practice.terms import Terms, terms_of


def the_practice() -> Practice | None:
    """The practice of this installation; None before it is set up."""
    return db.session.scalar(select(Practice))


def active_services() -> Sequence[Service]:
    """What can be booked at present, in the practice's own order."""
    return db.session.scalars(select(Service).where(Service.is_active).order_by(Service.position, Service.name)).all()


def service_for_visitors() -> Service | None:
    """The service that somebody without an account books first."""
    return db.session.scalar(
        select(Service)
        .where(Service.is_active, Service.booked_by == "visitor")
        .order_by(Service.position, Service.name)
        .limit(1)
    )


def services_of(therapist_id: UUID) -> Sequence[Service]:
    """What this therapist offers."""
    return db.session.scalars(
        select(Service)
        .join(TherapistService, TherapistService.service_id == Service.id)
        .where(TherapistService.therapist_id == therapist_id, Service.is_active)
        .order_by(Service.position, Service.name)
    ).all()


def terms_with(service: Service, therapist_ids: Sequence[UUID], kept_minutes: int | None = None) -> dict[UUID, Terms]:
    """The service as each of these gives it, in one statement; `kept_minutes` is the length of a session that stays."""
    query = select(TherapistService).where(
        TherapistService.service_id == service.id,
        TherapistService.therapist_id.in_(therapist_ids),
        TherapistService.has_own_terms(),
    )
    own = {each.therapist_id: each for each in db.session.scalars(query)}
    terms = {each: terms_of(service, own.get(each)) for each in therapist_ids}
    return terms if kept_minutes is None else {each: kept.lasting(kept_minutes) for each, kept in terms.items()}


def terms_by(therapist_id: UUID, services: Iterable[Service]) -> dict[UUID, Terms]:
    """Each service as this therapist gives it, by the service's id, in one statement."""
    query = select(TherapistService).where(TherapistService.therapist_id == therapist_id)
    own = {each.service_id: each for each in db.session.scalars(query)}
    return {each.id: terms_of(each, own.get(each.id)) for each in services}


def listed_therapists() -> Sequence[Therapist]:
    """Everyone on the public page, each with their person."""
    return db.session.scalars(
        select(Therapist)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person))
        .where(Therapist.is_listed)
        .order_by(Therapist.position, Person.family_name)
    ).all()


def own_ways() -> Sequence[tuple[Therapist, TherapistService]]:
    """Which listed therapists give a service in a way of their own, each with their person."""
    rows = db.session.execute(
        select(Therapist, TherapistService)
        .join(TherapistService, TherapistService.therapist_id == Therapist.person_id)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person))
        .where(Therapist.is_listed, TherapistService.has_own_terms())
        .order_by(Therapist.position, Person.family_name)
    )
    return [(therapist, own) for therapist, own in rows]


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


def listed_therapist(slug: str) -> Therapist | None:
    """One of them, by the name in the address."""
    return db.session.scalar(
        select(Therapist)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person))
        .where(Therapist.slug == slug, Therapist.is_listed)
    )


def rooms() -> Sequence[Room]:
    """Every room that sessions can take place in."""
    return db.session.scalars(select(Room).where(Room.is_active).order_by(Room.name)).all()
