"""The running practice, as `make run` opens it, in a folder of its own; and how to break a part of it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from clinic.standalone.leftovers import marked
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.practice import DATABASE
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder

ROOT = Path(__file__).parents[1]
START_PATIENCE = 600.0  # seconds; the demo practice is loaded first


@dataclass(frozen=True)
class Tree:
    """One running practice. Its parts are found from outside, as somebody with kill -9 would find them."""

    url: str
    state: Path
    process: subprocess.Popen[bytes]

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the owner of the tables. Raises psycopg.OperationalError while the database is down."""
        return PostgresCluster(self.state / "postgres").connect(DATABASE)

    def count(self, statement: str, *values: object) -> int:
        """The one number that a statement gives."""
        with self.connect() as connection:
            row = connection.execute(statement.encode(), values or None).fetchone()
        return int(str(row[0])) if row else 0

    def kill_web(self) -> None:
        """Kill gunicorn and all its workers at once."""
        self._signal(b"gunicorn", signal.SIGKILL)

    def hold_workers(self) -> None:
        """Let workers and timetable stand still."""
        self._signal(b"celery", signal.SIGSTOP)

    def release_workers(self) -> None:
        """Let them go on."""
        self._signal(b"celery", signal.SIGCONT)

    def _signal(self, word: bytes, signal_: signal.Signals) -> None:
        for pid in marked(self.state):
            if word in _command(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal_)

    def kill_database(self) -> None:
        """Kill PostgreSQL: its first process, and with that every other."""
        data = PostgresCluster(self.state / "postgres").home.data
        os.kill(int((data / "postmaster.pid").read_text(encoding="ascii").split()[0]), signal.SIGKILL)

    def kill_broker(self) -> None:
        """Kill Redis."""
        os.kill(self.broker_pid(), signal.SIGKILL)

    def empty_broker(self) -> None:
        """Lose everything that Redis holds."""
        with self._broker() as broker:
            broker.flushall()

    def broker_pid(self) -> int:
        """The process of Redis."""
        with self._broker() as broker:
            return int(broker.info("server")["process_id"])

    @contextmanager
    def _broker(self) -> Iterator["redis.Redis"]:
        broker = redis.Redis.from_url(RedisServer(self.state / "redis").url, socket_timeout=10)
        try:
            yield broker
        finally:
            broker.close()


@contextmanager
def standing() -> Iterator[Tree]:
    """PostgreSQL, Redis, inbox, worker, beat and web, with the demo practice in it. Raises RuntimeError."""
    with throwaway_folder() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        given = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "clinic.standalone"],
                cwd=ROOT,
                env=given | {"CLINIC_STATE": str(folder / "var"), "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        tree = Tree(f"http://127.0.0.1:{port}", folder / "var", process)
        try:
            if not wait(lambda: process.poll() is not None or is_ready(tree), START_PATIENCE) or process.poll():
                raise RuntimeError("the practice did not open:\n" + (folder / "output").read_text(errors="replace"))
            yield tree
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


def is_ready(tree: Tree) -> bool:
    """Whether everything answers: pages, database, broker, workers."""
    try:
        with urllib.request.urlopen(f"{tree.url}/readyz", timeout=5) as answer:
            return b'"ready"' in answer.read()
    except OSError:
        return False


def wait(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is so; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
