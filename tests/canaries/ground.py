"""Servers of our own, and the practice in front of them as it runs anywhere: gunicorn, a worker, a mail server."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from celery import Celery

from clinic.standalone.ports import free_port
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.process import Command, end, spawn
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder
from faults.visitor import Visitor
from tests.conftest import ALEMBIC
from tests.factories import PASSWORD
from tests.outbox.mail_server import MailServer
from worker import broker

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds; the machine may be busy with other things


@dataclass
class Ground:
    """A practice with its cast, and where each of its parts writes."""

    folder: Path
    cluster: PostgresCluster
    redis: RedisServer
    mail: MailServer
    environ: dict[str, str]
    url: str
    cast: dict[str, str]
    owner: psycopg.Connection[tuple[object, ...]]
    broker_said: list[str] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self, name: str) -> Visitor:
        """Somebody of the cast, signed in through the page."""
        visitor = Visitor(self.url)
        visitor.sign_in(f"{name}@example.org", PASSWORD)
        self.visitors.append(visitor)
        return visitor

    def pass_time(self, by: timedelta) -> None:
        """Move every process on."""
        path = Path(self.environ["CLOCK_FILE"])
        seconds = float(path.read_text(encoding="ascii")) if path.exists() else 0.0
        path.write_text(f"{seconds + by.total_seconds()}\n", encoding="ascii")

    def job(self, name: str, is_done: Callable[[], bool]) -> None:
        """Have the worker do a job, and wait for what it does."""
        celery = Celery("clinic", set_as_current=False)
        broker.configure(celery, self.redis.url)
        celery.send_task(name)
        self.wait(is_done, name)

    def wait(self, is_done: Callable[[], bool], what: str) -> None:
        """Wait until it is done."""
        deadline = time.monotonic() + PATIENCE
        while not is_done():
            assert time.monotonic() < deadline, f"{what}: {self.logs()[-3000:].decode(errors='replace')}"
            time.sleep(0.1)

    def count(self, statement: str) -> int:
        """The one number that a statement of the owner gives."""
        row = self.owner.execute(statement.encode()).fetchone()
        return int(str(row[0])) if row else 0

    def logs(self) -> bytes:
        """Everything that any process has written about what it does."""
        paths = [*self.folder.glob("*.log"), self.cluster.log, self.redis.log]
        return b"\n".join(path.read_bytes() for path in paths)


@contextmanager
def opened(*, is_sealed: bool) -> Iterator[Ground]:
    """The practice, with the vault's key or without one."""
    with ExitStack() as stack:
        folder, mail = stack.enter_context(throwaway_folder()), stack.enter_context(MailServer().running())
        cluster = stack.enter_context(PostgresCluster(folder / "postgres", fast=True).running())
        server = stack.enter_context(RedisServer(folder / "redis").running())
        cluster.create_database("clinic")
        config = Config(str(ALEMBIC))
        config.attributes["url"] = cluster.url("clinic", "clinic_owner")
        command.upgrade(config, "head")
        environ = _environ(folder, cluster, server, mail, is_sealed=is_sealed)
        cast = _prepare(environ, cluster)
        url = environ["BASE_URL"]
        web = ("gunicorn", "tests.canaries.broken:app", f"--bind={url.removeprefix('http://')}", "--threads=4")
        options = ("--worker-class=gthread", "--access-logfile=-", "--capture-output", "--no-control-socket")
        worker = ("celery", "-A", "worker.app:celery", "worker", "--concurrency=1", "--loglevel=DEBUG")
        for name, argv in (("web", (*web, *options)), ("worker", worker)):
            process = spawn(Command((sys.executable, "-m", *argv), folder / f"{name}.log", environ, ROOT))
            stack.callback(end, process, signal.SIGTERM, 20)
        owner = stack.enter_context(cluster.connect("clinic"))
        ground = Ground(folder, cluster, server, mail, environ, url, cast, owner)
        stack.enter_context(_overheard(server, ground.broker_said))
        _await_open(ground)
        yield ground


def _environ(
    folder: Path, cluster: PostgresCluster, server: RedisServer, mail: MailServer, *, is_sealed: bool
) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.endswith("_FILE")},
        "CLINIC_ENV": "test",
        "SECOND_FACTOR": "offered",
        "BASE_URL": f"http://127.0.0.1:{free_port()}",
        "MAIL_FROM": "no-reply@elm-street.example",
        "MAIL_URL": mail.url,
        "DATABASE_URL": cluster.url("clinic", "clinic_web"),
        "DATABASE_WORKER_URL": cluster.url("clinic", "clinic_worker"),
        "REDIS_URL": server.url,
        "SECRET_KEY": "a secret that signs nothing but canaries",
        "VAULT_MASTER_KEY": base64.b64encode(b"thirty-two bytes for the canary!").decode() if is_sealed else "off",
        "CLOCK_FILE": str(folder / "clock"),
        "PYTHONUNBUFFERED": "1",
        "C_FORCE_ROOT": "1",
    }


def _prepare(environ: dict[str, str], cluster: PostgresCluster) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.canaries.prepare"],
        cwd=ROOT,
        env=environ | {"DATABASE_URL": cluster.url("clinic", "clinic_owner")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cast: dict[str, str] = json.loads(done.stdout)
    return cast


@contextmanager
def _overheard(server: RedisServer, said: list[str]) -> Iterator[None]:
    """Note every command that any process sends to the broker."""
    with socket.socket(socket.AF_UNIX) as ear:
        ear.connect(str(server.socket))
        ear.sendall(b"MONITOR\r\n")

        def listen() -> None:
            while heard := ear.recv(65536):
                said.append(heard.decode(errors="replace"))

        thread = threading.Thread(target=listen, name="monitor")
        thread.start()
        try:
            yield
        finally:
            ear.shutdown(socket.SHUT_RDWR)
            thread.join()


def _await_open(ground: Ground) -> None:
    def answers() -> bool:
        try:
            return Visitor(ground.url).get("/healthz").status == 200
        except OSError:
            return False

    ground.wait(answers, "web")
    ground.wait(lambda: "ready." in (ground.folder / "worker.log").read_text(encoding="utf-8"), "worker")
