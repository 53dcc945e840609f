"""Two hundred people and one slot: over HTTP in front of gunicorn, and apart on two hundred database connections.

A barrier lets them go at the same moment; what came of it is counted in the database. With the constraint dropped and
the locks taken away, the same race must find double bookings, or it would prove nothing.
"""

import asyncio
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, cast
from unittest.mock import patch
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, create_engine, text

from bench import seed
from bench.environment import SECRET_KEY, Environment, Practice
from bench.figures import Figure, Goal
from bench.free_times import Try, between_sessions
from bench.load import Request
from bench.serving import Server
from clinic.booking.errors import SlotTaken
from clinic.booking.service import book
from clinic.booking.wishes import Wish
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.actor import VISITOR
from clinic.database.session import db, transaction
from clinic.practice.models import Service

CROWD: Final = 200
APPOINTMENTS: Final = 1_000
LONGEST_WAIT: Final = 1.5
PATIENCE: Final = 120.0  # seconds
_OVERLAPPING: Final = """
    SELECT count(*) FROM claim one JOIN claim other ON one.resource = other.resource AND one.during && other.during
    WHERE one.appointment_id < other.appointment_id
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often each answer came, how long the slowest took, and how long it all took, in seconds."""

    answers: Counter[str]
    slowest: float
    seconds: float


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """One slot and many people, together and one shortly after the other, over HTTP and on connections."""
    made = environment.fresh(APPOINTMENTS, "bench_race")
    # Behind a proxy, as in production, so that each visitor comes from an address of their own.
    practice = replace(made, environ={**made.environ, "TRUSTED_PROXIES": "1"})
    before = environment.deadlocks()
    slots = between_sessions(range(seed.THERAPISTS), first_day=2)
    with environment.serving(practice) as server:
        _visitors(environment, server, list(itertools.islice(slots, CROWD)), 0.0)  # both workers are warm after this
        over_http = [_round(slots, lambda *tries: _visitors(environment, server, *tries)) for _ in range(rounds)]
    with _large_pool(environment, practice) as app:
        _colleagues(app, list(itertools.islice(slots, CROWD)), 0.0)  # every connection is open after this
        on_connections = [_round(slots, lambda *tries: _colleagues(app, *tries)) for _ in range(rounds)]
        overlaps, deadlocks = _overlaps(environment, practice), environment.deadlocks() - before
        unguarded = _without_guards(environment, practice, app, next(slots))
    return [
        *_figures("over HTTP", over_http),
        *_figures("on connections", on_connections),
        Figure("race: overlapping claims in the database", [overlaps], Goal.exactly(0)),
        Figure("race: deadlocks", [deadlocks], Goal.exactly(0)),
        Figure("race with constraint and locks taken away: bookings of one slot", [unguarded], Goal.at_least(2)),
    ]


Attempt = Callable[[Sequence[Try], float], Outcome]
Round = dict[str, Outcome]


def _round(slots: Iterator[Try], attempt: Attempt) -> Round:
    """The same slot for everyone at once, then five milliseconds apart, then a slot for each."""
    return {
        "together": attempt([next(slots)] * CROWD, 0.0),
        "staggered": attempt([next(slots)] * CROWD, 0.005),
        "free": attempt(list(itertools.islice(slots, CROWD)), 0.0),
    }


def _figures(how: str, measured: Sequence[Round]) -> Iterator[Figure]:
    for start in ("together", "staggered"):
        outcomes = [each[start] for each in measured]
        booked = [float(each.answers["booked"]) for each in outcomes]
        other = [float(CROWD - each.answers["booked"] - each.answers["taken"]) for each in outcomes]
        yield Figure(f"race {how}, {start}: bookings of one slot by {CROWD}", booked, Goal.exactly(1))
        yield Figure(f"race {how}, {start}: answers other than booked or taken", other, Goal.exactly(0))
    yield Figure(
        f"race {how}: slowest wait / {CROWD} bookings of free slots",
        [each["together"].slowest / each["free"].seconds for each in measured],
        Goal.at_most(LONGEST_WAIT),
        {
            "slowest wait, ms": [each["together"].slowest * 1000 for each in measured],
            "bookings of free slots, ms": [each["free"].seconds * 1000 for each in measured],
        },
    )
    lost = [float(CROWD - each["free"].answers["booked"]) for each in measured]
    yield Figure(f"race {how}: free slots that were not booked", lost, Goal.exactly(0))


