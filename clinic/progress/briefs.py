"""Prepare and open the brief before an appointment. Each call is part of the caller's one transaction."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import Client, Couple, CoupleMember, Episode
from clinic.clients.queries import in_care
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database.locks import take
from clinic.database.session import db
from clinic.practice.queries import the_practice
from clinic.progress import gathering, pages, queries, vaulting
from clinic.progress.models import Brief, BriefPart
from clinic.progress.pages import Attendance, Joint, Shared
from clinic.progress.rules import BRIEF_AHEAD
from clinic.questionnaires import queries as answers
from clinic.questionnaires.models import Answer, Response
from clinic.vault.service import VaultError

BATCH = 20
MOST_SHARED = 3
_log = structlog.get_logger(__name__)


def prepare_due(now: datetime, limit: int = BATCH) -> int:
    """Prepare up to `limit` briefs of appointments that begin within 24 hours and return how many.

    One that fails stops no other, and is tried again at the next run.
    """
    made = 0
    for appointment_id in queries.appointments_without_brief(now):
        made += _prepared_alone(appointment_id, now)
        if made == limit:
            break
    return made


def _prepared_alone(appointment_id: UUID, now: datetime) -> bool:
    try:
        with db.session.begin_nested():
            return prepare_brief(appointment_id, now)
    except (SQLAlchemyError, VaultError, LookupError, ValueError) as error:
        _log.warning("brief_not_prepared", appointment_id=str(appointment_id), error=type(error).__name__)
        return False


def prepare_brief(appointment_id: UUID, now: datetime) -> bool:
    """Make the brief unless it stands or the appointment is no more; True when it was made.

    It tells only of clients who are in the care of the appointment's therapist at this moment (R8).
    """
    take([appointment_id])
    appointment = db.session.get(Appointment, appointment_id)
    practice = the_practice()
    if practice is None or appointment is None or appointment.state != "confirmed" or appointment.starts_at <= now:
        return False
    if _stands(appointment):
        return False
    clients = _clients_in_care(appointment, now)
    if not clients:
        return False
    brief_id, zone = new_id(), practice.zone
    joint = _joint_page(appointment, clients, zone, now)
    owner = vaulting.owner_of(appointment, list(clients))
    sealed = vaulting.seal_joint(brief_id, owner, joint)
    db.session.add(Brief(id=brief_id, appointment_id=appointment_id, joint_page=sealed, prepared_at=now))
    db.session.flush()
    for client_id, opened_at in clients.items():
        _add_part(brief_id, appointment, client_id, opened_at, zone, now)
    db.session.flush()
    return True


def _stands(appointment: Appointment) -> bool:
    """True for a brief of the day before; one from before the appointment was moved is thrown away."""
    brief = db.session.scalar(select(Brief).where(Brief.appointment_id == appointment.id))
    if brief is None:
        return False
    if brief.prepared_at >= appointment.starts_at - BRIEF_AHEAD:
        return True
    db.session.execute(delete(BriefPart).where(BriefPart.brief_id == brief.id))
    db.session.execute(delete(Brief).where(Brief.id == brief.id))
    return False


def opened(brief: Brief) -> None:
    """A therapist has opened it: one row in the audit trail for each client it tells of."""
    for part in brief.parts:
        audit.record("brief.read", "brief", brief.id, client_id=part.client_id)


def _clients_in_care(appointment: Appointment, now: datetime) -> dict[UUID, datetime]:
    """Those who attend and whom the therapist of the appointment cares for now, with the start of their episode."""
    rows = db.session.execute(
        select(Client.id, Episode.opened_at)
        .join(Attendee, Attendee.client_id == Client.id)
        .join(Episode, Episode.client_id == Client.id)
        .where(
            Attendee.appointment_id == appointment.id,
            Episode.closed_at.is_(None),
            in_care(Client.id, appointment.therapist_id, now),
        )
        .order_by(Client.id)
    )
    return dict(rows.all())


def _add_part(
    brief_id: UUID, appointment: Appointment, client_id: UUID, opened_at: datetime, zone: str, now: datetime
) -> None:
    start = _last_session(appointment, client_id, opened_at)
    material = gathering.since(client_id, opened_at, start, zone, now)
    page = pages.private_of(material, _attendance(appointment, client_id, opened_at), wall(now, zone).date())
    part_id = new_id()
    sealed = vaulting.seal_private(part_id, client_id, page)
    db.session.add(BriefPart(id=part_id, brief_id=brief_id, client_id=client_id, private_page=sealed))


def _joint_page(appointment: Appointment, clients: dict[UUID, datetime], zone: str, now: datetime) -> Joint:
    if appointment.couple_id is None:
        client_id, opened_at = next(iter(clients.items()))
        start = _last_session(appointment, client_id, opened_at)
        return pages.joint_of_one(gathering.since(client_id, opened_at, start, zone, now))
    shared = tuple(_shared_lines(appointment.couple_id, zone)[:MOST_SHARED])
    booked = _has_next(appointment)
    return pages.joint_of_couple(_joint_sessions(appointment), shared, booked=booked)


def _last_session(appointment: Appointment, client_id: UUID, opened_at: datetime) -> datetime:
    """When the client's last session with this therapist began; the beginning of the episode before the first."""
    last = db.session.scalar(
        select(func.max(Appointment.starts_at))
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == client_id,
            Appointment.therapist_id == appointment.therapist_id,
            Appointment.state == "confirmed",
            Appointment.starts_at < appointment.starts_at,
        )
    )
    return max(last, opened_at) if last else opened_at


