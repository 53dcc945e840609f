"""The two parts of a brief, as they are sealed: the joint page that may lie on the table, and the you-only page."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from clinic.progress.agenda import Item, joint_agenda, private_agenda
from clinic.progress.material import Material, Pulse, Saying
from clinic.progress.rules import MOST_PULSES, Moved, Movement, moves


@dataclass(frozen=True, slots=True)
class Shared:
    """A line that one of them released to the other, with the question that it answers; `who` is their given name."""

    who: str
    text: str
    source: str
    on: date
    question: str = ""


@dataclass(frozen=True, slots=True)
class Joint:
    """Only what each person in the room may see: never one partner's own work, scores or sayings to the other."""

    sessions: int
    shared: tuple[Shared, ...]
    sayings: tuple[Saying, ...]
    moved: tuple[Moved, ...]
    agenda: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """One exercise in figures that stay apart: quantity, the client's hardness 0-10, the therapist's quality 0-4."""

    title: str
    entries: int
    target: int | None
    is_done: bool
    is_due: bool
    hardness: float | None
    quality: int | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """How often one person came, came late or did not come, in the sessions that were noted."""

    came: int = 0
    late: int = 0
    absent: int = 0


@dataclass(frozen=True, slots=True)
class Private:
    """About one person, for the therapist alone."""

    attendance: Attendance
    work: tuple[Work, ...]
    sayings: tuple[Saying, ...]
    moved: tuple[Moved, ...]
    pulses: tuple[Pulse, ...]
    agenda: tuple[Item, ...]


def joint_of_one(material: Material) -> Joint:
    """The page for a session with one person: their own words and movement may lie in front of them."""
    agenda = joint_agenda((), is_next_booked=material.next_session_at is not None)
    moved = (*moves(material.wheels), *moves(material.pulses))
    return Joint(material.sessions, (), material.sayings, moved, tuple(agenda))


def joint_of_couple(sessions: int, shared: tuple[Shared, ...], *, booked: bool) -> Joint:
    """The page for a joint session: sessions they had together, and lines that were released."""
    agenda = joint_agenda([line.source for line in shared], is_next_booked=booked)
    return Joint(sessions, shared, (), (), tuple(agenda))


def private_of(material: Material, attendance: Attendance, today: date) -> Private:
    """The you-only page about one person."""
    work = [
        Work(
            task.title,
            task.entries,
            task.target,
            task.is_done_by(today),
            task.due_on is not None and task.due_on <= today,
            task.hardness,
            task.quality,
        )
        for task in material.tasks
        if not task.is_excused and not task.is_measure
    ]
    return Private(
        attendance=attendance,
        work=tuple(work),
        sayings=material.sayings,
        moved=(*moves(material.wheels), *moves(material.pulses)),
        pulses=tuple(sorted(material.pulses, key=lambda pulse: pulse.on)[-MOST_PULSES:]),
        agenda=tuple(private_agenda(material, today)),
    )


def to_json(page: Joint | Private) -> str:
    """The page as text, to be sealed."""
    return json.dumps(asdict(page), default=lambda value: value.isoformat(), ensure_ascii=False)


def joint_from_json(text: str) -> Joint:
    """The joint page that `to_json` wrote."""
    raw = json.loads(text)
    return Joint(
        raw["sessions"],
        tuple(Shared(**(one | {"on": date.fromisoformat(one["on"])})) for one in raw["shared"]),
        _sayings(raw),
        _moved(raw),
        _agenda(raw),
    )


def private_from_json(text: str) -> Private:
    """The you-only page that `to_json` wrote."""
    raw = json.loads(text)
    return Private(
        Attendance(**raw["attendance"]),
        tuple(Work(**one) for one in raw["work"]),
        _sayings(raw),
        _moved(raw),
        tuple(Pulse(date.fromisoformat(one["on"]), one["values"]) for one in raw["pulses"]),
        _agenda(raw),
    )


def _sayings(raw: Mapping[str, Any]) -> tuple[Saying, ...]:
    return tuple(Saying(**(one | {"on": date.fromisoformat(one["on"])})) for one in raw["sayings"])


def _moved(raw: Mapping[str, Any]) -> tuple[Moved, ...]:
    return tuple(Moved(one["key"], Movement(one["movement"]), date.fromisoformat(one["since"])) for one in raw["moved"])


def _agenda(raw: Mapping[str, Any]) -> tuple[Item, ...]:
    return tuple(
        Item(one["rule"], tuple(one["about"]), date.fromisoformat(one["since"]) if one["since"] else None)
        for one in raw["agenda"]
    )
