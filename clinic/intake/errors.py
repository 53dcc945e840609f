"""What the intake refuses, in words that say what to do."""

from clinic.core.errors import DomainError, NotAllowedError, StaleError


class DocumentError(DomainError):
    """A text that ships is not sound; meant for the person who wrote it."""

    message = "%(file)s: %(reason)s"


class EditedDocumentError(DomainError):
    """A text was edited without a new version number."""

    message = "%(key)s version %(version)s is installed with other words. Give the edited text a new version."


class WrongNameError(DomainError):
    """The name under a text is not the signer's own."""

    message = "We know you as %(name)s. Please type your name like that. If it should be different, tell us."


class NotReadError(DomainError):
    """The sentence of intent was not ticked."""

    message = "Please tick the sentence once you have read the text."


class NotSignedError(DomainError):
    """The tick, the signer's own name, or both are missing: `tick` and `name` say which, each in its own words."""

    message = "Please tick the sentence, and type your name as we know it."

    def __init__(self, tick: NotReadError | None, name: WrongNameError | None) -> None:
        self.tick, self.name = tick, name
        super().__init__()


class TextChangedError(StaleError):
    """Between showing and signing, the text became another one."""

    message = "This text has changed since you opened it. Please read it again before you sign."


class ExpiryError(DomainError):
    """A release that ends too soon, or later than a year from now."""

    message = "Please choose a day after today, and at most a year ahead."


class OtherStepFirstError(StaleError):
    """An earlier step opens this one."""

    message = "Another step comes before this one."


class NotFinishedError(StaleError):
    """Something is still open, so there is nothing to send yet."""

    message = "A few steps are still open. Everything you did is saved."


class IntakeEndedError(StaleError):
    """The packet ended kindly, so its steps are closed."""

    message = "These pages are closed at the moment."


class PartnerContactError(DomainError):
    """The emergency contact reads like the client's own partner, and they have not said that they are sure."""

    message = "This may be your partner. There may be a day when you need someone else: who could that be?"


class OnlyByPracticeError(NotAllowedError):
    """Only the practice can open the packet again."""

    message = "Please call us, and we will open these pages again together."
