"""An appointment through the link of its mail, without signing in, until it starts: see, confirm, move, cancel.

A GET only shows: mail scanners follow links. The token is in the path alone, and no page leads elsewhere with it.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.accounts import links, people
from clinic.booking import moving, queries
from clinic.booking.blueprint import blueprint
from clinic.booking.downloads import calendar_response
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.web.policy import policy


@dataclass(frozen=True, slots=True)
class Linked:
    """The appointment that a link opens, and the way in which it was reached."""

    appointment: Appointment
    door: Door


def load_linked(token: str) -> Linked:
    """What the token opens while the session has not begun. Raises NotVisibleError otherwise."""
    link = links.open(token, links.APPOINTMENT, clock.now())
    if link is None or link.subject_id is None:
        raise NotVisibleError
    appointment = queries.appointment_shown(link.subject_id)
    if link.person_id not in {each.client.person_id for each in appointment.attendees}:
        raise NotVisibleError
    names = {
        "session": "by_link",
        "move": "move_by_link",
        "cancel": "cancel_by_link",
        "session_file": "file_by_link",
        "coming": "coming_by_link",
    }

    def url(page: str, **more: Any) -> str:
        return url_for(f"booking.{names[page]}", token=token, **more)

    return Linked(appointment, Door(link.person_id, "shell/public.html", people.person(link.person_id).zone, url))


@blueprint.get("/appointment/<token>")
@policy("appointment.manage", load_linked)
def by_link(linked: Linked) -> ResponseReturnValue:
    """The appointment."""
    words = moving.words_of(linked.appointment, linked.door, clock.now())
    return render_template("booking/session.html", **words)


@blueprint.get("/appointment/<token>/appointment.ics")
@policy("appointment.manage", load_linked)
def file_by_link(linked: Linked) -> ResponseReturnValue:
    """The calendar file."""
    return calendar_response(linked.appointment)


@blueprint.post("/appointment/<token>/coming")
@policy("appointment.manage", load_linked)
def coming_by_link(linked: Linked) -> ResponseReturnValue:
    """Say that one will be there."""
    return moving.say_coming(linked.appointment, linked.door)


@blueprint.get("/appointment/<token>/cancel")
@policy("appointment.manage", load_linked)
def cancel_by_link(linked: Linked) -> ResponseReturnValue:
    """Ask before cancelling."""
    return moving.cancel_page(linked.appointment, linked.door)


@blueprint.post("/appointment/<token>/cancel")
@policy("appointment.manage", load_linked)
def cancel_by_link_now(linked: Linked) -> ResponseReturnValue:
    """Cancel."""
    return moving.cancel(linked.appointment, linked.door)


@blueprint.get("/appointment/<token>/move")
@policy("appointment.manage", load_linked)
def move_by_link(linked: Linked) -> ResponseReturnValue:
    """Choose another time."""
    return moving.move_page(linked.appointment, linked.door)


@blueprint.post("/appointment/<token>/move")
@policy("appointment.manage", load_linked)
def move_by_link_now(linked: Linked) -> ResponseReturnValue:
    """Move to the chosen time."""
    return moving.move(linked.appointment, linked.door)
