"""Time that becomes free is offered to who waits for it: a worker is woken after the commit; a beat finds the rest."""

from collections.abc import Callable
from typing import Final

from clinic.database.session import after_commit

STEPS: Final = frozenset({"cancelled", "moved", "declined", "expired"})
"""The steps in an appointment's life after which time is free that was not."""


def _nobody() -> None:
    """Without workers to wake, the next beat finds what is free."""


_wake: Callable[[], None] = _nobody


def wake_with(call: Callable[[], None]) -> None:
    """`call` rouses a worker after each commit that set time free; it must return at once and never raise."""
    global _wake  # noqa: PLW0603 -- set once, by the process that has a broker
    _wake = call


def by_step(kind: str) -> None:
    """Wake a worker once the transaction has committed, where that step sets time free."""
    if kind in STEPS:
        after_commit(_wake_now)


def _wake_now() -> None:
    _wake()
