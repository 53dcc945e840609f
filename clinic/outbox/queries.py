"""What the front desk asks of the outbox."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select

from clinic.outbox.models import OutboxMessage

SHOWN_FOR: Final = timedelta(days=30)


def undelivered(now: datetime) -> Select[OutboxMessage]:
    """For a paged list: messages of the last 30 days that failed or may not have arrived, the newest first.

    These people are to be called. `reason` is a code: the mail server's answer, "no address", "no answer" (it was
    handed over and the connection was lost), "interrupted" (we were). `message_id` finds one in the mail server's log.
    """
    return (
        select(OutboxMessage)
        .where(OutboxMessage.state.in_(("failed", "unknown")), OutboxMessage.finished_at > now - SHOWN_FOR)
        .order_by(OutboxMessage.finished_at.desc(), OutboxMessage.id)
    )
