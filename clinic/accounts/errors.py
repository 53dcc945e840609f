"""What can go wrong with an account, each as a sentence that says what to do."""

from clinic.core.errors import DomainError, StaleError


class PasswordTooShortError(DomainError):
    """Below the shortest length."""

    message = "Please take at least %(shortest)s characters. A few words in a row are good, and easy to remember."


class PasswordTooLongError(DomainError):
    """Beyond what a form takes."""

    message = "Please take at most %(longest)s characters."


class PasswordGuessableError(DomainError):
    """On a list of breached passwords, a simple pattern, or made of the person's own name or address."""

    message = "This one is easy to guess: it is on lists of stolen passwords, follows a pattern, or holds your name."


class WrongPasswordError(DomainError):
    """The current password does not match."""

    message = "That is not your current password."


class SignInRefusedError(DomainError):
    """Address and password do not fit together; it does not say which, nor whether the address is known."""

    message = "That address and password do not fit together. Please check both, or set a new password by mail."


class WrongCodeError(DomainError):
    """Not the person's code, one that was used before, or a passkey that did not sign."""

    message = (
        "That code does not fit. Each code works once: please wait for the next one, or check the clock of the phone."
    )


class HalfGoneError(StaleError):
    """The ten minutes between password and second step are over, or somebody went on in another tab."""

    message = "That took a little long. Please sign in again."


class NothingToConfirmError(StaleError):
    """No new authenticator app waits for its first code."""

    message = "There is nothing to confirm any more. Please look at what is set up."


class PasskeyRefusedError(DomainError):
    """The browser made no passkey, or one that does not belong here."""

    message = "That passkey could not be added. Please try once more, or take an authenticator app."


class TooManyPasskeysError(PasskeyRefusedError):
    """Nobody has that many devices."""

    message = "These are as many as one can have. Please remove one that you do not use any more."


class LastFactorError(DomainError):
    """Who works here keeps a second step."""

    message = "Who works here needs a second step. Please add another one first, then remove this one."


class ShortPasswordError(DomainError):
    """The password is good enough beside a second step only."""

    message = "Your password is too short to be the only lock. Please choose one of 15 characters or more first."


class OwnFactorError(DomainError):
    """Nobody takes their own second step away as if it were somebody else's."""

    message = "Your own second step you change in your account. If you have lost it, somebody else helps you."


class StaffFactorError(DomainError):
    """Whoever works here is helped by the owner, not by the front desk."""

    message = "They work here, too: the owner helps them, under Practice, Staff."


class NoFactorError(DomainError):
    """There is no second step to take away."""

    message = "No second step is set up for them."


class TooManyTriesError(DomainError):
    """The throttle asks for a pause. `seconds` says how long."""

    message = (
        "That was a bit too often. Please wait %(pause)s, then try again. You can also set a new password by mail."
    )
    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(pause=f"{seconds} s" if seconds < 60 else f"{-(-seconds // 60)} min")


class AddressTakenError(DomainError):
    """An address belongs to one login."""

    message = "There is an account with this address already. Please sign in with it, or ask us for another way."


class NoAddressError(DomainError):
    """A link can be mailed only where there is an address."""

    message = "There is no e-mail address for this person yet."


class LoginDisabledError(DomainError):
    """Somebody closed this way in, and opening it again is a decision of its own."""

    message = "This person's sign-in is closed. Open it again first, with enable-login."


class NoLoginError(DomainError):
    """There is no way in to close or to open."""

    message = "This person has no sign-in."


class HasLoginError(DomainError):
    """The address of a login stays as it is."""

    message = "This person signs in with an address already, so they need no other one."


class LinkSpentError(StaleError):
    """Somebody else was quicker, or the time has run out between the page and the press."""

    message = "This link has been used already. Please sign in, or ask for a new link."
