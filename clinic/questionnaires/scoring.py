"""Scoring rules as named pure functions. A definition names the rule; each rule names where its figures come from."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from clinic.questionnaires.definition import Definition
from clinic.questionnaires.rules import Filled, FilledEntry, readable

OURS = "ours, unvalidated"
Settings = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Score:
    """A named figure, for example `pulse.pause` 7.0; the rule's docstring says its range."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Scorable:
    """What a rule works on: the answers that may be counted, the first ones of the same work, and today's date."""

    filled: Filled
    first: Filled | None
    today: date

    def number(self, key: str) -> float | None:
        """The answer to `key` as a number, None where it is open or no number."""
        return _number(self.filled, key)

    def first_number(self, key: str) -> float | None:
        """The same from the first response, or from this one when it is the first."""
        return _number(self.first or self.filled, key)


Rule = Callable[[Scorable, Settings], list[Score]]


@dataclass(frozen=True, slots=True)
class ScoringRule:
    """A rule with its source and the settings that name fields or groups (`group.field` inside one)."""

    name: str
    source: str
    compute: Rule
    fields: tuple[str, ...] = ()
    optional: tuple[str, ...] = field(default=())


RULES: dict[str, ScoringRule] = {}


def scoring_rule(
    name: str, source: str, fields: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> Callable[[Rule], Rule]:
    """Enter the function into the registry as `name`; `fields` are the settings that it needs."""

    def enter(compute: Rule) -> Rule:
        if name in RULES:
            raise ValueError(f"two scoring rules are called {name}")
        RULES[name] = ScoringRule(name, source, compute, fields, optional)
        return compute

    return enter


def score(definition: Definition, filled: Filled, today: date, first: Filled | None = None) -> list[Score]:
    """Every score of the definition. Kept answers and kept entries are taken out before any rule sees them."""
    scorable = Scorable(readable(definition, filled), None if first is None else readable(definition, first), today)
    return [each for use in definition.scores for each in RULES[use.rule].compute(scorable, use.settings)]


@scoring_rule("wheel_movement", OURS, fields=("now", "chosen", "wanted"))
def wheel_movement(scorable: Scorable, settings: Settings) -> list[Score]:
    """The wheel's areas now (0-10), and movement on the areas chosen first, towards the targets set first.

    `now` and `wanted` are prefixes before the area's code, `chosen` is the multi field of areas. `wheel.moved.AREA` is
    in points (-10 to 10); `wheel.movement` is the mean share of the way to the target (1 = there), and where the target
    was the starting point already, 1 for holding it or better and 0 for less.
    """
    now, wanted, chosen = (_text(settings, key) for key in ("now", "wanted", "chosen"))
    result = [
        Score(f"wheel.now.{key.removeprefix(now)}", value)
        for key in scorable.filled.answers
        if key.startswith(now) and (value := scorable.number(key)) is not None
    ]
    shares = []
    for area in _codes(scorable.first or scorable.filled, chosen):
        start, target = scorable.first_number(now + area), scorable.first_number(wanted + area)
        present = scorable.number(now + area)
        if start is None or target is None or present is None:
            continue
        result.append(Score(f"wheel.moved.{area}", present - start))
        shares.append((present - start) / (target - start) if target != start else float(present >= target))
    return [*result, Score("wheel.movement", _mean(shares))] if shares else result


@scoring_rule("circle_contacts", OURS, fields=("meetings", "person"), optional=("happened", "target", "days"))
def circle_contacts(scorable: Scorable, settings: Settings) -> list[Score]:
    """Meetings that happened, their share of `target` (1 = all), and distinct people within the last `days` (28)."""
    group, person = _text(settings, "meetings"), _text(settings, "person")
    happened = _text(settings, "happened", "happened")
    held = [entry for entry in scorable.filled.of_group(group) if entry.answers.get(happened) is True]
    since = scorable.today - timedelta(days=_whole(settings, "days", 28))
    people = {
        initials(str(entry.answers[person]))
        for entry in held
        if person in entry.answers and entry.on is not None and since < entry.on <= scorable.today
    }
    return [
        Score("circle.meetings", float(len(held))),
        Score("circle.share", min(1.0, len(held) / _whole(settings, "target", 4))),
        Score("circle.people", float(len(people))),
    ]


def initials(text: str) -> str:
    """Initials in one spelling, so that `m. k.` and `MK` are one person."""
    return re.sub(r"[\W_]+", "", text).upper()


@scoring_rule("fear_shift", OURS, fields=("traces", "intensity", "intensity_later"))
def fear_shift(scorable: Scorable, settings: Settings) -> list[Score]:
    """Mean of intensity at first minus intensity when finished (-10 to 10), over shared entries that have both."""
    group, first, later = (_text(settings, key) for key in ("traces", "intensity", "intensity_later"))
    shifts = [
        float(str(entry.answers[first])) - float(str(entry.answers[later]))
        for entry in scorable.filled.of_group(group)
        if first in entry.answers and later in entry.answers
    ]
    return [Score("fear.shift", _mean(shifts)), Score("fear.finished", float(len(shifts)))] if shifts else []


@scoring_rule("pulse_lines", OURS, fields=("lines",))
def pulse_lines(scorable: Scorable, settings: Settings) -> list[Score]:
    """Each item of the pulse as a line of its own (0-10); they are never added up."""
    lines = settings["lines"]
    keys: Sequence[object] = lines if isinstance(lines, list) else []
    return [Score(f"pulse.{key}", value) for key in keys if (value := scorable.number(str(key))) is not None]


@scoring_rule("entries_mean", OURS, fields=("group", "field"))
def entries_mean(scorable: Scorable, settings: Settings) -> list[Score]:
    """Mean of one scale (0-10) over the entries that answer it, as `GROUP.FIELD`."""
    group, key = _text(settings, "group"), _text(settings, "field")
    values = [value for entry in scorable.filled.of_group(group) if (value := _entry_number(entry, key)) is not None]
    return [Score(f"{group}.{key}", _mean(values))] if values else []


def _number(filled: Filled, key: str) -> float | None:
    value = filled.answers.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int) else float(value)


def _entry_number(entry: FilledEntry, key: str) -> float | None:
    value = entry.answers.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int) else float(value)


def _codes(filled: Filled, key: str) -> tuple[str, ...]:
    value = filled.answers.get(key)
    return value if isinstance(value, tuple) else ()


def _text(settings: Settings, key: str, default: str = "") -> str:
    return str(settings.get(key, default))


def _whole(settings: Settings, key: str, default: int) -> int:
    value = settings.get(key, default)
    return value if isinstance(value, int) else default


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 2)
