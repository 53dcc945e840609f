"""What is close enough to be reminded of, and has not been yet; each query is bounded by its own window."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Interval, Select, Time, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.database.types import UtcMoment
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.measures.models import MeasureSchedule
from clinic.measures.queries import due_expression
from clinic.outbox.models import OutboxMessage
from clinic.reminders import rules

AT_ONCE = 500
_PLACING = ("booked", "accepted", "moved", "kept")


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder to one person: about what, and the moment that it is about."""

    subject_id: UUID
    moment: datetime
    person_id: UUID


def sessions(now: datetime, kind: str) -> list[Due]:
    """Confirmed sessions of the next 24 hours, for each attendee, that were given their time before that.

    The subject is the step that gave the session its time: one that moves is a new thing to be reminded of. What the
    practice has yet to confirm anew is nothing to be reminded of.
    """
    placed, later = aliased(AppointmentEvent), aliased(AppointmentEvent)
    is_replaced = select(later.id).where(
        later.appointment_id == placed.appointment_id, later.kind.in_(_PLACING), later.id > placed.id
    )
    query = (
        select(placed.id, Appointment.starts_at, Client.person_id)
        .join(placed, placed.appointment_id == Appointment.id)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Client, Client.id == Attendee.client_id)
        .where(
            Appointment.state == State.CONFIRMED,
            Appointment.unsettled_at.is_(None),
            Attendee.answer == "yes",
            Appointment.starts_at > now,
            Appointment.starts_at <= now + rules.BEFORE_SESSION,
            placed.kind.in_(_PLACING),
            placed.at <= Appointment.starts_at - literal(rules.BEFORE_SESSION, Interval()),
            ~is_replaced.exists(),
        )
    )
    return _unsaid(query, kind, placed.id, Appointment.starts_at)


def homework(now: datetime, kind: str) -> list[Due]:
    """Open assignments due within 48 hours that were given, or given back, before that."""
    query = (
        select(Assignment.id, Assignment.due_at, Client.person_id)
        .join(Client, Client.id == Assignment.client_id)
        .where(
            Assignment.state.in_(OPEN_STATES),
            Assignment.due_at > now,
            Assignment.due_at <= now + rules.BEFORE_HOMEWORK,
            func.greatest(Assignment.assigned_at, Assignment.returned_at)
            <= Assignment.due_at - literal(rules.BEFORE_HOMEWORK, Interval()),
        )
    )
    return _unsaid(query, kind, Assignment.id, Assignment.due_at)


def measures(now: datetime, kind: str, zone: str) -> list[Due]:
    """Measures that have become due within the last days; the moment is the morning of that day in the practice."""
    today, due_on = wall(now, zone).date(), due_expression()
    morning = func.timezone(zone, due_on + literal(rules.MEASURE_AT, Time()), type_=UtcMoment())
    query = (
        select(MeasureSchedule.id, morning, Client.person_id)
        .join(Client, Client.id == MeasureSchedule.client_id)
        .where(
            MeasureSchedule.ended_at.is_(None),
            due_on > today - rules.MEASURE_STALE,
            due_on <= today,
            morning <= now,
        )
    )
    return _unsaid(query, kind, MeasureSchedule.id, morning)


def _unsaid(
    query: Select[UUID, datetime, UUID],
    kind: str,
    subject: InstrumentedAttribute[UUID],
    moment: ColumnElement[datetime] | InstrumentedAttribute[datetime],
) -> list[Due]:
    """Those of open records that are not in the outbox, the nearest first."""
    said = select(OutboxMessage.id).where(
        and_(
            OutboxMessage.subject_id == subject,
            OutboxMessage.moment == moment,
            OutboxMessage.recipient_id == Client.person_id,
            OutboxMessage.kind == kind,
        )
    )
    wanted = query.where(Client.state != "closed", ~said.exists()).order_by(moment).limit(AT_ONCE)
    return [Due(*row) for row in db.session.execute(wanted)]
