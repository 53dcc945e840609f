"""Whether a message may go now. Asked before it is staged, and again, under lock, in the step that hands it over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.core import zones
from clinic.database.session import db
from clinic.outbox import rules
from clinic.outbox.claims import Claimed
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import registry


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


def decide(message: Claimed, now: datetime) -> Verdict:
    """The verdict at `now`. Locks the recipient and the subject until the transaction ends."""
    kind = registry[message.kind]
    recipient = registry.recipient(message.recipient_id)
    if recipient.is_stopped:
        return Verdict("stopped")
    if reason := kind.still_wanted(message, now):
        return Verdict(reason)
    if not kind.counts_daily:
        return SEND
    later = _allowed_from(message, recipient.zone, now)
    if later <= now:
        return SEND
    if reason := kind.still_wanted(message, later):
        return Verdict(f"too late: {reason}")
    return Verdict("waiting", later)


def _allowed_from(message: Claimed, zone: str, now: datetime) -> datetime:
    """`now`, or the next morning when it is night or this person has had today's message."""
    waking = rules.waking_from(now, zone)
    if waking > now or not _had_one_today(message, zone, now):
        return waking
    return rules.next_day_from(now, zone)


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
