"""Which of two is the slower one, and by how much? Wilcoxon's signed ranks over paired differences.

A coin would decide on which side of nothing each difference lies. Ranks are deaf to how long the longest pauses of the
machine were, and hear a small difference that is nearly always there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf, sqrt
from statistics import median
from time import perf_counter
from typing import Final

SIGMAS: Final = 4  # for one of many steps, on either side
CONTROL_SIGMAS: Final = 3  # for a delay that is known to be there: one question, and one side
HALVINGS: Final = 30


@dataclass(slots=True)
class Watch:
    """The least time of each step, of all the times it was taken: what a step needs where nothing comes between."""

    least: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time what happens inside."""
        began = perf_counter()
        yield
        self.least[step] = min(self.least.get(step, inf), perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Difference:
    """By how many seconds one of two was slower, each time they were compared."""

    of: Sequence[float]

    @property
    def sigmas(self) -> float:
        """How far from chance they lie, as steps of a normal distribution; more than 0 where it is mostly slower."""
        return _sigmas(self.of)

    @property
    def is_chance(self) -> bool:
        """That nobody could tell the two apart."""
        return abs(self.sigmas) <= SIGMAS

    @property
    def is_found(self) -> bool:
        """That a delay put there on purpose shows."""
        return self.sigmas >= CONTROL_SIGMAS

    @property
    def would_be_found(self) -> float:
        """The least constant delay, in seconds, that would have stood out of the noise of this run."""
        centre = median(self.of)
        low, high = 0.0, 4 * max(abs(each - centre) for each in self.of)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            stands_out = _sigmas([each - centre + middle for each in self.of]) > SIGMAS
            low, high = (low, middle) if stands_out else (middle, high)
        return high

    def __str__(self) -> str:
        slower, least = median(self.of) * 1000, self.would_be_found * 1000
        return f"{slower:+.2f} ms, {self.sigmas:+.1f} sigma in {len(self.of)} rounds; {least:.2f} ms would stand out"


def _sigmas(differences: Sequence[float]) -> float:
    ordered = sorted((each for each in differences if each), key=abs)
    count = len(ordered)
    ranks = sum(rank for rank, each in enumerate(ordered, start=1) if each > 0)
    spread = sqrt(count * (count + 1) * (2 * count + 1) / 24)
    return (ranks - count * (count + 1) / 4) / spread if count else 0.0
