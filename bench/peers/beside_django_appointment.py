"""Beside django-appointment: a visitor's look at the free times of a day, and a booking by its two forms."""

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from bench import seed
from bench.environment import Environment
from bench.figures import Figure, Goal, interleaved, ratios, samples
from bench.free_times import Try
from bench.load import Request, burst
from bench.peers import ours
from bench.peers.installing import HERE, PeerMissingError, database, installed, run
from bench.search import ONE_DAY, PAGES, REQUESTS
from bench.serving import gunicorn
from clinic.core import clock, zones

NAME: Final = "django-appointment"
FOLDER: Final = "django_appointment"
DATABASE: Final = "bench_django_appointment"
ROWS: Final = "SELECT count(*) FROM appointment_appointment"
CALL, SESSION = 1, 2  # its services, in the order in which they are made
MINUTES: Final = 50
TOKEN: Final = "a" * 32
WHO: Final = {"name": "Alice Hart", "phone_0": "US", "phone_1": "2125550148", "payment_type": "full"}
STAFF_MEMBER: Final = 4
LOOK: Final = (
    f"slot search over HTTP, 1 day: {NAME}, its page and what that asks for / ours, CPU of web and database",
    Goal.at_least(8),
)
SEARCH: Final = (
    f"slot search over HTTP, 1 day: {NAME}, its answer without a page / our page, CPU of web and database",
    Goal.at_least(8),
)
BOOKING: Final = (f"booking, 8 connections: ours / {NAME}", Goal.at_least(10))


class Peer(ours.Peer):
    """What is asked of it."""

    def book(self) -> float:
        """Bookings per second: the time is sent first, then who comes."""
        times = list(itertools.islice(self.free, ours.BOOKINGS))
        return ours.rate(self.environment, DATABASE, ROWS, lambda: self._book(times))

    def _book(self, times: Sequence[Try]) -> float:
        asked = burst(self.server, [self._form("/request-submit/", _when(each)) for each in times], expected=302)
        requests = [self._form(each.location, WHO) for each in asked.answers]
        return asked.seconds + burst(self.server, requests, expected=302).seconds

    def _form(self, path: str, fields: dict[str, str]) -> Request:
        cookie = f"sessionid={next(self.sessions)}; csrftoken={TOKEN}"
        return Request.post(path, urlencode({"csrfmiddlewaretoken": TOKEN, **fields}), {"Cookie": cookie})


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Both goals, or why there is nothing to say of them."""
    try:
        with _serving(environment) as peer, ours.serving(environment, FOLDER) as practice:
            return _measured(peer, practice, rounds)
    except PeerMissingError as error:
        return [Figure(name, goal=goal, note=str(error)) for name, goal in (LOOK, SEARCH, BOOKING)]


def _measured(peer: Peer, practice: ours.Ours, rounds: int) -> list[Figure]:
    theirs = [ours.page(peer.server, request, word, REQUESTS) for word, request in _look(_tomorrow()).items()]
    our_times = ours.page(practice.server, Request.get(PAGES[ONE_DAY]), 'name="slot"', REQUESTS)
    for warm in (*theirs, our_times):
        warm()
    cpu_ms = peer.environment.cpu_ms
    searched = interleaved(
        {
            "its page": lambda: cpu_ms(theirs[0]),
            "its answer": lambda: cpu_ms(theirs[-1]),
            "ours": lambda: cpu_ms(our_times),
            NAME: lambda: sum(cpu_ms(each) for each in theirs),
        },
        rounds,
    )
    booked = interleaved({NAME: peer.book, "ours": practice.book}, rounds)
    return [
        Figure(LOOK[0], ratios(searched, NAME, "ours"), LOOK[1], samples(searched, "1 day searched, ms CPU")),
        Figure(SEARCH[0], ratios(searched, "its answer", "ours"), SEARCH[1]),
        Figure(BOOKING[0], ratios(booked, "ours", NAME), BOOKING[1], samples(booked, "bookings/s")),
    ]


@contextmanager
def _serving(environment: Environment) -> Iterator[Peer]:
    python = installed(FOLDER)
    environ = database(environment, DATABASE) | {"DJANGO_SETTINGS_MODULE": f"{FOLDER}.settings"}
    printed = run((str(python), "-m", f"{FOLDER}.fill"), environ, ours.times(environment, FOLDER))
    sessions: list[str] = json.loads(printed.splitlines()[-1])
    with environment.connect(DATABASE) as connection:
        connection.execute("VACUUM (ANALYZE)")
    log = environment.folder / f"{FOLDER}.log"
    with gunicorn(f"{FOLDER}.wsgi:application", log, environ, python, HERE) as server:
        yield Peer(environment, server, itertools.cycle(sessions))


def _tomorrow() -> date:
    return zones.wall(clock.now(), seed.ZONE).date() + timedelta(days=1)


def _look(day: date) -> dict[str, Request]:
    """What a visitor's browser asks for until the times of a day are there, each with a word of its answer."""
    who = {"staff_member": STAFF_MEMBER}
    when = {"selected_date": day.isoformat(), "service_id": CALL}
    by_script = {"X-Requested-With": "XMLHttpRequest"}
    return {
        'id="slot-list"': Request.get(f"/request/{CALL}/"),
        '"non_working_days"': Request.get(f"/ajax/request_staff_info/?{urlencode(who)}", by_script),
        '"available_slots": [[': Request.get(f"/ajax/available_slots/?{urlencode(when | who)}", by_script),
    }


def _when(wanted: Try) -> dict[str, str]:
    starts = zones.wall(wanted.starts_at, seed.ZONE)
    return {
        "date": starts.date().isoformat(),
        "start_time": f"{starts:%H:%M}",
        "end_time": f"{starts + timedelta(minutes=MINUTES):%H:%M}",
        "service": str(SESSION),
        "staff_member": str(wanted.therapist + 1),
    }
