"""What the practice answers to a request, and a partner to a question.

One conditional update decides, and the rest follows. Whoever presses second or too late changes nothing and is told.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, update

from clinic.audit import service as audit
from clinic.booking import claims, notices, placing, rules
from clinic.booking.claims import Wishes
from clinic.booking.errors import ClashError, QuestionOverError, RequestOverError, SlotTaken
from clinic.booking.models import Appointment, Attendee
from clinic.booking.rules import State
from clinic.clients import couples
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service

IS_OPEN_TO_SOMEBODY = exists().where(Attendee.appointment_id == Appointment.id, Attendee.answer != "yes")


def accept(appointment_id: UUID, *, by: UUID, now: datetime) -> None:
    """Say yes for the practice, and tell everyone. Raises RequestOverError where it is not open any more."""
    _decide(appointment_id, State.CONFIRMED, "accepted", by, now)


def decline(appointment_id: UUID, *, by: UUID, now: datetime) -> None:
    """Say no for the practice, without a reason; the time is free at once. Raises RequestOverError."""
    _decide(appointment_id, State.DECLINED, "declined", by, now)


def agree(appointment_id: UUID, client_id: UUID, *, by: UUID, now: datetime) -> None:
    """Say yes as the partner who is asked: take their time, and book it once all have said yes.

    Raises QuestionOverError, NotActiveError, and ClashError where they have something else: then nothing changes.
    """
    try:
        with claims.or_taken():
            appointment = _asked(appointment_id, client_id, now)
            service = db.session.get_one(Service, appointment.service_id)
            attendee = db.session.get_one(Attendee, (appointment_id, client_id))
            attendee.answer, attendee.answered_at = "yes", now
            # The time that was asked for, whatever the service has become.
            wishes: Wishes = {client_id: ("client", Interval(appointment.starts_at, appointment.ends_at))}
            claims.choose_room((), wishes, now=now, ignoring=[appointment_id])
            db.session.flush()
            claims.insert(appointment_id, wishes)
    except SlotTaken as taken:
        raise ClashError from taken
    audit.record("appointment.answered", "appointment", appointment_id, client_id=client_id)
    if {*placing.answered(appointment_id).values()} == {"yes"}:
        _go_on(appointment, service, by, now)


def refuse(appointment_id: UUID, client_id: UUID, *, now: datetime) -> None:
    """Say no as the partner who is asked. Nobody is told, and the request stays as it was until its time runs out.

    Raises QuestionOverError.
    """
    _asked(appointment_id, client_id, now)
    attendee = db.session.get_one(Attendee, (appointment_id, client_id))
    attendee.answer, attendee.answered_at = "no", now
    audit.record("appointment.answered", "appointment", appointment_id, client_id=client_id)
    db.session.flush()


def is_open(now: datetime) -> ColumnElement[bool]:
    """That a request stands and its time has not run out."""
    return (Appointment.state == State.REQUESTED) & (Appointment.held_until > now)


def _decide(appointment_id: UUID, following: State, kind: str, by: UUID, now: datetime) -> None:
    decided = db.session.scalar(
        update(Appointment)
        .where(Appointment.id == appointment_id, is_open(now), ~IS_OPEN_TO_SOMEBODY)
        .values(state=following, held_until=None)
        .returning(Appointment)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    if decided is None:
        raise RequestOverError
    clients = placing.attending(appointment_id)
    event = placing.note(decided, kind, clients, by, now)
    notices.take_back(appointment_id, now=now, reason=kind)
    notices.tell(decided, event, clients, now=now)


def _asked(appointment_id: UUID, client_id: UUID, now: datetime) -> Appointment:
    """The appointment, while the client is asked about it, locked in the order in which booking takes its locks."""
    found = db.session.get(Appointment, appointment_id, populate_existing=True)
    if found is None or found.couple_id is None or found.state != State.REQUESTED:
        raise QuestionOverError
    wanted = Interval(found.starts_at, found.ends_at)
    claims.lock({client_id}, now=now, wanted=wanted, keeping=appointment_id)
    couples.require_active(found.couple_id)
    appointment = placing.locked(appointment_id)
    answers = placing.answered(appointment_id)
    is_over = appointment is None or appointment.held_until is None or appointment.held_until <= now
    if appointment is None or is_over or answers.get(client_id) != "waiting":
        raise QuestionOverError
    return appointment


def _go_on(appointment: Appointment, service: Service, by: UUID, now: datetime) -> None:
    """All have said yes: book it, or let it wait for the practice where the service is on request."""
    if service.approval == "on_request":
        appointment.held_until = rules.requested_until(now, appointment.starts_at)
        db.session.flush()
        notices.alert(appointment, notices.request_of(appointment.id), now=now, kind=notices.ASKED_FOR)
    else:
        _decide(appointment.id, State.CONFIRMED, "accepted", by, now)
