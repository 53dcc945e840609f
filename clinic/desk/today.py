"""What Today shows, gathered once for each role that the person has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.people import joined_initials
from clinic.booking.closed_times import left_booked, left_to
from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import LIVE, day_of, upcoming
from clinic.booking.waiting import count_requests, questions
from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core.interval import Interval
from clinic.core.zones import day_bounds, wall
from clinic.database.session import current_actor, db
from clinic.desk.changes import changes, day_before
from clinic.desk.office import health
from clinic.distance.service import can_join
from clinic.homework import queries as homework
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.intake import second
from clinic.intake.queries import packets_to_read
from clinic.intake.service import next_step_for
from clinic.measures.queries import due_now
from clinic.notes.panel import of_today
from clinic.practice.hours import stands_in_for
from clinic.practice.models import Therapist
from clinic.progress import queries as progress
from clinic.risk.queries import not_closed, to_call
from clinic.safety.queries import reviews_waiting
from clinic.waitlist.queries import open_offers
from clinic.web.paging import paged_entities

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One session of the day as it may lie open on a desk: initials, never a name."""

    appointment: Appointment
    initials: str
    is_couple: bool
    arrived: int
    expected: int


def day_around(now: datetime, zone: str) -> Interval:
    """The practice's day in which `now` falls."""
    return Interval(*day_bounds(wall(now, zone).date(), zone))


def line_of(appointment: Appointment) -> Line:
    """The session as one line of the day."""
    people = [attendee.client.person for attendee in appointment.attendees]
    return Line(
        appointment=appointment,
        initials=joined_initials(people),
        is_couple=appointment.couple_id is not None,
        arrived=sum(attendee.attendance in {"arrived", "late"} for attendee in appointment.attendees),
        expected=len(people),
    )


def sessions_of_all(day: Interval) -> Sequence[Appointment]:
    """Every live session of the practice on that day, for the front desk: who, where, with whom, and no reason."""
    query = (
        select(Appointment)
        .where(Appointment.state.in_(LIVE), Appointment.starts_at >= day.start, Appointment.starts_at < day.end)
        .options(
            joinedload(Appointment.service),
            joinedload(Appointment.room),
            joinedload(Appointment.therapist).joinedload(Therapist.person),
            selectinload(Appointment.attendees).joinedload(Attendee.client).joinedload(Client.person),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return db.session.scalars(query).all()


def panels(person_id: UUID, roles: Sequence[str], now: datetime, zone: str) -> dict[str, Any]:
    """Everything that Today shows to somebody with these roles, by the name its template uses."""
    shown: dict[str, Any] = {}
    day = day_around(now, zone)
    if "therapist" in roles:
        shown["lines"] = [line_of(appointment) for appointment in day_of(person_id, day)]
        shown["alerts"] = not_closed(current_actor(), now, SHOWN)
        shown["to_review"] = db.session.scalars(homework.to_review(person_id, now).limit(SHOWN)).unique().all()
        shown["asking"] = homework.asking_for_help(person_id, now, SHOWN)
        shown["intakes"] = _new_intakes(person_id, now)
        shown["standing_in"] = stands_in_for(person_id, now)
        shown["reports"] = progress.waiting_for_release(person_id, now)
        shown["notes"] = of_today(person_id, now)
        shown["left_to_me"] = paged_entities(left_to(person_id, zone, now), 1, SHOWN)
    if "front_desk" in roles:
        shown["everyone"] = sessions_of_all(day)
        shown["to_call"] = to_call(now)
        shown["left_booked"] = paged_entities(left_booked(zone, now), 1, SHOWN)
    if "therapist" in roles or "front_desk" in roles:
        shown["requests"] = count_requests(person_id, roles, now)
        shown |= _changes(person_id, roles, now, zone)
    if "client" in roles:
        shown |= _client_panels(person_id, now, zone)
    if "owner" in roles:
        shown["health"] = health()
    return shown


def _changes(person_id: UUID, roles: Sequence[str], now: datetime, zone: str) -> dict[str, Any]:
    """The last of what others have changed, since when, and whether there is more of it."""
    day = day_before(now, zone)
    found = db.session.execute(changes(person_id, roles, day_bounds(day, zone)[0], now).limit(SHOWN + 1)).all()
    return {"changes": found[:SHOWN], "has_more_changes": len(found) > SHOWN, "changed_since": day}


def _client_panels(person_id: UUID, now: datetime, zone: str) -> dict[str, Any]:
    """What a partner asks, the next sessions, open homework, an unfinished intake, measures, new reports."""
    client = client_queries.client_of(person_id)
    own_work = homework.of_person(person_id).where(Assignment.state.in_(OPEN_STATES)).limit(SHOWN)
    ahead = upcoming(person_id, now)[:1]
    return {
        "questions": questions(person_id, now),
        "offered": open_offers(person_id, now),
        "upcoming": ahead,
        "can_join": any(can_join(each, now) for each in ahead),
        "homework": db.session.scalars(own_work).unique().all(),
        "due": due_now(client.id, wall(now, zone).date()) if client else [],
        "intake": next_step_for(client.id) if client else None,
        "second_part": second.open_for(client.id) if client else None,
        "new_report": progress.newest_unread(client.id) if client else None,
    }


def _new_intakes(therapist_id: UUID, now: datetime) -> list[tuple[Client, str]]:
    """Clients whose intake waits to be read, with its state: what to read alone first, then the longest waiting."""
    waiting = packets_to_read(therapist_id, now)[:SHOWN]
    states = dict.fromkeys(reviews_waiting(SHOWN), "alone")
    for packet in waiting:
        states.setdefault(packet.client_id, packet.state if packet.read_at is None else "added")
    query = select(Client).where(Client.id.in_(states)).options(joinedload(Client.person))
    clients = {client.id: client for client in db.session.scalars(query)}
    return [(clients[client_id], state) for client_id, state in states.items()]
