"""Eight processes that book through the service at the same time, each with a connection of its own."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final
from uuid import UUID

from bench import seed
from bench.environment import Environment, Practice
from bench.free_times import Try
from bench.processes import cpu_seconds
from clinic.booking.errors import SlotTaken
from clinic.booking.service import book
from clinic.booking.wishes import Wish
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.practice.queries import services_of

SIZE: Final = 8
SLUG: Final = "individual-session"
_PATIENCE: Final = 120.0  # seconds until a silent process is a failure


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a burst of tries, over all processes."""

    booked: int
    refused: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers per second: bookings and refusals alike."""
        return (self.booked + self.refused) / self.seconds


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes, each at the other end of a pipe."""

    pipes: Sequence[Connection]
    pids: Sequence[int]

    def cpu_seconds(self) -> float:
        """Processor time of all of them so far."""
        return sum(cpu_seconds(pid) for pid in self.pids)

    def attempt(self, tries: Sequence[Sequence[Try]]) -> Tally:
        """Let each process work through its own list, all from the same moment on."""
        began = time.perf_counter()
        for pipe, each in zip(self.pipes, tries, strict=True):
            pipe.send(each)
        booked = refused = 0
        for pipe in self.pipes:
            if not pipe.poll(_PATIENCE):
                raise TimeoutError("a process of the crew does not answer")
            done = pipe.recv()
            booked, refused = booked + done[0], refused + done[1]
        return Tally(booked, refused, time.perf_counter() - began)


@contextmanager
def crew(environment: Environment, practice: Practice) -> Iterator[Crew]:
    """Start the processes and warm them; they end with the `with` block."""
    context = multiprocessing.get_context("fork")  # the application is loaded once, as by a server that forks
    pipes, processes = [], []
    for _ in range(SIZE):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(environment, practice, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        for pipe in pipes:
            if not pipe.poll(_PATIENCE):
                raise TimeoutError("a process of the crew did not start")
            pipe.recv()
        yield Crew(pipes, [process.pid for process in processes if process.pid is not None])
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)
            process.kill()
            process.join()


def _work(environment: Environment, practice: Practice, pipe: Connection) -> None:
    """Answer each list of tries with how many were booked and how many refused, until the pipe is closed."""
    with environment.acting(practice):
        pipe.send((0, 0))
        while True:
            try:
                tries: Sequence[Try] = pipe.recv()
            except (EOFError, KeyboardInterrupt):
                return
            booked = sum(_is_booked(each) for each in tries)
            pipe.send((booked, len(tries) - booked))


def _is_booked(wanted: Try) -> bool:
    """Book as the page of a therapist does, in one transaction; False when the time was taken."""
    therapist: UUID = seed.therapist_id(wanted.therapist)
    try:
        with transaction(Actor(person_id=therapist, roles=frozenset({"therapist"}))):
            service = next(each for each in services_of(therapist) if each.slug == SLUG)
            wish = Wish(service, therapist, wanted.starts_at, "video", seed.ZONE, "USD")
            book(wish, [seed.client_id(wanted.therapist, wanted.slot)], by=therapist, now=clock.now())
    except SlotTaken:
        return False
    return True
