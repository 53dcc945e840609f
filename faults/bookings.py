"""F2: ten thousand operations on one calendar from fifty threads: nothing overlaps, nothing is left over or lost.

Its control takes the constraint and the locks away, and must then find overlaps.
"""

import random
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from unittest.mock import patch

import psycopg

from clinic.core import clock
from clinic.database import locks
from clinic.database.session import db, transaction
from faults import report
from faults.ground import Ground, opened
from faults.operations import ACTOR, OPERATIONS, Ledger, Person, World, make_world
from faults.report import Line

THREADS: Final = 50
FULL: Final = 10_000  # of so many operations each must have been done; in a smaller run chance leaves one out
BETWEEN: Final = timedelta(seconds=20)  # of the calendar's own time from one operation to the next: holds run out
CHECKS: Final = {
    "overlaps": """
        SELECT count(*) FROM claim one JOIN claim other ON one.resource = other.resource AND one.during && other.during
        WHERE one.appointment_id < other.appointment_id
    """,
    "claims of what is over": """
        SELECT count(*) FROM claim JOIN appointment ON appointment.id = appointment_id
        WHERE state NOT IN ('held', 'requested', 'confirmed')
    """,
    "people, rooms or therapists without their claim": """
        SELECT count(*) FROM (
            SELECT id, therapist_id AS resource, starts_at, ends_at, state FROM appointment
            UNION ALL SELECT id, room_id, starts_at, ends_at, state FROM appointment WHERE room_id IS NOT NULL
            UNION ALL SELECT id, client_id, starts_at, ends_at, state FROM appointment
                JOIN attendee ON appointment_id = id WHERE answer = 'yes'
        ) AS wanted
        WHERE state IN ('held', 'requested', 'confirmed') AND NOT EXISTS (
            SELECT FROM claim WHERE appointment_id = wanted.id AND claim.resource = wanted.resource
                AND during @> tstzrange(starts_at, ends_at)
        )
    """,
    "claims that nobody needs": """
        SELECT count(*) FROM claim JOIN appointment ON appointment.id = appointment_id
        WHERE resource <> therapist_id AND resource IS DISTINCT FROM room_id AND NOT EXISTS (
            SELECT FROM attendee WHERE attendee.appointment_id = appointment.id AND client_id = resource
                AND answer = 'yes'
        )
    """,
    "confirmed while somebody has not said yes": """
        SELECT count(*) FROM appointment JOIN attendee ON appointment_id = id
        WHERE state = 'confirmed' AND answer <> 'yes'
    """,
    "states that their last step does not explain": """
        SELECT count(*) FROM appointment WHERE state <> 'held' AND NOT EXISTS (
            SELECT FROM (
                SELECT kind FROM appointment_event WHERE appointment_id = appointment.id ORDER BY id DESC LIMIT 1
            ) AS latest
            WHERE (state, kind) IN (
                ('requested', 'requested'), ('requested', 'moved'), ('confirmed', 'booked'), ('confirmed', 'accepted'),
                ('confirmed', 'moved'), ('confirmed', 'unsettled'), ('confirmed', 'kept'), ('cancelled', 'cancelled'),
                ('declined', 'declined'), ('expired', 'expired')
            )
        )
    """,
    "offers that were taken and booked nothing": """
        SELECT count(*) FROM offer LEFT JOIN appointment ON appointment.id = hold_id
        WHERE offer.state = 'taken' AND (appointment.id IS NULL OR appointment.state = 'held')
    """,
    "offers that are over and held still": """
        SELECT count(*) FROM offer JOIN appointment ON appointment.id = hold_id
        WHERE offer.state IN ('passed', 'expired', 'withdrawn') AND held_until > settled_at
    """,
    "offers to somebody who does not wait": """
        SELECT count(*) FROM offer JOIN waiting ON waiting.id = waiting_id
        WHERE state = 'open' AND ended_at IS NOT NULL
    """,
    "offers that are held for another or at another time": """
        SELECT count(*) FROM offer WHERE state = 'open' AND expires_at > %(now)s AND NOT EXISTS (
            SELECT FROM claim WHERE appointment_id = hold_id AND resource = offer.client_id
                AND during = tstzrange(offer.starts_at, offer.ends_at)
        )
    """,
    "messages about offers that are over": """
        SELECT count(*) FROM outbox_message JOIN offer ON offer.id = subject_id
        WHERE outbox_message.state = 'queued' AND offer.state <> 'open'
    """,
    "stale messages": """
        SELECT count(*) FROM outbox_message JOIN appointment_event ON appointment_event.id = subject_id
        JOIN appointment ON appointment.id = appointment_id
        WHERE outbox_message.state = 'queued' AND outbox_message.kind IN ('booking.confirmed', 'booking.moved')
            AND (appointment.state <> 'confirmed' AND appointment.state <> 'requested'
                OR appointment.starts_at <> appointment_event.starts_at)
    """,
}
Connection = psycopg.Connection[tuple[object, ...]]


