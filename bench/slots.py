"""Finding a time, without HTTP: the search in memory beside a plain one, and first available over twenty therapists.

Cal.com's own code took 94 to 104 ms for the first of these on the machine on which the goals were set; a two-hundredth
of that is half a millisecond. Since that is an absolute time, what is judged is the ratio to a search as one writes
it at first, in the same round: every start on the grid held against every session.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from bench import seed
from bench.environment import Environment
from bench.figures import Figure, Goal, interleaved, ratios, samples
from clinic.booking.schedule import starts_by_therapist
from clinic.booking.slots import Host, Hours, Offer, Search, free_starts, spans
from clinic.core import clock, zones
from clinic.core.interval import Interval
from clinic.database.actor import VISITOR
from clinic.database.session import db, transaction
from clinic.practice.models import Service
from clinic.practice.queries import terms_with

DAYS: Final = 30
SESSIONS: Final = 200
APPOINTMENTS: Final = 100_000
TIMES_FASTER: Final = 20
SHARE_OF_TWENTY: Final = 0.4
_QUARTER = timedelta(minutes=15)


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Both searches; the second against a practice with a hundred thousand appointments."""
    return [_in_memory(rounds), _first_available(environment, rounds)]


def _in_memory(rounds: int) -> Figure:
    search, host = _question()
    if free_starts(search, host) != _plain(search, host):
        raise RuntimeError("the two searches do not find the same times")
    sides = {
        "ours": lambda: _milliseconds(lambda: free_starts(search, host), 50),
        "plain": lambda: _milliseconds(lambda: _plain(search, host), 1),
    }
    measured = interleaved(sides, rounds)
    return Figure(
        f"slot search in memory, 1 therapist, {DAYS} days, {SESSIONS} sessions: plain search / ours",
        ratios(measured, "plain", "ours"),
        Goal.at_least(TIMES_FASTER),
        samples(measured, "ms"),
    )


def _first_available(environment: Environment, rounds: int) -> Figure:
    """All twenty at once, beside twenty times one of them."""
    everyone = [seed.therapist_id(number) for number in range(seed.THERAPISTS)]
    with environment.acting(environment.practice(APPOINTMENTS)):
        sides = {
            "first available": lambda: _milliseconds(lambda: _search(everyone), 5),
            "one": lambda: _milliseconds(lambda: _search(everyone[:1]), 5),
        }
        _search(everyone)
        measured = interleaved(sides, rounds)
    return Figure(
        f"first available over {seed.THERAPISTS} therapists, {DAYS} days / {seed.THERAPISTS} searches for one",
        [each / seed.THERAPISTS for each in ratios(measured, "first available", "one")],
        Goal.at_most(SHARE_OF_TWENTY),
        samples(measured, "ms"),
    )


def _search(therapists: list[UUID]) -> None:
    """One search in a transaction of its own, as a page does it."""
    now = clock.now()
    with transaction(VISITOR):
        service = db.session.get_one(Service, seed.service_id("first-call"))
        between = Interval(now, now + timedelta(days=DAYS))
        starts_by_therapist(service, "phone", terms_with(service, therapists), between, zone=seed.ZONE, now=now)


def _question() -> tuple[Search, Host]:
    """Ten hours every day, and a session of an hour every three and a half hours or so."""
    now = clock.now()
    start, _ = zones.day_bounds(zones.wall(now, seed.ZONE).date() + timedelta(days=1), seed.ZONE)
    opens, closes = datetime(2000, 1, 1, 8).time(), datetime(2000, 1, 1, 18).time()  # noqa: DTZ001 -- wall times
    busy = [Interval.lasting(start + timedelta(minutes=480 + 215 * count), 60) for count in range(SESSIONS)]
    host = Host([Hours(weekday, opens, closes) for weekday in range(7)], busy=spans(busy))
    offer = Offer(length_minutes=50, after_minutes=10, notice_minutes=0)
    return Search(offer, seed.ZONE, Interval(start, start + timedelta(days=DAYS)), now), host


def _plain(search: Search, host: Host) -> list[datetime]:
    """The search as one writes it at first: each start of the grid against each session."""
    found = []
    taken = [[datetime.fromtimestamp(second, UTC) for second in span] for span in host.busy]
    length = timedelta(minutes=search.offer.length_minutes)
    padded = length + timedelta(minutes=search.offer.after_minutes)
    for count in range(DAYS + 1):
        day = zones.wall(search.between.start, search.zone).date() + timedelta(days=count)
        for hours in host.hours:
            if hours.holds_on(day):
                start, closes = (zones.moment(day, wall, search.zone) for wall in (hours.opens, hours.closes))
                while start + length <= closes and start < search.between.end:
                    if not any(start < until and since < start + padded for since, until in taken):
                        found.append(start)
                    start += _QUARTER
    return found


def _milliseconds(work: Callable[[], object], times: int) -> float:
    """How long `work` takes, on average over so many times, by the processor's clock of this process."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times
