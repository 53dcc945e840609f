"""When each periodic job last ran to its end: what `/readyz` and the health page read."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.session import db
from clinic.database.types import Moment


class Heartbeat(Base):
    """One row a job."""

    __tablename__ = "heartbeat"

    job: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Moment]


def beat(job: str, now: datetime) -> None:
    """The job has just run to its end."""
    statement = insert(Heartbeat).values(job=job, at=now)
    db.session.execute(statement.on_conflict_do_update(index_elements=["job"], set_={"at": now}))


def last_beat() -> datetime | None:
    """The latest moment at which any job ended well; None before the first."""
    return db.session.scalar(select(func.max(Heartbeat.at)))