def count(owner: Connection, statement: str, now: datetime | None = None) -> int:
    """The one number that a statement finds."""
    row = owner.execute(statement.encode(), {"now": now}).fetchone()
    assert row is not None
    return int(str(row[0]))


def wrong(owner: Connection, acknowledged: Ledger, now: datetime) -> dict[str, int]:
    """What must not be, by its name, where there is any of it."""
    found = {name: count(owner, statement, now) for name, statement in CHECKS.items()}
    rows = owner.execute("SELECT appointment_id, kind, count(*)::int FROM appointment_event GROUP BY 1, 2").fetchall()
    kept: Ledger = Counter({(each[0], str(each[1])): int(str(each[2])) for each in rows})  # type: ignore[misc]  # ids are UUIDs
    found["acknowledged and lost"] = sum((acknowledged - kept).values())
    found["never acknowledged"] = sum((kept - acknowledged).values())
    return {name: number for name, number in found.items() if number}


def crowd(ground: Ground, world: World, operations: int, seed: int) -> tuple[list[Person], list[str]]:
    """Let fifty people act at the same time; who they were, and the names of errors that no rule raises."""
    people = [Person(world, random.Random(f"{seed}/{number}"), world.now) for number in range(THREADS)]
    errors: list[str] = []
    barrier = threading.Barrier(THREADS)

    def work(number: int) -> None:
        person = people[number]
        barrier.wait()
        for turn in range(operations // THREADS):
            person.now = world.now + (turn * THREADS + number) * BETWEEN
            with ground.app.app_context():
                try:
                    person.act()
                except Exception as error:  # noqa: BLE001 -- whatever it is, it is a finding
                    where = [
                        f"{each.name}:{each.lineno}"
                        for each in traceback.extract_tb(error.__traceback__)
                        if "/clinic/" in each.filename
                    ][-6:]
                    errors.append(f"{type(error).__name__} in {' '.join(where)}: {str(error)[:1200]}")
                finally:
                    db.session.remove()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return people, errors


def run(operations: int, seed: int) -> list[Line]:
    """The crowd on a practice of its own, and the control on another."""
    with opened() as ground, ground.connected(size=THREADS):
        world = _world(ground)
        before = count(ground.owner, "SELECT sum(deadlocks)::int FROM pg_stat_database")
        people, errors = crowd(ground, world, operations, seed)
        acknowledged = sum((each.acknowledged for each in people), Counter[tuple[object, str]]())
        found = wrong(ground.owner, cast("Ledger", acknowledged), max(each.now for each in people))
        deadlocks = count(ground.owner, "SELECT sum(deadlocks)::int FROM pg_stat_database") - before
        steps = Counter(kind for (_, kind), times in acknowledged.items() for _ in range(times))
        refused = sum(sum(each.refused.values()) for each in people)
        never = sorted(set(OPERATIONS) - {name for each in people for name in each.done})
        said = ", ".join(f"{number} {kind}" for kind, number in sorted(steps.items()))
        outcome = f"{said}; {refused} refused by a rule; {found or 'nothing'} wrong; {deadlocks} deadlocks"
        line = Line(
            "F2",
            f"{operations:,} operations from {THREADS} threads",
            outcome
            + (f"; never: {', '.join(never)}" if never else "")
            + (f"; errors: {Counter(errors).most_common(6)}" if errors else ""),
            not found and not errors and not deadlocks and not (never and operations >= FULL),
        )
    return [line, _control(max(operations // 4, 1000), seed)]


def _control(operations: int, seed: int) -> Line:
    with opened() as ground, ground.connected(size=THREADS):
        world = _world(ground)
        ground.owner.execute("ALTER TABLE claim DROP CONSTRAINT claim_never_overlaps")
        with patch.object(locks, "take", lambda _ids: None):
            crowd(ground, world, operations, seed)
        overlaps = count(ground.owner, CHECKS["overlaps"])
    return Line("F2 control", f"{operations:,} without constraint and locks", f"{overlaps} overlaps", overlaps > 0)


def _world(ground: Ground) -> World:
    with ground.app.app_context(), transaction(ACTOR) as session:
        return make_world(session, clock.now())


def main(words: Sequence[str] | None = None) -> int:
    """Run it with these options, and tell what was found; 1 when something is not as it must be."""
    parser = report.parser("bookings")
    parser.add_argument("--operations", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    return report.tell("bookings", run(options.operations, options.seed), is_written=options.write)


if __name__ == "__main__":
    sys.exit(main())
