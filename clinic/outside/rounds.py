"""The workers' round: read what is due outside of any transaction, then replace its times in one."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import Range

from clinic.core.interval import Interval
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outside import rules, service
from clinic.outside.addresses import Target
from clinic.outside.errors import CannotReadError
from clinic.outside.fetching import Answer, Marks, fetch
from clinic.outside.models import OutsideCalendar, OutsideTime
from clinic.outside.reading import busy_times
from clinic.practice.queries import the_practice
from clinic.vault.service import VaultError

AT_ONCE: Final = 20  # at five seconds each well below the longest that a job may run
LEASE: Final = timedelta(minutes=10)
ACTOR: Final = Actor.worker("read-calendars")
Fetch = Callable[[Target, Marks], Answer]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """A calendar to be read: where, and what is known of the version before. The practice's zone is home."""

    calendar_id: UUID
    target: Target
    known: Marks
    home: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was read; `times` None where nothing has changed."""

    times: Sequence[Interval] | None
    marks: Marks


def read_due(now: datetime, fetch: Fetch = fetch, limit: int = AT_ONCE) -> int:
    """Read the calendars whose turn it is, new ones first, and return how many; call it outside of a transaction.

    One that cannot be read keeps the times that it had. A crash costs it ten minutes.
    """
    with transaction(ACTOR):
        errands = take_errands(now, limit)
    for errand in errands:
        outcome = _read(errand, fetch, now)
        with transaction(ACTOR):
            keep(errand.calendar_id, outcome, now)
    return len(errands)


def take_errands(now: datetime, limit: int) -> list[Errand]:
    """What is due; whoever takes an errand has it alone. An address that cannot be opened stops no other."""
    practice = the_practice()
    if practice is None:
        return []
    due = db.session.scalars(
        select(OutsideCalendar)
        .where(OutsideCalendar.next_read_at <= now)
        .order_by(OutsideCalendar.state != "new", OutsideCalendar.next_read_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    errands = []
    for each in due:
        each.next_read_at = now + LEASE
        try:
            target = Target.of(service.address_of(each))
        except VaultError as error:
            _log.warning("calendar_not_opened", calendar_id=str(each.id), error=type(error).__name__)
            continue
        known = Marks() if rules.needs_all(each.whole_at, now) else Marks(each.etag, each.modified)
        errands.append(Errand(each.id, target, known, practice.zone))
    return errands


def _read(errand: Errand, fetch: Fetch, now: datetime) -> Found | CannotReadError:
    try:
        answer = fetch(errand.target, errand.known)
        if answer.body is None:
            return Found(None, answer.marks)
        return Found(busy_times(answer.body, errand.home, rules.window(now)), answer.marks)
    except CannotReadError as error:
        return error


def keep(calendar_id: UUID, outcome: Found | CannotReadError, now: datetime) -> None:
    """Note how it went, and replace the times where there are new ones; nobody ever sees none in between."""
    calendar = db.session.scalar(select(OutsideCalendar).where(OutsideCalendar.id == calendar_id).with_for_update())
    if calendar is None:  # removed meanwhile
        return
    if isinstance(outcome, CannotReadError):
        calendar.failures, calendar.failing_since = calendar.failures + 1, calendar.failing_since or now
        calendar.problem, calendar.detail = outcome.problem, outcome.detail
    else:
        calendar.failures, calendar.failing_since, calendar.problem, calendar.detail = 0, None, None, None
        calendar.read_at, calendar.etag, calendar.modified = now, outcome.marks.etag, outcome.marks.modified
        if outcome.times is not None:
            calendar.whole_at = now
            _replace(calendar, outcome.times)
    is_read_again = calendar.state == "active"
    chance = secrets.randbelow(1000) / 1000
    calendar.next_read_at = rules.next_reading(now, calendar.failures, chance) if is_read_again else None


def _replace(calendar: OutsideCalendar, times: Sequence[Interval]) -> None:
    db.session.execute(delete(OutsideTime).where(OutsideTime.calendar_id == calendar.id))
    rows = [
        {
            "calendar_id": calendar.id,
            "therapist_id": calendar.therapist_id,
            "during": Range(each.start, each.end),
            "blocks": calendar.state == "active",
        }
        for each in times
    ]
    if rows:
        db.session.execute(insert(OutsideTime), rows)
