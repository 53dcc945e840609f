"""What can stand in the way of a measure, each as a sentence that says what to do."""

from collections.abc import Mapping

from clinic.core.errors import DomainError, StaleError
from clinic.questionnaires.errors import Message


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class OutOfRangeError(DomainError):
    """An answer is no number that its item has."""

    message = _("One of the answers does not belong to its question.")


class NothingAnsweredError(DomainError):
    """Not one question has an answer."""

    message = _("Nothing is answered yet. Please answer what you can.")


class NotDueError(StaleError):
    """It was answered less than its number of days ago, or is no longer asked for."""

    message = _("There is nothing to answer here just now. Thank you.")


class ChangedMeasureError(StaleError):
    """The practice has put another version in place while the page was open."""

    message = _("These questions have changed while you had them open. Please look at them once more.")


class TooOftenError(DomainError):
    """A measure comes at most every two weeks."""

    message = _("A measure comes at most every 14 days. Please choose 14 or more.")


class AlreadyScheduledError(DomainError):
    """The client has it on their list already."""

    message = _("This one is on the list already. Stop it first to choose another rhythm.")
    status = 409


class NoWordingError(DomainError):
    """The measure has no wording yet, so nobody can be asked."""

    message = _("Its wording is not there yet. The owner of the practice can add it.")


class WordingError(DomainError):
    """The words do not fit the measure; `errors` maps where each was typed to what is wrong."""

    message = _("Some of the words need another look.")

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__()
        self.errors = dict(errors)


class LicenceUnreadError(WordingError):
    """The licence note comes first."""

    def __init__(self) -> None:
        unread = _("Please read the note on the licence, and say that your practice may use it.")
        super().__init__({"has_read": Message(unread)})


class WordingChangedError(StaleError):
    """Somebody else has saved a wording since the page was opened."""

    message = _("Somebody has saved another wording in the meantime. Look at what stands now, then save again.")
