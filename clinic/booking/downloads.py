"""Files that a person takes away from the pages of booking."""

from flask import Response

from clinic.booking.invitations import invitation
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.practice.queries import the_practice


def calendar_response(appointment: Appointment) -> Response:
    """The neutral calendar file of a confirmed appointment. Raises NotVisibleError for what is only asked for."""
    practice = the_practice()
    if practice is None or appointment.state != State.CONFIRMED:
        raise NotVisibleError
    return Response(
        invitation(appointment, practice, "PUBLISH", clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=appointment.ics"},
    )
