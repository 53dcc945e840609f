"""Files that a person takes away from the pages of booking."""

from flask import Response

from clinic.booking.mails import invitation
from clinic.booking.models import Appointment
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.practice.queries import the_practice


def calendar_response(appointment: Appointment) -> Response:
    """The neutral calendar file of an appointment. Raises NotVisibleError before the practice is set up."""
    practice = the_practice()
    if practice is None:
        raise NotVisibleError
    return Response(
        invitation(appointment, practice, "PUBLISH", clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=appointment.ics"},
    )
