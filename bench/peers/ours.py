"""Our side of each comparison, and what both sides of one must show of their bookings."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bench import seed
from bench.environment import Environment, Practice
from bench.free_times import Try, between_sessions, forms
from bench.load import Load, Request, burst, text
from bench.serving import Server

APPOINTMENTS: Final = 100_000
BOOKINGS: Final = 96  # of a side in a round, twelve on each connection
ROWS: Final = "SELECT count(*) FROM appointment"
_TIMES: Final = """
    SELECT position, dense_rank() OVER (ORDER BY client_id)::int - 1,
        to_char(starts_at AT TIME ZONE %s, 'YYYY-MM-DD"T"HH24:MI')
    FROM appointment JOIN therapist ON person_id = therapist_id JOIN attendee ON appointment_id = appointment.id
    ORDER BY appointment.id
"""


def free_times() -> Iterator[Try]:
    """Times that the seed left free, on both sides of a comparison the same."""
    return between_sessions(range(seed.THERAPISTS), first_day=1)


@dataclass(slots=True)
class Ours:
    """The practice behind gunicorn, in a database that no other measurement books in."""

    environment: Environment
    practice: Practice
    server: Server
    _free: Iterator[Try] = field(default_factory=free_times)

    def book(self) -> float:
        """Bookings per second, by the form that a therapist sends."""
        requests = list(forms(self.environment, self.practice, itertools.islice(self._free, BOOKINGS)))
        return rate(
            self.environment, self.practice.database, ROWS, lambda: burst(self.server, requests, expected=303).seconds
        )


@dataclass(slots=True)
class Peer:
    """Another product behind gunicorn, with the sessions of people who are signed in to it, one after the other."""

    environment: Environment
    server: Server
    sessions: Iterator[str]
    free: Iterator[Try] = field(default_factory=free_times)


def beside(environment: Environment, peer: str) -> Practice:
    """The practice that is held against that peer; nobody else books in it."""
    return environment.fresh(APPOINTMENTS, f"bench_beside_{peer}")


@contextmanager
def serving(environment: Environment, peer: str) -> Iterator[Ours]:
    """Our side for the length of a `with` block."""
    practice = beside(environment, peer)
    with environment.serving(practice) as server:
        yield Ours(environment, practice, server)


def times(environment: Environment, peer: str) -> str:
    """The appointments that the peer is to hold as well, as JSON: therapist and client by number, and the wall time."""
    with environment.connect(beside(environment, peer).database) as connection:
        return json.dumps(connection.execute(_TIMES, (seed.ZONE,)).fetchall())


def page(server: Server, request: Request, word: str, count: int) -> Callable[[], Load]:
    """A burst of `count` such requests. Raises RuntimeError when `word`, which tells the answer apart, is not in it."""
    if word not in text(server, request):
        raise RuntimeError(f"{server.name} does not answer with {word!r}")
    return lambda: burst(server, [request] * count)


def rate(environment: Environment, database: str, rows: str, book: Callable[[], float]) -> float:
    """Bookings per second, where `book` makes BOOKINGS in so many seconds; each must be a row of the database."""
    with environment.connect(database) as connection:
        before = connection.execute(rows).fetchone()
        seconds = book()
        after = connection.execute(rows).fetchone()
    assert before is not None
    assert after is not None
    if after[0] - before[0] != BOOKINGS:
        raise RuntimeError(f"{database} holds {after[0] - before[0]} of {BOOKINGS} bookings")
    return BOOKINGS / seconds