def _visitors(environment: Environment, server: Server, tries: Sequence[Try], pause: float) -> Outcome:
    """Everyone is a visitor with a browser and an address of their own, who chooses a time of the first call."""
    requests = [_form(environment, number, each) for number, each in enumerate(tries)]
    return asyncio.run(_all_at_once(server.port, requests, pause))


def _form(environment: Environment, number: int, wanted: Try) -> Request:
    raw = secrets.token_hex(20)
    signer = URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token")
    fields = {
        "csrf_token": str(signer.dumps(raw)),
        "idempotency_key": str(new_id()),
        "slot": f"{wanted.starts_at.isoformat()}~{seed.therapist_id(wanted.therapist)}",
    }
    headers = {
        "Cookie": environment.cookie({"csrf_token": raw}),
        "Connection": "close",
        "X-Forwarded-For": f"10.0.{secrets.randbelow(250)}.{number}",
        "X-Forwarded-Proto": "https",
    }
    return Request.post(f"/book/first-call/therapist-{wanted.therapist}?modality=phone", urlencode(fields), headers)


async def _all_at_once(port: int, requests: Sequence[Request], pause: float) -> Outcome:
    """Open every connection, then let all of them send."""
    gate = asyncio.Event()
    waiting = [asyncio.create_task(_one(port, each, gate, pause * number)) for number, each in enumerate(requests)]
    await asyncio.sleep(1)  # all are connected by now
    began = time.perf_counter()
    gate.set()
    answers = await asyncio.gather(*waiting)
    words = {303: "booked", 409: "taken"}
    counted = Counter(words.get(status, str(status)) for status, _ in answers)
    return Outcome(counted, max(seconds for _, seconds in answers), time.perf_counter() - began)


async def _one(port: int, request: Request, gate: asyncio.Event, delay: float) -> tuple[int, float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await gate.wait()
    await asyncio.sleep(delay)
    began = time.perf_counter()
    writer.write(request.content)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), time.perf_counter() - began


def _colleagues(app: Flask, tries: Sequence[Try], pause: float) -> Outcome:
    """Everyone books through the service on a connection of their own, each for another client."""
    barrier = threading.Barrier(len(tries), timeout=PATIENCE)
    times: list[tuple[float, float]] = []

    def one(number: int) -> str:
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
            barrier.wait()
            time.sleep(pause * number)
            began = time.perf_counter()
            outcome = _try(tries[number], number if tries[0] == tries[-1] else None)
            times.append((began, time.perf_counter()))
            db.session.remove()
            return outcome

    with ThreadPoolExecutor(len(tries)) as pool:
        counted = Counter(pool.map(one, range(len(tries))))
    first, last = min(began for began, _ in times), max(ended for _, ended in times)
    return Outcome(counted, max(ended - began for began, ended in times), last - first)


def _try(wanted: Try, rival: int | None) -> str:
    """Book for the client who comes that day anyway, or for another of the practice's when many want one slot."""
    client = (wanted.therapist, wanted.slot) if rival is None else divmod(rival, seed.CASELOAD)
    try:
        with transaction(VISITOR) as session:
            service = session.get_one(Service, seed.service_id("individual-session"))
            wish = Wish(service, seed.therapist_id(wanted.therapist), wanted.starts_at, "video", seed.ZONE, "USD")
            book(wish, [seed.client_id(*client)], by=None, now=clock.now())
    except SlotTaken:
        return "taken"
    return "booked"


@contextmanager
def _large_pool(environment: Environment, practice: Practice) -> Iterator[Flask]:
    """The application in this process with a connection for everyone, so that they meet in the database."""
    with environment.acting(practice) as app:
        engines = cast("dict[str | None, Engine]", db.engines)
        before = engines[None]
        engines[None] = create_engine(before.url, pool_size=CROWD, pool_timeout=PATIENCE)
        try:
            yield app
        finally:
            engines[None].dispose()
            engines[None] = before


def _overlaps(environment: Environment, practice: Practice) -> int:
    with environment.connect(practice.database) as connection:
        row = connection.execute(_OVERLAPPING).fetchone()
    return int(row[0]) if row else 0


def _without_guards(environment: Environment, practice: Practice, app: Flask, wanted: Try) -> int:
    """The negative control: what the race does to one slot when neither the database nor a lock stands in its way."""
    with environment.connect(practice.database) as connection:
        connection.execute("ALTER TABLE claim DROP CONSTRAINT claim_never_overlaps")
    with patch.object(locks, "take", lambda _ids: None):
        return _colleagues(app, [wanted] * CROWD, 0.0).answers["booked"]