def _attendance(appointment: Appointment, client_id: UUID, opened_at: datetime) -> Attendance:
    rows = db.session.execute(
        select(Attendee.attendance, func.count())
        .join(Appointment, Appointment.id == Attendee.appointment_id)
        .where(
            Attendee.client_id == client_id,
            Attendee.attendance.is_not(None),
            Appointment.therapist_id == appointment.therapist_id,
            Appointment.starts_at >= opened_at,
        )
        .group_by(Attendee.attendance)
    )
    noted = {str(kind): count for kind, count in rows}
    return Attendance(noted.get("arrived", 0), noted.get("late", 0), noted.get("absent", 0))


def _joint_sessions(appointment: Appointment) -> int:
    query = select(func.count()).where(
        Appointment.couple_id == appointment.couple_id,
        Appointment.state == "confirmed",
        Appointment.starts_at < appointment.starts_at,
    )
    return db.session.scalar(query) or 0


def _has_next(appointment: Appointment) -> bool:
    query = select(Appointment.id).where(
        Appointment.couple_id == appointment.couple_id,
        Appointment.state == "confirmed",
        Appointment.starts_at > appointment.starts_at,
    )
    return db.session.scalar(query.limit(1)) is not None


def as_it_stands(page: Joint, appointment: Appointment, zone: str) -> Joint:
    """The joint page without what was taken back since it was made, and without any line once the couple has ended."""
    if appointment.couple_id is None or not page.shared:
        return page
    standing = {(line.who, line.text) for line in _shared_lines(appointment.couple_id, zone)}
    shared = tuple(line for line in page.shared if (line.who, line.text) in standing)
    return pages.joint_of_couple(page.sessions, shared, booked=_has_next(appointment))


def _shared_lines(couple_id: UUID, zone: str) -> list[Shared]:
    """Lines that one of the couple has released to the other, the newest first; with no time of writing."""
    rows = db.session.execute(
        select(Answer, Response.definition_id, Person.given_name)
        .join(Response, Response.id == Answer.response_id)
        .join(Client, Client.id == Answer.client_id)
        .join(Person, Person.id == Client.person_id)
        .join(CoupleMember, CoupleMember.client_id == Client.id)
        .join(Couple, Couple.id == CoupleMember.couple_id)
        .where(Couple.id == couple_id, Couple.state == "active")
        .where(Answer.visibility == "P", Answer.released_at >= Couple.activated_at)
        .order_by(Answer.released_at.desc())
    )
    lines = []
    for answer, definition_id, name in rows:
        if answer.released_at is not None:
            form, on = answers.definition(definition_id), wall(answer.released_at, zone).date()
            lines.append(Shared(name, answers.open_answer(answer), form.title, on))
    return lines
