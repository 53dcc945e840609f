"""Beside django-appointment: its own answer with the free times of a day, and a booking by its two forms."""

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
SEARCH: Final = (f"slot search over HTTP, 1 day: {NAME} / ours, CPU of web and database", Goal.at_least(8))
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
        return [Figure(name, goal=goal, note=str(error)) for name, goal in (SEARCH, BOOKING)]


def _measured(peer: Peer, practice: ours.Ours, rounds: int) -> list[Figure]:
    their_times = ours.page(peer.server, _free_times(_today() + timedelta(days=1)), '"available_slots": [[', REQUESTS)
    our_times = ours.page(practice.server, Request.get(PAGES[ONE_DAY]), 'name="slot"', REQUESTS)
    their_times(), our_times()  # warm
    cpu_ms = peer.environment.cpu_ms
    searched = interleaved({NAME: lambda: cpu_ms(their_times), "ours": lambda: cpu_ms(our_times)}, rounds)
    booked = interleaved({NAME: peer.book, "ours": practice.book}, rounds)
    return [
        Figure(SEARCH[0], ratios(searched, NAME, "ours"), SEARCH[1], samples(searched, "1 day searched, ms CPU")),
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


def _today() -> date:
    return zones.wall(clock.now(), seed.ZONE).date()


def _free_times(day: date) -> Request:
    """What its page asks for when a day is pressed."""
    query = urlencode({"selected_date": day.isoformat(), "staff_member": 4, "service_id": CALL})
    return Request.get(f"/ajax/available_slots/?{query}", {"X-Requested-With": "XMLHttpRequest"})


def _when(wanted: Try) -> dict[str, str]:
    starts = zones.wall(wanted.starts_at, seed.ZONE)
    return {
        "date": starts.date().isoformat(),
        "start_time": f"{starts:%H:%M}",
        "end_time": f"{starts + timedelta(minutes=MINUTES):%H:%M}",
        "service": str(SESSION),
        "staff_member": str(wanted.therapist + 1),
    }
