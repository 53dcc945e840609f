"""Scores, bands and change as plain functions. The figures are in the instruments, each with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import sqrt
from typing import Final

from clinic.measures.errors import OutOfRangeError
from clinic.measures.instrument import Change, Instrument, Scale

Values = Mapping[int, int]
"""The answered items by number, each as the number that its answer stands for."""

LEAST_DAYS: Final = 14
"""A measure comes at most so often."""
CERTAIN: Final = 1.96
"""A change that is so many standard errors of a difference wide happens by chance once in twenty times."""


class Category(StrEnum):
    """What became of somebody between two scores (Jacobson & Truax 1991)."""

    RECOVERED = "recovered"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    DETERIORATED = "deteriorated"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """The same without a judgement, for the person themself."""

    LOWER = "lower"
    SAME = "same"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Score:
    """One scale's score, and how many of its items stand behind it."""

    scale: str
    value: float
    answered: int
    of: int

    @property
    def is_prorated(self) -> bool:
        """True where answered items stand in for missing ones."""
        return self.answered < self.of


def scores(instrument: Instrument, values: Values) -> list[Score]:
    """Every scale that the answers are enough for. Raises OutOfRangeError for a value that an item does not have."""
    for number, value in values.items():
        if not 1 <= number <= len(instrument.ranges):
            raise OutOfRangeError
        low, high = instrument.ranges[number - 1]
        if not low <= value <= high:
            raise OutOfRangeError
    found = (_score(instrument, scale, values) for scale in instrument.scales)
    return [each for each in found if each is not None]


def _score(instrument: Instrument, scale: Scale, values: Values) -> Score | None:
    answered = [number for number in scale.items if number in values]
    if len(answered) < scale.least_answered or not scale.never_prorated <= set(answered):
        return None
    total = sum(_scored(instrument, scale, number, values[number]) for number in answered)
    mean = total / len(answered)
    value = scale.times * (mean if scale.formula == "mean" else mean * len(scale.items))
    return Score(scale.name, round(value, 2), len(answered), len(scale.items))


def _scored(instrument: Instrument, scale: Scale, number: int, value: int) -> int:
    low, high = instrument.ranges[number - 1]
    return low + high - value if number in scale.reversed else value


def blanks(instrument: Instrument, values: Values) -> list[int]:
    """The items without an answer."""
    return [number for number in range(1, len(instrument.ranges) + 1) if number not in values]


def is_flagged(instrument: Instrument, values: Values) -> bool:
    """True where the item about safety was left open: to be asked about, since nothing makes up for it."""
    return instrument.safety is not None and instrument.safety.item not in values


def grade(instrument: Instrument, values: Values) -> str | None:
    """How soon somebody has to look, by the item about safety; None where its answer asks for nothing."""
    if instrument.safety is None:
        return None
    return instrument.safety.grades.get(values.get(instrument.safety.item, 0))


def band(scale: Scale, value: float) -> str | None:
    """The name of the band that a score is in; None where the scale has none there."""
    holding = [each.label for each in scale.bands if each.holds(value)]
    return holding[-1] if holding else None


def reliable_points(change: Change | None) -> float | None:
    """From how many points on a change is more than chance; None where that is not known.

    Without published points: 1.96 times the standard error of a difference, sqrt(2) SD sqrt(1 - r).
    """
    if change is None:
        return None
    if change.points is not None:
        return change.points
    if change.sd is None or change.reliability is None:
        return None
    return CERTAIN * sqrt(2) * change.sd * sqrt(1 - change.reliability)


def category(scale: Scale, before: float, after: float) -> Category:
    """What became of somebody from one score to a later one of the same version.

    Recovered is an improvement that is more than chance and leaves the side of the cases; who was no case cannot.
    """
    needed = reliable_points(scale.change)
    if needed is None:
        return Category.UNKNOWN
    better = before - after if scale.higher_is == "worse" else after - before
    if abs(better) < needed:
        return Category.UNCHANGED
    if better < 0:
        return Category.DETERIORATED
    cut_off = scale.cut_off
    has_crossed = cut_off is not None and cut_off.holds(before) and not cut_off.holds(after)
    return Category.RECOVERED if has_crossed else Category.IMPROVED


def direction(scale: Scale, before: float, after: float) -> Direction | None:
    """Clearly lower, about the same or clearly higher; None where it is not known what is clear."""
    needed = reliable_points(scale.change)
    if needed is None:
        return None
    if abs(after - before) < needed:
        return Direction.SAME
    return Direction.LOWER if after < before else Direction.HIGHER


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two scores on one scale, and what became of somebody from the first to the second."""

    since: date
    before: float
    after: float
    category: Category
    direction: Direction | None


def compared(scale: Scale, series: Sequence[tuple[date, float]]) -> tuple[Comparison | None, Comparison | None]:
    """The latest score against the first one and against the one before it; `series` is of one version, by day."""
    if len(series) < 2:
        return None, None
    after = series[-1][1]
    first, last = (
        Comparison(since, before, after, category(scale, before, after), direction(scale, before, after))
        for since, before in (series[0], series[-2])
    )
    return first, last
