"""`python -m clinic.standalone`, the real thing: it opens, closes, and opens again with what it held."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.standalone.failure import Exit
from clinic.standalone.leftovers import marked
from clinic.standalone.ports import free_port
from clinic.standalone.throwaway import throwaway_folder

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0  # seconds; the demo practice is loaded on a machine that may be busy


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with throwaway_folder() as folder:
        yield folder / "var"


def environment(state: Path, port: int) -> dict[str, str]:
    own = {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "DATABASE_WORKER_URL",
        "REDIS_URL",
        "MAIL_URL",
        "BASE_URL",
        "CLINIC_ENV",
    }
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    return inherited | {"CLINIC_STATE": str(state), "PORT": str(port)}


def open_practice(state: Path, port: int) -> tuple["subprocess.Popen[bytes]", str]:
    """The open practice and what it said while it opened."""
    output = state.with_name(f"output-{port}")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "clinic.standalone"],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(state, port),
        )
    deadline = time.monotonic() + PATIENCE
    while "Ctrl-C closes it" not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.2)
    return process, output.read_text()


def close(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


@pytest.mark.slow
def test_practice_opens_closes_and_keeps_what_it_holds(state: Path) -> None:
    port = free_port()
    process, said = open_practice(state, port)
    try:
        assert "Filling the demo practice" in said
        roles = [line.split("  ")[1].strip() for line in said.partition("Sign in as\n")[2].splitlines()[:4]]
        assert roles == ["client", "therapist", "front desk", "owner"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as response:
            assert json.load(response)["state"] == "ready"
        people = _count_people(state, port)
        assert people > 60
    finally:
        status = close(process)
    assert status == Exit.DONE
    assert marked(state) == []

    process, said = open_practice(state, port)
    try:
        assert "Filling the demo practice" not in said
        assert _count_people(state, port) == people
    finally:
        assert close(process) == Exit.DONE
    assert marked(state) == []


def _count_people(state: Path, port: int) -> int:
    """Asked with a command beside the open practice, in its environment."""
    program = (
        "import os, sqlalchemy as sa\n"
        "with sa.create_engine(os.environ['DATABASE_OWNER_URL']).connect() as connection:\n"
        "    print(connection.scalar(sa.text('SELECT count(*) FROM person')))"
    )
    run = subprocess.run(
        [sys.executable, "-m", "clinic.standalone", sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(state, port),
        check=True,
        capture_output=True,
        text=True,
    )
    return int(run.stdout)
