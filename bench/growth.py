"""What a thousand times as many appointments cost: the same pages and bookings in a small and in a large practice."""

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from bench import seed
from bench.environment import Environment, Practice
from bench.figures import Figure, Goal, Side, interleaved, ratios, samples
from bench.free_times import between_sessions, forms
from bench.load import Request, burst, status
from bench.serving import Server

SMALL: Final = 1_000
LARGE: Final = 1_000_000
QUICK_LARGE: Final = 100_000  # a million take two minutes to make
QUICK_ROUNDS: Final = 2
REQUESTS: Final = 100
WARM: Final = 30
BOOKINGS: Final = 40  # of a round; the small practice has 800 free hours in the days that it books
GOAL: Final = Goal.at_most(1.2)
PUBLIC: Final = {"slot search": "/book/first-call/therapist-3"}
OF_THERAPIST: Final = {"therapist's day": "/calendar", "caseload": "/caseload"}
BOOKING: Final = "booking"


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Web server and database together, in processor time of a request; pages that are not there yet are left out."""
    large = LARGE if rounds > QUICK_ROUNDS else QUICK_LARGE
    practices = {SMALL: environment.practice(SMALL), large: environment.practice(large)}
    with ExitStack() as stack:
        servers = {size: stack.enter_context(environment.serving(each)) for size, each in practices.items()}
        missing = [name for name, path in OF_THERAPIST.items() if not _answers(environment, practices, servers, path)]
        pages = {name: path for name, path in {**PUBLIC, **OF_THERAPIST}.items() if name not in missing}
        sides: dict[str, Side] = {}
        for size, (name, path) in itertools.product(practices, pages.items()):
            sides[f"{name}, {size}"] = _page(environment, practices[size], servers[size], path)
        measured = interleaved(sides, rounds)
        booking = {f"{BOOKING}, {size}": _bookings(environment, practices[size], servers[size]) for size in practices}
        booked = interleaved(booking, rounds)
    merged = [{**pages_of, **bookings_of} for pages_of, bookings_of in zip(measured, booked, strict=True)]
    found = [
        Figure(
            f"{name}: {large:,} appointments / {SMALL:,}, CPU of web and database",
            ratios(merged, f"{name}, {large}", f"{name}, {SMALL}"),
            GOAL,
            samples([{key: each[key] for key in each if key.startswith(f"{name}, ")} for each in merged], "ms CPU"),
        )
        for name in [*pages, BOOKING]
    ]
    return found + [Figure(f"{name}: growth", goal=GOAL, note="there is no such page yet") for name in missing]


def _answers(environment: Environment, practices: dict[int, Practice], servers: dict[int, Server], path: str) -> bool:
    cookie = environment.sign_in(practices[SMALL], seed.therapist_id(3))
    return status(servers[SMALL], Request.get(path, {"Cookie": cookie})) == 200


def _page(environment: Environment, practice: Practice, server: Server, path: str) -> Callable[[], float]:
    """A page for a visitor, or for a therapist who has just signed in."""

    def request() -> Request:
        if path in PUBLIC.values():
            return Request.get(path)
        return Request.get(path, {"Cookie": environment.sign_in(practice, seed.therapist_id(3))})

    burst(server, [request()] * WARM)
    return lambda: _cpu_ms(environment, server, [request()] * REQUESTS, 200)


def _bookings(environment: Environment, practice: Practice, server: Server) -> Callable[[], float]:
    """A therapist books, time after time, beside the sessions that are there."""
    free = between_sessions(range(seed.THERAPISTS), first_day=1)

    def next_forms(count: int) -> list[Request]:
        return list(forms(environment, practice, itertools.islice(free, count)))

    burst(server, next_forms(WARM), expected=303)
    return lambda: _cpu_ms(environment, server, next_forms(BOOKINGS), 303)


def _cpu_ms(environment: Environment, server: Server, requests: list[Request], expected: int) -> float:
    return environment.cpu_ms(lambda: burst(server, requests, expected=expected))
