"""Taking rows to send, and giving them back. Each step names the lease it was given: a lost lease changes nothing.

A lease is the fence as well as the deadline. Whoever claims a row after it has run out gets a later one, so a deliverer
that was asleep finds no row under the lease that it remembers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text, update

from clinic.database.session import db
from clinic.outbox import rules
from clinic.outbox.models import OutboxMessage

_IDS: Final = bindparam("ids", type_=ARRAY(Uuid()))
_CLAIM: Final = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM outbox_message
        WHERE state = 'queued' AND next_try_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
        ORDER BY moment LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox_message AS row SET lease_until = :lease FROM due WHERE row.id = due.id
    RETURNING row.id, row.kind, row.subject_id, row.moment, row.recipient_id, row.channel, row.not_before_at,
        row.attempts, row.message_id, row.lease_until
    """
)
_RELEASE: Final = text(
    """
    UPDATE outbox_message SET lease_until = NULL, next_try_at = greatest(next_try_at, :again)
    WHERE id = ANY (:ids) AND state = 'queued' AND lease_until = :lease
    """
).bindparams(_IDS)
_BEGIN: Final = text(
    """
    UPDATE outbox_message SET state = 'handing_over', handed_over_at = :now, lease_until = :lease, reason = NULL
    WHERE id = ANY (:ids) AND state = 'queued' AND lease_until = :old RETURNING id
    """
).bindparams(_IDS)
_SENT: Final = text(
    """
    UPDATE outbox_message SET state = 'sent', reason = NULL, attempts = attempts + 1, finished_at = :at
    WHERE id = ANY (:ids) AND state IN ('handing_over', 'unknown') AND lease_until = :lease
    """
).bindparams(_IDS)
_ABANDONED: Final = text(
    """
    UPDATE outbox_message SET state = 'unknown', reason = 'interrupted', finished_at = :now
    WHERE state = 'handing_over' AND lease_until <= :now
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours until `lease`."""

    id: UUID
    kind: str
    subject_id: UUID
    moment: datetime
    recipient_id: UUID
    channel: str
    due_at: datetime
    attempts: int
    message_id: str
    lease: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """How handing over one row ended: `state` is sent, failed, unknown, or queued for another try."""

    message: Claimed
    state: str
    reason: str | None
    at: datetime


def claim(now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` due rows that nobody else holds, the nearest moment first."""
    rows = db.session.execute(_CLAIM, {"now": now, "lease": now + rules.LEASE, "limit": limit}).all()
    return sorted((Claimed(*row) for row in rows), key=lambda row: (row.moment, row.id))


def release(messages: Sequence[Claimed], again: datetime) -> None:
    """Give rows back untried; nobody takes them before `again`."""
    if messages:
        ids = [message.id for message in messages]
        db.session.execute(_RELEASE, {"ids": ids, "lease": messages[0].lease, "again": again})


def finish(message: Claimed, state: str, reason: str | None, now: datetime) -> bool:
    """End a row that was not handed over: skipped or failed. False when it is not ours any more."""
    return _change(message, state=state, reason=reason, finished_at=now)


def put_off(message: Claimed, until: datetime, reason: str, *, tried: bool) -> bool:
    """Give a row back until a later moment; `tried` counts it as an attempt."""
    attempts = message.attempts + int(tried)
    return _change(message, next_try_at=until, lease_until=None, reason=reason, attempts=attempts)


def begin_hand_over(messages: Sequence[Claimed], now: datetime) -> list[Claimed]:
    """Mark rows of one claim as being handed over; returns, under a new lease, those that are still ours to send."""
    ids = [message.id for message in messages]
    lease = now + rules.HANDING_OVER
    rows = db.session.execute(_BEGIN, {"ids": ids, "now": now, "old": messages[0].lease, "lease": lease})
    ours = {row.id for row in rows}
    return [replace(message, lease=lease) for message in messages if message.id in ours]


def settle(settled: Sequence[Settled]) -> None:
    """Write down what the server answered. An answer that comes late still corrects `unknown`."""
    if sent := [each for each in settled if each.state == "sent"]:
        ids, lease = [each.message.id for each in sent], sent[0].message.lease
        db.session.execute(_SENT, {"ids": ids, "lease": lease, "at": sent[-1].at})
    for each in settled:
        if each.state != "sent":
            _settle(each)


def _settle(each: Settled) -> None:
    attempts = each.message.attempts + 1
    values: dict[str, Any] = {"state": each.state, "reason": each.reason, "attempts": attempts, "finished_at": each.at}
    if each.state == "queued":
        again = each.at + rules.wait_after(attempts)
        values |= {"finished_at": None, "handed_over_at": None, "lease_until": None, "next_try_at": again}
    query = update(OutboxMessage).where(
        OutboxMessage.id == each.message.id,
        OutboxMessage.state.in_(("handing_over", "unknown")),
        OutboxMessage.lease_until == each.message.lease,
        OutboxMessage.dealt_with_at.is_(None),  # somebody has called meanwhile, so it is not sent again
    )
    db.session.execute(query.values(values).execution_options(synchronize_session=False))


def abandon(now: datetime) -> None:
    """What a crash left in the middle of handing over: nobody can tell whether it arrived, so nobody sends it again."""
    db.session.execute(_ABANDONED, {"now": now})


def _change(message: Claimed, **values: Any) -> bool:
    query = (
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.state == "queued",
            OutboxMessage.lease_until == message.lease,
        )
        .values(**values)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(query) is not None
