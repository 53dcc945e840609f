"""What can a partner time? Nothing: a partner's private sessions make no answer to the other one slower or quicker.

Of two couples who stand alike one has a partner with a full life of their own, and after each half of a round it is the
other couple: so the two who ask are compared with each other and with themselves, and what differs is that life alone.
They are timed in turns, inside the process, where no network blurs it. Two controls must be found out: a clash that is
noted when the partner is asked, a row more, and a search that leaves out the partner's times.
"""

import gc
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from clinic.audit import service as audit
from clinic.booking import choices, service
from clinic.booking.models import Appointment, Claim
from clinic.booking.offers import Question
from clinic.booking.service import Together
from clinic.database.session import db
from faults import report
from faults.ground import opened
from faults.report import Line
from faults.timing import Difference, Watch
from faults.two_couples import FRIDAY, Asker, World, make_world

ROUNDS: Final = 60
VISITS: Final = 3
TIMES: Final = "/book/couple-session/dana?modality=video"
SEARCHES: Final = {
    "/book": "/book",
    "times together": f"{TIMES}&day={{day}}",
    "times together, narrowed": f"{TIMES}&day={{day}}&weekday=tue&part=afternoon",
    "times alone": "/book/individual-session/dana?day={day}",
    "first available": "/book/first-call/anyone?day={day}",
}
PAGES: Final = ("/today", "/sessions", "/account/calendar")
WAITING: Final = "/sessions/waiting"
ASKING: Final = "ask the partner"
Asking = Callable[[Appointment, Together, datetime], None]
Part = Callable[[World, Asker, Watch, int], None]


def read(_world: World, asker: Asker, watch: Watch, _turn: int) -> None:
    """Every page and file of one's own."""
    named = {"the feed": asker.feed, "a paid session": asker.paid, "a receipt": asker.receipt}
    for name, path in {**dict(zip(PAGES, PAGES, strict=True)), **named}.items():
        with watch(name):
            assert asker.browser.get(path).status_code == 200, path


def search(world: World, asker: Asker, watch: Watch, _turn: int) -> None:
    """Look for a time, alone and together, in the weeks that a busy partner has filled."""
    for name, path in SEARCHES.items():
        with watch(name):
            assert asker.browser.get(path.format(day=world.monday)).status_code == 200, path


def wait(_world: World, asker: Asker, watch: Watch, _turn: int) -> None:
    """Join the waiting list for a joint session, look, and leave it."""
    with watch("how to join the waiting list"):
        asker.browser.get(f"{WAITING}/couple-session")
    with watch("join the waiting list"):
        joined = asker.browser.submit(f"{WAITING}/couple-session", weekdays=["3"], dayparts=["morning"])
    assert joined.status_code == 303
    with watch("the waiting list"):
        page = asker.browser.get(WAITING).text
    leave = page.partition(f'action="{WAITING}/')[2].partition('"')[0]
    with watch("leave the waiting list"):
        assert asker.browser.submit(f"{WAITING}/{leave}").status_code == 303


def ask(world: World, asker: Asker, watch: Watch, turn: int) -> None:
    """Ask the partner for a joint time, look at the request, and take it back."""
    slot = f"{world.at(turn % FRIDAY, 13, week=1).isoformat()}~{world.dana}"
    with watch("choose a joint time"):
        review = str(asker.browser.submit(TIMES, slot=slot).location)
    with watch("the joint time before asking"):
        asker.browser.get(review)
    with watch(ASKING):
        session = str(asker.browser.submit(review).location)
    for page in ("", "/move", "/cancel", "/appointment.ics"):
        with watch(f"the request{page}"):
            asker.browser.get(session + page)
    with watch("take the request back"):
        assert asker.browser.submit(f"{session}/cancel").location == session


EVERYTHING: Final = (read, search, wait, ask)


def measure(world: World, rounds: int, visits: int, parts: Sequence[Part] = EVERYTHING) -> dict[str, Difference]:
    """By step: how much slower it was in each round with a busy partner than with one who has nothing."""
    rng, found = random.Random(1), dict[str, list[float]]()
    for turn in range(rounds):
        halves = [_half(world, busy, visits, parts, rng, turn) for busy in rng.sample((0, 1), 2)]
        for step in halves[0]:
            found.setdefault(step, []).append(sum(each[step] for each in halves) / 2)
    return {step: Difference(each) for step, each in found.items()}


def _half(
    world: World, busy: int, visits: int, parts: Sequence[Part], rng: random.Random, turn: int
) -> dict[str, float]:
    """Both in turns, while the partner of one of them is busy: by step, how much slower that one was."""
    world.let_be_busy(busy)
    watches = (Watch(), Watch())
    gc.collect()
    gc.disable()
    for _ in range(visits):
        for part in parts:
            for who in rng.sample((0, 1), 2):
                part(world, world.askers[who], watches[who], turn + who)
    gc.enable()
    with_life, without = watches[busy].least, watches[1 - busy].least
    return {step: with_life[step] - without[step] for step in with_life}


def run(rounds: int, visits: int) -> list[Line]:
    """Every step against a coin, and the controls."""
    with opened() as ground:
        world = make_world(ground)
        measure(world, 2, visits)
        lines = [
            Line("R4", f"partner's answer times: {step}", str(found), found.is_chance)
            for step, found in measure(world, rounds, visits).items()
        ]
        with patch.object(service, "_ask", careless(service._ask)):
            noted = measure(world, rounds, visits, (ask,))[ASKING]
        with _searching_for_both():
            searched = measure(world, rounds, visits, (search,))["times together"]
    return [
        *lines,
        _control("a clash that is noted when the partner is asked", noted),
        _control("a search that leaves out the partner's times", searched),
    ]


def _control(fault: str, found: Difference) -> Line:
    return Line("R4 control", fault, str(found), found.is_found)


def careless(honest: Asking) -> Asking:
    """The fault that there is not: asking a partner who is busy leaves a note of it at once."""

    def ask_and_note(appointment: Appointment, together: Together, now: datetime) -> None:
        honest(appointment, together, now)
        during = Range(appointment.starts_at, appointment.ends_at)
        is_busy = select(Claim.appointment_id).where(
            Claim.resource == together.partner_id, Claim.during.overlaps(during)
        )
        for each in db.session.scalars(is_busy.limit(1)).all():
            audit.record("appointment.clash", "appointment", each, client_id=together.partner_id)
            db.session.flush()

    return ask_and_note


@contextmanager
def _searching_for_both() -> Iterator[None]:
    """The other fault that there is not: a time at which the partner is busy is not offered."""
    honest = choices.Choice.question

    def for_both(choice: choices.Choice) -> Question:
        asked = honest(choice)
        both = [each.client_id for each in choice.couple.members] if choice.couple else asked.client_ids
        return replace(asked, client_ids=both)

    with patch.object(choices.Choice, "question", for_both):
        yield


def main(words: Sequence[str] | None = None) -> int:
    """Run it with these options, and tell what was found; 1 when something is not as it must be."""
    parser = report.parser("partners")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--visits", type=int, default=VISITS, help="in half a round; the quickest of them counts")
    options = parser.parse_args(words)
    return report.tell("partners", run(options.rounds, options.visits), is_written=options.write)


if __name__ == "__main__":
    sys.exit(main())
