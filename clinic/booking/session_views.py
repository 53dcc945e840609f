"""A client's sessions, and one session's pages for everyone whom it concerns: see, move, cancel, calendar file."""

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.booking import moving, queries
from clinic.booking.blueprint import blueprint
from clinic.booking.downloads import calendar_response
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.core import clock
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy


def load_own(appointment_id: UUID) -> Appointment:
    """An appointment that the signed-in person attends or gives. Raises NotVisibleError for anyone else."""
    return queries.appointment_for(current_user.person_id, appointment_id, clock.now())


def door_of(appointment: Appointment) -> Door:
    """The way of a signed-in person to their appointment."""
    is_staff = appointment.therapist_id == current_user.person_id

    def url(page: str) -> str:
        return url_for(f"booking.{page}", appointment_id=appointment.id)

    return Door(
        by=current_user.person_id,
        shell="shell/staff.html" if is_staff else "shell/client.html",
        zone=current_user.zone,
        url=url,
        is_staff=is_staff,
    )


@blueprint.get("/sessions")
@policy("appointment.list")
def sessions() -> ResponseReturnValue:
    """What comes next and what was, page by page."""
    now = clock.now()
    me = current_user.person_id
    return render_template(
        "booking/sessions.html",
        upcoming=queries.upcoming(me, now),
        past=paged_entities(queries.past(me, now), requested_page()),
        zone=current_user.zone,
        now=now,
    )


@blueprint.get("/sessions/<uuid:appointment_id>")
@policy("appointment.read", load_own)
def session(appointment: Appointment) -> ResponseReturnValue:
    """One session: when, where, with whom, and what can be done about it."""
    return render_template("booking/session.html", **moving.words_of(appointment, door_of(appointment), clock.now()))


@blueprint.get("/sessions/<uuid:appointment_id>/appointment.ics")
@policy("appointment.read", load_own)
def session_file(appointment: Appointment) -> ResponseReturnValue:
    """The session for the person's own calendar."""
    return calendar_response(appointment)


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
