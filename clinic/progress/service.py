"""Prepare, release and open reports. Each call is part of the caller's one transaction."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.practice.queries import the_practice
from clinic.progress import gathering, queries, vaulting
from clinic.progress.body import composed
from clinic.progress.models import ProgressReport
from clinic.progress.rules import (
    Period,
    State,
    has_anything_to_tell,
    period_due,
    require_prepared,
    require_short,
    require_something_left,
)
from clinic.vault.service import VaultError

RELEASED = "progress.released"
BATCH = 50
_log = structlog.get_logger(__name__)


def prepare_due(now: datetime, limit: int = BATCH) -> int:
    """Prepare up to `limit` reports of the last whole month and return how many; one that fails stops no other.

    Only for clients in an open episode who have a therapist or a cover at this moment (R8) and something to tell.
    """
    practice = the_practice()
    if practice is None:
        return 0
    period, made = period_due(now, practice.zone), 0
    for client_id, opened_at in queries.clients_due(period, practice.zone, now):
        made += _prepare(client_id, opened_at, period, practice.zone, now)
        if made == limit:
            break
    return made


def release(report: ProgressReport, by: UUID, note: str, held_back: Collection[str], now: datetime) -> None:
    """Give the report to its client, with a note or without what is held back, and queue the word that it is there.

    Raises NotPreparedError unless it waits for release, NotVisibleError for anyone who is not the client's therapist or
    cover now, NothingLeftError and NoteTooLongError.
    """
    parts = _parts_to_decide(report, by, note, now)
    require_something_left(held_back, [part for part in parts if not part.startswith("said-")])
    _decide(report, parts, note, held_back)
    report.state, report.released_at, report.released_by = State.RELEASED, now, by
    person_id = db.session.scalars(select(Client.person_id).where(Client.id == report.client_id)).one()
    outbox.queue(RELEASED, report.id, report.prepared_at or now, person_id, now=now)
    audit.record("report.release", "report", report.id, client_id=report.client_id)


def keep(report: ProgressReport, by: UUID, note: str, held_back: Collection[str], now: datetime) -> None:
    """Keep the note and what is held back without releasing; raises like `release`, but for NothingLeftError."""
    _decide(report, _parts_to_decide(report, by, note, now), note, held_back)
    audit.record("report.keep", "report", report.id, client_id=report.client_id)


def _parts_to_decide(report: ProgressReport, by: UUID, note: str, now: datetime) -> tuple[str, ...]:
    queries.hold(report)
    require_prepared(report.state)
    require_short(note)
    if not queries.may_release(report.client_id, by, now):
        raise NotVisibleError
    return vaulting.body_of(report).parts


def _decide(report: ProgressReport, parts: Collection[str], note: str, held_back: Collection[str]) -> None:
    report.held_back = [part for part in parts if part in held_back]
    report.note = vaulting.seal_note(report, note.strip())


def opened_by_reader(report: ProgressReport, now: datetime) -> None:
    """The client has opened it; the first time is kept, every time is in the audit trail."""
    if report.opened_at is None:
        report.opened_at = now
    audit.record("report.read", "report", report.id, client_id=report.client_id)


def opened_by_therapist(report: ProgressReport) -> None:
    """A therapist has opened it."""
    audit.record("report.review", "report", report.id, client_id=report.client_id)


def _prepare(client_id: UUID, opened_at: datetime, period: Period, zone: str, now: datetime) -> bool:
    try:
        with db.session.begin_nested():
            material = gathering.of_period(client_id, opened_at, period, zone, now)
            if not has_anything_to_tell(material, period):
                return False
            report_id = _claim(client_id, period, now)
            if report_id is None:
                return False
            sealed = vaulting.seal_body(report_id, client_id, composed(material, period))
            report = db.session.get_one(ProgressReport, report_id, populate_existing=True)
            report.state, report.body, report.prepared_at = State.PREPARED, sealed, now
            audit.record("report.prepare", "report", report_id, client_id=client_id)
    except (SQLAlchemyError, VaultError, LookupError, ValueError) as error:
        _log.warning("report_not_prepared", client_id=str(client_id), error=type(error).__name__)
        _fail(client_id, period, now)
        return False
    return True


def _claim(client_id: UUID, period: Period, now: datetime) -> UUID | None:
    """The report's row, made or taken up again after a failure; None when another worker has it."""
    row = {
        "id": new_id(),
        "client_id": client_id,
        "period_start_on": period.start_on,
        "period_end_on": period.end_on,
        "state": State.PREPARING,
        "held_back": [],
        "attempts": 0,
        "paper_attempts": 0,
        "tried_at": now,
    }
    statement = insert(ProgressReport).values(row)
    return db.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["client_id", "period_start_on"],
            set_={"state": State.PREPARING, "tried_at": now},
            where=ProgressReport.state == State.FAILED,
        ).returning(ProgressReport.id)
    )


def _fail(client_id: UUID, period: Period, now: datetime) -> None:
    report_id = _claim(client_id, period, now)
    if report_id is None:
        return
    report = db.session.get_one(ProgressReport, report_id, populate_existing=True)
    report.state, report.attempts = State.FAILED, report.attempts + 1
    db.session.flush()
