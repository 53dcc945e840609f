"""What `make` does before Python code of ours can run: each thing that is missing is named with its remedy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISSING = 12


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing installed."""
    for part in ("scripts", "requirements"):
        shutil.copytree(ROOT / part, tmp_path / part)
    return tmp_path


def set_up(checkout: Path, python: str, script: str = "venv", *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(checkout / "scripts" / script), *(words or ("embedded",))],
        env=dict(os.environ) | {"PYTHON": python},
        check=False,
        capture_output=True,
        text=True,
    )


def interpreter(checkout: Path, answer: str) -> str:
    """A stand-in for Python: `answer` is a line of shell that sees Python's arguments."""
    program = checkout / "python"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return str(program)


def test_setup_without_python_names_the_packages(checkout: Path) -> None:
    run = set_up(checkout, "no-such-python")
    assert run.returncode == MISSING
    assert "apt-get install python3 python3-venv" in run.stderr


def test_setup_with_an_old_python_names_the_version(checkout: Path) -> None:
    run = set_up(checkout, interpreter(checkout, 'if [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi'))
    assert run.returncode == MISSING
    assert "needs Python 3.11 or newer" in run.stderr
    assert "Python 3.9.2" in run.stderr


def test_setup_without_the_venv_module_names_its_package(checkout: Path) -> None:
    python = interpreter(checkout, f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac')
    run = set_up(checkout, python)
    assert run.returncode == MISSING
    assert "apt-get install python3-venv" in run.stderr
    assert not (checkout / ".venv").exists()


def test_setup_that_was_done_is_not_done_again(checkout: Path) -> None:
    log = checkout / "log"
    # The stand-in makes a venv of links, and the installers in it only note that they were called.
    (checkout / "installer").write_text(f'#!/bin/sh\necho "$@" >>{log}\n')
    (checkout / "installer").chmod(0o755)
    python = interpreter(
        checkout,
        f'if [ "$1 $2" = "-m venv" ]; then mkdir -p .venv/bin && ln -s {sys.executable} .venv/bin/python && '
        f'cp installer .venv/bin/uv; else exec {sys.executable} "$@"; fi',
    )
    for _ in range(2):
        assert set_up(checkout, python).returncode == 0
    assert log.read_text().splitlines() == ["pip install --quiet --require-hashes -r requirements/embedded.txt"]

    lock = checkout / "requirements" / "embedded.txt"
    lock.write_text(lock.read_text() + "# changed\n")
    assert set_up(checkout, python).returncode == 0
    assert len(log.read_text().splitlines()) == 2


def test_chromium_missing_says_what_follows(checkout: Path) -> None:
    tools = checkout / "tools"
    tools.mkdir()
    for name, answer in (("id", "echo 1000"), ("apt-get", "exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{answer}\n")
        (tools / name).chmod(0o755)
    run = subprocess.run(
        ["/bin/sh", str(checkout / "scripts" / "chromium")],
        env={"PATH": str(tools)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0
    assert "the browser tests will be skipped" in run.stdout
    assert "apt-get install chromium" in run.stdout
