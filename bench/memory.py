"""Memory of a web worker: beside that of the floor, and over many requests."""

import itertools
from contextlib import ExitStack
from typing import Final

from bench import seed
from bench.environment import Environment, Practice
from bench.figures import Figure, Goal
from bench.load import Request, burst
from bench.search import row_path
from bench.serving import Server

APPOINTMENTS: Final = 1_000
PATHS: Final = ("/", "/services", "/book/first-call", "/book/first-call/therapist-3", "/healthz", "/sign-in")
THERAPIST_PATHS: Final = ("/calendar",)
WARM: Final = 2_000  # until every page's template is compiled and every statement cached, in each thread
REQUESTS: Final = 20_000
AT_A_TIME: Final = 2_000


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """One long run, whatever the number of rounds: a leak shows over time, not over repetitions."""
    del rounds
    practice = environment.practice(APPOINTMENTS)
    with ExitStack() as stack:
        ours = stack.enter_context(environment.serving(practice))
        floor = stack.enter_context(environment.serving_floor("row", practice))
        burst(floor, [Request.get(row_path(environment, practice))] * WARM)
        _ask(environment, practice, ours, WARM)
        before, of_floor = max(ours.worker_megabytes()), max(floor.worker_megabytes())
        for _ in range(REQUESTS // AT_A_TIME):
            _ask(environment, practice, ours, AT_A_TIME)
        after = max(ours.worker_megabytes())
    sizes = {"ours warm, MB": [before], "ours at the end, MB": [after], "ORM row, MB": [of_floor]}
    return [
        Figure("memory of a web worker / ORM row", [before / of_floor], Goal.at_most(1.8), sizes),
        Figure(
            f"memory of a web worker after {REQUESTS:,} more requests / before", [after / before], Goal.at_most(1.05)
        ),
    ]


def _ask(environment: Environment, practice: Practice, server: Server, count: int) -> None:
    """Pages in turn, of a visitor and of a therapist who has just signed in."""
    cookie = environment.sign_in(practice, seed.therapist_id(3))
    pages = [Request.get(path) for path in PATHS]
    pages += [Request.get(path, {"Cookie": cookie}) for path in THERAPIST_PATHS]
    burst(server, list(itertools.islice(itertools.cycle(pages), count)))
