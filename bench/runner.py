"""Runs every module that measures, in a practice of its own, and says which goals were missed."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from bench import facts
from bench.environment import Environment
from bench.figures import Figure, Spread, Verdict
from bench.growth import QUICK_ROUNDS

FULL: Final = ("race", "slots", "statements", "search", "growth", "booking", "memory", "delivery", "peers")
QUICK: Final = {"race": 1, "statements": 1, "growth": QUICK_ROUNDS}  # rounds, so that all of it takes about a minute


def modules(names: Iterable[str]) -> list[ModuleType]:
    """Those of `names` that are there."""
    return [import_module(f"bench.{name}") for name in names if find_spec(f"bench.{name}") is not None]


def run(environment: Environment, rounds: Mapping[str, int]) -> Iterator[Figure]:
    """Every figure of the modules that `rounds` names and that are there, as it comes."""
    for module in modules(rounds):
        began, busy = time.monotonic(), facts.load_average()
        figures: list[Figure] = module.figures(environment, rounds[module.__name__.removeprefix("bench.")])
        took = time.monotonic() - began
        print(
            f"{module.__name__}: {took:.0f} s, load {busy:.1f} before and {facts.load_average():.1f} after", flush=True
        )
        for figure in figures:
            print(f"  {sentence(figure)}", flush=True)
            for name, values in figure.samples.items():
                print(f"      {name}: {', '.join(f'{value:.4g}' for value in values)}", flush=True)
        yield from figures


def sentence(figure: Figure) -> str:
    """One figure on one line."""
    if not figure.values:
        return f"{figure.name}: not run{', ' + figure.note if figure.note else ''}"
    spread = Spread.of(figure.values)
    goal = f", goal {figure.goal}: {figure.verdict}" if figure.goal else ""
    return f"{figure.name}: {spread.median:.3g} ({spread.low:.3g} to {spread.high:.3g}){goal}"


def missed(figures: Sequence[Figure]) -> list[Figure]:
    """Those whose goal is missed; what was not run is neither met nor missed."""
    return [figure for figure in figures if figure.verdict is Verdict.MISSED]
