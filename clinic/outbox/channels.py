"""What a way to reach people must do, in stages, so that the moment of no return is one call."""

from collections.abc import Iterator
from typing import Protocol

from clinic.outbox.registry import Letter


class ChannelDownError(Exception):
    """The server cannot be reached, or was lost before anything was handed over: try again later."""

    def __init__(self, *, was_reached: bool) -> None:
        super().__init__()
        self.was_reached = was_reached


class DeferredError(Exception):
    """The server will not take this message now. `code` is its answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RefusedError(Exception):
    """The server will never take this message. `code` is its answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AnswerLostError(Exception):
    """The message was handed over and no answer came: it may have arrived."""


class Channel(Protocol):
    """One kept connection. After any of its exceptions but DeferredError and RefusedError it has been closed."""

    @property
    def is_open(self) -> bool:
        """True while a connection is kept."""

    def stage(self, letter: Letter, message_id: str) -> Iterator[None]:
        """Bring the message up to the point of no return, connecting if need be; yields wherever it must wait.

        Raises ChannelDownError, DeferredError, RefusedError, or ValueError for one that cannot be sent at all.
        """

    def hand_over(self) -> None:
        """Pass that point without waiting for the answer.

        Raises ChannelDownError when it was surely not passed, AnswerLostError when it may have been.
        """

    def answer(self, patience: float) -> None:
        """Wait up to so many seconds for the answer; none raised means accepted.

        Raises DeferredError, RefusedError or AnswerLostError.
        """

    def close(self) -> None:
        """Drop the connection, and with it what was staged; never raises."""

    def leave(self) -> None:
        """Say goodbye and close; never raises."""
