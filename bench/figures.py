"""What a measurement yields: one value per round, a goal, and whether it is met; plain statistics, no clock."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

Side = Callable[[], float]
Round = Mapping[str, float]


class Verdict(StrEnum):
    """How a figure stands."""

    MET = "met"
    MISSED = "missed"
    MEASURED = "measured"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a figure: a median at most or at least `bound`, or every single value exactly `bound`."""

    sense: str
    bound: float

    @classmethod
    def at_most(cls, bound: float) -> "Goal":
        """The median is no greater."""
        return cls("at most", bound)

    @classmethod
    def at_least(cls, bound: float) -> "Goal":
        """The median is no smaller."""
        return cls("at least", bound)

    @classmethod
    def exactly(cls, bound: float) -> "Goal":
        """Every round gives this value: for what must never happen, or always."""
        return cls("exactly", bound)

    def is_met(self, values: Sequence[float]) -> bool:
        """Whether the values of all rounds meet it."""
        if self.sense == "exactly":
            return all(value == self.bound for value in values)
        median = statistics.median(values)
        return median <= self.bound if self.sense == "at most" else median >= self.bound

    def __str__(self) -> str:
        return f"{self.sense} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `values` has one entry per round and is empty where nothing was run; then `note` says why.

    `samples` are the absolute readings behind the values, by a name that ends in its unit: "ours, ms CPU".
    """

    name: str
    values: Sequence[float] = ()
    goal: Goal | None = None
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Met or missed, or that there is nothing to judge."""
        if not self.values:
            return Verdict.NOT_RUN
        if self.goal is None:
            return Verdict.MEASURED
        return Verdict.MET if self.goal.is_met(self.values) else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Raises ValueError where there are no values."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(statistics.median(values), min(values), max(values))


PERCENTILES: Final = (50, 95, 99)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that `percent` of a hundred of them do not exceed. Raises ValueError on none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def interleaved(sides: Mapping[str, Side], rounds: int) -> list[dict[str, float]]:
    """Measure every side once a round, each round beginning with another side, so that no side always comes first."""
    names = list(sides)
    measured = []
    for number in range(rounds):
        turn = number % len(names)
        measured.append({name: sides[name]() for name in names[turn:] + names[:turn]})
    return measured


def ratios(rounds: Sequence[Round], ours: str, theirs: str) -> list[float]:
    """One side over the other, round by round."""
    return [each[ours] / each[theirs] for each in rounds]


def samples(rounds: Sequence[Round], unit: str) -> dict[str, list[float]]:
    """The readings of every side over the rounds, the unit in their names."""
    return {f"{name}, {unit}": [each[name] for each in rounds] for name in sorted(rounds[0])} if rounds else {}
