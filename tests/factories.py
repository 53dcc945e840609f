"""The recurring cast: Alice and Bob are a couple, Carol a stranger, Dana and Erik therapists; and makers of rows."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.accounts.models import Login, Person
from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember, Episode
from clinic.core.ids import new_id
from clinic.practice import models as practice_models
from clinic.practice.models import Room, Service, Therapist, TherapistService, WeeklyHours

ZONE = "America/New_York"
PASSWORD = "a long walk by the river"
# The hash of PASSWORD with parameters that cost nothing: what argon2 itself is worth is tested with the accounts.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$f3mE88opBm0B5I/GBb4E5w$LhI0BL9T3f0vZhY+ZIXsrd219UAlyiY6G0pXHiwvFWU"


@dataclass(frozen=True, slots=True)
class Practice:
    """Ids of the cast and of what the practice offers."""

    dana: UUID
    erik: UUID
    desk: UUID
    owner: UUID
    alice: UUID
    bob: UUID
    carol: UUID
    alice_client: UUID
    bob_client: UUID
    carol_client: UUID
    couple: UUID
    first_call: UUID
    individual: UUID
    couple_session: UUID
    room: UUID


def make_person(
    session: Session, given: str, family: str, roles: list[str], now: datetime, *, has_login: bool = True
) -> UUID:
    """A person with an address of their own, and a login unless told otherwise."""
    email = f"{given}.{family}@example.org".lower()
    person = Person(
        id=new_id(), given_name=given, family_name=family, email=email, zone=ZONE, roles=roles, created_at=now
    )
    session.add(person)
    session.flush()
    if has_login:
        session.add(
            Login(
                person_id=person.id,
                email=email,
                password_hash=PASSWORD_HASH,
                password_changed_at=now,
                created_at=now,
            )
        )
        session.flush()
    return person.id


def make_client(session: Session, person_id: UUID, therapist_id: UUID, now: datetime) -> UUID:
    """An active client with an open episode, in the care of a primary therapist."""
    client = Client(id=new_id(), person_id=person_id, state="active", is_mailbox_shared=False, created_at=now)
    session.add(client)
    session.flush()
    session.add_all(
        (
            Episode(client_id=client.id, opened_at=now),
            CareRelationship(client_id=client.id, therapist_id=therapist_id, kind="primary", starts_at=now),
        )
    )
    session.flush()
    return client.id


def make_couple(session: Session, first: UUID, second: UUID, therapist_id: UUID, now: datetime) -> UUID:
    """Two clients, linked and activated."""
    couple = Couple(id=new_id(), state="active", therapist_id=therapist_id, linked_at=now, activated_at=now)
    session.add(couple)
    session.flush()
    session.add_all(
        CoupleMember(couple_id=couple.id, client_id=client, place=place)
        for place, client in enumerate((first, second), start=1)
    )
    session.flush()
    return couple.id


def make_service(session: Session, slug: str, minutes: int, after: int, **columns: object) -> UUID:
    """A service with the practice's defaults where `columns` says nothing else."""
    service = Service(
        id=new_id(),
        slug=slug,
        name=slug.replace("-", " ").capitalize(),
        description="A session.",
        minutes=minutes,
        buffer_after_minutes=after,
        **({"price_cents": 14_000, "modalities": ["office", "video"]} | columns),
    )
    session.add(service)
    session.flush()
    return service.id


def make_therapist(session: Session, given: str, family: str, services: list[UUID], now: datetime) -> UUID:
    """A listed therapist who works weekdays from nine to five and offers `services`."""
    person_id = make_person(session, given, family, ["therapist"], now)
    session.add(
        Therapist(
            person_id=person_id,
            slug=given.lower(),
            title="Therapist",
            summary="Listens well.",
            about="Works with couples.",
            focus=["Couples"],
            languages=["English"],
            is_listed=True,
        )
    )
    session.flush()
    session.add_all(TherapistService(therapist_id=person_id, service_id=service) for service in services)
    session.add_all(
        WeeklyHours(therapist_id=person_id, weekday=weekday, starts=time(9), ends=time(17), valid_from=date(2026, 1, 1))
        for weekday in range(5)
    )
    session.flush()
    return person_id


def make_practice(session: Session, now: datetime) -> Practice:
    """Elm Street Practice: two therapists, three clients of whom two are a couple, a desk and an owner."""
    session.add(
        practice_models.Practice(
            name="Elm Street Practice",
            zone=ZONE,
            currency="USD",
            country="US",
            phone="(212) 555-0148",
            email="hello@elm-street.example",
            address="12 Elm Street, New York",
            licensed_in="New York",
        )
    )
    first_call = make_service(
        session,
        "first-call",
        15,
        5,
        price_cents=0,
        modalities=["phone"],
        booked_by="visitor",
        notice_minutes=240,
    )
    individual = make_service(session, "individual-session", 50, 10)
    couple_session = make_service(session, "couple-session", 80, 10, attends="couple", price_cents=21_000)
    room = Room(id=new_id(), name="Room 2")
    session.add(room)
    services = [first_call, individual, couple_session]
    dana = make_therapist(session, "Dana", "Whitfield", services, now)
    erik = make_therapist(session, "Erik", "Lindqvist", services, now)
    alice = make_person(session, "Alice", "Hart", ["client"], now)
    bob = make_person(session, "Bob", "Hart", ["client"], now)
    carol = make_person(session, "Carol", "Stone", ["client"], now)
    alice_client = make_client(session, alice, dana, now)
    bob_client = make_client(session, bob, dana, now)
    return Practice(
        dana=dana,
        erik=erik,
        desk=make_person(session, "Fay", "Moreau", ["front_desk"], now),
        owner=make_person(session, "Olga", "Sand", ["owner"], now),
        alice=alice,
        bob=bob,
        carol=carol,
        alice_client=alice_client,
        bob_client=bob_client,
        carol_client=make_client(session, carol, erik, now),
        couple=make_couple(session, alice_client, bob_client, dana, now),
        first_call=first_call,
        individual=individual,
        couple_session=couple_session,
        room=room.id,
    )
