"""Which messages the intake queues: an invitation, one reminder before each of two sessions, a word to a therapist."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.accounts.models import Login
from clinic.clients import queries as client_queries
from clinic.database.session import db
from clinic.intake.models import IntakePacket
from clinic.outbox import service as outbox

INVITATION: Final = "intake.invitation"
REMINDER: Final = "intake.reminder.48h"
SECOND: Final = "intake.second.48h"
ENDED: Final = "intake.ended"
REMINDED_BEFORE: Final = timedelta(hours=48)
LEFT_ALONE: Final = timedelta(hours=24)
"""So long after an invitation nobody is reminded."""


def invite(packet: IntakePacket, person_id: UUID, *, now: datetime) -> None:
    """Tell somebody who can sign in already; who cannot yet is on the way with the link that lets them join."""
    if db.session.scalar(select(Login.person_id).where(Login.person_id == person_id, Login.disabled_at.is_(None))):
        outbox.queue(INVITATION, packet.id, packet.invited_at, person_id, now=now)


def remind(packet: IntakePacket, person_id: UUID, starts_at: datetime, *, now: datetime) -> bool:
    """Remind of the packet before the session that starts then; once for each such moment."""
    return outbox.queue(REMINDER, packet.id, starts_at, person_id, now=now)


def remind_second(packet: IntakePacket, person_id: UUID, starts_at: datetime, *, now: datetime) -> bool:
    """Remind of the second part before the session that starts then; once for each such moment."""
    return outbox.queue(SECOND, packet.id, starts_at, person_id, now=now)


def tell_carers(packet: IntakePacket, ended_at: datetime, *, now: datetime) -> None:
    """Ask whoever cares for the client now to look today. It is the same whatever the reason, so that it tells none."""
    for carer in client_queries.carers_of(packet.client_id, now):
        outbox.queue(ENDED, packet.id, ended_at, carer.therapist_id, now=now)


def take_back(packet: IntakePacket, *, now: datetime, reason: str) -> None:
    """Skip what is still queued for the client about the packet."""
    outbox.skip(packet.id, now=now, reason=reason, kinds=(INVITATION, REMINDER, SECOND))
