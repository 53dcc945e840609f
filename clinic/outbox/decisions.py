"""Whether a message may go now. Asked before it is staged, and again, under lock, in the step that hands it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clinic.core import zones
from clinic.database.session import db
from clinic.outbox import rules
from clinic.outbox.claims import Claimed
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import MessageKind, Recipient, registry


@dataclass(frozen=True, slots=True)
class Verdict:
    """Send it (neither is set), skip it for a reason, or put it off until a later moment."""

    reason: str | None = None
    until: datetime | None = None

    @property
    def is_send(self) -> bool:
        """True when nothing speaks against sending."""
        return self.reason is None


SEND = Verdict()


def decide(messages: Sequence[Claimed], now: datetime) -> dict[UUID, Verdict]:
    """The verdict on each at `now`, by its id. Locks recipients, then subjects, until the transaction ends."""
    recipients = registry.recipients({message.recipient_id for message in messages})
    told: set[UUID] = set()
    verdicts = {}
    for message in messages:
        kind, recipient = registry[message.kind], recipients[message.recipient_id]
        verdict = _verdict(message, kind, recipient, now, is_told=message.recipient_id in told)
        if verdict.is_send and kind.counts_daily:
            told.add(message.recipient_id)
        verdicts[message.id] = verdict
    return verdicts


def _verdict(message: Claimed, kind: MessageKind, recipient: Recipient, now: datetime, *, is_told: bool) -> Verdict:
    """`is_told`: a daily message to the same person goes in this very step."""
    if recipient.is_stopped:
        return Verdict("stopped")
    if reason := kind.still_wanted(message, now):
        return Verdict(reason)
    if not (kind.counts_daily or kind.keeps_hours):
        return SEND
    later = rules.waking_from(now, recipient.zone)
    if later <= now:
        if kind.counts_daily and is_told:
            return Verdict("waiting", now)  # whether that one uses up the day will be known in a moment
        if not kind.counts_daily or not _had_one_today(message, recipient.zone, now):
            return SEND
        later = rules.next_day_from(now, recipient.zone)
    if reason := kind.still_wanted(message, later):
        return Verdict(f"too late: {reason}")
    return Verdict("waiting", later)


def _had_one_today(message: Claimed, zone: str, now: datetime) -> bool:
    begins, ends = zones.day_bounds(zones.wall(now, zone).date(), zone)
    query = select(OutboxMessage.id).where(
        OutboxMessage.recipient_id == message.recipient_id,
        OutboxMessage.kind.in_(registry.daily_kinds()),
        OutboxMessage.handed_over_at >= begins,
        OutboxMessage.handed_over_at < ends,
        OutboxMessage.state.in_(("handing_over", "sent", "unknown")),
        OutboxMessage.id != message.id,
    )
    return db.session.scalar(query.limit(1)) is not None
