"""What is asked about reports and briefs. Whoever asks is named, and sees what they may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, case, exists, func, literal, or_, select, type_coerce
from sqlalchemy.orm import contains_eager, joinedload

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember, Episode
from clinic.clients.queries import in_care, in_force
from clinic.core.errors import NotVisibleError
from clinic.core.zones import day_bounds
from clinic.database.session import db
from clinic.progress.models import Brief, BriefPart, ProgressReport
from clinic.progress.rules import BRIEF_AHEAD, MOST_ATTEMPTS, PRINT_AGAIN_AFTER, TRY_AGAIN_AFTER, Period, State
from clinic.questionnaires.models import Answer, Entry, QuestionnaireDefinition, Response

RELEASING = ("primary", "cover")
TELLING = ("exercise", "measure")
_DECIDED = ("state", "body", "note", "held_back", "prepared_at", "released_at", "released_by")


def may_release(client_id: UUID, therapist_id: UUID, now: datetime) -> bool:
    """True for the primary therapist and whoever covers for them now; a supervisor reads only."""
    care = in_care(Client.id, therapist_id, now, RELEASING)
    return db.session.scalar(select(Client.id).where(Client.id == client_id, care)) is not None


def own_client(person_id: UUID) -> Client:
    """The record of the person themself; raises NotVisibleError for somebody who is no client."""
    client = db.session.scalar(select(Client).where(Client.person_id == person_id))
    if client is None:
        raise NotVisibleError
    return client


def episode_began(client_id: UUID) -> datetime | None:
    """When the client's open episode, or else their last one, began."""
    return db.session.scalar(
        select(Episode.opened_at).where(Episode.client_id == client_id).order_by(Episode.opened_at.desc()).limit(1)
    )


def name_of(person_id: UUID | None) -> str:
    """The given name of somebody, empty for nobody."""
    return db.session.scalar(select(Person.given_name).where(Person.id == person_id)) or ""


def own_released(client_id: UUID) -> Sequence[ProgressReport]:
    """The reports that the client has been given, the newest first."""
    return db.session.scalars(
        select(ProgressReport)
        .where(ProgressReport.client_id == client_id, ProgressReport.state == State.RELEASED)
        .order_by(ProgressReport.period_start_on.desc())
    ).all()


def report_of_reader(report_id: UUID, person_id: UUID) -> ProgressReport:
    """A released report for the client whom it is about; raises NotVisibleError for everyone else."""
    report = db.session.scalar(
        select(ProgressReport)
        .join(ProgressReport.client)
        .where(ProgressReport.id == report_id, ProgressReport.state == State.RELEASED, Client.person_id == person_id)
        .options(contains_eager(ProgressReport.client))
    )
    if report is None:
        raise NotVisibleError
    return report


def report_in_care(report_id: UUID, therapist_id: UUID, now: datetime) -> ProgressReport:
    """A report for a therapist who cares for its client now; raises NotVisibleError for everyone else."""
    report = db.session.scalar(
        select(ProgressReport)
        .where(ProgressReport.id == report_id, in_care(ProgressReport.client_id, therapist_id, now))
        .options(joinedload(ProgressReport.client).joinedload(Client.person))
    )
    if report is None:
        raise NotVisibleError
    return report


def hold(report: ProgressReport) -> None:
    """Lock the report and read it again; raises NotVisibleError when the acting person sees it no longer."""
    locked = select(ProgressReport.id).where(ProgressReport.id == report.id).with_for_update()
    if db.session.scalar(locked) is None:
        raise NotVisibleError
    db.session.refresh(report, attribute_names=_DECIDED)


def reports_in_care(therapist_id: UUID, now: datetime) -> Select[UUID, str, date, datetime | None, Person]:
    """Id, state, period, moment of release and person, for the therapist's clients; what waits for release first."""
    state = ProgressReport.state
    waiting_first = case((state == State.PREPARED, 0), (state == State.RELEASED, 2), else_=1)
    return (
        select(
            ProgressReport.id,
            ProgressReport.state,
            ProgressReport.period_start_on,
            ProgressReport.released_at,
            Person,
        )
        .join(Client, Client.id == ProgressReport.client_id)
        .join(Person, Person.id == Client.person_id)
        .where(in_care(ProgressReport.client_id, therapist_id, now))
        .order_by(waiting_first, ProgressReport.period_start_on.desc(), Person.family_name, Person.given_name)
    )


