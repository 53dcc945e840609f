"""What can stand in the way of an alert or of the office's settings, each as a sentence that says what to do."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class TakenError(StaleError):
    """Of several who press at once, one has it."""

    message = _("%(name)s has taken this already. Please talk to them if you want to help.")


class NotTakenError(StaleError):
    """What nobody has acknowledged cannot be closed."""

    message = _(
        "Please acknowledge it first, so that everybody knows who looks after it. What you typed is still here."
    )


class ClosedError(StaleError):
    """It is closed once."""

    message = _("This is closed already. What you typed is still here and is not saved.")


class IncompleteError(DomainError):
    """A closing says everything, or why it could not be asked. `missing` are the names of what is empty."""

    message = _("Nothing is saved yet. Please fill in what is marked; where you could not ask, say why.")

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__()


class NeverOpenError(DomainError):
    """An office that is never open never looks."""

    message = _("Please write hours for at least one day. Urgent items are passed on by them.")


class TwiceOnCallError(DomainError):
    """Nobody has two places on the on-call list."""

    message = _("%(name)s is on the list twice. Please give each place to somebody else, or leave it empty.")


class NotATherapistError(DomainError):
    """Urgent items go to therapists who can sign in."""

    message = _("Please choose a therapist who works here and can sign in.")


class UnknownCountryError(DomainError):
    """A code that is no country."""

    message = _("Please choose a country from the list.")
