"""What can stand in the way of noting a payment, each as a sentence that says what to do."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class PaymentChangedError(StaleError):
    """Somebody else has noted a payment, or taken one back, since the page was opened."""

    message = _("Somebody has noted or taken back a payment in the meantime, so nothing was changed.")


class NothingDueError(DomainError):
    """A session that costs nothing, or that is not booked."""

    message = _("There is nothing to pay for this appointment, so nothing was noted.")
    status = 409


class PaidInFutureError(DomainError):
    """Money is noted once it is there."""

    message = _("Please choose today or an earlier day.")


class PaidLongAgoError(DomainError):
    """A day that is more likely a slip of the keyboard."""

    message = _("Please choose a day within the last two years.")
