"""What people do to a practice's calendar, each act in a transaction of its own, chosen by chance."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Insert, Select, event, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from clinic.booking import expiry, holds, requests, service
from clinic.booking.holds import Browser
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.service import Together
from clinic.booking.wishes import Wish
from clinic.core import zones
from clinic.core.errors import DomainError
from clinic.core.ids import new_id
from clinic.core.recurrence import Recurrence
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.practice.models import Room, Service
from clinic.series import queries as series_queries
from clinic.series import service as series
from clinic.series.models import Series
from clinic.series.service import Plan
from clinic.waitlist import offering
from clinic.waitlist import service as waitlist
from clinic.waitlist.models import Offer, Waiting
from clinic.waitlist.service import Preferences
from tests.factories import ZONE, make_client, make_couple, make_person, make_practice, make_service, make_therapist

ACTOR: Final = Actor.worker("faults")
THERAPISTS: Final = 4
COUPLES: Final = 6
WEEKS: Final = 4
BROWSERS: Final = 10
Ledger = Counter[tuple[UUID, str]]
"""How often each kind of step was acknowledged for an appointment."""


@dataclass(frozen=True, slots=True)
class World:
    """A small practice, so that people meet: ids of its therapists, its couples with both partners, its services."""

    monday: date
    now: datetime
    therapists: list[UUID]
    couples: list[tuple[UUID, UUID, UUID]]
    individual: UUID
    asked_for: UUID
    joint: UUID

    def services(self, rng: random.Random) -> Service:
        """A service for one, instant or on request."""
        return db.session.get_one(Service, rng.choice([self.individual, self.individual, self.asked_for]))


def make_world(session: Session, now: datetime, couples: int = COUPLES) -> World:
    """Four therapists, two rooms, as many couples as asked for; the practice's hours are those of tests.factories."""
    practice = make_practice(session, now)
    session.add(Room(id=new_id(), name="Room 3"))
    asked_for = make_service(session, "long-session", 80, 10, approval="on_request")
    services = [practice.individual, practice.couple_session, asked_for]
    therapists = [make_therapist(session, f"Therapist{number}", "Stone", services, now) for number in range(THERAPISTS)]
    made = []
    for number in range(couples):
        therapist = therapists[number % THERAPISTS]
        first, second = (
            make_client(session, make_person(session, f"{place}{number}", "Rivers", ["client"], now), therapist, now)
            for place in ("first", "second")
        )
        made.append((make_couple(session, first, second, therapist, now), first, second))
    today = zones.wall(now, ZONE).date()
    monday = today + timedelta(days=14 - today.weekday())
    return World(monday, now, therapists, made, practice.individual, asked_for, practice.couple_session)


@dataclass(slots=True)
class Person:
    """Somebody who acts: by their own chance, at `now`, keeping what was acknowledged."""

    world: World
    rng: random.Random
    now: datetime
    acknowledged: Ledger = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def act(self, name: str | None = None) -> str:
        """One operation; what was done, or the name of the rule that refused it."""
        chosen = name or self.rng.choices([*OPERATIONS], [weight for weight, _ in OPERATIONS.values()])[0]
        steps: Ledger = Counter()
        try:
            with transaction(ACTOR) as session, _noting(session, steps):
                OPERATIONS[chosen][1](self)
        except DomainError as error:
            self.refused[type(error).__name__] += 1
            return type(error).__name__
        self.acknowledged.update(steps)
        self.done[chosen] += 1
        return chosen

    def wish(self, service_: Service, therapist: UUID | None = None) -> Wish:
        """A time on the half hour within working hours of the coming weeks."""
        start = time(self.rng.randrange(9, 16), self.rng.choice((0, 30)))
        day = self.world.monday + timedelta(days=7 * self.rng.randrange(WEEKS) + self.rng.randrange(5))
        how = self.rng.choice(service_.modalities)
        who = therapist or self.rng.choice(self.world.therapists)
        return Wish(service_, who, zones.moment(day, start, ZONE), how, ZONE, "USD")

    def client(self) -> UUID:
        """One partner of any couple."""
        return self.rng.choice(self.rng.choice(self.world.couples)[1:])

    def browser(self) -> Browser:
        """One of a few browsers, so that several people share one now and then."""
        return Browser(b"%d" % self.rng.randrange(BROWSERS))

    def appointment(self, *states: str) -> Appointment:
        """Any appointment in one of these states. Raises NothingThereError."""
        found = db.session.scalars(select(Appointment.id).where(Appointment.state.in_(states))).all()
        if not found:
            raise NothingThereError
        return db.session.get_one(Appointment, self.rng.choice(sorted(found)))


class NothingThereError(DomainError):
    """There is nothing yet to do that with."""


