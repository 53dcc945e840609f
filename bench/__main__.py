"""`python -m bench`: measure everything, write bench/results.json and the table in bench/README.md.

Ends with 1 when a goal is missed. `--quick` takes about a minute and writes nothing.
"""

import argparse
import sys
from pathlib import Path

from bench import facts, table
from bench.environment import opened
from bench.runner import FULL, QUICK, missed, run, sentence


def main() -> int:
    """Measure, print, write; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often every side is measured, in rotated order")
    parser.add_argument("--quick", action="store_true", help="race, statements and growth only; nothing is written")
    parser.add_argument("--only", nargs="+", metavar="MODULE", help=f"of {', '.join(FULL)}; nothing is written")
    options = parser.parse_args()
    rounds = QUICK if options.quick else dict.fromkeys(options.only or FULL, options.rounds)
    with opened() as environment:
        machine = facts.machine(environment) | {
            "rounds": str(options.rounds),
            "load before": f"{facts.load_average():.1f}",
        }
        figures = list(run(environment, rounds))
        machine["load after"] = f"{facts.load_average():.1f}"
    if not options.quick and not options.only:
        table.write(Path(__file__).parent, figures, machine)
    for figure in missed(figures):
        print(f"missed: {sentence(figure)}")
    return int(bool(missed(figures)))


if __name__ == "__main__":
    sys.exit(main())
