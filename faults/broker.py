"""F5: beat killed, and two of them. F6: the broker killed with -9, emptied, away for a while."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import redis

from clinic.standalone.process import Command, end, spawn
from faults.ground import ROOT, Ground
from faults.report import Line

LONGEST_SILENCE = 60.0  # seconds
KIND = "account.already"  # one that the workers know, and that is wanted at any hour


def beat_killed_or_doubled(ground: Ground) -> list[Line]:
    """Two beats send nothing twice; after kill -9 another goes on within a minute."""
    ground.forget()
    with _worker(ground), ExitStack() as beats:
        both = [beats.enter_context(_celery(ground, "beat", "--pidfile=", *_schedule(ground, n))) for n in range(2)]
        ground.queue(300, kind=KIND)
        took = _seconds_until(lambda: not ground.ledger().unsettled)
        ledger = ground.ledger()
        lines = [Line("F5", "two beats, 300 due", f"{ledger}; in {took:.0f} s", ledger.twice + ledger.unsettled == 0)]
        for process in both:
            process()
        beats.enter_context(_celery(ground, "beat", "--pidfile=", *_schedule(ground, 2)))
        ground.queue(1, kind=KIND)
        took = _seconds_until(lambda: not ground.ledger().unsettled)
        lines.append(Line("F5", "beat killed and started again", f"goes on in {took:.0f} s", took < LONGEST_SILENCE))
    return lines


def broker_killed(ground: Ground, away: float) -> list[Line]:
    """While it is away, what is queued waits in the database; when it is back, it is consumed within a minute."""
    ground.forget()
    lines = []
    with (
        _worker(ground),
        _celery(ground, "beat", "--pidfile=", *_schedule(ground, 3)),
    ):
        ground.queue(1, kind=KIND)
        _seconds_until(lambda: not ground.ledger().unsettled)
        lines.append(_one_outage(ground, "killed with -9", away, lambda: _kill_redis(ground)))
        lines.append(_one_outage(ground, "emptied (FLUSHALL)", 0, lambda: _client(ground).flushall()))
    return lines


def _one_outage(ground: Ground, how: str, away: float, break_it: Callable[[], object]) -> Line:
    break_it()
    began = time.perf_counter()
    ground.queue(100, kind=KIND)
    queueing = time.perf_counter() - began
    time.sleep(away)
    if ground.redis.process is None:
        ground.redis.start()
    took = _seconds_until(lambda: not ground.ledger().unsettled)
    ledger = ground.ledger()
    is_well = ledger.twice + ledger.lost_silently + ledger.unsettled == 0 and took < LONGEST_SILENCE and queueing < 5
    found = f"100 queued meanwhile in {queueing * 1000:.0f} ms; consumed {took:.0f} s after it was back; {ledger}"
    return Line("F6", f"broker {how}" + (f", {away:.0f} s away" if away else ""), found, is_well)


def _kill_redis(ground: Ground) -> None:
    process = ground.redis.process
    if process is not None:
        process.kill()
        process.wait()
        ground.redis.stop()


def _client(ground: Ground) -> redis.Redis:
    return redis.Redis.from_url(ground.redis.url)


def _seconds_until(is_so: Callable[[], bool], patience: float = 150) -> float:
    began = time.monotonic()
    while not is_so() and time.monotonic() - began < patience:
        time.sleep(0.1)
    return time.monotonic() - began


def _schedule(ground: Ground, number: int) -> list[str]:
    return [f"--schedule={ground.folder / f'schedule-{number}'}"]


def _worker(ground: Ground) -> AbstractContextManager[Callable[[], None]]:
    """A worker as in production: one that hears nothing any more ends, and is started again."""
    words = ("worker", "--concurrency=2", "--without-gossip", "--longest-silence=30")
    return _celery(ground, *words, supervisor=("sh", "-c", 'while :; do "$@"; done', "sh"))


@contextmanager
def _celery(ground: Ground, *words: str, supervisor: Sequence[str] = ()) -> Iterator[Callable[[], None]]:
    """A Celery program for the length of a `with` block; what it gives kills it with -9."""
    log: Path = ground.folder / f"{words[0]}.log"
    argv = (*supervisor, sys.executable, "-m", "celery", "-A", "worker.app:celery", *words, "--loglevel=INFO")
    process = spawn(Command(argv, log, ground.environ, ROOT))
    try:
        yield lambda: end(process, signal.SIGKILL, 5)
    finally:
        end(process, signal.SIGTERM, 20)
