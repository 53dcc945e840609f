"""A therapist leaves: another takes over the sessions ahead, at their times. What does not fit is left to be moved.

Each session is placed by itself and the database has the last word, so that nobody is ever in two at once.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.audit import service as audit
from clinic.booking import claims, placing, schedule
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.queries import LIVE, appointments_shown, shown
from clinic.booking.wishes import Wish
from clinic.clients import care
from clinic.clients.queries import primary_of
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.desk.away import reached_by
from clinic.desk.errors import NothingToHandOverError
from clinic.desk.models import HandOver
from clinic.outbox import service as outbox
from clinic.practice.models import Therapist, TherapistService
from clinic.practice.queries import active_rooms, terms_by
from clinic.series import service as series

HANDED_OVER: Final = "session.handed_over"
STANDS_IN_AFTERWARDS: Final = timedelta(days=2)
"""How long a record stays open after the last session that went over, to note who came and what was."""
_MARGIN = timedelta(days=1)  # more than any buffer


class Obstacle(StrEnum):
    """Why a session stays where it is."""

    SERVICE = "service"
    ASKED = "asked"
    HOURS = "hours"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Fate:
    """What would become of one session: it goes over, unless something is in the way."""

    appointment: Appointment
    obstacle: Obstacle | None


def fates(therapist_id: UUID, successor_id: UUID, since: datetime, zone: str, now: datetime) -> list[Fate]:
    """Each session ahead from `since` on, in order, and what would become of it; `zone` is the practice's."""
    ahead = _ahead(therapist_id, since, now)
    if not ahead:
        return []
    services = select(TherapistService.service_id).where(TherapistService.therapist_id == successor_id)
    offered = set(db.session.scalars(services))
    terms = terms_by(successor_id, {each.service for each in ahead})
    around = Interval(ahead[0].starts_at, max(each.ends_at for each in ahead)).padded(_MARGIN, _MARGIN)
    opened = schedule.open_hours([successor_id], around, zone)[successor_id]
    busy = schedule.busy_times([successor_id], around, now=now)[successor_id]
    found = []
    for each in ahead:
        wanted = terms[each.service_id].lasting(each.minutes).padded(each.starts_at)
        obstacle = _obstacle(each, wanted, offered, opened, busy)
        if obstacle is None:
            busy.append(wanted)
        found.append(Fate(each, obstacle))
    return found


def hand_over(
    therapist_id: UUID, successor_id: UUID, since: datetime, *, by: UUID, zone: str, now: datetime
) -> HandOver:
    """Give every session that fits to the other therapist at its time, standing ones too, and tell each person once.

    Whose sessions have all gone over goes over with their record, as far as the therapist who leaves was their own.
    From `since` on nothing new is booked with who leaves.
    Raises NothingToHandOverError where nothing fits.
    """
    ahead, clients = _ahead(therapist_id, since, now), care.caseload(therapist_id, now)
    hold(ahead, {therapist_id, successor_id}, clients, now)
    done = HandOver(
        id=new_id(), therapist_id=therapist_id, successor_id=successor_id, since=since, done_at=now, done_by=by
    )
    db.session.add(done)
    db.session.flush()
    going = [each.appointment for each in fates(therapist_id, successor_id, since, zone, now) if not each.obstacle]
    went = [each.id for each in going if give(each, successor_id, by, now)]
    if not went:
        raise NothingToHandOverError
    handed = appointments_shown(went)
    _pass_on_series(handed, successor_id, by, now)
    for reached in reached_by(handed):
        if reached.person.email:
            outbox.queue(HANDED_OVER, done.id, reached.first_starts_at, reached.person.id, now=now)
    _pass_on_records(therapist_id, successor_id, now)
    let_in(handed, successor_id, now)
    leaver = db.session.get_one(Therapist, therapist_id)
    leaver.leaves_at = min(leaver.leaves_at or since, since)
    audit.record("sessions.hand_over", "hand_over", done.id)
    db.session.flush()
    return done


def let_in(sessions: Sequence[Appointment], successor_id: UUID, now: datetime) -> None:
    """Let the colleague stand in for who comes to these, but for those whose own therapist they are."""
    until: dict[UUID, datetime] = {}
    for session in sessions:
        for each in session.attendees:
            until[each.client_id] = max(until.get(each.client_id, now), session.ends_at + STANDS_IN_AFTERWARDS)
    for client_id in sorted(until):
        primary = primary_of(client_id, now)
        if primary is not None and primary.therapist_id != successor_id:
            care.add_cover(client_id, successor_id, now, until[client_id], now)


def stay(therapist: Therapist) -> None:
    """Let somebody be booked again who was to leave; what went over stays where it is."""
    if therapist.leaves_at is not None:
        therapist.leaves_at = None
        audit.record("therapist.stay", "therapist", therapist.person_id)
        db.session.flush()


