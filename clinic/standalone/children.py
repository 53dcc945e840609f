"""The children of a run: what each must offer, and the kind that is a plain program."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from clinic.standalone.process import Command, end, spawn


class Child(Protocol):
    """Something that runs as a process of ours. `start` may raise StartError; `stop` always succeeds."""

    @property
    def name(self) -> str:
        """What a person calls it: "the web server"."""

    @property
    def log(self) -> Path:
        """Where its output goes."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process while it is started."""

    def start(self) -> None:
        """Start it."""

    def stop(self) -> None:
        """Stop it and what is left of it."""


class Program:
    """A child that is one command, asked to end with TERM."""

    def __init__(  # a command has these parts
        self,
        name: str,
        argv: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
        patience: float = 30,
    ) -> None:
        self.name = name
        self.log = log
        self._command = Command(argv, log, environment, folder)
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process while it is started."""
        return self._process

    def start(self) -> None:
        """Start it; whether it is of use shows later, when somebody asks `/readyz`."""
        self._process = spawn(self._command)

    def stop(self) -> None:
        """Ask it to finish what it does, wait for `patience` seconds, then kill it and its own children."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, self._patience)
            self._process = None
