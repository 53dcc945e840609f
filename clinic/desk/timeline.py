"""Everything that happened with one client, as their therapist may see it, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic.booking.models import Appointment, Attendee
from clinic.database.session import db
from clinic.homework.models import Assignment
from clinic.questionnaires.rules import UNDO

LONGEST: Final = 30


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline: what kind, when, what it is called, how it stands, where it opens.

    What was cancelled happened when it was; `was_for` is then the start of the session that is not held.
    """

    kind: str
    at: datetime
    title: str
    state: str
    record_id: UUID
    was_for: datetime | None = None


def timeline(client_id: UUID, now: datetime) -> Sequence[Happening]:
    """Sessions and homework of the client up to now, and what was cancelled of those ahead, in two statements."""
    happenings = [*_sessions(client_id, now), *_homework(client_id, now)]
    return sorted(happenings, key=lambda each: each.at, reverse=True)[:LONGEST]


def _sessions(client_id: UUID, now: datetime) -> list[Happening]:
    happened_at = func.coalesce(Appointment.cancelled_at, Appointment.starts_at)
    rows = db.session.execute(
        select(Appointment, Attendee.attendance)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == client_id,
            Attendee.answer == "yes",
            happened_at <= now,
            Appointment.state.in_(("confirmed", "cancelled")),
        )
        .options(joinedload(Appointment.service))
        .order_by(happened_at.desc(), Appointment.id)
        .limit(LONGEST)
    )
    return [
        Happening(
            "session",
            appointment.cancelled_at or appointment.starts_at,
            appointment.service.name,
            _state(appointment, attendance),
            appointment.id,
            appointment.starts_at if appointment.cancelled_at else None,
        )
        for appointment, attendance in rows
    ]


def _state(appointment: Appointment, attendance: str | None) -> str:
    if appointment.state == "cancelled":
        return "cancelled_late" if appointment.is_late else "cancelled"
    return attendance or "unmarked"


def _homework(client_id: UUID, now: datetime) -> list[Happening]:
    """What was sent; a draft leaves no line, and what can still be taken back is not here yet."""
    sent = db.session.scalars(
        select(Assignment)
        .where(Assignment.client_id == client_id, Assignment.sent_at <= now - UNDO)
        .options(joinedload(Assignment.definition))
        .order_by(Assignment.sent_at.desc())
        .limit(LONGEST)
    )
    return [
        Happening("homework", each.sent_at, each.definition.title, each.state, each.id)
        for each in sent
        if each.sent_at is not None
    ]
