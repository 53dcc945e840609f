"""What an earlier run left behind: every child carries a mark in its environment, and so is found again."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

MARK = "CLINIC_STANDALONE"
PATIENCE = 20.0  # seconds from TERM to KILL


def mark(state: Path) -> dict[str, str]:
    """The variable that every child of the run with this state folder carries."""
    return {MARK: str(state)}


def marked(state: Path) -> list[int]:
    """The living processes that carry the mark, ourselves apart."""
    wanted = os.fsencode(f"{MARK}={state}")
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):  # it has gone, or it is somebody else's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def end_marked(state: Path, patience: float = PATIENCE) -> int:
    """End all that carry the mark, with TERM, then KILL; returns their number. The caller holds the run's lock."""
    first = marked(state)
    for signal_, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        left = marked(state)
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal_)
        deadline = time.monotonic() + wait
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = marked(state)
    return len(first)
