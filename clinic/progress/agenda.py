"""What to talk about: each suggestion comes from one named rule, for the therapist to judge. Ours, unvalidated."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.progress.material import Material, Pulse, Task
from clinic.progress.rules import Movement, movement

TOO_HARD = 8
"""Hardness, 0 to 10, from which a task is called too hard."""
MOST_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One suggestion: the rule that made it, what it is about (titles or keys), and since when where that matters."""

    rule: str
    about: tuple[str, ...] = ()
    since: date | None = None


Rule = Callable[[Material, date], Iterable[Item]]


def private_agenda(material: Material, today: date) -> list[Item]:
    """At most five suggestions about one person, most pressing rule first."""
    return [item for rule in _PRIVATE for item in rule(material, today)][:MOST_ITEMS]


def joint_agenda(shared: Sequence[str], *, is_next_booked: bool) -> list[Item]:
    """Suggestions made only of what everyone in the room may see: lines they shared, the next date."""
    items = [Item("open")]
    items.extend(_one("shared", shared))
    if not is_next_booked:
        items.append(Item("next_date"))
    return items[:MOST_ITEMS]


def _one(rule: str, about: Iterable[str], since: date | None = None) -> list[Item]:
    """One item for all that a rule found, each named once; none where it found nothing."""
    found = tuple(dict.fromkeys(about))
    return [Item(rule, found, since)] if found else []


def _exercises(material: Material) -> Iterable[Task]:
    """Measures are for the charts: nobody is asked why one is missing."""
    return (task for task in material.tasks if not task.is_measure)


def _not_reviewed(material: Material, _today: date) -> Iterable[Item]:
    return _one("review", [task.title for task in _exercises(material) if task.done_on and not task.is_reviewed])


def _too_hard(material: Material, _today: date) -> Iterable[Item]:
    return _one("too_hard", [task.title for task in _exercises(material) if (task.hardness or 0) >= TOO_HARD])


def _in_the_way(material: Material, today: date) -> Iterable[Item]:
    open_still = [
        task.title
        for task in _exercises(material)
        if task.due_on and task.due_on <= today and not task.done_on and not task.is_excused
    ]
    return _one("in_the_way", open_still)


def _pulse_moved(material: Material, _today: date) -> Iterable[Item]:
    """What fell since the reading before comes ahead of what rose."""
    readings = sorted(material.pulses, key=lambda pulse: pulse.on)[-2:]
    changed = _between(readings)
    since = readings[0].on if readings else None
    return [
        *_one("fell", [key for key, kind in changed if kind is Movement.LOWER], since),
        *_one("rose", [key for key, kind in changed if kind is Movement.HIGHER], since),
    ]


def _between(readings: Sequence[Pulse]) -> list[tuple[str, Movement]]:
    if len(readings) < 2:
        return []
    before, latest = readings
    return [(key, movement(before.values[key], value)) for key, value in latest.values.items() if key in before.values]


def _no_work(material: Material, _today: date) -> Iterable[Item]:
    return [] if material.upcoming else [Item("no_work")]


_PRIVATE: tuple[Rule, ...] = (_not_reviewed, _in_the_way, _too_hard, _pulse_moved, _no_work)
