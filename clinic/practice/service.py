"""Open a practice, and let staff into it."""

from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.core.errors import DomainError
from clinic.core.ids import new_id
from clinic.core.zones import wall, zone
from clinic.database.session import db
from clinic.practice.defaults import SERVICES
from clinic.practice.errors import AlreadyOpenError, ChangedMeanwhileError, NameTakenError
from clinic.practice.models import Practice, Service, Therapist, TherapistService, WeeklyHours
from clinic.practice.queries import active_services, the_practice
from clinic.practice.rules import mark_of

STAFF_ROLES = ("therapist", "front_desk", "owner")
WEEKDAYS = range(5)
OPENS, CLOSES = time(9), time(17)


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who is let in: a name and an address to mail the invitation to."""

    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a practice says of itself. Hours are wall time in `zone`, prices are in `currency`."""

    name: str
    address: str
    phone: str
    email: str
    licensed_in: str
    zone: str
    currency: str


def details_of(practice: Practice) -> Details:
    """As they stand."""
    return Details(*(getattr(practice, each.name) for each in fields(Details)))


def mark_of_details(practice: Practice) -> str:
    """A short mark of how they stand, by which a page knows its age."""
    return mark_of(astuple(details_of(practice)))


def update_details(details: Details, seen: str) -> None:
    """Say it otherwise from now on. Raises ChangedMeanwhileError, and ValueError for a zone that does not exist."""
    query = select(Practice).with_for_update().execution_options(populate_existing=True)
    practice = db.session.scalars(query).one()
    if mark_of_details(practice) != seen:
        raise ChangedMeanwhileError
    zone(details.zone)
    for name, value in asdict(details).items():
        setattr(practice, name, value)
    audit.record("practice.update", "practice")


def open_practice(name: str, zone_name: str, owner: Somebody, now: datetime) -> Person:
    """Make the practice with its default services, and invite the owner.

    Raises AlreadyOpenError, and ValueError for a zone that does not exist.
    """
    if the_practice() is not None:
        raise AlreadyOpenError
    zone(zone_name)
    db.session.add(
        Practice(
            name=name,
            zone=zone_name,
            currency="USD",
            country="US",
            phone="",
            email=owner.email,
            address="",
            licensed_in="",
        )
    )
    db.session.add_all(Service(id=new_id(), **offered) for offered in SERVICES)
    db.session.flush()
    return add_staff(owner, "owner", now)


def add_staff(who: Somebody, role: str, now: datetime) -> Person:
    """Let somebody in under a role, and mail them the invitation.

    A therapist starts with every service, nine to five, and listed nowhere.

    Raises DomainError for a role that is none of the staff's or before the practice is open, and NameTakenError.
    """
    practice = the_practice()
    if practice is None or role not in STAFF_ROLES:
        raise DomainError
    person = people.find_or_make_person(
        who.email, who.given_name, who.family_name, now, zone=practice.zone, roles=(role,)
    )
    person.roles = sorted({*person.roles, role})
    db.session.flush()
    if role == "therapist":
        _begin_as_therapist(person, practice.zone, now)
    links.invite(person.id, now)
    audit.record("staff.add", "person", person.id, detail=role)
    return person


def _begin_as_therapist(person: Person, zone_name: str, now: datetime) -> None:
    slug = "-".join(f"{person.given_name} {person.family_name}".lower().split())
    if db.session.scalar(select(Therapist).where(Therapist.slug == slug)) is not None:
        raise NameTakenError
    db.session.add(
        Therapist(
            person_id=person.id,
            slug=slug,
            title="",
            summary="",
            about="",
            focus=[],
            languages=["English"],
            is_listed=False,
        )
    )
    db.session.flush()
    db.session.add_all(TherapistService(therapist_id=person.id, service_id=service.id) for service in active_services())
    db.session.add_all(_hours(person.id, weekday, zone_name, now) for weekday in WEEKDAYS)
    db.session.flush()


def _hours(therapist_id: UUID, weekday: int, zone_name: str, now: datetime) -> WeeklyHours:
    return WeeklyHours(
        therapist_id=therapist_id,
        weekday=weekday,
        starts=OPENS,
        ends=CLOSES,
        valid_from=wall(now, zone_name).date(),
    )
