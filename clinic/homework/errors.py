"""What homework raises when something is not possible now."""

from clinic.core.errors import DomainError, StaleError


class StateError(StaleError):
    """The assignment has moved on, so this step is not open any more."""

    message = "This homework has moved on in the meantime. Please look at it again."


class AssignmentError(DomainError):
    """The assignment cannot be made like this; `message` says what to change."""
