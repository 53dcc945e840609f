"""Appointments as calendar files: a neutral title, an id that stays when one moves, and nobody but the reader.

A file that asks a calendar for more than to be added holds one event (RFC 5546, 3.2), so of several that are cancelled
each goes in a file of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from flask_babel import gettext

from clinic.booking.models import Appointment
from clinic.documents.calendar import Entry, Method, calendar_file, calendar_of
from clinic.outbox.registry import Attachment
from clinic.practice.models import Practice

_TYPE: Final = "text/calendar"


def invitation(
    appointment: Appointment, practice: Practice, method: Method, now: datetime, attendee_email: str | None = None
) -> bytes:
    """The appointment as a file; with an attendee it says that an answer out of a calendar changes nothing."""
    note = gettext(
        "To move or cancel, please use our message, sign in, or call us. An answer from a calendar does not reach us."
    )
    return calendar_file(
        uid=_uid(appointment),
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        title=gettext("Appointment"),
        method=method,
        organizer_name=practice.name,
        organizer_email=practice.email,
        attendee_email=attendee_email,
        note=note if method == "REQUEST" else None,
        is_tentative=appointment.unsettled_at is not None,
        now=now,
    )


def invite(appointment: Appointment, practice: Practice, now: datetime, email: str) -> Attachment:
    """The file that brings the appointment into the reader's calendar, or moves it there."""
    return Attachment("appointment.ics", _TYPE, invitation(appointment, practice, "REQUEST", now, email), "REQUEST")


def take_out(
    appointments: Sequence[Appointment], practice: Practice, now: datetime, email: str | None
) -> tuple[Attachment, ...]:
    """The files that take these appointments out of the reader's calendar."""
    names = (
        ["appointment.ics"]
        if len(appointments) == 1
        else [f"cancelled-{number}.ics" for number in range(1, len(appointments) + 1)]
    )
    return tuple(
        Attachment(name, _TYPE, invitation(each, practice, "CANCEL", now, email), "CANCEL")
        for name, each in zip(names, appointments, strict=True)
    )


def publish(appointments: Sequence[Appointment], practice: Practice, now: datetime) -> Attachment:
    """One file with all of them, each under the id that its own messages use, so that a later move finds it."""
    content = calendar_of(
        [Entry(_uid(each), each.sequence, each.starts_at, each.ends_at) for each in appointments],
        title=gettext("Appointment"),
        organizer_name=practice.name,
        organizer_email=practice.email,
        now=now,
    )
    return Attachment("appointments.ics", _TYPE, content, "PUBLISH")


def _uid(appointment: Appointment) -> str:
    return f"{appointment.id}@clinic"
