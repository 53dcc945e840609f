"""Health checks of the containers: `python deploy/alive.py web | worker | beat` ends with 0 when all is well."""

import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

OLDEST_SCHEDULE = 400  # seconds; beat writes its schedule every three minutes


def web() -> bool:
    """The web server answers."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200


def worker() -> bool:
    """No job is late. Workers take no remote commands, so their work is what shows that they live."""
    from clinic.core import clock  # noqa: PLC0415 -- found only once the path below is set
    from clinic.database.heartbeat import late_jobs  # noqa: PLC0415
    from clinic.settings import load  # noqa: PLC0415

    with Session(create_engine(load().database_url, poolclass=NullPool)) as session:
        late = late_jobs(session, clock.unmoved())
    if late:
        sys.stdout.write(f"late: {', '.join(late)}\n")
    return late == []


def beat() -> bool:
    """The timetable has lately written where it stands."""
    files = Path(os.environ.get("STATE_FOLDER", "/state")).glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < OLDEST_SCHEDULE for file in files)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
