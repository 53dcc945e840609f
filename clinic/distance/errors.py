"""What can stand in the way of a session by video, each as a sentence that says what to do."""

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class VideoAddressError(DomainError):
    """What was typed is no address of a room on the internet."""

    message = _("Please paste the whole address. It begins with https:// and leads to a meeting on the internet.")


class OwnVideoAddressError(DomainError):
    """The address leads back to the practice's own pages."""

    message = _("That is an address of this practice. Please paste the one that your video service gave you.")


class NotOpenError(DomainError):
    """It is too early or too late to come to the session, or it does not take place by video."""

    message = _("This session cannot be joined by video now, so nothing was kept.")
    status = 409
