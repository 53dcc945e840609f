"""What standing sessions refuse, and why. Messages are gettext ids."""

from datetime import datetime

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class OccurrenceTakenError(DomainError):
    """One of the chosen times is not free, so none is booked. `starts_at` is the first such time."""

    message = _("One of these times is not free any more, so nothing has been booked yet.")
    status = 409

    def __init__(self, starts_at: datetime) -> None:
        super().__init__()
        self.starts_at = starts_at


class NothingChosenError(DomainError):
    """Every occurrence is left out."""

    message = _("All of them are left out. Please keep at least one.")


class SeriesChangedError(DomainError):
    """The sessions that follow are not those that the page showed."""

    message = _("These sessions have changed in the meantime. Please look at them again.")
    status = 409


class SeriesEndedError(DomainError):
    """Nothing follows any more: the standing session ended before this occurrence, or all that follow are over."""

    message = _("No later session of this standing time can be changed any more.")
    status = 409