def book(person: Person) -> None:
    """Staff book for one client."""
    wish = person.wish(db.session.get_one(Service, person.world.individual))
    service.book(wish, [person.client()], by=wish.therapist_id, now=person.now)


def book_together(person: Person) -> None:
    """Staff book for both partners, agreed in the room."""
    couple, *partners = person.rng.choice(person.world.couples)
    wish = person.wish(db.session.get_one(Service, person.world.joint))
    service.book(wish, partners, by=wish.therapist_id, now=person.now, couple_id=couple)


def hold(person: Person) -> None:
    """Somebody keeps a time and types."""
    holds.hold(person.wish(person.world.services(person.rng)), person.browser(), now=person.now)


def confirm(person: Person) -> None:
    """Somebody books what their browser holds; of a few browsers the first that holds anything."""
    held = next(filter(None, (holds.find_hold(person.browser()) for _ in range(4))), None)
    if held is None:
        raise NothingThereError
    service.confirm(held, [person.client()], by=None, now=person.now)


def ask_partner(person: Person) -> None:
    """One partner holds a joint time and asks the other."""
    couple, first, second = person.rng.choice(person.world.couples)
    asker, partner = person.rng.sample((first, second), 2)
    wish = person.wish(db.session.get_one(Service, person.world.joint))
    held = holds.hold(wish, person.browser(), now=person.now, client_ids=[asker])
    service.confirm(held, [asker], by=None, now=person.now, together=Together(couple, partner))


def answer_partner(person: Person) -> None:
    """The other partner says yes, or now and then no."""
    waiting = db.session.execute(
        select(Attendee.appointment_id, Attendee.client_id).where(Attendee.answer == "waiting")
    ).all()
    if not waiting:
        raise NothingThereError
    appointment_id, client_id = person.rng.choice(sorted(waiting))
    if person.rng.random() < 0.7:
        requests.agree(appointment_id, client_id, by=person.world.therapists[0], now=person.now)
    else:
        requests.refuse(appointment_id, client_id, now=person.now)


def answer_request(person: Person) -> None:
    """The practice accepts or declines what is for one; for two it is the partner who answers."""
    query = select(Appointment.id).where(Appointment.state == "requested", Appointment.couple_id.is_(None))
    answer = requests.accept if person.rng.random() < 0.6 else requests.decline
    answer(_one_of(person, query.order_by(Appointment.id)), by=person.world.therapists[0], now=person.now)


def move(person: Person) -> None:
    """A session goes to another time, now and then into its own old one."""
    appointment = person.appointment("confirmed", "requested")
    wish = person.wish(db.session.get_one(Service, appointment.service_id), appointment.therapist_id)
    if person.rng.random() < 0.3:
        near = appointment.starts_at + timedelta(minutes=30)
        wish = Wish(wish.service, wish.therapist_id, near, wish.modality, ZONE, "USD")
    service.move(appointment, wish, by=None, now=person.now, is_staff=True)


def swap(person: Person) -> None:
    """Two sessions change places."""
    service.swap(person.appointment("confirmed"), person.appointment("confirmed"), by=None, now=person.now)


def cancel(person: Person) -> None:
    """A session is cancelled, by a client or by the practice."""
    is_staff = person.rng.random() < 0.5
    service.cancel(person.appointment("confirmed", "requested"), by=None, now=person.now, is_staff=is_staff)


def stand(person: Person) -> None:
    """A standing session of four weeks begins, all of it or nothing."""
    plan = _plan(person, person.world.monday + timedelta(days=person.rng.randrange(5)), WEEKS)
    series.begin(plan, dict(enumerate(plan.recurrence.starts())), by=None, now=person.now)


def end_standing(person: Person) -> None:
    """What follows of a standing session is cancelled."""
    chosen = _standing(person)
    series.cancel_following(chosen.id, person.rng.choice(chosen.recurrence.starts()), by=None, now=person.now)


def move_standing(person: Person) -> None:
    """What follows of a standing session goes on at another time, now and then without one of them."""
    chosen = _standing(person)
    originals = chosen.recurrence.starts()
    point = person.rng.choice(originals)
    plan = replace(
        _plan(person, zones.wall(point, ZONE).date(), len(originals) - originals.index(point)),
        therapist_id=chosen.therapist_id,
        client_ids=series_queries.clients_of(chosen.id),
    )
    starts = plan.recurrence.starts()
    ahead = series_queries.following(chosen, point, person.now).appointments
    wanted: dict[int, datetime | None] = {each: starts[each] for each in ahead}
    if len(wanted) > 1 and person.rng.random() < 0.3:
        wanted[person.rng.choice(sorted(wanted))] = None
    series.move_following(chosen.id, point, plan, wanted, by=None, now=person.now)


def _standing(person: Person) -> Series:
    found = db.session.scalars(select(Series.id).where(Series.ended_at.is_(None)).order_by(Series.id)).all()
    if not found:
        raise NothingThereError
    return db.session.get_one(Series, person.rng.choice(found))


