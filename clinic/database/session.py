"""One transaction per request or job. It says who acts, commits once, and wakes the workers only after that."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.base import Base

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)

# In UTC a day of the database is 24 hours; by the clocks of a server's own zone it can be 23 or 25.
_ANNOUNCE = (
    "SELECT set_config('clinic.person', :person, true), set_config('clinic.now', :now, true),"
    " set_config('TimeZone', 'UTC', true)"
)
_VERSION = "catalogue_version"


@contextmanager
def transaction(actor: Actor, **settings: str) -> Iterator[Session]:
    """Everything inside commits or rolls back together, in the name of `actor`; never open one inside another.

    `settings` are PostgreSQL's, for this transaction alone.
    """
    session = db.session()
    if "actor" in session.info:
        raise RuntimeError("a transaction is already open")
    session.info.update(actor=actor, after_commit=[])
    try:
        _announce(session, actor, settings)
        yield session
        session.commit()
        hooks: list[Callable[[], None]] = session.info["after_commit"]
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("actor")
        session.info.pop("after_commit")
        session.info.pop(_VERSION, None)
    for hook in hooks:
        hook()


@contextmanager
def separate_transaction(actor: Actor) -> Iterator[Session]:
    """A transaction on a connection of its own: what it writes stays even when the request's is rolled back."""
    with Session(db.engine) as session, session.begin():
        session.info["actor"] = actor
        _announce(session, actor, {})
        yield session


def current_actor() -> Actor:
    """Who acts in the open transaction; raises RuntimeError when none is open."""
    actor: Actor | None = db.session().info.get("actor")
    if actor is None:
        raise RuntimeError("no transaction is open")
    return actor


def catalogue_version() -> UUID | None:
    """The stamp of what the practice offers, as the open transaction found it; None where it must be asked."""
    version: UUID | None = db.session().info.get(_VERSION)
    return version


def forget_catalogue_version() -> None:
    """The open transaction has changed what the practice offers."""
    db.session().info.pop(_VERSION, None)


def after_commit(hook: Callable[[], None]) -> None:
    """Run `hook` once after the open transaction has committed, and not at all when it rolls back."""
    hooks: list[Callable[[], None]] = db.session().info["after_commit"]
    if hook not in hooks:
        hooks.append(hook)


def _announce(session: Session, actor: Actor, settings: Mapping[str, str]) -> None:
    person = str(actor.person_id) if actor.person_id else ""
    said = {"person": person, "now": clock.now().isoformat(), **settings}
    *_, session.info[_VERSION] = session.execute(_announcement(*settings), said).one()


@cache
def _announcement(*settings: str) -> TextClause:
    more = "".join(f", set_config('{name}', :{name}, true)" for name in settings)
    return text(f"{_ANNOUNCE}{more}, (SELECT version FROM catalogue)")  # noqa: S608 -- names that we wrote ourselves
