"""What waits for somebody: the questions to a partner, and the requests to the practice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, true

from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.queries import BOOKED, shown
from clinic.clients.models import Client
from clinic.clients.queries import in_care
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.practice.models import TimeOff


@dataclass(frozen=True, slots=True)
class Asked:
    """A joint appointment about which one client is or was asked."""

    appointment: Appointment
    attendee: Attendee

    def is_open(self, now: datetime) -> bool:
        """True while an answer counts."""
        until = self.appointment.held_until
        is_requested = self.appointment.state == "requested" and until is not None and until > now
        return is_requested and self.attendee.answer == "waiting"

    @property
    def by(self) -> Client:
        """Who asks."""
        others = (each for each in self.appointment.attendees if each.client_id != self.attendee.client_id)
        return next(others).client


def questions(person_id: UUID, now: datetime) -> list[Asked]:
    """What this client is asked by their partner and has not answered, the soonest first."""
    query = _asked_of(person_id).where(Appointment.state == "requested", Attendee.answer == "waiting")
    found = (Asked(*row) for row in db.session.execute(query.order_by(Appointment.starts_at, Appointment.id)))
    return [each for each in found if each.is_open(now)]


def question_for(person_id: UUID, appointment_id: UUID) -> Asked:
    """The question to this client about a joint appointment, open or settled. Raises NotVisibleError."""
    row = db.session.execute(_asked_of(person_id).where(Appointment.id == appointment_id)).one_or_none()
    if row is None:
        raise NotVisibleError
    return Asked(*row)


def _asked_of(person_id: UUID) -> Select[Appointment, Attendee]:
    """Joint appointments about which this client is or was asked; who asked is no answer of theirs."""
    return (
        select(Appointment, Attendee)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Client, Client.id == Attendee.client_id)
        .where(
            Client.person_id == person_id,
            Appointment.couple_id.is_not(None),
            Appointment.state.in_(BOOKED),
            (Attendee.answer == "waiting") | Attendee.answered_at.is_not(None),
        )
        .options(*shown())
    )


def requests(person_id: UUID, roles: Collection[str], now: datetime) -> Select[Appointment]:
    """What waits for the practice: for the front desk all of it, for a therapist what they or whom they cover gives.

    That is what was asked for, and the joint sessions ahead of couples that have ended. Nothing waits for the practice
    while a partner is still asked. The one that runs out, or begins, first comes first.
    """
    until = func.coalesce(Appointment.held_until, Appointment.starts_at)
    return _requests(person_id, roles, now).options(*shown()).order_by(until, Appointment.id)


def count_requests(person_id: UUID, roles: Collection[str], now: datetime) -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(_requests(person_id, roles, now).subquery())) or 0


def _requests(person_id: UUID, roles: Collection[str], now: datetime) -> Select[Appointment]:
    asked_for = (
        (Appointment.state == "requested")
        & (Appointment.held_until > now)
        & ~exists().where(Attendee.appointment_id == Appointment.id, Attendee.answer != "yes")
    )
    unsettled = Appointment.unsettled_at.is_not(None) & (Appointment.starts_at > now)
    return select(Appointment).where(asked_for | unsettled, _decided_by(person_id, roles, now))


def waits_for_practice(appointment: Appointment, now: datetime) -> bool:
    """The same of one that is read already: asked for, not run out, and no partner still asked."""
    return (
        appointment.state == "requested"
        and appointment.held_until is not None
        and appointment.held_until > now
        and all(each.answer == "yes" for each in appointment.attendees)
    )


def request_for(person_id: UUID, roles: Collection[str], request_id: UUID, now: datetime) -> Appointment:
    """One of them, or what became of it, for whoever may decide it. Raises NotVisibleError for anyone else."""
    query = select(Appointment).where(
        Appointment.id == request_id,
        Appointment.state.in_(BOOKED),
        exists().where(
            AppointmentEvent.appointment_id == Appointment.id, AppointmentEvent.kind.in_(("requested", "unsettled"))
        ),
        _decided_by(person_id, roles, now),
    )
    appointment = db.session.scalar(query)
    if appointment is None:
        raise NotVisibleError
    return appointment


def _decided_by(person_id: UUID, roles: Collection[str], now: datetime) -> ColumnElement[bool]:
    """The front desk answers for everyone, a therapist for what they give to who is in their care.

    Whoever stands in answers for who is away, while that lasts and not a moment longer.
    """
    if "front_desk" in roles:
        return true()
    cared_for = exists().where(Attendee.appointment_id == Appointment.id, in_care(Attendee.client_id, person_id, now))
    covered = exists().where(
        TimeOff.therapist_id == Appointment.therapist_id,
        TimeOff.cover_id == person_id,
        TimeOff.starts_at <= now,
        TimeOff.ends_at > now,
    )
    return cared_for & ((Appointment.therapist_id == person_id) | covered)
