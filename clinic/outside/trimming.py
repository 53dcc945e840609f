"""What of a calendar file is looked at: when something is. Titles, places, people and notes are dropped unread.

Counting lines and nesting here keeps a hostile file away from the parser. Zones and their names come back under another
name, since the parser would guess, work them out and keep them for every other calendar of the process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clinic.outside.errors import CannotReadError, Problem

ZONE: Final = "X-CLINIC-ZONE"
MOST_EVENTS: Final = 10_000
DEEPEST: Final = 20
LONGEST_LINE: Final = 20_000  # of what is kept, such as a list of exceptions
_KEPT: Final = {
    "VCALENDAR": {"VERSION"},
    "VEVENT": {
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"),
        *("RECURRENCE-ID", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"),
    },
    "VFREEBUSY": {"FREEBUSY"},
    "VTIMEZONE": {"TZID", "X-LIC-LOCATION"},
    "STANDARD": {"DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"},
}
_INSIDE: Final = {
    "VCALENDAR": None,
    "VEVENT": "VCALENDAR",
    "VFREEBUSY": "VCALENDAR",
    "VTIMEZONE": "VCALENDAR",
    "STANDARD": "VTIMEZONE",
    "DAYLIGHT": "VTIMEZONE",
}
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_ZONE_NAME: Final = re.compile(r";TZID=", re.IGNORECASE)


def trimmed(data: bytes) -> str:
    """The lines that say when something is. Raises CannotReadError for what is no calendar, or not a whole one."""
    trimming = _Trimming()
    for line in _unfolded(data):
        found = _NAME.match(line)
        name = found[0].upper() if found else ""
        if name == "BEGIN":
            trimming.begin(_value(line))
        elif name == "END":
            trimming.end(_value(line))
        else:
            trimming.keep(name, line)
    return trimming.whole()


@dataclass(slots=True)
class _Trimming:
    """What is kept so far; `inside` are the components around the line, `dropped` how many of the innermost go."""

    kept: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    dropped: int = 0
    events: int = 0

    def begin(self, kind: str) -> None:
        """A component; whatever it is, it does not lie deep."""
        around = self.inside[-1] if self.inside else None
        if self.dropped or _INSIDE.get(kind, "") != around:
            self.dropped += 1
            if self.dropped > DEEPEST:
                raise CannotReadError(Problem.TOO_MUCH)
            return
        self.events += kind in {"VEVENT", "VFREEBUSY"}
        if self.events > MOST_EVENTS:
            raise CannotReadError(Problem.TOO_MUCH)
        self.inside.append(kind)
        self.kept.append(f"BEGIN:{_renamed(kind)}")

    def end(self, kind: str) -> None:
        """The end of the innermost component, and of no other."""
        if self.dropped:
            self.dropped -= 1
        elif not self.inside or self.inside.pop() != kind:
            raise CannotReadError(Problem.BROKEN)
        else:
            self.kept.append(f"END:{_renamed(kind)}")

    def keep(self, name: str, line: str) -> None:
        """A property, where it says when."""
        if self.dropped or not self.inside or name not in _KEPT[self.inside[-1]]:
            return
        if len(line) > LONGEST_LINE:
            raise CannotReadError(Problem.TOO_MUCH)
        self.kept.append(_ZONE_NAME.sub(f";{ZONE}=", line))

    def whole(self) -> str:
        """All of it, once every component has ended."""
        if not self.kept:
            raise CannotReadError(Problem.NO_CALENDAR)
        if self.inside or self.dropped:
            raise CannotReadError(Problem.BROKEN)
        return "\r\n".join((*self.kept, ""))


def _unfolded(data: bytes) -> Iterator[str]:
    """The lines of the file, whatever ends them; a line that begins with a blank goes on the one before."""
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parts: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"}:
            parts.append(line[1:])
        else:
            if parts:
                yield "".join(parts)
            parts = [line]
    yield "".join(parts)


def _value(line: str) -> str:
    return line.partition(":")[2].strip().upper()


def _renamed(kind: str) -> str:
    return ZONE if kind == "VTIMEZONE" else kind
