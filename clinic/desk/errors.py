"""What the desk's own acts refuse, and why."""

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class NothingToHandOverError(DomainError):
    """No session fits, or the last one has gone over meanwhile."""

    message = _("None of these can go over as things stand now, so nothing was changed. Please look at the list again.")
    status = 409


class CannotTakeOverError(DomainError):
    """The session has changed, or whoever was chosen is not free any more."""

    message = _("It cannot go over as things stand now, so nothing was changed. Please look at it again.")
    status = 409


class OwnLoginError(DomainError):
    """Who closes their own way in could not open it again, and perhaps nobody could."""

    message = _("You cannot close your own sign-in. Another owner can.")
