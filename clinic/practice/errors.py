"""What can go wrong when a practice is set up."""

from clinic.core.errors import DomainError


class AlreadyOpenError(DomainError):
    """One installation is one practice."""

    message = "There is a practice in this installation already."


class NameTakenError(DomainError):
    """Two therapists cannot share one public page."""

    message = "There is a therapist whose page has this address already."
