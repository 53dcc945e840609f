"""Worker and beat as they run in production: their own role, the real broker, a real mail server."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis
from celery.worker import state

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.outbox import service
from clinic.standalone.redis import RedisServer
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.mail_server import MailServer
from tests.worker.conftest import ROOT, Run
from worker import broker, timetable
from worker.silence import Silence
from worker.wake import Waker

Owner = psycopg.Connection[tuple[object, ...]]
KIND = "account.already"  # says that there is an account already: always wanted, at any hour


@pytest.fixture
def broker_client(redis_url: str) -> redis.Redis:
    """The broker, emptied."""
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    return client


@pytest.fixture
def waking(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued wakes a worker, as it does in the web process."""
    monkeypatch.setattr(service, "_wake", Waker(redis_url))


def queue(acting: Acting, practice: Practice, count: int = 1) -> None:
    for _ in range(count):
        now = clock.now()
        with acting():
            service.queue(KIND, new_id(), now, practice.alice, now=now)


def eventually(is_so: Callable[[], bool], patience: float = 30) -> bool:
    """Whether it becomes so in time."""
    deadline = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def states(owner: Owner) -> list[object]:
    return [state for (state,) in owner.execute("SELECT state FROM outbox_message ORDER BY state").fetchall()]


def messages(client: redis.Redis) -> list[dict[str, dict[str, object]]]:
    return [json.loads(raw) for raw in client.lrange("clinic", 0, -1)]


def test_worker_delivers_when_it_is_woken(
    acting: Acting,
    practice: Practice,
    waking: None,
    broker_client: redis.Redis,
    server: MailServer,
    run: Run,
    owner: Owner,
) -> None:
    with run("worker", "--concurrency=1", "--without-gossip"):
        began = time.monotonic()
        queue(acting, practice)
        assert len(server.await_mails(1)) == 1
        assert time.monotonic() - began < 5
        assert eventually(lambda: states(owner) == ["sent"])
    assert str(server.mails[0]["To"]) == "alice.hart@example.org"


def test_every_job_of_the_timetable_runs_to_its_end_as_the_worker(
    acting: Acting, practice: Practice, redis_url: str, broker_client: redis.Redis, run: Run, owner: Owner
) -> None:
    sender = Waker(redis_url)._celery
    with run("worker", "--concurrency=2", "--without-gossip"):
        for name in timetable.EVERY:
            sender.send_task(name)
        eventually(lambda: len(beats(owner)) == len(timetable.EVERY))
    assert beats(owner) == set(timetable.EVERY)


def beats(owner: Owner) -> set[object]:
    """Jobs that have run: the first that ends puts all of them down, under a moment that each of them moves on."""
    rows = owner.execute("SELECT job, at FROM heartbeat ORDER BY at").fetchall()
    moments = [at for _, at in rows]
    return {job for job, at in rows if moments.count(at) == 1}


def test_jobs_and_timetable_name_each_other(environment: dict[str, str]) -> None:
    program = "from worker import jobs; print(*sorted(n for n in jobs.celery.tasks if not n.startswith('celery.')))"
    found = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, check=True)
    assert found.stdout.decode().split() == sorted(timetable.EVERY)


def test_beats_ticks_expire_and_carry_nothing(
    practice: Practice, broker_client: redis.Redis, run: Run, tmp_path: Path
) -> None:
    with run("beat", "--pidfile=", f"--schedule={tmp_path / 'schedule'}"):
        assert eventually(lambda: len(messages(broker_client)) >= 2)
    for message in messages(broker_client):
        args, kwargs, _ = json.loads(base64.b64decode(str(message["body"])))
        assert (args, kwargs) == ([], {})
        assert message["headers"]["expires"] is not None


@pytest.mark.parametrize("job", ["deliver", "offer-free-times"])
def test_a_wake_up_carries_nothing(job: str, redis_url: str, broker_client: redis.Redis) -> None:
    wake = Waker(redis_url, job)
    wake()
    assert eventually(lambda: len(messages(broker_client)) == 1)
    (message,) = messages(broker_client)
    args, kwargs, _ = json.loads(base64.b64decode(str(message["body"])))
    assert (message["headers"]["task"], args, kwargs) == (job, [], {})


def test_waking_takes_no_time_and_raises_nothing_while_the_broker_is_away(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", fast=True)
    wake = Waker(server.url)
    began = time.perf_counter()
    for _ in range(1000):
        wake()
    assert time.perf_counter() - began < 0.5
    with server.running():
        client = redis.Redis.from_url(server.url)

        def is_heard() -> bool:
            wake()
            return bool(messages(client))

        assert eventually(is_heard)
        client.close()


def test_a_worker_killed_while_the_server_thinks_sends_nothing_twice(
    acting: Acting,
    practice: Practice,
    waking: None,
    broker_client: redis.Redis,
    server: MailServer,
    run: Run,
    owner: Owner,
) -> None:
    server.answers["dot"] = "hang"
    queue(acting, practice)
    with run("worker", "--concurrency=1", "--without-gossip") as worker:
        assert eventually(lambda: len(server.mails) == 1)
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    server.answers.clear()
    assert states(owner) == ["handing_over"]
    clock.move(timedelta(minutes=4))
    queue(acting, practice)
    with run("worker", "--concurrency=1", "--without-gossip"):
        assert eventually(lambda: states(owner) == ["sent", "unknown"])
    assert sorted(server.copies.values()) == [1, 1]


@pytest.mark.parametrize(
    ("ours", "celerys"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("unix:///run/a%20b.sock", "redis+socket:///run/a%20b.sock?virtual_host=0"),
        ("unix://u:p@/run/r.sock?db=3", "redis+socket://u:p@/run/r.sock?virtual_host=3"),
    ],
)
def test_broker_address_is_spelled_as_celery_wants_it(ours: str, celerys: str) -> None:
    assert broker.address(ours) == celerys


def test_a_worker_that_hears_nothing_ends_by_itself(run: Run, tmp_path: Path) -> None:
    with run("worker", "--concurrency=1", "--without-gossip", "--longest-silence=2") as worker:
        assert worker.wait(timeout=60) == 0
    assert "the worker hears nothing and ends" in (tmp_path / "worker.log").read_text(encoding="utf-8")


def test_a_worker_that_hears_of_jobs_goes_on(run: Run, broker_client: redis.Redis, redis_url: str) -> None:
    with run("worker", "--concurrency=1", "--without-gossip", "--longest-silence=3") as worker:
        for _ in range(6):
            Waker(redis_url)()
            time.sleep(1)
        assert worker.poll() is None


def test_a_long_job_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Silence(None, longest_silence=1.0)
    monkeypatch.setattr(step, "_heard", time.monotonic() - 10)
    monkeypatch.setattr(state, "active_requests", {object()})
    assert not step._is_deaf()
    monkeypatch.setattr(step, "_heard", time.monotonic() - 10)
    monkeypatch.setattr(state, "active_requests", set())
    assert step._is_deaf()
