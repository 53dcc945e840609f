"""A therapist leaves: what would become of each session with another, and the one press that hands them over.

The owner sees initials and the front desk names, as elsewhere; neither sees anything clinical.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import DateField, Form, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from clinic.booking.queries import therapist_with_person
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.database.session import db
from clinic.desk import hand_over as handing
from clinic.desk.away import reached_by
from clinic.desk.hand_over import Obstacle
from clinic.desk.models import HandOver
from clinic.practice.models import Therapist
from clinic.practice.queries import colleagues
from clinic.practice.rules import FARTHEST
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policies import FRONT_DESK
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("hand_over", __name__)
WHY = {
    Obstacle.SERVICE: lazy_gettext("is not what they offer"),
    Obstacle.ASKED: lazy_gettext("not agreed yet"),
    Obstacle.HOURS: lazy_gettext("outside their hours"),
    Obstacle.BUSY: lazy_gettext("taken then"),
}


class ChoiceForm(Form):
    """To whom, and from which day on. Also sent with GET, since looking changes nothing; then it holds no tokens."""

    to = SelectField(
        lazy_gettext("Who takes over"),
        [InputRequired(lazy_gettext("Please choose who takes over."))],
        coerce=lambda value: UUID(value) if value else None,
    )
    day = DateField(lazy_gettext("From"), [Optional()])

    def validate_day(self, field: DateField) -> None:
        """Refuse a day that is not meant."""
        if field.data and abs(field.data - clock.now().date()) > FARTHEST:
            raise ValidationError(_("Please choose a day within the next three years."))

    def since(self, now: datetime, zone: str) -> datetime:
        """From which moment on sessions go over."""
        return max(now, zones.day_bounds(self.day.data, zone)[0]) if self.day.data else now


def load_leaver(therapist_id: UUID) -> Therapist:
    """Any therapist. Raises NotVisibleError."""
    therapist = therapist_with_person(therapist_id)
    if therapist is None:
        raise NotVisibleError
    return therapist


@blueprint.get("/hand-over/<uuid:therapist_id>")
@policy("hand_over.create", load_leaver)
def look(therapist: Therapist) -> ResponseReturnValue:
    """Who takes over; then each session, and what would become of it."""
    form = _choice(therapist, request.args if "to" in request.args else None)
    return _page(therapist, form, is_chosen="to" in request.args and form.validate())


@blueprint.post("/hand-over/<uuid:therapist_id>")
@policy("hand_over.create", load_leaver)
def hand_over(therapist: Therapist) -> ResponseReturnValue:
    """Hand over what fits."""
    form, now, zone = _choice(therapist, request.form), clock.now(), current_practice().zone
    if not ActionForm().validate() or not form.validate():
        return _page(therapist, form, is_chosen=False), 422
    try:
        with db.session.begin_nested():
            done = handing.hand_over(
                therapist.person_id,
                form.to.data,
                form.since(now, zone),
                by=current_user.person_id,
                zone=zone,
                now=now,
            )
    except DomainError as error:
        return _page(load_leaver(therapist.person_id), form, is_chosen=True, refusal=sentence(error)), error.status
    flash(_("Handed over. Everyone with an address is written to."), "success")
    return redirect(url_for("hand_over.done", hand_over_id=done.id), 303)


@blueprint.post("/hand-over/<uuid:therapist_id>/stay")
@policy("hand_over.create", load_leaver)
def stay(therapist: Therapist) -> ResponseReturnValue:
    """Let them be booked again who was to leave."""
    if ActionForm().validate():
        handing.stay(therapist)
        flash(_("%(name)s can be booked again.", name=therapist.person.name), "success")
    return redirect(url_for("hand_over.look", therapist_id=therapist.person_id), 303)


@blueprint.get("/hand-over/done/<uuid:hand_over_id>")
@policy("hand_over.read", handing.hand_over_called)
def done(found: HandOver) -> ResponseReturnValue:
    """What went over, whom to call, and what is still with who leaves."""
    now, zone = clock.now(), current_practice().zone
    went = [each for each in handing.handed_over(found) if each.starts_at > now]
    left = handing.fates(found.therapist_id, found.successor_id, found.since, zone, now)
    return render_template(
        "desk/handed_over.html",
        found=found,
        therapist=therapist_with_person(found.therapist_id),
        successor=therapist_with_person(found.successor_id),
        went=went,
        calls=[each for each in reached_by(went) if each.how == "call"],
        left=left,
        since_on=zones.wall(found.since, zone).date(),
        **_shared(),
    )


def _choice(therapist: Therapist, sent: Any) -> ChoiceForm:
    form = ChoiceForm(sent)
    others = colleagues(therapist.person_id, clock.now())
    form.to.choices = [("", _("Please choose")), *((str(each.person_id), each.person.name) for each in others)]
    return form


def _page(therapist: Therapist, form: ChoiceForm, *, is_chosen: bool, refusal: str | None = None) -> str:
    now, zone = clock.now(), current_practice().zone
    since = form.since(now, zone) if is_chosen else now
    found = handing.fates(therapist.person_id, form.to.data, since, zone, now) if is_chosen else []
    going = [each.appointment for each in found if not each.obstacle]
    return render_template(
        "desk/hand_over.html",
        therapist=therapist,
        form=form,
        successor=therapist_with_person(form.to.data) if is_chosen else None,
        found=found,
        going=going,
        how={each.person.id: each.how for each in reached_by(going)},
        refusal=refusal,
        **_shared(),
    )


def _shared() -> dict[str, object]:
    return {
        "act_form": ActionForm,
        "why": WHY,
        "is_desk": FRONT_DESK in current_user.roles,
        "zone": current_practice().zone,
        "now": clock.now(),
    }