def wait(person: Person) -> None:
    """Somebody begins to wait for a session of their own, or for both of them."""
    service_id = person.rng.choice([person.world.individual, person.world.asked_for, person.world.joint])
    wanted = Preferences(weekdays=(0, 1, 2, 3, 4), dayparts=("morning", "afternoon"))
    waitlist.join(person.client(), service_id, wanted, by=person.world.therapists[0], now=person.now)


def offer(person: Person) -> None:
    """A step of the job for one who waits: end what is over, or keep what is free."""
    waiting_id = _one_of(person, select(Waiting.id).where(Waiting.ended_at.is_(None)).order_by(Waiting.since))
    if person.rng.random() < 0.5:
        offering.end_what_is_over(waiting_id, person.now)
    else:
        offering.offer_to(waiting_id, person.now)


def take_offer(person: Person) -> None:
    """Who was offered a time takes it, in a browser of their own."""
    waitlist.take(_offer(person), by=person.world.therapists[0], now=person.now)


def pass_on(person: Person) -> None:
    """Who was offered a time lets the next one have it."""
    offering.pass_on(_offer(person), now=person.now)


def stop_waiting(person: Person) -> None:
    """Somebody waits no more, or says so again."""
    offering.leave(_one_of(person, select(Waiting.id).order_by(Waiting.since)), "left", now=person.now)


def _offer(person: Person) -> UUID:
    """One that is open; now and then any, since people press long after."""
    query = select(Offer.id).order_by(Offer.id)
    return _one_of(person, query if person.rng.random() < 0.2 else query.where(Offer.state == "open"))


def _one_of(person: Person, query: Select[UUID]) -> UUID:
    found = db.session.scalars(query).all()
    if not found:
        raise NothingThereError
    return person.rng.choice(found)


def expire(person: Person) -> None:
    """The job that gives back what has run out."""
    expiry.expire_due(person.now)


OPERATIONS: Final[dict[str, tuple[int, Callable[[Person], None]]]] = {
    "book": (16, book),
    "book together": (8, book_together),
    "hold": (12, hold),
    "confirm": (10, confirm),
    "ask the partner": (8, ask_partner),
    "answer the partner": (10, answer_partner),
    "answer a request": (8, answer_request),
    "move": (14, move),
    "swap": (6, swap),
    "cancel": (14, cancel),
    "stand": (3, stand),
    "move what stands": (2, move_standing),
    "end what stands": (3, end_standing),
    "wait": (6, wait),
    "offer": (8, offer),
    "take what is offered": (6, take_offer),
    "pass it on": (3, pass_on),
    "stop waiting": (2, stop_waiting),
    "expire": (2, expire),
}
"""Each by its name, with how often it is chosen."""


def _plan(person: Person, first: date, count: int) -> Plan:
    at = time(person.rng.randrange(9, 16), person.rng.choice((0, 30)))
    return Plan(
        service=db.session.get_one(Service, person.world.individual),
        modality="video",
        therapist_id=person.rng.choice(person.world.therapists),
        client_ids=[person.client()],
        couple_id=None,
        recurrence=Recurrence.weekly(first, at, ZONE, weeks=1, count=count),
        currency="USD",
    )


class _noting:  # noqa: N801 -- a context manager, used as a verb
    """Counts the steps that a transaction writes down, so that they can be looked for after its commit.

    What a savepoint takes back, as where an offer meets somebody quicker, was never said to anybody.
    """

    def __init__(self, session: Session, steps: Ledger) -> None:
        self._session, self._steps = session, steps
        self._noted: list[tuple[UUID, str]] = []
        self._noted_before: dict[SessionTransaction, int] = {}
        self._listeners: dict[str, Callable[..., None]] = {
            "do_orm_execute": self._note,
            "after_transaction_create": self._begin,
            "after_soft_rollback": self._forget,
        }

    def __enter__(self) -> None:
        for name, listener in self._listeners.items():
            event.listen(self._session, name, listener)

    def __exit__(self, *_: object) -> None:
        for name, listener in self._listeners.items():
            event.remove(self._session, name, listener)
        self._steps.update(self._noted)

    def _note(self, sent: ORMExecuteState) -> None:
        if isinstance(sent.statement, Insert) and sent.statement.table.name == AppointmentEvent.__tablename__:
            rows = cast("list[Mapping[str, Any]]", sent.parameters)
            self._noted += [(each["appointment_id"], each["kind"]) for each in rows]

    def _begin(self, _session: Session, savepoint: SessionTransaction) -> None:
        self._noted_before[savepoint] = len(self._noted)

    def _forget(self, _session: Session, savepoint: SessionTransaction) -> None:
        del self._noted[self._noted_before.get(savepoint, 0) :]
