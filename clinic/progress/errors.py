"""What progress refuses, and why."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class NotPreparedError(StaleError):
    """The report is not waiting for release: it is still being made, or it has been released already."""

    message = _("This report is not waiting for release any more. Please look at it again.")


class NothingLeftError(DomainError):
    """Everything was held back, so there is nothing to release."""

    message = _("Everything is held back. Leave at least one part in, or keep the report for later.")


class NoteTooLongError(DomainError):
    """The note does not fit."""

    message = _("Please keep the note to %(most)s characters.")
