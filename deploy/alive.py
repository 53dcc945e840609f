"""Health checks of the containers: `python deploy/alive.py web | worker | beat` ends with 0 when all is well."""

import os
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

OLDEST_JOB = 180  # seconds; some job is due every few of them
OLDEST_SCHEDULE = 400  # seconds; beat writes its schedule every three minutes


def web() -> bool:
    """The web server answers."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200


def worker() -> bool:
    """A job has lately run to its end. Workers take no remote commands, so their work is what shows that they live."""
    from clinic.settings import load  # noqa: PLC0415 -- found only once the path below is set

    engine = create_engine(load().database_url, poolclass=NullPool)
    with engine.connect() as connection:
        latest = connection.scalar(text("SELECT max(at) FROM heartbeat"))
    return latest is not None and (datetime.now(UTC) - latest).total_seconds() < OLDEST_JOB


def beat() -> bool:
    """The timetable has lately written where it stands."""
    files = Path(os.environ.get("STATE_FOLDER", "/state")).glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < OLDEST_SCHEDULE for file in files)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