def clients_due(period: Period, zone: str, now: datetime) -> Sequence[tuple[UUID, datetime]]:
    """Clients in an open episode and in somebody's care who sent homework in the period and have no report of it.

    With each comes when the episode began. A report that failed is tried again after an hour. Intake is no homework:
    it tells nothing, so it would be gathered in vain at every run of the month.
    """
    start, _ = day_bounds(period.start_on, zone)
    _, end = day_bounds(period.end_on, zone)
    stands = exists().where(
        ProgressReport.client_id == Client.id,
        ProgressReport.period_start_on == period.start_on,
        or_(ProgressReport.state != State.FAILED, ProgressReport.tried_at > now - TRY_AGAIN_AFTER),
    )
    sent = exists().where(
        Response.client_id == Client.id,
        Response.submitted_at >= start,
        Response.submitted_at < end,
        QuestionnaireDefinition.id == Response.definition_id,
        QuestionnaireDefinition.kind.in_(TELLING),
    )
    rows = db.session.execute(
        select(Client.id, Episode.opened_at)
        .join(Episode, Episode.client_id == Client.id)
        .where(Client.state == "active", Episode.closed_at.is_(None), Episode.opened_at < end)
        .where(~stands, sent, in_care(Client.id, None, now, RELEASING))
        .order_by(Client.id)
    )
    return rows.all()


def papers_waiting(now: datetime, limit: int) -> Sequence[ProgressReport]:
    """Released reports without a PDF, locked; one that was tried waits ten minutes, five times at most.

    What was released last comes first: its client may be looking at it now, while a backlog has waited already.
    """
    return db.session.scalars(
        select(ProgressReport)
        .where(
            ProgressReport.state == State.RELEASED,
            ProgressReport.pdf.is_(None),
            ProgressReport.paper_attempts < MOST_ATTEMPTS,
            or_(ProgressReport.paper_attempts == 0, ProgressReport.tried_at <= now - PRINT_AGAIN_AFTER),
        )
        .order_by(ProgressReport.released_at.desc())
        .limit(limit)
        .options(joinedload(ProgressReport.client, innerjoin=True).joinedload(Client.person, innerjoin=True))
        .with_for_update(skip_locked=True, of=ProgressReport)
    ).all()


def unprinted(now: datetime) -> int:
    """How many released reports have no PDF after the last try: a number that also those may ask for who see none."""
    return db.session.scalar(select(func.clinic_unprinted(MOST_ATTEMPTS, now - PRINT_AGAIN_AFTER))) or 0


