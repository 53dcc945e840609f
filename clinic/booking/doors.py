"""The ways in which somebody who is signed in comes to an appointment: as who attends or gives it, or at the desk."""

from typing import Any

from flask import url_for
from flask_login import current_user

from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.web.shell import current_practice

_AT_DESK = {
    "session": "scheduled",
    "move": "move_scheduled",
    "confirm_move": "confirm_scheduled_move",
    "cancel": "cancel_scheduled",
    "room": "scheduled_room",
    "swap": "swap_scheduled",
}


def door_of(appointment: Appointment) -> Door:
    """The way of a signed-in person to their appointment."""
    is_staff = appointment.therapist_id == current_user.person_id

    def url(page: str, **more: Any) -> str:
        return url_for(f"booking.{page}", appointment_id=appointment.id, **more)

    return Door(
        by=current_user.person_id,
        shell="shell/staff.html" if is_staff else "shell/client.html",
        zone=current_user.zone,
        url=url,
        is_staff=is_staff,
    )


def desk_door(appointment: Appointment) -> Door:
    """The front desk's way to a session: for the practice, so that nothing that it changes is late."""

    def url(page: str, **more: Any) -> str:
        return url_for(f"booking.{_AT_DESK[page]}", appointment_id=appointment.id, **more)

    zone = current_practice().zone
    return Door(current_user.person_id, "shell/staff.html", zone, url, is_staff=True, is_desk=True)
