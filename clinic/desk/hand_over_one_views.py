"""The front desk gives one session to another therapist: who is free then, who will be told, and the press."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import RadioField
from wtforms.validators import InputRequired

from clinic.booking import moving, queries
from clinic.booking.doors import desk_door
from clinic.booking.models import Appointment
from clinic.booking.wording import told_words
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.core.ids import parse_id
from clinic.database.session import db
from clinic.desk import hand_over_one
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("one_hand_over", __name__)


class ColleagueForm(ActionForm):
    """Who takes the session."""

    to = RadioField(lazy_gettext("Who takes it?"), [InputRequired(lazy_gettext("Please choose who takes it."))])


@blueprint.get("/schedule/<uuid:appointment_id>/colleague")
@policy("schedule.update", queries.appointment_shown)
def look(appointment: Appointment) -> ResponseReturnValue:
    """Which colleagues are free at its time, and who will be told."""
    return _page(appointment, ColleagueForm(formdata=None))


@blueprint.post("/schedule/<uuid:appointment_id>/colleague")
@policy("schedule.update", queries.appointment_shown)
def give(appointment: Appointment) -> ResponseReturnValue:
    """Give it to the one who was chosen."""
    form = ColleagueForm()
    # Who is not free any more is no choice any more, and the service says so in words.
    form.to.choices, form.to.validate_choice = [], False
    successor_id: UUID | None = parse_id(form.to.data or "")
    if not form.validate() or successor_id is None:
        return _page(appointment, form), 422
    zone, now = current_practice().zone, clock.now()
    try:
        with db.session.begin_nested():
            hand_over_one.give(appointment.id, successor_id, by=current_user.person_id, zone=zone, now=now)
    except DomainError as error:
        form.to.errors = [sentence(error)]
        return _page(queries.appointment_shown(appointment.id), form), error.status
    flash(_("It is with somebody else now. Everyone with an address is written to, and both therapists."), "success")
    return redirect(url_for("booking.scheduled", appointment_id=appointment.id), 303)


def _page(appointment: Appointment, form: ColleagueForm) -> str:
    now, zone = clock.now(), current_practice().zone
    can_be_given = hand_over_one.can_be_given(appointment, now)
    free = hand_over_one.takers(appointment, zone, now) if can_be_given else []
    form.to.choices = [(str(each.person_id), each.person.name) for each in free]
    return render_template(
        "desk/colleague.html",
        **moving.words_of(appointment, desk_door(appointment), now),
        form=form,
        can_be_given=can_be_given,
        told=told_words([each.client.person for each in appointment.attendees]),
    )
