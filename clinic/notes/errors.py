"""What notes refuse, and why."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class NoTextError(DomainError):
    """There is nothing to sign."""

    message = _("There is nothing written yet. A note is signed once it says something.")


class WrongSignatureError(DomainError):
    """The typed name is not the signer's own."""

    message = _("To sign, please type your name as we know it: %(name)s.")


class SignedMeanwhileError(StaleError):
    """A signed note is locked."""

    message = _("This note is signed, so it no longer changes. What you typed is still here: add it as an amendment.")


class OtherFormatError(StaleError):
    """The page is in another format than the note is now."""

    message = _(
        "This note was put into another format in another window. Copy what you typed, then load the page again."
    )


class SignedOnceError(DomainError):
    """What was signed is never deleted."""

    message = _("This note was signed once, so it stays. Please change it and sign it again.")


class NotWaitingError(StaleError):
    """Somebody has co-signed it or given it back already."""

    message = _("This note does not wait for a co-signature any more. Please look at it again.")


class NotFinalError(StaleError):
    """Only what is final is amended."""

    message = _("This note waits for its co-signature. It can be amended once it is final.")


class NotYetError(DomainError):
    """A note tells of what was."""

    message = _("This session has not begun yet. Its note can be started once it has.")
