"""Pages of sessions by video: where a therapist meets or one session takes place, where a client is, and joining."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import moving
from clinic.booking import queries as booking_queries
from clinic.booking.doors import door_of
from clinic.booking.models import Appointment, Attendee
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.distance import panel, rules, service
from clinic.distance.forms import VideoForm, WhereForm
from clinic.practice.models import Therapist
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policies import OWNER
from clinic.web.policy import policy

blueprint = Blueprint("distance", __name__)


def load_therapist(therapist_id: UUID) -> Therapist:
    """The therapist themself, or any for the owner. Raises NotVisibleError."""
    therapist = booking_queries.therapist_with_person(therapist_id)
    if therapist is None or (therapist_id != current_user.person_id and OWNER not in current_user.roles):
        raise NotVisibleError
    return therapist


@blueprint.route("/hours/<uuid:therapist_id>/video", methods=["GET", "POST"])
@policy("hours.update", load_therapist)
def room(therapist: Therapist) -> ResponseReturnValue:
    """Where a therapist meets by video; the address is never shown again, only at which service it is."""
    form = VideoForm()
    status = _keep(form, lambda address: service.set_room(therapist.person_id, address, _own_host(), clock.now()))
    if status == HTTPStatus.SEE_OTHER:
        flash(_("Saved. Video sessions take place there from now on."), "success")
        return _to_hours(therapist)
    words = _words(form, service.room_of(therapist.person_id))
    return render_template("distance/room.html", therapist=therapist, **words), status


@blueprint.post("/hours/<uuid:therapist_id>/video/remove")
@policy("hours.update", load_therapist)
def remove_room(therapist: Therapist) -> ResponseReturnValue:
    """Forget where they meet."""
    if ActionForm().validate():
        service.remove_room(therapist.person_id)
        flash(_("Removed. The address is forgotten."), "success")
    return _to_hours(therapist)


def load_given(appointment_id: UUID) -> Appointment:
    """A session by video that the signed-in therapist gives to who is in their care. Raises NotVisibleError."""
    appointment = booking_queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    if appointment.therapist_id != current_user.person_id or appointment.modality != "video":
        raise NotVisibleError
    return appointment


@blueprint.route("/sessions/<uuid:appointment_id>/video", methods=["GET", "POST"])
@policy("video.update", load_given)
def of_session(appointment: Appointment) -> ResponseReturnValue:
    """Another address for this session alone."""
    form, door = VideoForm(), door_of(appointment)
    status = _keep(form, lambda address: service.set_for_session(appointment, address, _own_host(), clock.now()))
    if status == HTTPStatus.SEE_OTHER:
        flash(_("Saved. This session takes place there."), "success")
        return redirect(door.url("session"), 303)
    words = moving.words_of(appointment, door, clock.now()) | _words(form, service.own_of_session(appointment))
    return render_template("distance/of_session.html", **words), status


@blueprint.post("/sessions/<uuid:appointment_id>/video/remove")
@policy("video.update", load_given)
def remove_of_session(appointment: Appointment) -> ResponseReturnValue:
    """Meet where the therapist always meets, after all."""
    if ActionForm().validate():
        service.remove_for_session(appointment)
        flash(_("Removed. This session takes place where you always meet."), "success")
    return redirect(door_of(appointment).url("session"), 303)


def load_attended(appointment_id: UUID) -> tuple[Appointment, Attendee]:
    """A session that the signed-in client attends and has said yes to. Raises NotVisibleError."""
    appointment = booking_queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    attendee = panel.attendee_of(appointment, door_of(appointment))
    if attendee is None:
        raise NotVisibleError
    return appointment, attendee


@blueprint.post("/sessions/<uuid:appointment_id>/where")
@policy("whereabouts.update", load_attended)
def say_where(attended: tuple[Appointment, Attendee]) -> ResponseReturnValue:
    """Say where one is and how to be called back; then the page of the session leads on."""
    appointment, attendee = attended
    door, form, now = door_of(appointment), WhereForm(country=panel.country()), clock.now()
    if service.can_join(appointment, now) and not form.validate():
        words = moving.words_of(appointment, door, now)
        return render_template("distance/where.html", **words, form=form), 422
    try:
        service.say_where(appointment, attendee, form.place.data or "", form.phone.data or "", now=now)
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


def load_joinable(appointment_id: UUID) -> Appointment:
    """A session that the signed-in person attends or gives. Raises NotVisibleError."""
    return booking_queries.appointment_for(current_user.person_id, appointment_id, clock.now())


@blueprint.get("/sessions/<uuid:appointment_id>/join")
@policy("session.join", load_joinable)
def join(appointment: Appointment) -> ResponseReturnValue:
    """On to the video room, which no page ever names; back to the session for who is not expected there now.

    The headers of every answer send no referrer along. A link and not a form, which would have to stay on this site.
    """
    door = door_of(appointment)
    address = service.address_for(appointment) if _is_expected(appointment) else None
    return redirect(address or door.url("session"), 303)


def _is_expected(appointment: Appointment) -> bool:
    """The therapist while the session is open, a client once they have said where they are as well."""
    if not service.can_join(appointment, clock.now()):
        return False
    door = door_of(appointment)
    attendee = panel.attendee_of(appointment, door)
    return door.is_staff or (attendee is not None and panel.said_by(appointment, attendee) is not None)


def _keep(form: VideoForm, keep: Callable[[str], None]) -> int:
    """200 where nothing was sent, 303 once the address is kept; else the status of the refusal, which the form says."""
    if not form.is_submitted():
        return HTTPStatus.OK
    if not form.validate():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        keep(form.address.data or "")
    except DomainError as error:
        form.address.errors = [sentence(error)]
        return error.status
    return HTTPStatus.SEE_OTHER


def _words(form: VideoForm, address: str | None) -> dict[str, object]:
    """What both pages show: never the address, only at which service it is."""
    return {"form": form, "act_form": ActionForm, "host": rules.host_of(address) if address else ""}


def _own_host() -> str:
    return str(current_app.config["CLINIC"].host.partition(":")[0])


def _to_hours(therapist: Therapist) -> ResponseReturnValue:
    is_own = OWNER not in current_user.roles
    here = url_for("hours.overview") if is_own else url_for("hours.of_therapist", therapist_id=therapist.person_id)
    return redirect(here, 303)
