"""How a start fails: one sentence for the person at the terminal, one exit code for a script."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status of `python -m clinic.standalone` means."""

    DONE = 0
    ALREADY_RUNNING = 10
    PORT_TAKEN = 11
    MISSING_PROGRAM = 12
    DATABASE = 13
    BROKER = 14
    PREPARATION = 15
    NOT_READY = 16
    FOLDER = 17
    INBOX = 18


class StartError(Exception):
    """Something keeps the practice from starting; `str()` says what, and what to do."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.code = code