def _told_of(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a brief tells of this attendee: the appointment's own therapist cares for them, in an open episode."""
    return (
        Attendee.appointment_id == Appointment.id,
        Episode.client_id == Attendee.client_id,
        Episode.closed_at.is_(None),
        CareRelationship.client_id == Attendee.client_id,
        CareRelationship.therapist_id == Appointment.therapist_id,
        in_force(now),
    )


def appointments_without_brief(now: datetime) -> Sequence[UUID]:
    """Confirmed appointments that begin within 24 hours, tell of somebody and have no brief of those hours, soonest
    first."""
    day_before = type_coerce(Appointment.starts_at, DateTime(timezone=True)) - literal(BRIEF_AHEAD)
    return db.session.scalars(
        select(Appointment.id)
        .where(
            Appointment.state == "confirmed",
            Appointment.starts_at > now,
            Appointment.starts_at <= now + BRIEF_AHEAD,
            ~exists().where(Brief.appointment_id == Appointment.id, Brief.prepared_at >= day_before),
            exists().where(*_told_of(now)),
        )
        .order_by(Appointment.starts_at)
    ).all()


def told_of_in_brief(appointment_id: UUID, now: datetime) -> dict[UUID, datetime]:
    """The clients a brief tells of, with the start of their episode."""
    query = select(Attendee.client_id, Episode.opened_at).where(Appointment.id == appointment_id, *_told_of(now))
    return dict(db.session.execute(query.distinct().order_by(Attendee.client_id)).all())


def last_session_began(appointment: Appointment, client_id: UUID, opened_at: datetime) -> datetime:
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


def attendance_noted(therapist_id: UUID, client_id: UUID, opened_at: datetime) -> Mapping[str, int]:
    """How often each kind of attendance was noted in the client's sessions with this therapist since then."""
    rows = db.session.execute(
        select(Attendee.attendance, func.count())
        .join(Appointment, Appointment.id == Attendee.appointment_id)
        .where(
            Attendee.client_id == client_id,
            Attendee.attendance.is_not(None),
            Appointment.therapist_id == therapist_id,
            Appointment.starts_at >= opened_at,
        )
        .group_by(Attendee.attendance)
    )
    return {str(kind): count for kind, count in rows}


def sessions_together(appointment: Appointment) -> int:
    """How many confirmed sessions the couple had before this one."""
    earlier = Appointment.starts_at < appointment.starts_at
    return db.session.scalar(select(func.count()).where(*_of_couple(appointment), earlier)) or 0


def has_next_together(appointment: Appointment) -> bool:
    """True when the couple has a later session."""
    later = Appointment.starts_at > appointment.starts_at
    return bool(db.session.scalar(select(exists().where(*_of_couple(appointment), later))))


def _of_couple(appointment: Appointment) -> tuple[ColumnElement[bool], ...]:
    return Appointment.couple_id == appointment.couple_id, Appointment.state == "confirmed"


def released_lines(couple_id: UUID, until: datetime, limit: int) -> Sequence[tuple[Answer, str | None, UUID, str]]:
    """The newest lines that one of an active couple had released to the other by then.

    With each answer come the group of its entry, where it stands in one, its form, and the given name.
    """
    return db.session.execute(
        select(Answer, Entry.group_key, Response.definition_id, Person.given_name)
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(Entry, Entry.id == Answer.entry_id)
        .join(Client, Client.id == Answer.client_id)
        .join(Person, Person.id == Client.person_id)
        .join(CoupleMember, CoupleMember.client_id == Client.id)
        .join(Couple, Couple.id == CoupleMember.couple_id)
        .where(Couple.id == couple_id, Couple.state == "active", Answer.visibility == "P")
        .where(Answer.released_at >= Couple.activated_at, Answer.released_at <= until)
        .order_by(Answer.released_at.desc(), Answer.id)
        .limit(limit)
    ).all()


def appointment_in_care(appointment_id: UUID, therapist_id: UUID, now: datetime) -> Appointment:
    """An appointment for a therapist who cares for everyone in it now; raises NotVisibleError for anyone else."""
    appointment = db.session.scalar(
        select(Appointment)
        .where(
            Appointment.id == appointment_id,
            exists().where(Attendee.appointment_id == Appointment.id),
            ~exists().where(Attendee.appointment_id == Appointment.id, ~in_care(Attendee.client_id, therapist_id, now)),
        )
        .options(joinedload(Appointment.service, innerjoin=True))
    )
    if appointment is None:
        raise NotVisibleError
    return appointment


def brief_of(appointment_id: UUID) -> Brief | None:
    """The brief of an appointment with its parts and their clients, or None before it is made."""
    return (
        db.session.scalars(
            select(Brief)
            .where(Brief.appointment_id == appointment_id)
            .options(joinedload(Brief.parts).joinedload(BriefPart.client).joinedload(Client.person))
        )
        .unique()
        .one_or_none()
    )


def waiting_for_release(therapist_id: UUID, now: datetime) -> int:
    """How many reports of the therapist's clients are prepared and not released."""
    query = select(func.count()).where(
        ProgressReport.state == State.PREPARED, in_care(ProgressReport.client_id, therapist_id, now)
    )
    return db.session.scalar(query) or 0


def newest_unread(client_id: UUID) -> ProgressReport | None:
    """The latest report that the client has been given and has not opened."""
    return db.session.scalar(
        select(ProgressReport)
        .where(
            ProgressReport.client_id == client_id,
            ProgressReport.state == State.RELEASED,
            ProgressReport.opened_at.is_(None),
        )
        .order_by(ProgressReport.period_start_on.desc())
        .limit(1)
    )
