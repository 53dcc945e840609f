"""What a measure is made of, as plain frozen objects: items with ranges, scales with their scoring, and sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of a scale that begins at `low`, or just above it, and goes up to the next band."""

    low: float
    label: str
    is_above: bool = False

    def holds(self, value: float) -> bool:
        """True for a value from the beginning of the band on."""
        return value > self.low if self.is_above else value >= self.low


@dataclass(frozen=True, slots=True)
class CutOff:
    """On which side of `value` somebody counts as a case: `at_least`, `at_most` or `below` it."""

    side: str
    value: float

    def holds(self, value: float) -> bool:
        """True for a case."""
        if self.side == "at_least":
            return value >= self.value
        return value <= self.value if self.side == "at_most" else value < self.value


@dataclass(frozen=True, slots=True)
class Change:
    """How much is more than chance: published `points`, or the scale's standard deviation and reliability."""

    points: float | None = None
    sd: float | None = None
    reliability: float | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """From which score on which other measure would tell more."""

    at_least: float
    measure: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A total or a subscale. Items count from 1; `least_answered` of them are enough, all where nothing is said.

    An item of `never_prorated` is not made up for by the others: without its answer there is no score.
    """

    name: str
    title: str
    items: tuple[int, ...]
    formula: str
    higher_is: str
    reversed: frozenset[int] = frozenset()
    times: float = 1
    least_answered: int = 0
    never_prorated: frozenset[int] = frozenset()
    bands: tuple[Band, ...] = ()
    cut_off: CutOff | None = None
    change: Change | None = None
    suggests: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Safety:
    """An item whose answer may need somebody soon: by its value, how soon."""

    item: int
    source: str
    grades: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A measure without its wording: what is scored and how, its source and its licence.

    Class A ships with wording; of B and C the practice supplies it, after it has read the licence.
    """

    key: str
    name: str
    about: str
    language: str
    letter: str
    source: str
    licence: str
    notice: str
    ranges: tuple[tuple[int, int], ...]
    scales: tuple[Scale, ...]
    safety: Safety | None = None

    def range_of(self, scale: Scale) -> tuple[float, float]:
        """The lowest and the highest score of a scale."""
        ends = [self.ranges[item - 1] for item in scale.items]
        divisor = len(ends) if scale.formula == "mean" else 1
        low, high = (sum(end[side] for end in ends) * scale.times / divisor for side in (0, 1))
        return low, high

    def scale(self, name: str) -> Scale:
        """The scale of that name; raises KeyError."""
        for each in self.scales:
            if each.name == name:
                return each
        raise KeyError(name)


def item_key(number: int) -> str:
    """The key of an item as a field of the questionnaire."""
    return f"item_{number}"


def score_name(key: str, scale: str) -> str:
    """Under which name the score of a scale is kept."""
    return f"{key}.{scale}"


def build(body: Mapping[str, Any]) -> Instrument:
    """The instrument; `body` has passed the schema."""
    items, safety = body["items"], body.get("safety")
    ranges = [tuple(items["range"])] * items["count"]
    for number, ends in items.get("except", {}).items():
        ranges[int(number) - 1] = tuple(ends)
    return Instrument(
        key=body["key"],
        name=body["name"],
        about=body["about"],
        language=body["language"],
        letter=body["class"],
        source=body["source"],
        licence=body["licence"],
        notice=body.get("notice", ""),
        ranges=tuple(ranges),
        scales=tuple(_scale(each) for each in body["scales"]),
        safety=Safety(
            safety["item"], safety["source"], {int(value): grade for value, grade in safety["grades"].items()}
        )
        if safety
        else None,
    )


def _scale(body: Mapping[str, Any]) -> Scale:
    cut_off, change, suggests = (body.get(key) for key in ("cut_off", "change", "suggests"))
    return Scale(
        name=body["name"],
        title=body["title"],
        items=tuple(body["items"]),
        formula=body["formula"],
        higher_is=body["higher_is"],
        reversed=frozenset(body.get("reversed", ())),
        times=body.get("times", 1),
        least_answered=body.get("least_answered", len(body["items"])),
        never_prorated=frozenset(body.get("never_prorated", ())),
        bands=tuple(
            Band(each.get("from", each.get("above")), each["label"], "above" in each) for each in body.get("bands", ())
        ),
        cut_off=CutOff(*next(iter(cut_off.items()))) if cut_off else None,
        change=Change(**change) if change else None,
        suggests=Suggestion(**suggests) if suggests else None,
    )
