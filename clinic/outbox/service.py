"""Queue a message in the caller's transaction, or skip what is queued. Delivery is in `deliver`."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database.session import after_commit, db
from clinic.outbox.models import OutboxMessage
from clinic.outbox.queries import LOST
from clinic.outbox.registry import registry

_MESSAGES = OutboxMessage.metadata.tables[OutboxMessage.__tablename__]
_QUEUE = insert(_MESSAGES).on_conflict_do_nothing().returning(_MESSAGES.c.id)


def _nobody() -> None:
    """Without workers to wake, the next beat finds what is due."""


_wake: Callable[[], None] = _nobody


def wake_with(call: Callable[[], None]) -> None:
    """`call` rouses a worker after each commit that queued something; it must return at once and never raise."""
    global _wake  # noqa: PLW0603 -- set once, by the process that has a broker
    _wake = call


def queue(
    kind: str,
    subject_id: UUID,
    moment: datetime,
    recipient_id: UUID,
    *,
    now: datetime,
    not_before: datetime | None = None,
    channel: str = "email",
) -> bool:
    """Queue the message unless it has been queued before; True when it is new. `kind` includes its offset."""
    return bool(queue_each(kind, subject_id, moment, [recipient_id], now=now, not_before=not_before, channel=channel))


def queue_each(
    kind: str,
    subject_id: UUID,
    moment: datetime,
    recipient_ids: Collection[UUID],
    *,
    now: datetime,
    not_before: datetime | None = None,
    channel: str = "email",
) -> int:
    """Queue the message to each of these, in one statement; returns how many are new."""
    if kind not in registry.kinds:
        raise ValueError(f"no feature has registered the kind {kind}")
    due = not_before or now
    common = {
        "kind": kind,
        "subject_id": subject_id,
        "moment": moment,
        "channel": channel,
        "state": "queued",
        "not_before_at": due,
        "next_try_at": due,
        "attempts": 0,
        "queued_at": now,
    }
    ids = {new_id(): recipient_id for recipient_id in recipient_ids}
    rows = [common | {"id": each, "recipient_id": ids[each], "message_id": f"<{each}@clinic>"} for each in ids]
    db.session.flush()
    new = len(db.session.scalars(_QUEUE, rows).all()) if rows else 0
    if new and due <= now:
        after_commit(_wake_now)
    return new


def skip(subject_id: UUID, *, now: datetime, reason: str, kinds: tuple[str, ...] | None = None) -> int:
    """Take back what is queued about a subject, in the transaction that makes it senseless; returns how many."""
    query = (
        update(OutboxMessage)
        .where(OutboxMessage.subject_id == subject_id, OutboxMessage.state == "queued")
        .values(state="skipped", reason=reason, finished_at=now)
        .returning(OutboxMessage.id)
    )
    if kinds is not None:
        query = query.where(OutboxMessage.kind.in_(kinds))
    return len(db.session.scalars(query).all())


def deal_with(message_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Somebody has called about a message that did not arrive for sure; False when that was said before."""
    dealt_with = db.session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OutboxMessage.state.in_(LOST),
            OutboxMessage.dealt_with_at.is_(None),
        )
        .values(dealt_with_at=now, dealt_with_by=person_id)
        .returning(OutboxMessage.id)
    )
    if dealt_with is not None:
        audit.record("message.deal_with", "message", message_id)
    return dealt_with is not None


def _wake_now() -> None:
    _wake()
