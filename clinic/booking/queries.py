"""What is asked about appointments. A person sees those that they attend or give; `visible_to` is the one door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Person
from clinic.booking import rules
from clinic.booking.models import Appointment, Attendee, VisitorDetails
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.clients.queries import in_care, primary_of
from clinic.core.errors import NotVisibleError
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Holiday, Service, Therapist, TimeOff

BOOKED = ("requested", "confirmed", "cancelled", "declined", "expired")
LIVE = ("requested", "confirmed")
# A service lasts eight hours at most, says its constraint; a lower bound that the index on the start can use.
LONGEST_SESSION = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Party:
    """For whom a therapist books: one client, or the couple that the client is in now."""

    client: Client
    couple: Couple | None
    partner: Client | None

    def attending(self, service: Service) -> list[UUID]:
        """The clients of a session of that service."""
        return [self.client.id, self.partner.id] if service.attends == "couple" and self.partner else [self.client.id]

    def fee_cents(self, service: Service, listed: int) -> int:
        """What that service costs them: the fee that the couple, or the client alone, has agreed on."""
        whose = self.couple if service.attends == "couple" and self.couple else self.client
        return rules.fee_cents(listed, whose.fee_cents)


def visible_to(person_id: UUID, now: datetime) -> Select[Appointment]:
    """The appointments that this person attends as a client, or gives as a therapist who cares for who attends."""
    attended = (
        select(Attendee.appointment_id)
        .join(Client, Client.id == Attendee.client_id)
        .where(Client.person_id == person_id, Attendee.appointment_id == Appointment.id, _concerns_attendee())
    )
    is_theirs = given_by(person_id, now) | attended.exists()
    return select(Appointment).where(Appointment.state.in_(BOOKED), is_theirs).options(*shown())


def given_by(therapist_id: UUID, now: datetime) -> ColumnElement[bool]:
    """That this therapist gives it, and cares for somebody who attends."""
    cared_for = (
        select(Attendee.appointment_id)
        .where(Attendee.appointment_id == Appointment.id, in_care(Attendee.client_id, therapist_id, now))
        .exists()
    )
    return (Appointment.therapist_id == therapist_id) & cared_for


def _concerns_attendee() -> ColumnElement[bool]:
    """Who is only asked has a question, not a session, until they say yes or it ends."""
    return (Attendee.answer == "yes") | Appointment.state.not_in(LIVE)


def appointment_for(person_id: UUID, appointment_id: UUID, now: datetime) -> Appointment:
    """That appointment; raises NotVisibleError for anyone whom it does not concern."""
    appointment = db.session.scalar(visible_to(person_id, now).where(Appointment.id == appointment_id))
    if appointment is None:
        raise NotVisibleError
    return appointment


def appointment_shown(appointment_id: UUID) -> Appointment:
    """A booked appointment with all that pages show, whoever asks. Raises NotVisibleError where there is none."""
    appointment = db.session.scalar(booked().where(Appointment.id == appointment_id))
    if appointment is None:
        raise NotVisibleError
    return appointment


def booked() -> Select[Appointment]:
    """Every booked appointment of the practice, with all that pages show."""
    return select(Appointment).where(Appointment.state.in_(BOOKED)).options(*shown())


def confirmed_at(among: Select[Appointment], therapist_id: UUID, starts_at: datetime) -> Appointment | None:
    """The confirmed session of this therapist that starts then, among those that somebody may see."""
    query = among.where(
        Appointment.therapist_id == therapist_id, Appointment.starts_at == starts_at, Appointment.state == "confirmed"
    )
    return db.session.scalar(query)


def appointments_shown(appointment_ids: Sequence[UUID]) -> Sequence[Appointment]:
    """These, with all that pages show, the soonest first; whoever asks has been told which by a query of their own."""
    query = select(Appointment).where(Appointment.id.in_(appointment_ids)).options(*shown())
    return db.session.scalars(query.order_by(Appointment.starts_at, Appointment.id)).all()


def sessions_in_room(room_id: UUID, now: datetime) -> Sequence[UUID]:
    """The live appointments to come that have this room."""
    query = select(Appointment.id).where(
        Appointment.room_id == room_id, Appointment.state.in_(LIVE), Appointment.ends_at > now
    )
    return db.session.scalars(query.order_by(Appointment.starts_at)).all()


def attendee_for(therapist_id: UUID, appointment_id: UUID, client_id: UUID, now: datetime) -> Attendee:
    """A client of a session that this therapist gives, while the client is in their care. Raises NotVisibleError."""
    query = (
        select(Attendee)
        .join(Appointment, Appointment.id == Attendee.appointment_id)
        .where(
            Attendee.appointment_id == appointment_id,
            Attendee.client_id == client_id,
            Appointment.therapist_id == therapist_id,
            Appointment.state.in_(BOOKED),
            in_care(Attendee.client_id, therapist_id, now),
        )
    )
    attendee = db.session.scalar(query)
    if attendee is None:
        raise NotVisibleError
    return attendee


def in_care_at(appointment: Appointment, now: datetime) -> set[UUID]:
    """Which clients of the session are in the care of who gives it."""
    query = select(Attendee.client_id).where(
        Attendee.appointment_id == appointment.id, in_care(Attendee.client_id, appointment.therapist_id, now)
    )
    return set(db.session.scalars(query))


def upcoming(person_id: UUID, now: datetime) -> Sequence[Appointment]:
    """A client's sessions that are not over yet, the next one first."""
    return db.session.scalars(ahead(person_id, now)).all()


