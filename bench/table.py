"""Figures as the table of bench/README.md, and as results.json."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.figures import Figure, Spread

BEGIN: Final = "<!-- figures: written by python -m bench -->"
END: Final = "<!-- end of figures -->"


def table(figures: Sequence[Figure], machine: Mapping[str, str]) -> str:
    """Markdown: what was measured, its spread over the rounds, goal and verdict; then the readings behind it."""
    lines = ["| what | median | least to greatest | goal | |", "| --- | ---: | --- | --- | --- |"]
    lines += [_line(each) for each in figures]
    lines += [
        "",
        "Readings behind the ratios, median (least to greatest); they say something about this machine only:",
        "",
    ]
    lines += [f"- {name}: {_spread(values)}" for each in figures for name, values in each.samples.items()]
    lines += ["", "Measured on: " + ", ".join(f"{name} {value}" for name, value in machine.items()) + "."]
    return "\n".join(lines)


def put_into(text: str, shown: str) -> str:
    """`text` with the part between the two marks replaced. Raises ValueError where they are missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks around the figures are missing")
    return f"{head}{BEGIN}\n\n{shown}\n\n{END}{tail}"


def write(folder: Path, figures: Sequence[Figure], machine: Mapping[str, str]) -> None:
    """Write results.json, and the table into README.md."""
    results = {"machine": machine, "figures": [_plain(each) for each in figures]}
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    readme = folder / "README.md"
    readme.write_text(put_into(readme.read_text(encoding="utf-8"), table(figures, machine)), encoding="utf-8")


def _line(figure: Figure) -> str:
    goal = str(figure.goal) if figure.goal else ""
    verdict = f"{figure.verdict}: {figure.note}" if figure.note else str(figure.verdict)
    if not figure.values:
        return f"| {figure.name} | | | {goal} | {verdict} |"
    spread = Spread.of(figure.values)
    between = f"{_number(spread.low)} to {_number(spread.high)}" if len(figure.values) > 1 else ""
    return f"| {figure.name} | {_number(spread.median)} | {between} | {goal} | {verdict} |"


def _plain(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "values": list(figure.values),
        "goal": str(figure.goal) if figure.goal else None,
        "verdict": str(figure.verdict),
        "note": figure.note,
        "samples": {name: list(values) for name, values in figure.samples.items()},
    }


def _spread(values: Sequence[float]) -> str:
    spread = Spread.of(values)
    shown = _number(spread.median)
    return shown if len(values) == 1 else f"{shown} ({_number(spread.low)} to {_number(spread.high)})"


def _number(value: float) -> str:
    """Three significant digits, and never a power of ten."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"
