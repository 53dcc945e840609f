"""What the engine raises: about a definition that is not sound, and about answers that are not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clinic.core.errors import DomainError, StaleError


@dataclass(frozen=True, slots=True)
class Message:
    """A gettext id with `%(name)s` places and the values for them; the edge turns it into a sentence."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class DefinitionError(DomainError):
    """A definition breaks a rule; says in which file, at which field, and why. Meant for the person who wrote it."""

    message = "%(file)s: %(place)s: %(reason)s"

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(None, file=file, place=place, reason=reason)
        self.file, self.place, self.reason = file, place, reason


class AnswerError(DomainError):
    """One answer does not fit its field; `message` says what to do."""


class AnswersError(DomainError):
    """Some answers stand in the way; `errors` maps the key of each field to its message."""

    message = "Some answers need another look."

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__()
        self.errors = dict(errors)


class FrozenError(StaleError):
    """The response has been sent, so its answers no longer change."""

    message = "You have sent this already, so it no longer changes."


class BegunError(StaleError):
    """Staff type a page that the client has begun or sent themselves."""

    message = "They have filled this in, or have begun to. Please ask them to go on with it on their own page."


class EditedDefinitionError(DomainError):
    """A definition file was edited without a new version number."""

    message = "%(key)s version %(version)s is installed with other content. Give the edited file a new version."
