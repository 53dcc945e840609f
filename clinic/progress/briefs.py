"""Prepare and open the brief before an appointment. Each call is part of the caller's one transaction."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from clinic.audit import service as audit
from clinic.booking.models import Appointment
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database.locks import take
from clinic.database.session import db
from clinic.practice.queries import the_practice
from clinic.progress import gathering, queries, sealed_brief, vaulting
from clinic.progress.models import Brief, BriefPart
from clinic.progress.rules import BRIEF_AHEAD
from clinic.progress.sealed_brief import Attendance, Joint, Shared
from clinic.questionnaires import queries as answers
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
    clients = queries.told_of_in_brief(appointment_id, now)
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
        audit.record("brief.prepare", "brief", brief_id, client_id=client_id)
    db.session.flush()
    return True


def _stands(appointment: Appointment) -> bool:
    """True for a brief of the day before; one from before the appointment was moved is thrown away."""
    brief = queries.brief_of(appointment.id)
    if brief is None:
        return False
    if brief.prepared_at >= appointment.starts_at - BRIEF_AHEAD:
        return True
    for part in brief.parts:
        audit.record("brief.discard", "brief", brief.id, client_id=part.client_id)
    db.session.execute(delete(Brief).where(Brief.id == brief.id))
    return False


def opened(brief: Brief) -> None:
    """A therapist has opened it: one row in the audit trail for each client it tells of."""
    for part in brief.parts:
        audit.record("brief.read", "brief", brief.id, client_id=part.client_id)


def _add_part(
    brief_id: UUID, appointment: Appointment, client_id: UUID, opened_at: datetime, zone: str, now: datetime
) -> None:
    start = queries.last_session_began(appointment, client_id, opened_at)
    material = gathering.since(client_id, opened_at, start, zone, now)
    page = sealed_brief.private_of(material, _attendance(appointment, client_id, opened_at), wall(now, zone).date())
    part_id = new_id()
    sealed = vaulting.seal_private(part_id, client_id, page)
    db.session.add(BriefPart(id=part_id, brief_id=brief_id, client_id=client_id, private_page=sealed))


def _joint_page(appointment: Appointment, clients: dict[UUID, datetime], zone: str, now: datetime) -> Joint:
    if appointment.couple_id is None:
        client_id, opened_at = next(iter(clients.items()))
        start = queries.last_session_began(appointment, client_id, opened_at)
        return sealed_brief.joint_of_one(gathering.since(client_id, opened_at, start, zone, now))
    shared = _shared_lines(appointment.couple_id, now, zone)
    booked = queries.has_next_together(appointment)
    return sealed_brief.joint_of_couple(queries.sessions_together(appointment), shared, booked=booked)


def _attendance(appointment: Appointment, client_id: UUID, opened_at: datetime) -> Attendance:
    noted = queries.attendance_noted(appointment.therapist_id, client_id, opened_at)
    return Attendance(noted.get("arrived", 0), noted.get("late", 0), noted.get("absent", 0))


def as_it_stands(page: Joint, brief: Brief, appointment: Appointment, zone: str) -> Joint:
    """The joint page without what was taken back since it was made, and without any line once the couple has ended."""
    if appointment.couple_id is None or not page.shared:
        return page
    standing = {(line.who, line.text) for line in _shared_lines(appointment.couple_id, brief.prepared_at, zone)}
    shared = tuple(line for line in page.shared if (line.who, line.text) in standing)
    return sealed_brief.joint_of_couple(page.sessions, shared, booked=queries.has_next_together(appointment))


def _shared_lines(couple_id: UUID, until: datetime, zone: str) -> tuple[Shared, ...]:
    """The newest lines that one of the couple had released to the other by then and still does."""
    lines = []
    for answer, group_key, definition_id, name in queries.released_lines(couple_id, until, MOST_SHARED):
        if answer.released_at is not None:
            form, on = answers.definition(definition_id), wall(answer.released_at, zone).date()
            asked = (form.group(group_key) if group_key else form).field(answer.field).label
            lines.append(Shared(name, answers.open_answer(answer), form.title, on, asked))
    return tuple(lines)
