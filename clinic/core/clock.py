"""The one place that reads the time; outside production it can be moved by an offset file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset_file: Path | None = None


def use_offset_file(path: Path | None) -> None:
    """Let every later `now()` add the seconds written in `path`; None stops that. Never call it in production."""
    global _offset_file  # noqa: PLW0603 -- one clock per process is the point
    _offset_file = path


def move(by: timedelta) -> None:
    """Shift the clock of every process that reads the same offset file; it can move on, and back."""
    if _offset_file is None:
        raise RuntimeError("the clock of this process cannot be moved: no offset file is in use")
    seconds = _offset().total_seconds() + by.total_seconds()
    replacement = _offset_file.with_suffix(".new")
    replacement.write_text(f"{seconds}\n", encoding="ascii")
    replacement.replace(_offset_file)


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC) + _offset()


def unmoved() -> datetime:
    """The machine's own time, for what watches the machinery."""
    return datetime.now(UTC)


def _offset() -> timedelta:
    if _offset_file is None:
        return timedelta()
    try:
        return timedelta(seconds=float(_offset_file.read_text(encoding="ascii") or 0))
    except FileNotFoundError:
        return timedelta()
