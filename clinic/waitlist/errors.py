"""What the waiting list refuses, and why."""

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class AlreadyWaitingError(DomainError):
    """One waits once for each service."""

    message = _("This is on the waiting list already.")
    status = 409


class OfferOverError(DomainError):
    """The offer was answered, withdrawn or ran out before the press arrived."""

    message = _("This time is not kept any more, so nothing was changed.")
    status = 409
