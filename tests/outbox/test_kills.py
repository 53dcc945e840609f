"""A deliverer that dies with -9 at any stage loses nothing and leaves nothing to be sent twice."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.outbox import rules, service
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.conftest import Deliver, States
from tests.outbox.mail_server import MailServer

ROOT = Path(__file__).parents[2]
KIND = "account.already"
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(settings: Settings, cluster: PostgresCluster, migrated: str, server: MailServer) -> Start:
    """`start()` is a deliverer, as the worker's role."""
    assert settings.vault_master_key is not None
    environ = os.environ | {
        "CLINIC_ENV": "test",
        "BASE_URL": settings.base_url,
        "MAIL_FROM": settings.mail_from,
        "MAIL_URL": server.url,
        "DATABASE_WORKER_URL": cluster.url(migrated, "clinic_worker"),
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "VAULT_MASTER_KEY": base64.b64encode(settings.vault_master_key).decode(),
        "CLOCK_FILE": str(settings.clock_file),
    }
    return lambda: subprocess.Popen([sys.executable, "-m", "tests.outbox.deliverer"], cwd=ROOT, env=environ)


@pytest.mark.parametrize(
    ("stage", "ends"),
    [("connect", "sent"), ("mail", "sent"), ("rcpt", "sent"), ("data", "sent"), ("dot", "unknown")],
)
def test_a_kill_at_each_stage(
    stage: str,
    ends: str,
    acting: Acting,
    practice: Practice,
    start: Start,
    deliver: Deliver,
    server: MailServer,
    states: States,
) -> None:
    with acting():
        service.queue(KIND, subject := new_id(), clock.now(), practice.alice, now=clock.now())
    reached = threading.Event()
    server.answers[stage] = "hang"
    server.at_stage = lambda at: reached.set() if at == stage else None
    with start() as process:
        assert reached.wait(60)
        process.kill()
    server.answers.clear()
    assert deliver() == {}  # its claim, or its hand-over, still counts
    assert deliver(clock.now() + rules.LEASE + timedelta(minutes=1)) == ({"sent": 1} if ends == "sent" else {})
    assert states()[subject][0] == ends
    assert list(server.copies.values()) == [1]
