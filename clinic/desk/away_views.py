"""Away today: the page before it, the one press, and the list of whom to call."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import SelectField
from wtforms.validators import InputRequired

from clinic.booking.calendar_pages import asked_day
from clinic.booking.queries import therapist_with_person
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.desk import away
from clinic.desk.models import DayAway, ToldAway
from clinic.practice import hours
from clinic.practice.models import Therapist, TimeOff
from clinic.practice.queries import colleagues
from clinic.web.error_pages import sentence
from clinic.web.filters import day as day_words
from clinic.web.forms import ActionForm
from clinic.web.policies import FRONT_DESK
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("away", __name__)
_LONGEST_DAY = timedelta(hours=25)  # that on which the clocks go back


class AwayForm(ActionForm):
    """Who stands in."""

    cover = SelectField(
        lazy_gettext("Who stands in"),
        [InputRequired(lazy_gettext("Please choose somebody who stands in. Nobody is away without a cover."))],
        coerce=lambda value: UUID(value) if value else None,
    )


def load_therapist(therapist_id: UUID) -> Therapist:
    """The therapist themself, or any for the front desk. Raises NotVisibleError."""
    therapist = therapist_with_person(therapist_id)
    if therapist is None or (therapist_id != current_user.person_id and FRONT_DESK not in current_user.roles):
        raise NotVisibleError
    return therapist


def load_leave(therapist_id: UUID, time_off_id: UUID) -> tuple[Therapist, TimeOff]:
    """Time off of theirs that is not over. Raises NotVisibleError."""
    return load_therapist(therapist_id), hours.leave_of(therapist_id, time_off_id, clock.now())


def load_away(away_id: UUID) -> DayAway:
    """What was cancelled for the therapist, or for any for the front desk. Raises NotVisibleError."""
    found = away.day_away(away_id)
    load_therapist(found.therapist_id)
    return found


def load_told(away_id: UUID, person_id: UUID) -> ToldAway:
    """One person who is told of it. Raises NotVisibleError."""
    load_away(away_id)
    return away.told_person(away_id, person_id)


@dataclass(frozen=True, slots=True)
class Press:
    """What one press is about: whose time, from when until when, and what is said of it."""

    therapist: Therapist
    stretch: Interval
    title: str
    words: str
    url: str


@blueprint.route("/away/<uuid:therapist_id>", methods=["GET", "POST"])
@policy("away.create", load_therapist)
def leave_today(therapist: Therapist) -> ResponseReturnValue:
    """Say who will be told and how; then cancel what is left of the day."""
    now, zone = clock.now(), current_practice().zone
    today = zones.wall(now, zone).date()
    day = max(asked_day(today), today)
    bounds = Interval(*zones.day_bounds(day, zone))
    url = url_for("away.leave_today", therapist_id=therapist.person_id, day=day.isoformat())
    title = _("Away today") if day == today else _("Away on this day")
    press = Press(therapist, Interval(max(bounds.start, now), bounds.end), title, day_words(day), url)
    return _answer(press, after=day + timedelta(days=1), is_today=day == today)


@blueprint.route("/away/<uuid:therapist_id>/leave/<uuid:time_off_id>", methods=["GET", "POST"])
@policy("away.create", load_leave)
def leave_for_longer(found: tuple[Therapist, TimeOff]) -> ResponseReturnValue:
    """The same for all that is booked in time off that was taken already."""
    (therapist, off), now, zone = found, clock.now(), current_practice().zone
    url = url_for("away.leave_for_longer", therapist_id=therapist.person_id, time_off_id=off.id)
    # It ends with the last moment of a day, mostly; that day is meant, and not the next one.
    last = zones.wall(off.ends_at - timedelta(microseconds=1), zone).date()
    words = _("%(first)s to %(last)s", first=day_words(off.starts_at, zone), last=day_words(last))
    return _answer(Press(therapist, Interval(max(off.starts_at, now), off.ends_at), _("Time off"), words, url))


def _answer(press: Press, **more: object) -> ResponseReturnValue:
    form, now, zone = AwayForm(), clock.now(), current_practice().zone
    therapist_id, status = press.therapist.person_id, 200
    others = colleagues(therapist_id, now)
    form.cover.choices = [("", _("Please choose")), *((str(each.person_id), each.person.name) for each in others)]
    off = hours.leave_throughout(therapist_id, press.stretch.start, press.stretch.end)
    # Whoever stands in already goes on; then nobody chooses, and what a page from before says does not matter.
    form.cover.validate_choice = off is None
    if form.validate_on_submit():
        try:
            made = _press(press, form.cover.data)
            flash(_("It is cancelled, and everyone with an address is written to."), "success")
            return redirect(url_for("away.told", away_id=made.id), 303)
        except DomainError as error:
            form.cover.errors, status = [sentence(error)], error.status
    elif form.is_submitted():
        status = 422
    # Taken back to the savepoint, everything has to be read anew.
    therapist = load_therapist(therapist_id)
    sessions = away.ahead_in(therapist_id, press.stretch, now)
    page = render_template(
        "desk/away.html",
        press=press,
        therapist=therapist,
        form=form,
        sessions=sessions,
        how={each.person.id: each.how for each in away.reached_by(sessions)},
        cover=therapist_with_person(off.cover_id) if off else None,
        before=away.announced(therapist_id, press.stretch) if off else None,
        zone=zone,
        now=now,
        **more,
    )
    return page, status


def _press(press: Press, cover_id: UUID | None) -> DayAway:
    now, zone = clock.now(), current_practice().zone
    with db.session.begin_nested():
        return away.go_away(
            press.therapist.person_id,
            press.stretch,
            cover_id,
            by=current_user.person_id,
            day_began_at=zones.day_bounds(zones.wall(now, zone).date(), zone)[0],
            now=now,
        )


@blueprint.get("/away/told/<uuid:away_id>")
@policy("away.read", load_away)
def told(found: DayAway) -> ResponseReturnValue:
    """Whom to call, and who is written to."""
    people = away.told_of(found)
    return render_template(
        "desk/away_told.html",
        away=found,
        is_one_day=found.ends_at - found.starts_at <= _LONGEST_DAY,
        therapist=therapist_with_person(found.therapist_id),
        cover=therapist_with_person(found.cover_id),
        calls=[each for each in people if each.is_to_call],
        mails=[each for each in people if not each.is_to_call],
        act_form=ActionForm,
        zone=current_practice().zone,
    )


@blueprint.post("/away/told/<uuid:away_id>/people/<uuid:person_id>/called")
@policy("away.update", load_told)
def called(told_person: ToldAway) -> ResponseReturnValue:
    """Note that they have been called."""
    if ActionForm().validate():
        away.note_call(told_person, by=current_user.person_id, now=clock.now())
        flash(_("Noted."), "success")
    return redirect(url_for("away.told", away_id=told_person.day_away_id), 303)