def handed_over(done: HandOver) -> Sequence[Appointment]:
    """The sessions that went over with that press and are with the successor still, the soonest first."""
    went = select(AppointmentEvent.appointment_id).where(
        AppointmentEvent.kind == "moved",
        AppointmentEvent.at == done.done_at,
        AppointmentEvent.person_id == done.done_by,
    )
    query = select(Appointment).where(
        Appointment.id.in_(went), Appointment.therapist_id == done.successor_id, Appointment.state.in_(LIVE)
    )
    return db.session.scalars(query.options(*shown()).order_by(Appointment.starts_at, Appointment.id)).all()


def hand_over_called(hand_over_id: UUID) -> HandOver:
    """That one. Raises NotVisibleError."""
    done = db.session.get(HandOver, hand_over_id)
    if done is None:
        raise NotVisibleError
    return done


def _ahead(therapist_id: UUID, since: datetime, now: datetime) -> Sequence[Appointment]:
    """As they stand now: whoever waited for the locks must not go by what they saw before."""
    query = select(Appointment).where(
        Appointment.therapist_id == therapist_id,
        Appointment.state.in_(LIVE),
        Appointment.starts_at > now,
        Appointment.starts_at >= since,
    )
    query = query.options(*shown()).order_by(Appointment.starts_at, Appointment.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _obstacle(
    session: Appointment,
    wanted: Interval,
    offered: Collection[UUID],
    opened: Sequence[Interval],
    busy: Sequence[Interval],
) -> Obstacle | None:
    if session.service_id not in offered:
        return Obstacle.SERVICE
    if any(each.answer != "yes" for each in session.attendees):
        return Obstacle.ASKED  # who is asked is asked about this session as it is
    return obstacle_then(session, wanted, opened, busy)


def obstacle_then(
    session: Appointment, wanted: Interval, opened: Sequence[Interval], busy: Sequence[Interval]
) -> Obstacle | None:
    """What of somebody's hours and sessions is in the way of this one, at its time."""
    if not any(work.start <= session.starts_at and session.ends_at <= work.end for work in opened):
        return Obstacle.HOURS
    return Obstacle.BUSY if any(wanted.overlaps(taken) for taken in busy) else None


def hold(
    sessions: Sequence[Appointment], therapists: Collection[UUID], clients: Collection[UUID], now: datetime
) -> None:
    """Keep these therapists, the rooms, the clients and the sessions from changing under us; all locks at once."""
    people = {each.client_id for session in sessions for each in session.attendees}
    rooms = {*active_rooms(), *(each.room_id for each in sessions if each.room_id)}
    wanted = [Interval(each.starts_at, each.ends_at) for each in sessions]
    claims.lock({*therapists, *clients, *people, *rooms}, now=now, wanted=wanted)
    ids = [each.id for each in sessions]
    db.session.execute(select(Appointment.id).where(Appointment.id.in_(ids)).order_by(Appointment.id).with_for_update())


def give(session: Appointment, successor_id: UUID, by: UUID, now: datetime) -> bool:
    """Place it with the other therapist; False, with nothing changed, where that turns out not to fit after all."""
    attending = placing.attending(session.id)
    service, minutes = session.service, session.minutes
    wish = Wish(service, successor_id, session.starts_at, session.modality, session.zone, session.currency)
    try:
        with claims.or_taken():
            placing.place(session, wish.keeping(minutes), attending, placing.rooms_for(session.modality), now)
    except SlotTaken:
        return False
    placing.note(session, "moved", attending, by, now)
    return True


def _pass_on_series(handed: Sequence[Appointment], successor_id: UUID, by: UUID, now: datetime) -> None:
    standing: defaultdict[UUID, list[Appointment]] = defaultdict(list)
    for each in handed:
        if each.series_id is not None:
            standing[each.series_id].append(each)
    for series_id in sorted(standing):
        series.pass_on(series_id, standing[series_id], successor_id, by=by, now=now)


def _pass_on_records(therapist_id: UUID, successor_id: UUID, now: datetime) -> None:
    """Who comes to the successor from now on, and to who leaves no more, has their record go along."""
    staying, gone = _coming_to(therapist_id, now), _coming_to(successor_id, now)
    for client_id in care.caseload(therapist_id, now):
        if client_id in gone and client_id not in staying:
            care.hand_over(client_id, successor_id, now)


def _coming_to(therapist_id: UUID, now: datetime) -> set[UUID]:
    query = (
        select(Attendee.client_id)
        .join(Appointment, Appointment.id == Attendee.appointment_id)
        .where(Appointment.therapist_id == therapist_id, Appointment.state.in_(LIVE), Appointment.starts_at > now)
    )
    return set(db.session.scalars(query))
