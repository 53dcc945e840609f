"""When a therapist works: the owner sets anyone's hours, a therapist their own. What it strands is shown first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import Field

from clinic.booking.closed_times import left_booked
from clinic.booking.working_week import WorkDay, try_change, working_days, working_weeks
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.desk.leave import come_back, plan_leave
from clinic.desk.stranding import Line, lines
from clinic.practice import hours, rules
from clinic.practice.errors import (
    BackwardsDaysError,
    ChangedMeanwhileError,
    CoverAwayError,
    FarDayError,
    NoCoverError,
    PastDayError,
)
from clinic.practice.forms import ExtraForm, LeaveForm, WeekForm
from clinic.practice.models import ExtraHours, Therapist, TimeOff
from clinic.practice.queries import all_therapists, colleagues
from clinic.practice.rules import Stretch
from clinic.web.error_pages import sentence
from clinic.web.filters import zone_label
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policies import OWNER
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("hours", __name__)
MONDAY = 7


@dataclass(slots=True)
class Outcome:
    """What came of sending a form: saved, or shown again with what it would strand and the week as it would be."""

    is_saved: bool = False
    stranded: list[Line] = field(default_factory=list)
    days: list[WorkDay] = field(default_factory=list)
    status: int = 200

    @property
    def page_status(self) -> int:
        """A form that waits for a yes was understood, and has saved nothing."""
        return 422 if self.stranded else self.status


@blueprint.get("/hours")
@policy("hours.update")
def overview() -> ResponseReturnValue:
    """A therapist's own hours; for the owner, everyone's."""
    if OWNER not in current_user.roles:
        return _of(load_therapist(current_user.person_id), _("My hours"))
    therapists = all_therapists()
    weeks = working_weeks([each.person_id for each in therapists], _today(), _zone(), 7)
    return render_template("practice/hours_of_all.html", therapists=therapists, weeks=weeks, zone=_zone())


def load_therapist(therapist_id: UUID) -> Therapist:
    """Anyone for the owner, a therapist themself for others. Raises NotVisibleError."""
    if OWNER not in current_user.roles and therapist_id != current_user.person_id:
        raise NotVisibleError
    therapist = next((each for each in all_therapists() if each.person_id == therapist_id), None)
    if therapist is None:
        raise NotVisibleError
    return therapist


@blueprint.get("/hours/<uuid:therapist_id>")
@policy("hours.update", load_therapist)
def of_therapist(therapist: Therapist) -> ResponseReturnValue:
    """The next two weeks as they come out, and what makes them so."""
    return _of(therapist, _("Hours of %(name)s", name=therapist.person.name))


@blueprint.route("/hours/<uuid:therapist_id>/weekly", methods=["GET", "POST"])
@policy("hours.update", load_therapist)
def weekly(therapist: Therapist) -> ResponseReturnValue:
    """Change the weekly hours from a day on, for good or until another day."""
    today = _today()
    rows = hours.weekly_hours(therapist.person_id, today)
    first = today + timedelta(days=MONDAY - today.weekday())
    week = {f"day{day}": rules.write_stretches(each) for day, each in hours.week_on(rows, first).items()}
    form = WeekForm(data=week | {"first": first, "seen": hours.mark_of(rows)})
    outcome = Outcome()
    if form.validate_on_submit() and (typed := _read_week(form)) is not None:
        start = form.first.data or first

        def change() -> None:
            period = (start, form.last.data)
            hours.change_weekly(therapist.person_id, typed, period, form.seen.data or "", today)

        outcome = _send(therapist, change, start, lambda error: _week_field(form, error))
        if outcome.is_saved:
            flash(_("Saved. This is how the next two weeks look."), "success")
            return _back(therapist)
        if outcome.status == ChangedMeanwhileError.status:
            form.seen.data = hours.mark_of(hours.weekly_hours(therapist.person_id, today))
    return _form_page("practice/weekly.html", therapist, form, outcome, periods=_periods(therapist, today))


@blueprint.route("/hours/<uuid:therapist_id>/extra", methods=["GET", "POST"])
@policy("hours.update", load_therapist)
def extra(therapist: Therapist) -> ResponseReturnValue:
    """Work on one day beside the weekly hours."""
    form, today, outcome = ExtraForm(), _today(), Outcome()
    if form.validate_on_submit():
        on = form.on.data or today
        outcome = _send(
            therapist,
            lambda: hours.add_extra(therapist.person_id, on, form.stretch, today),
            today,
            lambda error: form.on if isinstance(error, PastDayError | FarDayError) else form.ends,
        )
        if outcome.is_saved:
            flash(_("Added. It can be booked from now on."), "success")
            return _back(therapist)
    return _form_page("practice/extra.html", therapist, form, outcome)


def load_extra(therapist_id: UUID, extra_id: UUID) -> tuple[Therapist, ExtraHours]:
    """Extra hours that are not past. Raises NotVisibleError."""
    return load_therapist(therapist_id), hours.extra_of(therapist_id, extra_id, _today())


@blueprint.post("/hours/<uuid:therapist_id>/extra/<uuid:extra_id>/remove")
@policy("hours.update", load_extra)
def remove_extra(loaded: tuple[Therapist, ExtraHours]) -> ResponseReturnValue:
    """Not work then after all."""
    therapist, row = loaded
    form = ActionForm()
    if not form.validate():
        return _back(therapist)
    outcome = _send(therapist, lambda: hours.remove_extra(row), row.on, lambda _error: None)
    if outcome.is_saved:
        flash(_("Removed."), "success")
        return _back(therapist)
    return _form_page("practice/remove_extra.html", therapist, form, outcome, row=row)


@blueprint.route("/hours/<uuid:therapist_id>/off", methods=["GET", "POST"])
@policy("hours.update", load_therapist)
def leave(therapist: Therapist) -> ResponseReturnValue:
    """Be away, with somebody who stands in."""
    form, outcome, now = LeaveForm(), Outcome(), clock.now()
    others = colleagues(therapist.person_id, now)
    form.cover.choices = [("", _("Please choose")), *((str(each.person_id), each.person.name) for each in others)]
    if form.validate_on_submit() and (between := _between(form)) is not None:
        day_began_at = zones.day_bounds(_today(), _zone())[0]
        outcome = _send(
            therapist,
            lambda: plan_leave(
                therapist.person_id,
                *between,
                form.cover.data,
                by=current_user.person_id,
                day_began_at=day_began_at,
                now=now,
            ),
            form.first.data or _today(),
            lambda error: form.cover if isinstance(error, NoCoverError | CoverAwayError) else form.first,
        )
        if outcome.is_saved:
            flash(_("Noted. Whoever stands in is told, and can open your caseload in these days."), "success")
            return _back(therapist)
    return _form_page("practice/leave.html", therapist, form, outcome)


def load_leave(therapist_id: UUID, time_off_id: UUID) -> tuple[Therapist, TimeOff]:
    """Time off that is not over. Raises NotVisibleError."""
    return load_therapist(therapist_id), hours.leave_of(therapist_id, time_off_id, clock.now())


@blueprint.post("/hours/<uuid:therapist_id>/off/<uuid:time_off_id>/end")
@policy("hours.update", load_leave)
def end_leave(loaded: tuple[Therapist, TimeOff]) -> ResponseReturnValue:
    """Be back before its end, or not go at all."""
    therapist, off = loaded
    if ActionForm().validate():
        come_back(off, by=current_user.person_id, now=clock.now())
        flash(_("Ended. The cover has ended with it, and is told."), "success")
    return _back(therapist)


def _zone() -> str:
    return current_practice().zone


def _today() -> date:
    return zones.wall(clock.now(), _zone()).date()


def _back(therapist: Therapist) -> ResponseReturnValue:
    is_own = OWNER not in current_user.roles
    here = url_for("hours.overview") if is_own else url_for("hours.of_therapist", therapist_id=therapist.person_id)
    return redirect(here, code=303)


def _of(therapist: Therapist, title: str) -> str:
    now, today, zone = clock.now(), _today(), _zone()
    left = paged_entities(left_booked(zone, now, therapist_id=therapist.person_id), requested_page())
    return render_template(
        "practice/hours.html",
        left=left,
        lines=lines([each.id for each in left.items], current_user.person_id, zone, now),
        therapist=therapist,
        title=title,
        days=working_days(therapist.person_id, today, zone),
        periods=_periods(therapist, today),
        extra=hours.extra_hours(therapist.person_id, today),
        time_off=hours.time_off(therapist.person_id, now),
        act_form=ActionForm,
        zone=zone,
        zone_words=zone_label(zone, now),
        now=now,
    )


def _periods(therapist: Therapist, today: date) -> list[tuple[date, date | None, dict[int, list[Stretch]]]]:
    """The weekly hours from today on: each stretch in which they are the same, and the week."""
    rows = hours.weekly_hours(therapist.person_id, today)
    turns = {today} | {each.valid_from for each in rows if each.valid_from > today}
    turns |= {each.valid_until + timedelta(days=1) for each in rows if each.valid_until is not None}
    starts: Sequence[date] = sorted(turns)
    ends = [*(each - timedelta(days=1) for each in starts[1:]), None]
    return [(since, until, hours.week_on(rows, since)) for since, until in zip(starts, ends, strict=True)]


def _send(
    therapist: Therapist,
    change: Callable[[], object],
    first_shown: date,
    field_of: Callable[[DomainError], Field | None],
) -> Outcome:
    """Try the change; a rule's refusal stands at the field that `field_of` names."""
    now, zone = clock.now(), _zone()
    try:
        trial = try_change(
            change,
            [therapist.person_id],
            zone,
            now,
            first_shown=first_shown,
            is_agreed="anyway" in request.form,
            is_look="look" in request.form,
        )
    except DomainError as error:
        if isinstance(error, NotVisibleError) or (at := field_of(error)) is None:
            raise
        at.errors = [*at.errors, sentence(error)]
        return Outcome(status=error.status)
    return Outcome(trial.is_made, lines(trial.stranded, current_user.person_id, zone, now), trial.days)


