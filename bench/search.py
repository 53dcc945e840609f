"""The page of free times over HTTP, in processor time of the web server, beside a page that shows one row."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from bench.environment import Environment, Practice
from bench.figures import Figure, Goal, Round, interleaved, ratios, samples
from bench.load import Load, Request, burst
from bench.serving import Server

APPOINTMENTS: Final = 100_000
REQUESTS: Final = 150
FLOOR_REQUESTS: Final = 600  # a floor is quick, and the kernel counts in steps of 10 ms
WARM: Final = 40
ONE_DAY: Final = "page of times, 1 day searched"
TEN_DAYS: Final = "page of times, 10 days searched"
THIRTY_DAYS: Final = "page of times, 60 days searched, 30 of them bookable"
ANYONE: Final = "page of times, 10 days of 20 therapists"
HOME: Final = "home page"
PAGES: Final = {
    ONE_DAY: "/book/soon/therapist-3",
    TEN_DAYS: "/book/first-call/therapist-3",
    THIRTY_DAYS: "/book/later/therapist-3",
    ANYONE: "/book/first-call/anyone",
    HOME: "/",
}
ROW: Final = "ORM row"
HELLO: Final = "hello"


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Every page and both floors once a round."""
    practice = environment.practice(APPOINTMENTS)
    slowest: dict[str, list[float]] = {}
    with ExitStack() as stack:
        ours = stack.enter_context(environment.serving(practice))
        row = stack.enter_context(environment.serving_floor("row", practice))
        hello = stack.enter_context(environment.serving_floor("hello", practice))
        sides = {name: _side(name, ours, Request.get(path), REQUESTS, slowest) for name, path in PAGES.items()} | {
            ROW: _side(ROW, row, Request.get(row_path(environment, practice)), FLOOR_REQUESTS, slowest),
            HELLO: _side(HELLO, hello, Request.get("/"), FLOOR_REQUESTS, slowest),
        }
        measured = interleaved(sides, rounds)
    return _judged(measured, slowest)


def _side(
    name: str, server: Server, request: Request, count: int, slowest: dict[str, list[float]]
) -> Callable[[], float]:
    """Processor time per request in ms; what 95 of a hundred waited at most is noted beside it."""
    burst(server, [request] * WARM)

    def measure() -> float:
        load: Load = burst(server, [request] * count)
        slowest.setdefault(name, []).append(load.latency_ms(95))
        return load.cpu_ms

    return measure


def _judged(measured: Sequence[Round], slowest: dict[str, list[float]]) -> list[Figure]:
    everyone = [each[ANYONE] / (20 * each[TEN_DAYS]) for each in measured]
    return [
        Figure(f"{ONE_DAY} / {ROW}, CPU", ratios(measured, ONE_DAY, ROW), None, samples(measured, "ms CPU")),
        Figure(f"{TEN_DAYS} / {ROW}, CPU", ratios(measured, TEN_DAYS, ROW)),
        Figure(f"{THIRTY_DAYS} / {ROW}, CPU", ratios(measured, THIRTY_DAYS, ROW), Goal.at_most(2.5)),
        Figure("first available over 20 therapists / 20 searches of one, CPU", everyone, Goal.at_most(0.4)),
        Figure(
            f"{HOME} / {HELLO}, CPU",
            ratios(measured, HOME, HELLO),
            None,
            {f"{name}, p95 ms at 8 connections": values for name, values in sorted(slowest.items())},
        ),
    ]


def row_path(environment: Environment, practice: Practice) -> str:
    """Where the floor shows one appointment of this practice."""
    with environment.connect(practice.database) as connection:
        found = connection.execute("SELECT id FROM appointment ORDER BY id LIMIT 1").fetchone()
    assert found is not None
    return f"/{found[0]}"
