"""Whether both partners have signed the couples agreement. Intake knows; it says so here when the app is assembled."""

from collections.abc import Callable
from uuid import UUID


def _nobody_signed(couple_id: UUID) -> bool:
    del couple_id
    return False


_has_agreed: Callable[[UUID], bool] = _nobody_signed


def ask_agreements(check: Callable[[UUID], bool]) -> None:
    """`check` tells, for a couple's id, whether both have signed the agreement that is in force."""
    global _has_agreed  # noqa: PLW0603 -- set once, when the application is assembled
    _has_agreed = check


def has_agreed(couple_id: UUID) -> bool:
    """True when both partners have signed."""
    return _has_agreed(couple_id)