def _form_page(
    template: str, therapist: Therapist, form: ActionForm, outcome: Outcome, **more: Any
) -> ResponseReturnValue:
    status = outcome.page_status if outcome.page_status != 200 or not form.errors else 422
    page = render_template(
        template,
        therapist=therapist,
        form=form,
        outcome=outcome,
        zone=_zone(),
        zone_words=zone_label(_zone(), clock.now()),
        write_stretches=rules.write_stretches,
        **more,
    )
    return page, status


def _read_week(form: WeekForm) -> dict[int, list[Stretch]] | None:
    """The seven lines as hours; None, with words at the lines, where one is none."""
    week: dict[int, list[Stretch]] = {}
    for weekday, line in enumerate(form.days):
        try:
            week[weekday] = rules.read_stretches(line.data or "")
        except DomainError as error:
            line.errors = [sentence(error)]
    return week if len(week) == len(form.days) else None


def _week_field(form: WeekForm, error: DomainError) -> Field:
    if isinstance(error, ChangedMeanwhileError):
        return form.seen
    is_last_far = form.last.data is not None and form.last.data - _today() > rules.FARTHEST
    return form.last if is_last_far or isinstance(error, BackwardsDaysError) else form.first


def _between(form: LeaveForm) -> tuple[datetime, datetime] | None:
    """From when until when on the practice's wall; None, with words, for days that are too far away to be meant."""
    first, last = form.first.data, form.last.data
    if first is None or last is None:
        return None
    for day, at in ((first, form.first), (last, form.last)):
        if abs(day - _today()) > rules.FARTHEST:
            at.errors = [_("Please choose a day within the next three years.")]
            return None
    starts_at = zones.moment(first, form.from_time, _zone())
    ends = form.ends.data
    return starts_at, zones.moment(last, ends, _zone()) if ends else zones.day_bounds(last, _zone())[1]
