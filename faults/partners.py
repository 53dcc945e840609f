"""What can a partner time? Nothing: a partner's private sessions make no answer to the other one slower or quicker.

Two couples stand alike in one practice, but for one thing: the first one's partner has a private session at every hour
at which a joint one could be, and the second one's has none. The two who ask are timed in turns, inside the process,
where no network blurs it. Of all pairs of answers, the first should be the slower in half. The control notes a clash
when the partner is asked, a row or two more, and must be found out.
"""

import argparse
import gc
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Final
from unittest.mock import patch
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.audit import service as audit
from clinic.booking import service
from clinic.booking.models import Appointment, Claim
from clinic.booking.service import Together
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.database.session import db, transaction
from clinic.practice.models import Service
from faults import report
from faults.ground import opened
from faults.operations import ACTOR
from faults.report import Line
from tests.browser import Browser
from tests.factories import ZONE, Practice, make_client, make_couple, make_person, make_practice

PAIRS: Final = 400
SIGMAS: Final = 4
WEEKS: Final = 5
TIMES: Final = "/book/couple-session/dana?modality=video"
PAGES: Final = ("/today", "/sessions", "/book", TIMES, "/book/individual-session/dana", "/account/calendar", "{feed}")
ASKING: Final = "ask the partner"
Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is timed: their browser, and the address of their feed."""

    browser: Browser
    feed: str


@dataclass(frozen=True, slots=True)
class World:
    """The one whose partner is busy, the one whose partner is not, and the first Monday that counts."""

    askers: tuple[Asker, Asker]
    monday: date


def make_world(app: Flask) -> World:
    """The two couples, each seen by Dana; Erik sees the first one's partner alone, and very often."""
    now = clock.now()
    today = zones.wall(now, ZONE).date()
    monday = today + timedelta(days=7 - today.weekday())
    with app.app_context(), transaction(ACTOR) as session:
        practice = make_practice(session, now)
        ada, ada_client, couple, ben_client = _second_couple(session, practice, now)
        for hour, who in ((9, practice.alice_client), (10, ada_client)):
            _book(session, practice, practice.dana, _at(monday, 0, hour), [who])
        pairs = ((practice.couple, practice.alice_client, practice.bob_client), (couple, ada_client, ben_client))
        for hour, (couple_id, *both) in zip((9, 11), pairs, strict=True):
            _book(session, practice, practice.dana, _at(monday, 4, hour), both, couple_id)
        for week in range(WEEKS):
            for day in range(4):
                for hour in range(9, 17):
                    when = _at(monday + timedelta(weeks=week), day, hour)
                    _book(session, practice, practice.erik, when, [practice.bob_client])
    return World((_asker(app, practice.alice), _asker(app, ada)), monday)


def _second_couple(session: Session, practice: Practice, now: datetime) -> tuple[UUID, UUID, UUID, UUID]:
    ada, ben = (make_person(session, given, "Hill", ["client"], now) for given in ("Ada", "Ben"))
    ada_client, ben_client = (make_client(session, each, practice.dana, now) for each in (ada, ben))
    return ada, ada_client, make_couple(session, ada_client, ben_client, practice.dana, now), ben_client


def _book(
    session: Session,
    practice: Practice,
    therapist: UUID,
    starts_at: datetime,
    clients: list[UUID],
    couple_id: UUID | None = None,
) -> None:
    kind = session.get_one(Service, practice.couple_session if couple_id else practice.individual)
    wish = Wish(kind, therapist, starts_at, "video", ZONE, "USD")
    service.book(wish, clients, by=therapist, now=clock.now(), couple_id=couple_id, is_told=False)


def _at(monday: date, day: int, hour: int) -> datetime:
    return zones.moment(monday + timedelta(days=day), datetime.min.time().replace(hour=hour), ZONE)


def _asker(app: Flask, person_id: UUID) -> Asker:
    browser = Browser(app)
    browser.sign_in_as(person_id)
    browser.submit("/account/calendar")
    page = browser.get("/account/calendar").text
    return Asker(browser, "/feeds/" + page.partition("/feeds/")[2].partition('"')[0])


