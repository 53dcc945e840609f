"""The containers' own commands as plain processes: migrated, served, healthy, stopped by TERM."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from clinic.standalone.leftovers import mark, marked
from clinic.standalone.ports import free_port
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.process import Command, end, last_lines, spawn
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder
from tests.deploy.composition import ROOT, composition

PATIENCE = 180.0  # seconds; the machine may be busy with other things


class Stack:
    """The services of docker-compose.yml on this machine, its paths and hosts in the place of the containers'."""

    def __init__(self, folder: Path, cluster: PostgresCluster, redis: RedisServer) -> None:
        self.folder = folder
        self.services: dict[str, Any] = composition()["services"]
        self.cluster = cluster
        self._redis = redis
        self._port = free_port()
        self._mail_port = free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, service: str) -> dict[str, str]:
        given = {name: self._here(value) for name, value in self.services[service].get("environment", {}).items()}
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        return (
            given
            | {
                "PATH": path,
                "PORT": str(self._port),
                "REDIS_URL": self._redis.url,
                "STATE_FOLDER": str(self.folder / "state"),
                "C_FORCE_ROOT": "1",
            }
            | mark(self.folder)
        )

    def command(self, service: str, key: str = "command") -> list[str]:
        words = (
            self.services[service]["healthcheck"]["test"][1:] if key == "healthcheck" else self.services[service][key]
        )
        return [self._here(word) for word in words]

    def start(self, service: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"{service}.log"
        self._running[service] = spawn(Command(self.command(service), log, self.environment(service), ROOT))
        return self._running[service]

    def is_healthy(self, service: str) -> bool:
        check = subprocess.run(
            self.command(service, "healthcheck"),
            env=self.environment(service),
            cwd=ROOT,
            check=False,
            capture_output=True,
            timeout=PATIENCE,
        )
        return check.returncode == 0

    def await_health(self, service: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_healthy(service):
            log = last_lines(self.folder / f"{service}.log", 30)
            assert self._running[service].poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.3)

    def stop(self) -> dict[str, int]:
        """The exit status of each service after TERM."""
        for process in reversed(self._running.values()):
            end(process, signal.SIGTERM, 60)
        return {name: process.returncode for name, process in self._running.items()}

    def _here(self, word: str) -> str:
        for there, here in (
            ("/run/secrets", str(self.folder / "secrets")),
            ("/state", str(self.folder / "state")),
            ("/mail", str(self.folder / "mail")),
            ("1025", str(self._mail_port)),
            ("0.0.0.0", "127.0.0.1"),
        ):
            word = word.replace(there, here)
        return word


@pytest.fixture
def stack() -> Iterator[Stack]:
    with ExitStack() as running:
        folder = running.enter_context(throwaway_folder())
        cluster = running.enter_context(PostgresCluster(folder / "postgres", fast=True).running())
        redis = running.enter_context(RedisServer(folder / "redis", fast=True).running())
        _make_secrets(folder, cluster)
        for name in ("state", "mail"):
            (folder / name).mkdir()
        made = Stack(folder, cluster, redis)
        try:
            yield made
        finally:
            made.stop()
            assert marked(folder) == []


def _make_secrets(folder: Path, cluster: PostgresCluster) -> None:
    """Those of deploy/make-secrets, with the addresses pointing at our socket, and the roles of deploy/roles.sh."""
    script = folder / "make-secrets"
    script.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    subprocess.run(["/bin/sh", str(script)], check=True, capture_output=True)
    secrets = folder / "secrets"
    for role in ("owner", "web", "worker"):
        (secrets / f"{role}_url").write_text(cluster.url("clinic", f"clinic_{role}"))
    cluster.create_database("clinic")
    (secrets / "web_password").write_text('it\'s \\ a "password"')
    _make_roles(secrets, cluster)


def _make_roles(secrets: Path, cluster: PostgresCluster) -> None:
    environment = {
        "PATH": f"{cluster.home.programs}:/usr/bin:/bin",
        "PGHOST": str(cluster.home.socket),
        "POSTGRES_USER": "clinic_owner",
        "POSTGRES_DB": "clinic",
        "SECRETS": str(secrets),
    }
    subprocess.run([str(ROOT / "deploy" / "roles.sh")], env=environment, check=True)


def test_roles_get_the_passwords_of_the_secrets(stack: Stack) -> None:
    with stack.cluster.connect("clinic") as connection:
        passwords = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid"
            " WHERE rolname IN ('clinic_web', 'clinic_worker') ORDER BY rolname"
        ).fetchall()
    assert passwords == [("clinic_web", True, False, True), ("clinic_worker", True, False, True)]


@pytest.mark.slow
def test_commands_of_the_containers_work_together(stack: Stack) -> None:
    assert stack.start("migrate").wait(PATIENCE) == 0, last_lines(stack.folder / "migrate.log", 30)
    for service in ("mail", "web", "worker", "beat"):
        stack.start(service)
    for service in ("mail", "web", "worker", "beat"):
        stack.await_health(service)
    assert stack.stop() == {"migrate": 0, "mail": 0, "web": 0, "worker": 0, "beat": 0}


def test_health_checks_notice_what_is_not_there(stack: Stack) -> None:
    assert [name for name in ("mail", "web", "worker", "beat") if stack.is_healthy(name)] == []
