"""The hash chain over audit events (SHA-256): pure, so that anyone can check a trail with it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the trail found. `problems` is empty for an unbroken chain; `tail` events are not linked yet."""

    linked: int
    tail: int
    head: bytes
    problems: tuple[str, ...]


def digest(previous: bytes, event: Mapping[str, object]) -> bytes:
    """The 32 bytes that bind `event` (column name to value) to everything linked before it."""
    text = json.dumps({name: _plain(value) for name, value in event.items()}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def walk(links: Iterable[tuple[int, bytes, Mapping[str, object] | None]]) -> tuple[int, bytes, list[str]]:
    """Follow the chain; return its length, its head and what is wrong with it."""
    previous, expected, problems = GENESIS, 1, []
    for position, stored, event in links:
        if position != expected:
            problems.append(f"links {expected} to {position - 1} are missing")
            expected = position
        if event is None:
            problems.append(f"the event of link {position} was deleted")
        elif digest(previous, event) != stored:
            problems.append(f"the event of link {position} is not what was linked")
        previous, expected = stored, expected + 1
    return expected - 1, previous, problems


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, int | bool) else str(value)
