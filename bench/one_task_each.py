"""The peer of claiming in batches: one Celery task for each message, each of which claims its row by itself."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

import psycopg
from celery import Celery

from clinic.standalone.process import Command, end, spawn
from worker.broker import address

ROOT: Final = Path(__file__).parents[1]
_URL: Final = "BENCH_DATABASE"
_CLAIM: Final = "UPDATE outbox_message SET lease_until = now() WHERE id = %s AND state = 'queued'"
_CLAIMED: Final = "SELECT count(*) FROM outbox_message WHERE lease_until IS NOT NULL"

celery: Celery[Any] = Celery("bench", broker=address(os.environ.get("REDIS_URL", "redis://")), set_as_current=False)
celery.conf.update(task_ignore_result=True, task_default_queue="bench", worker_enable_remote_control=False)
_kept: list[psycopg.Connection[tuple[Any, ...]]] = []


@celery.task(name="claim")
def claim(identity: str) -> None:
    """Claim one row, over the connection that this process keeps."""
    if not _kept:
        _kept.append(psycopg.connect(os.environ[_URL], autocommit=True))
    _kept[0].execute(_CLAIM, (identity,))


def measure(redis_url: str, database: str, ids: list[str], log: Path) -> float:
    """Tasks a second by a worker of two processes, from the first claimed row to the last."""
    environ = os.environ | {"REDIS_URL": redis_url, _URL: database, "C_FORCE_ROOT": "1"}
    sender: Celery[Any] = Celery("bench", broker=address(redis_url), set_as_current=False)
    sender.conf.task_default_queue = "bench"
    for identity in ids:
        sender.send_task("claim", (identity,), ignore_result=True)
    argv = (sys.executable, "-m", "celery", "-A", "bench.one_task_each:celery", "worker", "--concurrency=2")
    process = spawn(Command((*argv, "--without-gossip", "--without-mingle", "--loglevel=WARNING"), log, environ, ROOT))
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            first, began = _wait_for(connection, 1)
            _, ended = _wait_for(connection, len(ids))
            return (len(ids) - first) / (ended - began)
    finally:
        end(process, signal.SIGTERM, 20)


def _wait_for(connection: psycopg.Connection[tuple[Any, ...]], count: int) -> tuple[int, float]:
    """How many are claimed, once there are so many, and when that was. Raises TimeoutError."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        row = connection.execute(_CLAIMED).fetchone()
        if row is not None and row[0] >= count:
            return row[0], time.perf_counter()
        time.sleep(0.01)
    raise TimeoutError("the worker did not claim what it was given")
