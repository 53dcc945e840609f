"""Health checks of the containers: `python deploy/alive.py web | worker | beat` ends with 0 when all is well."""

import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

OLDEST_SCHEDULE = 400  # seconds; beat writes its schedule every three minutes


def web() -> bool:
    """The web server answers."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200


def worker() -> bool:
    """The worker of this container answers over the broker."""
    from worker.app import celery  # noqa: PLC0415 -- the other checks do without the application

    name = os.environ.get("WORKER_NAME", f"celery@{os.uname().nodename}")
    return bool(celery.control.ping(destination=[name], timeout=10))


def beat() -> bool:
    """The timetable has lately written where it stands."""
    files = Path(os.environ.get("STATE_FOLDER", "/state")).glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < OLDEST_SCHEDULE for file in files)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
