"""Adding rows past the unit of work, which costs several times as much as the statement itself."""

from sqlalchemy import insert
from sqlalchemy.orm import make_transient_to_detached

from clinic.database.base import Base
from clinic.database.session import db


def add_only(*rows: Base) -> None:
    """Insert new rows of one table, each with the same columns set, in one statement and at once.

    They stay outside of the session: for rows that this transaction does not change again. What they refer to must have
    been flushed.
    """
    if rows:
        table = Base.metadata.tables[rows[0].__tablename__]
        db.session.execute(insert(table), [_columns(each) for each in rows])


def add_now(row: Base) -> None:
    """Insert one row at once, in the same way; afterwards the session knows it like a row that it has read."""
    add_only(row)
    make_transient_to_detached(row)
    db.session.add(row)


def _columns(row: Base) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_sa_")}
