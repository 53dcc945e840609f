"""Peers as pinned packages, each in an environment of its own under var/, made at the first run with pip."""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import seed
from bench.environment import Environment
from bench.serving import PYTHON, ROOT

HERE: Final = Path(__file__).parent
PLACE: Final = ROOT / "var" / "peers"
_ERROR: Final = re.compile(r"^[\w.]*error\b.*$", re.IGNORECASE | re.MULTILINE)  # of pip, and of Python itself
PATIENCE: Final = 900.0  # seconds for a step; the largest peer has 150 packages


class PeerMissingError(Exception):
    """A peer cannot be had or made ready here; the message says why, for the table."""


def installed(peer: str, place: Path = PLACE) -> Path:
    """The Python of the peer whose folder lies beside this file. Raises PeerMissingError."""
    locked = HERE / peer / "requirements.txt"
    digest = hashlib.sha256(sys.version.encode() + locked.read_bytes()).hexdigest()
    home = place / peer
    python, complete = home / "bin" / "python", home / "complete"
    if not complete.exists() or complete.read_text(encoding="ascii") != digest:
        shutil.rmtree(home, ignore_errors=True)
        run((str(PYTHON), "-m", "venv", str(home)))
        pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet")
        run((*pip, "install", "--require-hashes", "-r", str(locked)))
        complete.write_text(digest, encoding="ascii")
    return python


def run(argv: Sequence[str], environ: Mapping[str, str] | None = None, told: str = "") -> str:
    """What a command of a peer prints, given `told` on stdin. Raises PeerMissingError with the last error it names."""
    try:
        done = subprocess.run(
            argv, env=environ, cwd=HERE, input=told, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissingError(f"{Path(argv[0]).name} cannot be run: {type(error).__name__}") from error
    if done.returncode != 0:
        said = _ERROR.findall(done.stderr)
        raise PeerMissingError(said[-1].replace("|", "/") if said else f"ended with {done.returncode}")
    return done.stdout


def database(environment: Environment, name: str) -> dict[str, str]:
    """The environment of a peer's processes, with an empty database of its own, as libpq reads its address."""
    environment.cluster.create_database(name)
    return {
        "PATH": "/usr/bin:/bin",
        "BENCH_ZONE": seed.ZONE,
        "LC_ALL": "C.UTF-8",
        "PGHOST": str(environment.cluster.home.socket),
        "PGPORT": "5432",
        "PGUSER": "clinic_owner",
        "PGDATABASE": name,
    }
