"""What the private page and its review refuse, in words that say what to do."""

from clinic.core.errors import DomainError, StaleError


class AlreadySentError(StaleError):
    """The page is sent once."""

    message = "You have sent this page already."


class NotCompleteError(DomainError):
    """A review was closed without both words."""

    message = "Please write down what you asked and what you decided."


class ReviewClosedError(StaleError):
    """A review is closed once."""

    message = "This review is closed already."
