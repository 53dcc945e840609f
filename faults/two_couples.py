"""Two couples who stand alike, but for one thing that can change sides: which of them has a partner with a full life.

All that one can do alone is done with Erik: a session at every hour at which a joint one could be, a standing one, one
that was paid for and has a receipt, a wish on the waiting list and a time that is kept for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from clinic.booking import service
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.core.recurrence import Recurrence
from clinic.database.session import db, transaction
from clinic.fees import printing
from clinic.fees import service as fees
from clinic.fees.service import Paid
from clinic.practice.models import Service
from clinic.series import service as series
from clinic.series.service import Plan
from clinic.waitlist import offering
from clinic.waitlist import service as waitlist
from clinic.waitlist.service import Preferences
from faults.ground import Ground
from faults.operations import ACTOR
from tests.browser import Browser
from tests.factories import ZONE, Practice, make_client, make_couple, make_person, make_practice

WEEKS: Final = 5
FRIDAY: Final = 4
OF_AN_APPOINTMENT: Final = " AND appointment_id IN (SELECT id FROM appointment WHERE therapist_id = %(with)s)"
LIVES: Final = {
    "claim": ("resource", OF_AN_APPOINTMENT),
    "attendee": ("client_id", OF_AN_APPOINTMENT),
    "payment": ("client_id", OF_AN_APPOINTMENT),
    "series_client": ("client_id", ""),
    "waiting": ("client_id", ""),
    "offer": ("client_id", ""),
}
"""The tables that say whose something is, with the column and with what else belongs to a life of one's own."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is timed: their browser, the address of their feed, of a session that they paid for, and of its receipt."""

    browser: Browser
    feed: str
    paid: str
    receipt: str


@dataclass(frozen=True, slots=True)
class World:
    """Who asks, their partners as clients in the same order, with whom those live, and the first Monday that counts."""

    askers: Sequence[Asker]
    partners: Sequence[UUID]
    dana: UUID
    erik: UUID
    monday: date
    owner: psycopg.Connection[tuple[object, ...]]

    def let_be_busy(self, number: int) -> None:
        """From now on it is that asker's partner who does it all, and the other's who does nothing alone."""
        given = {"who": self.partners[number], "other": self.partners[1 - number], "with": self.erik}
        with self.owner.transaction():
            self.owner.execute("SET LOCAL session_replication_role = replica")  # what is paid may not change hands
            for table, (column, among) in LIVES.items():
                query = f"UPDATE {table} SET {column} = %(who)s WHERE {column} = %(other)s{among}"
                self.owner.execute(query.encode(), given)

    def at(self, day: int, hour: int, week: int = 0) -> datetime:
        """A moment on the practice's wall clock, so many days after a Monday."""
        return zones.moment(self.monday + timedelta(weeks=week, days=day), time(hour), ZONE)


def make_world(ground: Ground) -> World:
    """Alice and Bob, Ada and Ben; the partner of the first is busy."""
    now, app = clock.now(), ground.app
    today = zones.wall(now, ZONE).date()
    with app.app_context(), transaction(ACTOR) as session:
        practice = make_practice(session, now - timedelta(days=30))
        ada, ben = (make_person(session, given, "Hill", ["client"], now) for given in ("Ada", "Ben"))
        ada_client, ben_client = (make_client(session, each, practice.dana, now) for each in (ada, ben))
        couple = make_couple(session, ada_client, ben_client, practice.dana, now)
        monday, partners = today + timedelta(days=7 - today.weekday()), (practice.bob_client, ben_client)
        world = World([], partners, practice.dana, practice.erik, monday, ground.owner)
        askers = ((practice.alice_client, practice.couple), (ada_client, couple))
        paid = [_live_joined(world, practice, number, *each) for number, each in enumerate(askers)]
        _live_alone(session, world, practice, practice.bob_client)
    _print(ground)
    made = [_asker(ground, who, *each) for who, each in zip((practice.alice, ada), paid, strict=True)]
    return World(made, partners, practice.dana, practice.erik, monday, ground.owner)


def _live_joined(world: World, practice: Practice, number: int, client_id: UUID, couple_id: UUID) -> tuple[UUID, UUID]:
    """What an asker has: a session ahead, one together, and one that was paid; the last with its payment."""
    _book(practice, practice.dana, world.at(0, 9 + number), [client_id])
    together = world.at(FRIDAY, 9) + number * timedelta(minutes=90)
    _book(practice, practice.dana, together, [client_id, world.partners[number]], couple_id)
    past = _book(practice, practice.dana, clock.now() - timedelta(hours=2 + 2 * number), [client_id])
    return past.id, _pay(practice, past, client_id)


def _live_alone(session: Session, world: World, practice: Practice, client_id: UUID) -> None:
    for week in range(WEEKS):
        for day in range(FRIDAY):
            for hour in range(9, 17):
                _book(practice, practice.erik, world.at(day, hour, week=week), [client_id])
    _pay(practice, _book(practice, practice.erik, clock.now() - timedelta(hours=2), [client_id]), client_id)
    individual = session.get_one(Service, practice.individual)
    rule = Recurrence.weekly(world.at(FRIDAY, 16).date(), time(16), ZONE, weeks=1, count=4)
    plan = Plan(individual, "video", practice.erik, [client_id], None, rule, "USD")
    series.begin(plan, dict(enumerate(rule.starts())), by=practice.erik, now=clock.now(), is_told=False)
    wanted = Preferences((FRIDAY,), ("afternoon",), therapist_id=practice.erik)
    waiting = waitlist.join(client_id, practice.individual, wanted, by=practice.desk, now=clock.now())
    offering.offer_to(waiting.id, clock.now())


def _book(
    practice: Practice, therapist: UUID, starts_at: datetime, clients: list[UUID], couple_id: UUID | None = None
) -> Appointment:
    kind = db.session.get_one(Service, practice.couple_session if couple_id else practice.individual)
    wish = Wish(kind, therapist, starts_at, "video", ZONE, "USD")
    now = min(clock.now(), starts_at - timedelta(days=1))
    return service.book(wish, clients, by=therapist, now=now, couple_id=couple_id, is_told=False)


def _pay(practice: Practice, appointment: Appointment, client_id: UUID) -> UUID:
    now = clock.now()
    paid = Paid(client_id, "card", zones.wall(now, ZONE).date())
    return fees.note_payment(appointment, paid, seen=0, by=practice.desk, now=now).id


def _print(ground: Ground) -> None:
    """Make the receipts, as the worker's database role does."""
    with ground.connected(url=ground.environ["DATABASE_WORKER_URL"]):
        printing.print_due(clock.now())


def _asker(ground: Ground, person_id: UUID, session_id: UUID, payment_id: UUID) -> Asker:
    browser = Browser(ground.app)
    browser.sign_in_as(person_id)
    browser.submit("/account/calendar")
    page = browser.get("/account/calendar").text
    feed = "/feeds/" + page.partition("/feeds/")[2].partition('"')[0]
    return Asker(browser, feed, f"/sessions/{session_id}", f"/receipts/{payment_id}")
