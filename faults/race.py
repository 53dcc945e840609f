"""F1: two hundred people, one slot. `python -m faults.race` runs the race of bench/race.py and holds it to its goals.

Its control takes the constraint and the locks away, and must then find double bookings.
"""

import sys

from bench import race
from bench.environment import opened
from bench.figures import Figure, Spread, Verdict
from faults import report
from faults.report import Line


def line_of(figure: Figure) -> Line:
    """One figure of the race as a line of the table."""
    spread = Spread.of(figure.values)
    found = f"{spread.median:.3g} ({spread.low:.3g} to {spread.high:.3g})"
    goal = f"; the goal is {figure.goal}" if figure.goal else ""
    name = "F1 control" if "taken away" in figure.name else "F1"
    return Line(name, figure.name, found + goal, figure.verdict is not Verdict.MISSED)


def main(words: list[str] | None = None) -> int:
    """Run it with these options, and tell what was found; 1 when something is not as it must be."""
    parser = report.parser("race")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(words)
    with opened() as environment:
        lines = [line_of(figure) for figure in race.figures(environment, options.rounds)]
    return report.tell("race", lines, is_written=options.write)


if __name__ == "__main__":
    sys.exit(main())
