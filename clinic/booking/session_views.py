"""A client's sessions, and one session's pages for everyone whom it concerns: see, move, cancel, calendar file."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import attendance, moving, panels, queries, rooms, rules, waiting
from clinic.booking.blueprint import blueprint
from clinic.booking.doors import door_of
from clinic.booking.downloads import calendar_response
from clinic.booking.forms import AttendanceForm
from clinic.booking.models import Appointment, Attendee
from clinic.booking.rules import State
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.web.error_pages import sentence
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy


def load_own(appointment_id: UUID) -> Appointment:
    """An appointment that the signed-in person attends or gives. Raises NotVisibleError for anyone else."""
    return queries.appointment_for(current_user.person_id, appointment_id, clock.now())


@blueprint.get("/sessions")
@policy("appointment.list")
def sessions() -> ResponseReturnValue:
    """What comes next and what was, page by page."""
    now = clock.now()
    me = current_user.person_id
    return render_template(
        "booking/sessions.html",
        questions=waiting.questions(me, now),
        upcoming=queries.upcoming(me, now),
        past=paged_entities(queries.past(me, now), requested_page()),
        zone=current_user.zone,
        now=now,
    )


@blueprint.get("/sessions/<uuid:appointment_id>")
@policy("appointment.read", load_own)
def session(appointment: Appointment) -> ResponseReturnValue:
    """One session: when, where, with whom, and what can be done about it."""
    return _session_page(appointment)


def load_attendee(appointment_id: UUID, client_id: UUID) -> Attendee:
    """A client whom the signed-in therapist cares for, in a session that they give. Raises NotVisibleError."""
    return queries.attendee_for(current_user.person_id, appointment_id, client_id, clock.now())


@blueprint.post("/sessions/<uuid:appointment_id>/attendance/<uuid:client_id>")
@policy("attendance.update", load_attendee)
def mark_attendance(attendee: Attendee) -> ResponseReturnValue:
    """Note whether this client came."""
    appointment = queries.appointment_shown(attendee.appointment_id)
    forms = _attendance_forms(appointment, attendee.client_id)
    form = forms[attendee.client_id]
    if not form.validate():
        return _session_page(appointment, forms), 422
    try:
        attendance.mark_attendance(appointment.id, attendee.client_id, form.attendance.data, now=clock.now())
        flash(_("Noted. Nobody is told."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(url_for("booking.session", appointment_id=appointment.id), 303)


@blueprint.get("/sessions/<uuid:appointment_id>/appointment.ics")
@policy("appointment.read", load_own)
def session_file(appointment: Appointment) -> ResponseReturnValue:
    """The session for the person's own calendar."""
    return calendar_response(appointment)


@blueprint.post("/sessions/<uuid:appointment_id>/coming")
@policy("attendance.confirm", load_own)
def coming(appointment: Appointment) -> ResponseReturnValue:
    """Say that one will be there."""
    return moving.say_coming(appointment, door_of(appointment))


@blueprint.get("/sessions/<uuid:appointment_id>/cancel")
@policy("appointment.update", load_own)
def cancel(appointment: Appointment) -> ResponseReturnValue:
    """Ask before cancelling."""
    return moving.cancel_page(appointment, door_of(appointment))


@blueprint.post("/sessions/<uuid:appointment_id>/cancel")
@policy("appointment.update", load_own)
def cancel_now(appointment: Appointment) -> ResponseReturnValue:
    """Cancel."""
    return moving.cancel(appointment, door_of(appointment))


@blueprint.get("/sessions/<uuid:appointment_id>/move")
@policy("appointment.update", load_own)
def move(appointment: Appointment) -> ResponseReturnValue:
    """Choose another time."""
    return moving.move_page(appointment, door_of(appointment))


@blueprint.post("/sessions/<uuid:appointment_id>/move")
@policy("appointment.update", load_own)
def move_now(appointment: Appointment) -> ResponseReturnValue:
    """Move to the chosen time."""
    return moving.move(appointment, door_of(appointment))


def _session_page(appointment: Appointment, forms: dict[UUID, AttendanceForm] | None = None) -> str:
    """The session's page; for who gives it, from half an hour before on, with a form for each client."""
    door, now = door_of(appointment), clock.now()
    is_open = door.is_staff and appointment.state == State.CONFIRMED and rules.is_arriving(appointment.starts_at, now)
    return render_template(
        "booking/session.html",
        **moving.words_of(appointment, door, now),
        attendance=(forms or _attendance_forms(appointment)) if is_open else {},
        **panels.words_for(appointment, door),
        can_change_room=door.is_staff and rooms.can_change(appointment, now),
    )


def _attendance_forms(appointment: Appointment, sent: UUID | None = None) -> dict[UUID, AttendanceForm]:
    """The forms of the clients who are in this therapist's care, as they stand; the one that was sent, as sent."""
    cared_for = queries.in_care_at(appointment, clock.now())
    return {
        each.client_id: AttendanceForm(
            request.form if each.client_id == sent else None,
            given_name=each.client.person.given_name,
            number=number,
            attendance=each.attendance,
        )
        for number, each in enumerate(appointment.attendees)
        if each.client_id in cared_for
    }
