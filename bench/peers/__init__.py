"""Beside other products, each a pinned package in an environment of its own; nothing of theirs lies here.

`ours.py` is our side, `installing.py` makes the environments. A folder named after a peer holds its requirements and
what its own Python runs: the least that it needs to be served, and how it is filled. A peer that cannot be had reads
"not run" with the reason.
"""

from typing import Final

from bench.environment import Environment
from bench.figures import Figure, Goal
from bench.peers import beside_django_appointment, beside_indico

_NO_PACKAGE: Final = "a PHP application, which no Python package brings"
EASY_APPOINTMENTS: Final = (
    Figure("slot search over HTTP, 1 day: Easy!Appointments / ours", goal=Goal.at_least(8), note=_NO_PACKAGE),
    Figure("booking: ours / Easy!Appointments", goal=Goal.at_least(5), note=_NO_PACKAGE),
    Figure("page p95 at 8 connections: ours / Easy!Appointments", goal=Goal.at_most(0.5), note=_NO_PACKAGE),
)


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Every peer in turn."""
    return [
        *beside_django_appointment.figures(environment, rounds),
        *beside_indico.figures(environment, rounds),
        *EASY_APPOINTMENTS,
    ]
