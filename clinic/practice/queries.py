"""What is asked of the practice: itself, what it offers, who works there."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from clinic.accounts.models import Person
from clinic.database.session import db
from clinic.practice.models import Practice, Room, Service, Therapist, TherapistService


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


def listed_therapists() -> Sequence[Therapist]:
    """Everyone on the public page, each with their person."""
    return db.session.scalars(
        select(Therapist)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person))
        .where(Therapist.is_listed)
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
