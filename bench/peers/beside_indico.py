"""Beside Indico: its own answer with free days of a month in one room or in all, a booking of a room, its home page."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from bench import seed
from bench.environment import Environment
from bench.figures import Figure, Goal, interleaved, ratios, samples
from bench.free_times import Try
from bench.load import Load, Request, burst
from bench.peers import ours
from bench.peers.installing import HERE, PeerMissingError, database, installed, run
from bench.search import HOME, PAGES, REQUESTS, THIRTY_DAYS
from bench.serving import gunicorn
from clinic.core import clock, zones

NAME: Final = "Indico"
FOLDER: Final = "indico_rooms"
DATABASE: Final = "bench_indico"
ROWS: Final = "SELECT count(*) FROM roombooking.reservations"
ROOMS: Final = seed.THERAPISTS
DAYS: Final = 30
MINUTES: Final = 50
OUR_ALL: Final = "/book/later/anyone"  # as THIRTY_DAYS
TOKEN: Final = "00000000-0000-4000-8000-000000000000"
SEARCH: Final = (
    f"slot search over HTTP, {DAYS} days: {NAME}, 1 room / ours, 1 therapist, CPU of web and database",
    Goal.at_least(25),
)
ALL: Final = (
    f"slot search over HTTP, {DAYS} days: {NAME}, {ROOMS} rooms / ours, {ROOMS} therapists, CPU of web and database",
    Goal.at_least(25),
)
BOOKING: Final = (f"booking, 8 connections: ours / {NAME}", Goal.at_least(10))
PAGE: Final = (f"home page, p95 at 8 connections: ours / {NAME}", Goal.at_most(0.2))
GOALS: Final = (SEARCH, ALL, BOOKING, PAGE)


class Peer(ours.Peer):
    """What is asked of it."""

    def book(self) -> float:
        """Bookings per second, by what its page sends."""
        requests = [self._booking(each) for each in itertools.islice(self.free, ours.BOOKINGS)]
        return ours.rate(self.environment, DATABASE, ROWS, lambda: burst(self.server, requests).seconds)

    def free_days(self, rooms: Sequence[int]) -> Request:
        """What its page asks for about the rooms that it shows: an hour of each of thirty days."""
        first = datetime.combine(zones.wall(clock.now(), seed.ZONE).date() + timedelta(days=1), time(10))
        last = first + timedelta(days=DAYS - 1, minutes=MINUTES)
        asked = _span(first, last) | {"repeat_frequency": "DAY", "repeat_interval": 1}
        shown = urlencode({"room_ids": rooms}, doseq=True)
        return Request.post(f"/rooms/api/timeline?{urlencode(asked)}", shown, self._headers())

    def _booking(self, wanted: Try) -> Request:
        starts = zones.wall(wanted.starts_at, seed.ZONE).replace(tzinfo=None)
        span = _span(starts, starts + timedelta(minutes=MINUTES))
        fields = span | {"repeat_frequency": "NEVER", "room_id": wanted.therapist + 1, "reason": "A session"}
        return Request.post("/rooms/api/booking/create", urlencode(fields), self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"indico_session_http={next(self.sessions)}", "X-CSRF-Token": TOKEN}


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Every goal, or why there is nothing to say of them."""
    try:
        with _serving(environment) as peer, ours.serving(environment, FOLDER) as practice:
            return _measured(peer, practice, rounds)
    except PeerMissingError as error:
        return [Figure(name, goal=goal, note=str(error)) for name, goal in GOALS]


def _measured(peer: Peer, practice: ours.Ours, rounds: int) -> list[Figure]:
    word = '"num_days_available"'
    searches = {
        NAME: ours.page(peer.server, peer.free_days([4]), word, REQUESTS),
        "ours": ours.page(practice.server, Request.get(PAGES[THIRTY_DAYS]), 'name="slot"', REQUESTS),
        f"{NAME}, all": ours.page(peer.server, peer.free_days(range(1, ROOMS + 1)), word, REQUESTS),
        "ours, all": ours.page(practice.server, Request.get(OUR_ALL), 'name="slot"', REQUESTS),
    }
    homes = {
        NAME: ours.page(peer.server, Request.get("/"), "Indico", REQUESTS),
        "ours": ours.page(practice.server, Request.get(PAGES[HOME]), "Elm Street Practice", REQUESTS),
    }
    for warm in (*searches.values(), *homes.values()):
        warm()
    cpu_ms = peer.environment.cpu_ms
    searched = interleaved({side: partial(cpu_ms, page) for side, page in searches.items()}, rounds)
    booked = interleaved({NAME: peer.book, "ours": practice.book}, rounds)
    shown = interleaved({side: _p95_ms(page) for side, page in homes.items()}, rounds)
    return [
        Figure(SEARCH[0], ratios(searched, NAME, "ours"), SEARCH[1], samples(searched, f"{DAYS} days, ms CPU")),
        Figure(ALL[0], ratios(searched, f"{NAME}, all", "ours, all"), ALL[1]),
        Figure(BOOKING[0], ratios(booked, "ours", NAME), BOOKING[1], samples(booked, "bookings/s")),
        Figure(PAGE[0], ratios(shown, "ours", NAME), PAGE[1], samples(shown, "home page, p95 ms")),
    ]


def _p95_ms(page: Callable[[], Load]) -> Callable[[], float]:
    return lambda: page().latency_ms(95)


@contextmanager
def _serving(environment: Environment) -> Iterator[Peer]:
    python = installed(FOLDER)
    folder = environment.folder / FOLDER
    folder.mkdir(exist_ok=True)
    environ = database(environment, DATABASE) | {
        "INDICO_CONFIG": str(HERE / FOLDER / "indico.conf"),
        "BENCH_FOLDER": str(folder),
        "BENCH_REDIS": environment.redis.url,
    }
    with environment.connect(DATABASE) as connection:
        for extension in ("unaccent", "pg_trgm"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    run((str(python.with_name("indico")), "db", "prepare"), environ)
    printed = run((str(python), "-m", f"{FOLDER}.fill", TOKEN), environ, ours.times(environment, FOLDER))
    sessions: list[str] = json.loads(printed.splitlines()[-1])
    with environment.connect(DATABASE) as connection:
        connection.execute("VACUUM (ANALYZE)")
    log = environment.folder / f"{FOLDER}.log"
    with gunicorn("indico.web.flask.app:make_app()", log, environ, python, HERE) as server:
        yield Peer(environment, server, itertools.cycle(sessions))


def _span(starts: datetime, ends: datetime) -> dict[str, object]:
    return {"start_dt": starts.isoformat(), "end_dt": ends.isoformat()}
