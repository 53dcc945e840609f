"""Child processes that cannot outlive us: a session of their own, a parent-death signal, a patient end."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: after it, only system calls are safe


@dataclass(frozen=True)
class Account:
    """The numeric user and group that a process runs under; they need no entry in /etc/passwd."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """What to start: `death_signal` is sent by the kernel when we die, even by kill -9."""

    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    account: Account | None = None
    death_signal: signal.Signals = signal.SIGTERM


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start `command`, its output appended to its log. The calling thread must live as long as the child should."""
    parent, account = os.getpid(), command.account

    def die_with_parent() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(command.death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked to be told
            os._exit(1)

    with open_log(command.log) as log:
        return subprocess.Popen(
            list(command.argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env=dict(command.environment) or None,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 -- it makes system calls only
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def open_log(path: Path) -> IO[bytes]:
    """The log at `path` for appending, readable by nobody else."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log, to show beside an error; empty when there is none."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def end(process: subprocess.Popen[bytes], first: signal.Signals, patience: float) -> None:
    """Ask with signal `first`, wait `patience` seconds, then kill what is left of the child's process group."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    # Until the child is reaped its id cannot be given to another process, and while its group has members neither.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
