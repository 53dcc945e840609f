"""What a tree of processes has used, read from /proc: processor time, and memory of each process."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICK: Final = os.sysconf("SC_CLK_TCK")
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """One process: its parent, and the seconds that it and its ended children have been on a processor."""

    pid: int
    parent: int
    cpu_seconds: float


def parse_stat(text: str) -> Usage:
    """Read a line of /proc/PID/stat; the name in it may hold blanks and parentheses."""
    pid, _, _ = text.partition(" ")
    fields = text.rpartition(")")[2].split()
    ticks = sum(int(each) for each in fields[11:15])  # utime, stime, cutime, cstime: fields 14 to 17 of proc(5)
    return Usage(int(pid), int(fields[1]), ticks / TICK)


def tree(root: int) -> list[Usage]:
    """The process `root` and everything below it."""
    children: dict[int, list[Usage]] = {}
    found: list[Usage] = []
    for usage in _everything():
        children.setdefault(usage.parent, []).append(usage)
        if usage.pid == root:
            found.append(usage)
    for usage in found:  # grows while it is walked
        found.extend(children.get(usage.pid, ()))
    return found


def cpu_seconds(root: int) -> float:
    """The processor time of the whole tree so far, in steps of a clock tick (10 ms) for each process."""
    return sum(usage.cpu_seconds for usage in tree(root))


def resident_megabytes(pid: int) -> float:
    """The memory of one process that lies in RAM, shared libraries included."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _everything() -> list[Usage]:
    usages = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                usages.append(parse_stat(Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return usages
