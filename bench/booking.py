"""Bookings per second at eight connections: beside pgbench with the bare statements, and on a few slots beside many."""

import itertools
import re
import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from bench import seed
from bench.crew import SIZE, Crew, Tally, crew
from bench.environment import Environment, Practice
from bench.figures import Figure, Goal, interleaved, ratios, samples
from bench.free_times import Try, between_sessions, forms
from bench.load import burst
from bench.serving import Server
from clinic.core import clock

APPOINTMENTS: Final = 100_000
EACH: Final = 25  # bookings of each connection in a round
LEAN_TIMES: Final = 8  # the floor is quicker, and is given more to do
FIRST_DAY: Final = 30  # of the contested slots; other measurements book in the days before
CONTESTED: Final = 10  # slots of a round that all eight want
FAR: Final = timedelta(days=500)  # from now on, no seeded session lies there
APART: Final = timedelta(days=60)  # between the times of two sides or rounds; forms take times up to ten years ahead
LEAN: Final = Path(__file__).with_name("floors") / "lean_booking.sql"


@dataclass(slots=True)
class Bookings:
    """The sides, each with time of its own to book in, which no other side and no earlier round has touched."""

    environment: Environment
    practice: Practice
    crew: Crew
    server: Server
    tallies: list[Tally] = field(default_factory=list)
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    _began: datetime = field(default_factory=lambda: datetime.combine(clock.now(), time.min, UTC) + FAR)
    _sides: Iterator[int] = field(default_factory=lambda: itertools.count(0))
    _contested: Iterator[Try] = field(default_factory=lambda: between_sessions(range(8, 20), first_day=FIRST_DAY))
    _free: Iterator[Try] = field(default_factory=lambda: between_sessions(range(8), first_day=FIRST_DAY))

    def through_service(self) -> float:
        """Free times, each process with a therapist of its own."""
        base = self._new_base()
        tries = [[_far(number, base, n) for n in range(EACH)] for number in range(SIZE)]
        with self._cpu("service", SIZE * EACH, self.crew.cpu_seconds):
            return self._all_booked(self.crew.attempt(tries))

    def over_http(self) -> float:
        """The form that a therapist sends, on eight connections."""
        base = self._new_base()
        tries = [_far(number, base, n) for n in range(EACH) for number in range(SIZE)]
        requests = list(forms(self.environment, self.practice, tries))
        return burst(self.server, requests, SIZE, expected=303).per_second

    def lean(self) -> float:
        """The floor: the same rows written by pgbench, prepared, without a line of Python."""
        cluster = self.environment.cluster
        argv = [
            str(cluster.home.programs / "pgbench"),
            "-n",
            f"-c{SIZE}",
            "-j2",
            f"-t{EACH * LEAN_TIMES}",
            "-Mprepared",
        ]
        argv += [f"-f{LEAN}", "-Dn=0", f"-Dbase={int(self._new_base().timestamp())}"]
        argv += ["-h", str(cluster.home.socket), "-p5432", "-Uclinic_web", self.practice.database]
        with self._cpu("pgbench", SIZE * EACH * LEAN_TIMES, _ended_children):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode != 0 or found is None or "number of failed transactions: 0 " not in done.stdout:
            raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr}")
        return float(found[1])

    def on_few_slots(self) -> float:
        """All eight want the same times at once, one after the other: one gets each, seven are offered others."""
        slots = list(itertools.islice(self._contested, CONTESTED))
        tally = self.crew.attempt([[_for_another(each, n) for each in slots] for n in range(SIZE)])
        self.tallies.append(tally)
        return tally.per_second

    def on_free_slots(self) -> float:
        """As many tries, in the same weeks, that do not meet."""
        tries = list(itertools.islice(self._free, CONTESTED * SIZE))
        return self._all_booked(self.crew.attempt([tries[n::SIZE] for n in range(SIZE)]))

    @contextmanager
    def _cpu(self, side: str, count: int, of_side: Callable[[], float]) -> Iterator[None]:
        """Note what one booking costs in processor time, on that side and in the database together."""
        before = of_side() + self.environment.database_cpu_seconds()
        yield
        after = of_side() + self.environment.database_cpu_seconds()
        self.cpu_ms.setdefault(side, []).append((after - before) * 1000 / count)

    def _new_base(self) -> datetime:
        return self._began + next(self._sides) * APART

    def _all_booked(self, tally: Tally) -> float:
        if tally.refused:
            raise RuntimeError(f"{tally.refused} of the free times were taken")
        return tally.per_second


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """Throughput against the floor, and what contention costs."""
    practice = environment.practice(APPOINTMENTS)
    with crew(environment, practice) as eight, environment.serving(practice) as server:
        sides = Bookings(environment, practice, eight, server)
        sides.through_service(), sides.over_http()  # warm
        sides.cpu_ms.clear()
        deadlocks = environment.deadlocks()
        apart = interleaved({"service": sides.through_service, "HTTP": sides.over_http, "pgbench": sides.lean}, rounds)
        meeting = interleaved({"few slots": sides.on_few_slots, "free slots": sides.on_free_slots}, rounds)
        deadlocks = environment.deadlocks() - deadlocks
    return [
        Figure(
            "booking through the service, 8 processes / pgbench, lean statements",
            ratios(apart, "service", "pgbench"),
            Goal.at_least(0.25),
            samples(apart, "bookings/s"),
        ),
        Figure(
            "booking through the service / pgbench, CPU of client and database",
            [ours / bare for ours, bare in zip(sides.cpu_ms["service"], sides.cpu_ms["pgbench"], strict=True)],
            None,
            {f"booking, {side}, ms CPU": values for side, values in sides.cpu_ms.items()},
        ),
        Figure("booking over HTTP, 8 connections / pgbench, lean statements", ratios(apart, "HTTP", "pgbench")),
        Figure(
            "8 connections on a few slots / on free ones, answers per second",
            ratios(meeting, "few slots", "free slots"),
            Goal.at_least(0.7),
            samples(meeting, "answers/s"),
        ),
        Figure("bookings of each contested slot", _bookings_of_a_slot(sides.tallies), Goal.exactly(1)),
        Figure("deadlocks while they meet", [float(deadlocks)], Goal.exactly(0)),
    ]


def _bookings_of_a_slot(tallies: Sequence[Tally]) -> list[float]:
    return [tally.booked / CONTESTED for tally in tallies]


def _ended_children() -> float:
    """Processor time of programs that this process has run and waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _far(therapist: int, base: datetime, number: int) -> Try:
    return Try(therapist, number % seed.CASELOAD, base + timedelta(hours=number))


def _for_another(wanted: Try, number: int) -> Try:
    return Try(wanted.therapist, (wanted.slot + number) % seed.CASELOAD, wanted.starts_at)
