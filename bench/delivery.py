"""Messages claimed and delivered: bench/outbox.py, run as a program of its own, and its ratios as figures."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.environment import Environment
from bench.figures import Figure, Goal, ratios
from bench.serving import ROOT

GOALS: Final[Mapping[str, float]] = {"claimed / celery": 10.0, "delivered / smtplib": 0.7}


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Ratios per round; without a figure where that program has failed."""
    path = environment.folder / "outbox.json"
    argv = [sys.executable, "-m", "bench.outbox", "--rounds", str(rounds), "--json", str(path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if not path.exists():
        why = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        return [Figure(f"messages: {name}", goal=Goal.at_least(goal), note=why) for name, goal in GOALS.items()]
    return read(path)


def read(path: Path) -> list[Figure]:
    """The figures in the file that bench/outbox.py writes."""
    rounds = json.loads(path.read_text(encoding="utf-8"))["rounds"]
    found = []
    for name, goal in GOALS.items():
        ours, theirs = name.split(" / ")
        readings = {f"{side}, messages/s": [each[side] for each in rounds] for side in (ours, theirs)}
        found.append(Figure(f"messages: {name}", ratios(rounds, ours, theirs), Goal.at_least(goal), readings))
    return found