def look(world: World, asker: Asker, times: Times, day: int) -> None:
    """Open every page, ask the partner for a joint time, look at the request, and take it back; each step is timed."""
    browser = asker.browser
    for page in PAGES:
        with _timed(times, page):
            assert browser.get(page.format(feed=asker.feed)).status_code == 200
    slot = f"{_at(world.monday + timedelta(weeks=1), day, 13).isoformat()}~{_dana_of(browser)}"
    with _timed(times, "choose a joint time"):
        review = str(browser.submit(TIMES, slot=slot).location)
    with _timed(times, ASKING):
        session = str(browser.submit(review).location)
    for page in ("", "/move", "/appointment.ics"):
        with _timed(times, f"the request{page}"):
            browser.get(session + page)
    with _timed(times, "take the request back"):
        assert browser.submit(f"{session}/cancel").location == session


_DANA: Final[dict[Browser, str]] = {}


def _dana_of(browser: Browser) -> str:
    """Dana's id, as the page of times names it."""
    if browser not in _DANA:
        _DANA[browser] = browser.get(TIMES).text.partition("~")[2][:36]
    return _DANA[browser]


@contextmanager
def _timed(times: Times, name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times[name].append(time.perf_counter() - began)


def measure(world: World, pairs: int) -> dict[str, float]:
    """By step: in which share of the pairs the one whose partner is busy waited longer."""
    found: tuple[Times, Times] = (defaultdict(list), defaultdict(list))
    rng = random.Random(1)
    for turn in range(pairs):
        order = [0, 1] if rng.random() < 0.5 else [1, 0]
        gc.collect()
        gc.disable()
        for who in order:
            look(world, world.askers[who], found[who], (turn + who) % 4)
        gc.enable()
    return {
        name: sum(one > other for one, other in zip(found[0][name], found[1][name], strict=True)) / pairs
        for name in found[0]
    }


def run(pairs: int) -> list[Line]:
    """The shares of every step against a coin's, and the control."""
    most = SIGMAS * sqrt(0.25 / pairs)
    with opened() as ground:
        world = make_world(ground.app)
        measure(world, 5)
        shares = measure(world, pairs)
        lines = [
            Line(
                "R4",
                f"partner's answer times: {name}",
                f"slower in {share:.1%} of {pairs} pairs",
                _is_coin(share, most),
            )
            for name, share in shares.items()
        ]
        with _noting_the_clash():
            leaked = measure(world, pairs)[ASKING]
    words = f"slower in {leaked:.1%} of {pairs} pairs"
    return [
        *lines,
        Line("R4 control", "a clash that is noted when the partner is asked", words, not _is_coin(leaked, most)),
    ]


def _is_coin(share: float, most: float) -> bool:
    return abs(share - 0.5) <= most


@contextmanager
def _noting_the_clash() -> Iterator[None]:
    """The fault that there is not: asking a partner who is busy then leaves a note of it at once."""
    honest = service._ask

    def careless(appointment: Appointment, together: Together, now: datetime) -> None:
        honest(appointment, together, now)
        during = Range(appointment.starts_at, appointment.ends_at)
        is_busy = select(Claim.appointment_id).where(
            Claim.resource == together.partner_id, Claim.during.overlaps(during)
        )
        for each in db.session.scalars(is_busy).all():
            audit.record("appointment.clash", "appointment", each, client_id=together.partner_id)
            db.session.flush()

    with patch.object(service, "_ask", careless):
        yield


def main(words: Sequence[str] | None = None) -> int:
    """Run it, print a line a figure, write faults/README.md if asked; 1 when something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m faults.partners", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--write", action="store_true", help="put the figures into faults/README.md")
    options = parser.parse_args(words)
    lines = run(options.pairs)
    for line in lines:
        print(line, flush=True)
    if options.write:
        report.write(lines, report.machine(), "partners")
    return int(not all(line.is_well for line in lines))


if __name__ == "__main__":
    sys.exit(main())
