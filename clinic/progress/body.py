"""What a report holds, as it is sealed: facts without sentences, so that each reader gets them in their own words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from clinic.progress.material import Material, Pulse, Task, Upcoming, Wheel
from clinic.progress.rules import MOST_PULSES, Moved, Movement, Period, Week, moves, weeks, worth_keeping


@dataclass(frozen=True, slots=True)
class Deed:
    """What became of one exercise: how often it was sent, and how many entries of it the period brought."""

    title: str
    times: int
    entries: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A saying that is worth keeping; `key` names it when the therapist holds it back."""

    key: str
    text: str
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Body:
    """One report. Wheels hold the first and the latest, pulses the last twelve, all up to the period's end."""

    period: Period
    deeds: tuple[Deed, ...]
    weeks: tuple[Week, ...]
    sessions: int
    wheels: tuple[Wheel, ...]
    pulses: tuple[Pulse, ...]
    moved: tuple[Moved, ...]
    kept: tuple[Kept, ...]
    upcoming: tuple[Upcoming, ...]
    next_session_at: datetime | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys of the parts that this report has: its sections, and each saying by itself."""
        present = ["did"]
        if self.moved or self.wheels or self.pulses:
            present.append("moved")
        if self.kept:
            present.append("said")
        if self.upcoming or self.next_session_at:
            present.append("next")
        return (*present, *(one.key for one in self.kept))


def composed(material: Material, period: Period) -> Body:
    """The report of that period; what came later stays out, except what is next."""
    wheels = sorted((wheel for wheel in material.wheels if wheel.on <= period.end_on), key=lambda wheel: wheel.on)
    pulses = sorted((pulse for pulse in material.pulses if pulse.on <= period.end_on), key=lambda pulse: pulse.on)
    kept = worth_keeping(material.sayings, period)
    return Body(
        period=period,
        deeds=tuple(_deeds(material.tasks, period)),
        weeks=tuple(weeks(material.tasks, period)),
        sessions=material.sessions,
        wheels=tuple(wheels if len(wheels) < 2 else (wheels[0], wheels[-1])),
        pulses=tuple(pulses[-MOST_PULSES:]),
        moved=(*moves(wheels), *moves(pulses)),
        kept=tuple(Kept(f"said-{at}", one.text, one.source, one.on) for at, one in enumerate(kept, 1)),
        upcoming=material.upcoming,
        next_session_at=material.next_session_at,
    )


def _deeds(tasks: Iterable[Task], period: Period) -> list[Deed]:
    """One for each exercise, in the order of their first sending; measures have charts instead."""
    told = [task for task in tasks if not task.is_measure and (task.entries or period.holds(task.done_on))]
    told.sort(key=lambda task: (task.done_on or period.end_on, task.title))
    by_title: dict[str, list[Task]] = {}
    for task in told:
        by_title.setdefault(task.title, []).append(task)
    return [
        Deed(title, sum(period.holds(task.done_on) for task in same), sum(task.entries for task in same))
        for title, same in by_title.items()
    ]


def to_json(body: Body) -> str:
    """The body as text, to be sealed."""
    return json.dumps(asdict(body), default=lambda value: value.isoformat(), ensure_ascii=False)


def from_json(text: str) -> Body:
    """The body that `to_json` wrote."""
    raw = json.loads(text)
    return Body(
        period=Period(_day(raw["period"]["start_on"]), _day(raw["period"]["end_on"])),
        deeds=tuple(Deed(**one) for one in raw["deeds"]),
        weeks=tuple(Week(_day(one["on"]), one["done"], one["due"]) for one in raw["weeks"]),
        sessions=raw["sessions"],
        wheels=tuple(Wheel(_day(one["on"]), one["values"]) for one in raw["wheels"]),
        pulses=tuple(Pulse(_day(one["on"]), one["values"]) for one in raw["pulses"]),
        moved=tuple(Moved(one["key"], Movement(one["movement"]), _day(one["since"])) for one in raw["moved"]),
        kept=tuple(Kept(one["key"], one["text"], one["source"], _day(one["on"])) for one in raw["kept"]),
        upcoming=_upcoming(raw["upcoming"]),
        next_session_at=datetime.fromisoformat(raw["next_session_at"]) if raw["next_session_at"] else None,
    )


def _upcoming(raw: Sequence[Mapping[str, str | None]]) -> tuple[Upcoming, ...]:
    return tuple(Upcoming(str(one["title"]), _day(one["due_on"]) if one["due_on"] else None) for one in raw)


def _day(text: str | None) -> date:
    return date.fromisoformat(str(text))
