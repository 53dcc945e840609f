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


class WaiverChangedError(StaleError):
    """The fee was waived, or the waiver taken back, since the page was opened."""

    message = _("This fee was waived, or that was taken back, in the meantime, so nothing was changed.")


class NothingToWaiveError(DomainError):
    """There is no late fee, or it is paid already."""

    message = _("There is no fee left to waive here, so nothing was changed.")
    status = 409


class FeeChangedError(StaleError):
    """Somebody else has agreed on another fee since the page was opened."""

    message = _("Somebody has changed this fee in the meantime. Look at what stands now, then save again.")


class PaidInFutureError(DomainError):
    """Money is noted once it is there."""

    message = _("Please choose today or an earlier day.")


class PaidLongAgoError(DomainError):
    """A day that is more likely a slip of the keyboard."""

    message = _("Please choose a day within the last two years.")