def ahead(person_id: UUID, now: datetime) -> Select[Appointment]:
    """The same as a query, for whoever reads it page by page."""
    query = attended_by(person_id).where(Appointment.ends_at > now, Appointment.state.in_(LIVE))
    return query.order_by(Appointment.starts_at, Appointment.id)


def past(person_id: UUID, now: datetime) -> Select[Appointment]:
    """A client's sessions that are over or will not be, the latest first."""
    query = attended_by(person_id).where((Appointment.ends_at <= now) | Appointment.state.not_in(LIVE))
    return query.order_by(Appointment.starts_at.desc(), Appointment.id)


def attended_by(person_id: UUID) -> Select[Appointment]:
    """The appointments of one client."""
    return (
        select(Appointment)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Client, Client.id == Attendee.client_id)
        .where(Client.person_id == person_id, Appointment.state.in_(BOOKED), _concerns_attendee())
        .options(*shown())
    )


def day_of(therapist_id: UUID, day: Interval) -> Sequence[Appointment]:
    """A therapist's live appointments that touch the day, in order."""
    query = select(Appointment).where(
        Appointment.therapist_id == therapist_id,
        Appointment.state.in_(LIVE),
        Appointment.starts_at > day.start - LONGEST_SESSION,
        Appointment.starts_at < day.end,
        Appointment.ends_at > day.start,
    )
    return db.session.scalars(query.options(*shown()).order_by(Appointment.starts_at)).all()


def sessions_between(
    therapist_ids: Sequence[UUID], between: Interval, states: Sequence[str] = LIVE
) -> Sequence[Appointment]:
    """The appointments of these therapists that touch the stretch, in order, in one statement; the live ones alone
    where nothing else is asked for."""
    query = (
        select(Appointment)
        .where(
            Appointment.therapist_id.in_(therapist_ids),
            Appointment.state.in_(states),
            Appointment.starts_at > between.start - LONGEST_SESSION,
            Appointment.starts_at < between.end,
            Appointment.ends_at > between.start,
        )
        .options(
            joinedload(Appointment.service),
            joinedload(Appointment.therapist).joinedload(Therapist.person),
            joinedload(Appointment.room),
            joinedload(Appointment.attendees).joinedload(Attendee.client).joinedload(Client.person),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return db.session.scalars(query).unique().all()


def leave_between(therapist_ids: Sequence[UUID], between: Interval) -> Sequence[tuple[TimeOff, str]]:
    """The time off of these therapists that touches the stretch, each with the given name of who stands in."""
    query = (
        select(TimeOff, Person.given_name)
        .join(Person, Person.id == TimeOff.cover_id)
        .where(
            TimeOff.therapist_id.in_(therapist_ids), TimeOff.starts_at < between.end, TimeOff.ends_at > between.start
        )
        .order_by(TimeOff.starts_at)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def holidays_between(first: date, last: date) -> dict[date, str]:
    """The names of the practice's holidays, by day."""
    query = select(Holiday).where(Holiday.on.between(first, last))
    return {each.on: each.name for each in db.session.scalars(query)}


def therapists_at_work() -> Sequence[Therapist]:
    """Everyone who gives sessions, listed on the public page or not, in the practice's order."""
    query = select(Therapist).options(joinedload(Therapist.person)).order_by(Therapist.position, Therapist.person_id)
    return db.session.scalars(query).all()


def therapist_with_person(person_id: UUID) -> Therapist | None:
    """The therapist with their person."""
    query = select(Therapist).where(Therapist.person_id == person_id)
    return db.session.scalar(query.options(joinedload(Therapist.person)))


def client_of(person_id: UUID) -> Client | None:
    """The client record of a person, unless it is closed."""
    return db.session.scalar(select(Client).where(Client.person_id == person_id, Client.state != "closed"))


def therapist_of(client_id: UUID, now: datetime) -> UUID | None:
    """The client's primary therapist."""
    primary = primary_of(client_id, now)
    return primary.therapist_id if primary is not None else None


def party_for(therapist_id: UUID, client_id: UUID, now: datetime) -> Party:
    """The client, with the couple they are in, for a therapist who cares for them now. Raises NotVisibleError."""
    query = select(Client).where(
        Client.id == client_id, Client.state != "closed", in_care(Client.id, therapist_id, now)
    )
    client = db.session.scalar(query.options(joinedload(Client.person)))
    if client is None:
        raise NotVisibleError
    couple = db.session.scalar(
        select(Couple)
        .join(CoupleMember, CoupleMember.couple_id == Couple.id)
        .where(CoupleMember.client_id == client_id, Couple.state == "active", Couple.therapist_id == therapist_id)
        .options(selectinload(Couple.members).joinedload(CoupleMember.client).joinedload(Client.person))
    )
    partner = next((each.client for each in couple.members if each.client_id != client_id), None) if couple else None
    return Party(client, couple, partner)


def details_of(appointment_id: UUID) -> VisitorDetails | None:
    """What the visitor has typed for the time they hold."""
    return db.session.get(VisitorDetails, appointment_id)


def shown() -> tuple[Any, ...]:
    """What every page about an appointment names, in a fixed number of statements."""
    return (
        joinedload(Appointment.service),
        joinedload(Appointment.therapist).joinedload(Therapist.person),
        joinedload(Appointment.room),
        selectinload(Appointment.attendees).joinedload(Attendee.client).joinedload(Client.person),
    )
