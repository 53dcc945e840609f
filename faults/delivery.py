"""The faults of delivery: `python -m faults.delivery`, smaller with --rounds, --messages and --races."""

import argparse
import random
import sys
from collections.abc import Callable, Iterator

from faults import broker, kills, mail, races, report
from faults.ground import Ground, opened
from faults.report import Line

Fault = Callable[[Ground], list[Line]]


def main(words: list[str] | None = None) -> int:
    """Run it with these options, and tell what was found; 1 when something is not as it must be."""
    parser = report.parser("delivery")
    parser.add_argument("--rounds", type=int, default=300, help="kill -9 of a deliverer")
    parser.add_argument("--messages", type=int, default=3000, help="sent meanwhile")
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--due", type=int, default=500, help="after a day, and to a server that misbehaves")
    parser.add_argument("--away", type=float, default=20, help="seconds without a broker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=["F4", "F5", "F6", "F10", "F11", "F15"])
    options = parser.parse_args(words)
    return report.tell("delivery", run(options), is_written=options.write)


def run(options: argparse.Namespace) -> Iterator[Line]:
    """One fault after another with the same servers."""
    chance = random.Random(options.seed)
    faults: dict[str, Fault] = {
        "F4": lambda ground: kills.kill_again_and_again(ground, options.rounds, options.messages, chance),
        "F5": broker.beat_killed_or_doubled,
        "F6": lambda ground: broker.broker_killed(ground, options.away),
        "F10": lambda ground: mail.misbehaving_server(ground, options.due, chance),
        "F11": lambda ground: mail.away_for_a_day(ground, options.due, chance),
        "F15": lambda ground: races.cancel_or_opt_out(ground, options.races, chance),
    }
    with opened() as ground:
        for name in options.only or faults:
            yield from faults[name](ground)


if __name__ == "__main__":
    sys.exit(main())
