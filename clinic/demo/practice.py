"""The demo practice itself: facts, services, rooms, staff and their hours."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zlib import crc32

from sqlalchemy.orm import Session

from clinic.accounts.models import Login, Person
from clinic.core.ids import new_id
from clinic.demo import cast
from clinic.practice.defaults import SERVICES
from clinic.practice.models import Practice, Room, Service, Therapist, TherapistService, WeeklyHours

ZONE = "America/New_York"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rest of the demo builds on: ids, and the people by their place in the cast."""

    services: dict[str, Service]
    therapists: list[UUID]
    rooms: list[UUID]
    desk: UUID
    owner: UUID


def set_up(session: Session, now: datetime, today: date, password_hash: str) -> Ground:
    """Make the practice and its staff."""
    session.add(
        Practice(
            name="Elm Street Practice",
            zone=ZONE,
            currency=CURRENCY,
            country="US",
            phone="(212) 555-0148",
            email=f"hello@{cast.MAIL_DOMAIN}",
            address="12 Elm Street, New York, NY 10013",
            licensed_in="New York",
        )
    )
    services = {offered["slug"]: Service(id=new_id(), **offered) for offered in SERVICES}
    rooms = [Room(id=new_id(), name=f"Room {number}") for number in range(1, 5)]
    session.add_all([*services.values(), *rooms])
    session.flush()
    therapists = [
        _therapist(session, sketch, position, list(services.values()), now, today, password_hash)
        for position, sketch in enumerate(cast.THERAPISTS)
    ]
    return Ground(
        services=services,
        therapists=therapists,
        rooms=[room.id for room in rooms],
        desk=person(session, *cast.DESK, ["front_desk"], now, password_hash),
        owner=person(session, *cast.OWNER, ["owner"], now, password_hash),
    )


def person(
    session: Session, given: str, family: str, roles: list[str], now: datetime, password_hash: str | None
) -> UUID:
    """Somebody with an address, and with a login where there is a password."""
    email = cast.address(given, family)
    made = Person(
        id=new_id(),
        given_name=given,
        family_name=family,
        email=email,
        phone=phone_of(email),
        zone=ZONE,
        roles=roles,
        created_at=now,
    )
    session.add(made)
    session.flush()
    if password_hash is not None:
        session.add(
            Login(
                person_id=made.id,
                email=email,
                password_hash=password_hash,
                password_changed_at=now,
                created_at=now,
            )
        )
        session.flush()
    return made.id


def phone_of(email: str) -> str:
    """A number for somebody of the demo, of those that are kept for fiction; two may share one."""
    return f"(212) 555-01{crc32(email.encode()) % 48:02}"


def _therapist(
    session: Session,
    sketch: cast.TherapistSketch,
    position: int,
    services: list[Service],
    now: datetime,
    today: date,
    password_hash: str,
) -> UUID:
    person_id = person(session, sketch.given, sketch.family, ["therapist"], now, password_hash)
    session.add(
        Therapist(
            person_id=person_id,
            slug=f"{sketch.given}-{sketch.family}".lower(),
            title=sketch.title,
            summary=sketch.summary,
            about=sketch.about,
            focus=list(sketch.focus),
            languages=list(sketch.languages),
            position=position,
            is_listed=True,
        )
    )
    session.flush()
    session.add_all(TherapistService(therapist_id=person_id, service_id=service.id) for service in services)
    # On a weekend the demo practice opens that day too, so that Today has something to show.
    for weekday in sorted({0, 1, 2, 3, 4, today.weekday()}):
        session.add_all(
            WeeklyHours(
                therapist_id=person_id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                valid_from=today - timedelta(days=400),
            )
            for starts, ends in ((time(9), time(13, 30)), (time(14), time(17 + position % 2)))
        )
    return person_id
