"""`/healthz` says that the process lives; `/readyz` how everything stands that it leans on."""

from functools import cache
from pathlib import Path

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from clinic.core import clock
from clinic.database.heartbeat import late_jobs
from clinic.database.session import db
from clinic.web.policy import outside_transaction
from clinic.wordings import service as wordings

blueprint = Blueprint("health", __name__)
MIGRATIONS = Path(__file__).parents[2] / "migrations"


@blueprint.get("/healthz")
@outside_transaction("health.read")
def alive() -> ResponseReturnValue:
    """The process answers, and asks nobody."""
    return jsonify(state="alive")


@blueprint.get("/readyz")
@outside_transaction("health.read")
def ready() -> ResponseReturnValue:
    """`ready`; `degraded` (200) while broker or workers are away, as pages go on; `unready` (503) without database.

    `late` names the jobs that have not ended well for too long, `wordings` the messages that go out in our words since
    the practice's own do not work any more.
    """
    parts, late = {"database": _database(), "migrations": False, "broker": _broker(), "beat": False}, None
    broken: list[str] = []
    if parts["database"] and (migrated := _migrated()):
        late, broken = late_jobs(db.session(), clock.unmoved()), wordings.broken()
        parts.update(migrations=migrated, beat=late == [])
    if not (parts["database"] and parts["migrations"]):
        return jsonify(state="unready", **parts, late=[], wordings=[]), 503
    return jsonify(state="ready" if all(parts.values()) else "degraded", **parts, late=late or [], wordings=broken)


def _database() -> bool:
    try:
        return bool(db.session.scalar(text("SELECT 1")))
    except SQLAlchemyError:
        db.session.rollback()
        return False


def _migrated() -> bool:
    try:
        return str(db.session.scalar(text("SELECT version_num FROM alembic_version"))) == _head()
    except SQLAlchemyError:
        db.session.rollback()
        return False


def _broker() -> bool:
    import redis  # noqa: PLC0415 -- six megabytes that pages never need

    client = redis.Redis.from_url(current_app.config["REDIS_URL"], socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@cache
def _head() -> str:
    """The newest migration: they are numbered in a row, and named as their files are."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
