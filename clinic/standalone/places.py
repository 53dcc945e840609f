"""Where one checkout keeps its state, and the lock that lets one run at a time have it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinic.standalone.failure import Exit, StartError
from clinic.standalone.sockets import make_passable

LARGEST_LOG = 10 * 1024 * 1024  # bytes; one older log is kept beside it


@dataclass(frozen=True)
class Places:
    """`root` is the checkout, `state` its `var/`."""

    root: Path
    state: Path

    @property
    def postgres(self) -> Path:
        """The database's folder."""
        return self.state / "postgres"

    @property
    def redis(self) -> Path:
        """The broker's folder."""
        return self.state / "redis"

    @property
    def mail(self) -> Path:
        """What the inbox received."""
        return self.state / "mail"

    @property
    def secrets(self) -> Path:
        """Keys made at the first start, readable by us alone."""
        return self.state / "secrets"

    @property
    def logs(self) -> Path:
        """One log for each child."""
        return self.state / "log"

    @property
    def run(self) -> Path:
        """What only matters while the practice runs."""
        return self.state / "run"

    def prepare(self) -> None:
        """Make the folders and set aside large logs. Raises StartError when the state is somebody else's."""
        try:
            make_passable(self.state)
            owner = self.state.stat().st_uid
            if owner != os.geteuid():
                raise StartError(
                    f"{self.state} belongs to another user (number {owner}): start the practice as that user, "
                    "or move the folder away to begin anew.",
                    Exit.FOLDER,
                )
            for folder in (self.mail, self.secrets, self.logs, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StartError(f"{self.state} cannot be written: {error.strerror}.", Exit.FOLDER) from error
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))


@contextmanager
def only_run(places: Places) -> Iterator[None]:
    """Hold the checkout until we end, however we end. Raises StartError when another run has it."""
    path = places.run / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 100).decode(errors="replace").strip() or "unknown"
            raise StartError(
                f"The practice already runs from this checkout, as process {holder}. "
                f"Close it there with Ctrl-C, or with: kill {holder}",
                Exit.ALREADY_RUNNING,
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
