"""Another room on the day: the front desk for every session, a therapist for their own."""

from uuid import UUID

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import moving, queries, rooms
from clinic.booking.blueprint import blueprint
from clinic.booking.doors import desk_door, door_of
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.booking.staff_forms import RoomForm
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.ids import parse_id
from clinic.web.error_pages import sentence
from clinic.web.policy import policy


def load_given(appointment_id: UUID) -> Appointment:
    """A session that the signed-in therapist gives to who is in their care. Raises NotVisibleError for anyone else."""
    appointment = queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    if appointment.therapist_id != current_user.person_id:
        raise NotVisibleError
    return appointment


@blueprint.get("/schedule/<uuid:appointment_id>/room")
@policy("schedule.update", queries.appointment_shown)
def scheduled_room(appointment: Appointment) -> ResponseReturnValue:
    """Which other rooms are free."""
    return _page(appointment, RoomForm(), desk_door(appointment))


@blueprint.post("/schedule/<uuid:appointment_id>/room")
@policy("schedule.update", queries.appointment_shown)
def change_scheduled_room(appointment: Appointment) -> ResponseReturnValue:
    """Let it take place in the chosen room."""
    return _change(appointment, desk_door(appointment))


@blueprint.get("/sessions/<uuid:appointment_id>/room")
@policy("appointment.place", load_given)
def room(appointment: Appointment) -> ResponseReturnValue:
    """Which other rooms are free for one's own session."""
    return _page(appointment, RoomForm(), door_of(appointment))


@blueprint.post("/sessions/<uuid:appointment_id>/room")
@policy("appointment.place", load_given)
def change_room(appointment: Appointment) -> ResponseReturnValue:
    """Let one's own session take place in the chosen room."""
    return _change(appointment, door_of(appointment))


def _change(appointment: Appointment, door: Door) -> ResponseReturnValue:
    form = RoomForm()
    form.room.choices = _choices(appointment)
    # A room that was taken meanwhile is no choice any more, and the service says so in words.
    form.room.validate_choice = False
    room_id = parse_id(form.room.data or "")
    if not form.validate() or room_id is None:
        return _page(appointment, form, door), 422
    try:
        rooms.change_room(appointment, room_id, seen=parse_id(form.seen.data or ""), now=clock.now())
    except DomainError as error:
        form.room.errors = [sentence(error)]
        # Taken back to the savepoint, the session has to be read anew.
        return _page(queries.appointment_shown(appointment.id), form, door), error.status
    flash(_("It takes place in another room now. Please tell whoever is waiting."), "success")
    return redirect(door.url("session"), 303)


def _choices(appointment: Appointment) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in rooms.free_rooms(appointment, clock.now())]


def _page(appointment: Appointment, form: RoomForm, door: Door) -> str:
    now = clock.now()
    form.room.choices = _choices(appointment)
    form.seen.data = str(appointment.room_id or "")
    return render_template(
        "booking/room.html",
        **moving.words_of(appointment, door, now),
        form=form,
        can_change_room=rooms.can_change(appointment, now),
    )
