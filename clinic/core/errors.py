"""What rules raise. An error carries a message id and values; the edge turns them into a sentence for a person."""


class DomainError(Exception):
    """A rule of the practice was broken. `message` is a gettext id with `%(name)s` places for `values`."""

    message = "That is not possible."
    status = 422

    def __init__(self, message: str | None = None, **values: object) -> None:
        self.message = message or self.message
        self.values = values
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class NotVisibleError(DomainError):
    """The record does not exist for this person; a stranger cannot tell that from a missing one."""

    message = "We cannot find that page."
    status = 404


class NotAllowedError(DomainError):
    """The person is known and sees the record, but may not do this with it."""

    message = "You cannot do that here."
    status = 403


class StaleError(DomainError):
    """Somebody else was quicker, or the page is older than what stands now."""

    message = "This has changed in the meantime. Please look at it again."
    status = 409
