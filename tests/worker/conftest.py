"""Workers and beat as real processes beside the throwaway servers."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.process import Command, end, last_lines, spawn
from tests.outbox.conftest import server
from tests.outbox.mail_server import MailServer

__all__ = ["server"]

ROOT = Path(__file__).parents[2]
Process = subprocess.Popen[bytes]
Run = Callable[..., AbstractContextManager[Process]]


@pytest.fixture
def environment(settings: Settings, cluster: PostgresCluster, migrated: str, server: MailServer) -> dict[str, str]:
    """What a worker is started with: its own role's address beside the web's."""
    assert settings.vault_master_key is not None
    return os.environ | {
        "CLINIC_ENV": "test",
        "BASE_URL": settings.base_url,
        "MAIL_FROM": settings.mail_from,
        "MAIL_URL": server.url,
        "DATABASE_URL": "postgresql+psycopg://nobody@/nowhere",
        "DATABASE_WORKER_URL": cluster.url(migrated, "clinic_worker"),
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "VAULT_MASTER_KEY": base64.b64encode(settings.vault_master_key).decode(),
        "CLOCK_FILE": str(settings.clock_file),
        "PYTHONUNBUFFERED": "1",
        "C_FORCE_ROOT": "1",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """`with run("worker", "--concurrency=1"):` is that Celery command, once it is ready."""

    @contextmanager
    def start(program: str, *words: str) -> Iterator[Process]:
        log = tmp_path / f"{program}.log"
        log.unlink(missing_ok=True)
        argv = (sys.executable, "-m", "celery", "-A", "worker.app:celery", program, "--loglevel=INFO", *words)
        process = spawn(Command(argv, log, environment, ROOT))
        try:
            await_line(log, "ready." if program == "worker" else "beat: Starting", process)
            yield process
        finally:
            end(process, signal.SIGTERM, 20)

    return start


def await_line(log: Path, text: str, process: Process, patience: float = 60) -> None:
    """Wait until the log holds the text."""
    deadline = time.monotonic() + patience
    while text not in (log.read_text(encoding="utf-8") if log.exists() else ""):
        assert process.poll() is None, last_lines(log, 30)
        assert time.monotonic() < deadline, last_lines(log, 30)
        time.sleep(0.1)
