"""How a request ends that nobody said yes to in time: its time is free again, and everyone who was in it is told.

To who asked, a partner's no, a clash of theirs and no answer at all are the same ending at the same moment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from clinic.booking import freed, notices
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.rules import State
from clinic.core.ids import new_id
from clinic.database.adding import add_only
from clinic.database.session import db


def expire(
    appointment_ids: Sequence[UUID], now: datetime, *, telling_at: Mapping[UUID, datetime] | None = None
) -> None:
    """End these requests, whose rows the caller has locked. Each attendee reads the same, whatever they answered.

    They are told now, or at the moment that `telling_at` names.
    """
    if not appointment_ids:
        return
    ended = db.session.scalars(
        update(Appointment)
        .where(Appointment.id.in_(appointment_ids), Appointment.state == State.REQUESTED)
        .values(state=State.EXPIRED, held_until=None)
        .returning(Appointment)
        .execution_options(populate_existing=True)
    ).all()
    for appointment in sorted(ended, key=lambda each: each.id):
        event = AppointmentEvent(
            id=new_id(), appointment_id=appointment.id, at=now, kind="expired", starts_at=appointment.starts_at
        )
        add_only(event)
        freed.by_step(event.kind)
        notices.take_back(appointment.id, now=now, reason="expired")
        clients = db.session.scalars(
            select(Attendee.client_id).where(Attendee.appointment_id == appointment.id).order_by(Attendee.client_id)
        )
        notices.tell(appointment, event, clients.all(), now=now, not_before=(telling_at or {}).get(appointment.id))


def end_requests_of(couple_id: UUID, now: datetime) -> None:
    """A couple that ends has nothing to answer together any more: what was asked for ends with it.

    Both read of it when it would have run out anyway. A mail at this moment would tell the other one that the sharing
    has just ended, and that may be dangerous for who ended it.
    """
    asked = select(Appointment).where(Appointment.couple_id == couple_id, Appointment.state == State.REQUESTED)
    asked = asked.order_by(Appointment.id).with_for_update().execution_options(populate_existing=True)
    telling_at = {each.id: each.held_until for each in db.session.scalars(asked) if each.held_until}
    expire([*telling_at], now, telling_at=telling_at)
