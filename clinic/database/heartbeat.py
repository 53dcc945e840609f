"""When each periodic job last ran to its end, and which of them is late: what health checks and the owner read.

In the machine's own time, which nobody moves: jobs are due by it, also in a practice that is shown through time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from clinic.database.base import Base
from clinic.database.session import db
from clinic.database.types import Moment

GRACE: Final = timedelta(minutes=2)
"""A job may take so long, and miss one of its turns, before it counts as late."""


class Heartbeat(Base):
    """One row a job: when it last ran to its end, or, before it ever did, when it was first expected."""

    __tablename__ = "heartbeat"
    __table_args__ = (CheckConstraint("every_seconds > 0", name="every_seconds"),)

    job: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    every_seconds: Mapped[int]


def beat(job: str, timetable: Mapping[str, int], now: datetime) -> None:
    """The job has just run to its end. `timetable`: seconds between two runs of each job; from now on all are expected.

    So a job that fails from its first run on is late one day, and one that was taken off the timetable is forgotten.
    """
    rows = [{"job": name, "at": now, "every_seconds": seconds} for name, seconds in sorted(timetable.items())]
    db.session.execute(insert(Heartbeat).values(rows).on_conflict_do_nothing())
    this = {"at": now, "every_seconds": timetable[job]}
    statement = insert(Heartbeat).values(job=job, **this)
    db.session.execute(statement.on_conflict_do_update(index_elements=["job"], set_=this))
    db.session.execute(delete(Heartbeat).where(Heartbeat.job.not_in(timetable)))


def late_jobs(session: Session, now: datetime) -> list[str] | None:
    """The names of jobs that have not ended well for longer than they should; None before any of them has run."""
    rows = session.execute(select(Heartbeat.job, Heartbeat.at, Heartbeat.every_seconds).order_by(Heartbeat.job)).all()
    return [job for job, at, every in rows if is_late(at, every, now)] if rows else None


def is_late(at: datetime, every_seconds: int, now: datetime) -> bool:
    """True once the second turn after `at` is over by more than the grace."""
    return now - at > 2 * timedelta(seconds=every_seconds) + GRACE
