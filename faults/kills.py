"""F4: a deliverer is killed with -9 again and again, at a stage of the conversation or at any moment."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from clinic.core import clock
from clinic.outbox import rules
from faults.ground import ROOT, Ground, Ledger
from faults.report import Line

STAGES = ("mail", "rcpt", "data", "dot")


def kill_again_and_again(ground: Ground, rounds: int, messages: int, chance: random.Random) -> list[Line]:
    """Nothing twice and nothing lost silently; both wrong ways of marking must be found out."""
    right = _campaign(ground, "stages", rounds, messages, chance)
    few = max(rounds // 5, 12)
    first = _campaign(ground, "marked-first", few, few * 10, chance)
    last = _campaign(ground, "marked-last", few, few * 10, chance)
    is_sound = right.twice == right.lost_silently == right.unsettled == 0
    return [
        Line("F4", f"{rounds} kill -9 over {messages} messages", str(right), is_sound),
        Line("F4 control", f"marked before the dot, {few} kills", str(first), first.lost_silently > 0),
        Line("F4 control", f"marked after the answer, {few} kills", str(last), last.twice > 0),
    ]


def _campaign(ground: Ground, way: str, rounds: int, messages: int, chance: random.Random) -> Ledger:
    ground.forget()
    with nursery(ground) as forked:
        for number in range(rounds):
            ground.queue(messages * (number + 1) // rounds - messages * number // rounds)
            _one_round(ground, forked, way, chance)
            clock.move(rules.LEASE + timedelta(seconds=1))
        pid = forked(way)
        deadline = time.monotonic() + 180
        while ground.ledger().unsettled and time.monotonic() < deadline:
            time.sleep(2)
            clock.move(timedelta(minutes=10))  # for what waits because a connection was lost
        kill(pid)
    return ground.ledger()


def _one_round(ground: Ground, forked: "Forked", way: str, chance: random.Random) -> None:
    """Fork one, and kill it: at a stage that is reached for the n-th time, or some milliseconds after the first."""
    reached, is_killed = threading.Semaphore(0), threading.Event()
    stage = chance.choice((*STAGES, None))
    left, pause = chance.randint(1, 12), chance.uniform(0, 0.2)
    pids: list[int] = []

    def watch(at: str) -> None:
        nonlocal left
        if at == stage or (stage is None and at == "mail"):
            left -= 1
            if (left <= 0 or stage is None) and not is_killed.is_set():
                reached.release()
                if stage is not None and pids:
                    is_killed.set()
                    kill(pids[0])

    ground.mail.at_stage = watch
    pids.append(forked(way))
    reached.acquire(timeout=1.0 if stage is None else 0.5)
    if stage is None:
        time.sleep(pause)
    kill(pids[0])
    ground.mail.at_stage = lambda at: None


def kill(pid: int) -> None:
    """End it at once, if it still runs."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Forked:
    """Calling it forks a deliverer and returns its id."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pids: list[int] = []

    def __call__(self, way: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{way}\n")
        self._process.stdin.flush()
        self.pids.append(int(self._process.stdout.readline()))
        return self.pids[-1]


@contextmanager
def nursery(ground: Ground) -> Iterator[Forked]:
    """A process that forks deliverers."""
    argv = [sys.executable, "-m", "faults.nursery"]
    with subprocess.Popen(
        argv, cwd=ROOT, env=ground.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        forked = Forked(process)
        try:
            yield forked
        finally:
            for pid in forked.pids[-8:]:  # earlier ones were killed long ago
                kill(pid)
            process.kill()
