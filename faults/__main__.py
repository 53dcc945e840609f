"""`make faults`: every program of faults, one after another; exit status 1 when something is not as it must be.

Without options each takes its full measure and the figures go into faults/README.md. `--quick` is a small run of all,
`--only F6 F15` are single faults; with either, or with options for faults/delivery.py, nothing is written.
"""

import argparse
import sys
from collections.abc import Callable

from faults import bookings, couples, delivery, pages, partners, race

Program = Callable[[list[str]], int]
OF_PAGES = {*pages.FAULTS}
OF_DELIVERY = {"F4", "F5", "F6", "F10", "F11", "F15"}
QUICK = ["--rounds", "20", "--messages", "200", "--races", "60", "--due", "60", "--away", "5"]


def main(words: list[str]) -> int:
    """Run what is asked for; the exit status of the worst."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run of everything")
    parser.add_argument("--only", nargs="+", choices=sorted({"F1", "F2", "R4"} | OF_PAGES | OF_DELIVERY), default=[])
    options, others = parser.parse_known_args(words)
    asked = set(options.only)
    write = [] if options.quick or asked or others else ["--write"]
    plan: list[tuple[Program, list[str]]] = []
    if not asked or "F1" in asked:
        plan.append((race.main, ["--rounds", "1" if options.quick else "3", *write]))
        plan.append((couples.main, write))
    if not asked or "F2" in asked:
        plan.append((bookings.main, ["--operations", "1000" if options.quick else "10000", *write]))
    if not asked or "R4" in asked:
        plan.append((partners.main, [*(["--rounds", "24", "--visits", "2"] if options.quick else []), *write]))
    if not asked or asked & OF_PAGES:
        plan.append((pages.main, [*_only(asked & OF_PAGES), *write]))
    if not asked or asked & OF_DELIVERY:
        plan.append((delivery.main, [*(QUICK if options.quick else []), *others, *_only(asked & OF_DELIVERY), *write]))
    return max([program(given) for program, given in plan], default=0)


def _only(faults: set[str]) -> list[str]:
    return ["--only", *sorted(faults)] if faults else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
