"""What the front desk asks of the outbox."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage

SHOWN_FOR: Final = timedelta(days=30)
LOST: Final = ("failed", "unknown")


def undelivered(now: datetime) -> Select[OutboxMessage]:
    """For a paged list: messages of the last 30 days that failed or may not have arrived, the newest first, until
    somebody has dealt with them.

    These people are to be called. `reason` is a code: the mail server's answer, "no address", "no answer" (it was
    handed over and the connection was lost), "interrupted" (we were). `message_id` finds one in the mail server's log.
    """
    return (
        select(OutboxMessage)
        .where(
            OutboxMessage.state.in_(LOST),
            OutboxMessage.finished_at > now - SHOWN_FOR,
            OutboxMessage.dealt_with_at.is_(None),
        )
        .order_by(OutboxMessage.finished_at.desc(), OutboxMessage.id)
    )


def lost_last(person_ids: Collection[UUID]) -> set[UUID]:
    """Those of them to whom the last message that ended did not arrive for sure."""
    ended = select(OutboxMessage.recipient_id, OutboxMessage.state).where(
        OutboxMessage.recipient_id.in_(person_ids), OutboxMessage.state.in_(("sent", *LOST))
    )
    newest = ended.ext(distinct_on(OutboxMessage.recipient_id)).order_by(
        OutboxMessage.recipient_id, OutboxMessage.finished_at.desc(), OutboxMessage.id.desc()
    )
    return {recipient_id for recipient_id, state in db.session.execute(newest) if state in LOST}


def lost_message(message_id: UUID) -> OutboxMessage:
    """One of those messages, dealt with or not, also when it has turned out meanwhile to have arrived.

    Raises NotVisibleError for every other.
    """
    message = db.session.get(OutboxMessage, message_id)
    if message is None or message.state not in {*LOST, "sent"}:
        raise NotVisibleError
    return message
