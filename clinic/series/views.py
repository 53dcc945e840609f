"""The pages of standing sessions: begin one with a client, and change or cancel what follows one of its sessions.

A therapist does it for their own clients, the front desk for all.
What is planned stands in the address, what is chosen for each occurrence in the form; a GET changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from clinic.booking.models import Appointment
from clinic.booking.offers import moment_words
from clinic.core import clock, zones
from clinic.core.errors import DomainError
from clinic.core.recurrence import Recurrence
from clinic.series import queries, rules, service, wording
from clinic.series.doors import Rest, Start, load_rest, load_start
from clinic.series.errors import OccurrenceTakenError
from clinic.series.forms import FirstForm, PlanForm, read_choices
from clinic.series.queries import Following
from clinic.series.rules import Occurrence
from clinic.series.service import Plan
from clinic.web.error_pages import sentence
from clinic.web.filters import zone_label
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("series", __name__)


@blueprint.get("/clients/<uuid:client_id>/standing")
@policy("series.create", load_start)
def standing(start: Start) -> ResponseReturnValue:
    """Say what is to stand; then every occurrence with what it meets."""
    form = _plan_form(start)
    if not request.args or "change" in request.args:
        return _plan_page(start, form)
    if not form.validate():
        return _plan_page(start, form), 422
    return _times_page(start, _plan(start, form))


@blueprint.post("/clients/<uuid:client_id>/standing")
@policy("series.create", load_start)
def begin(start: Start) -> ResponseReturnValue:
    """Book all that was chosen, or nothing."""
    form = _plan_form(start)
    if not request.args or not form.validate():
        return _plan_page(start, form), 422
    plan, now = _plan(start, form), clock.now()
    chosen = read_choices(_occurrences(plan), request.form, now) if ActionForm().validate() else None
    if chosen is None:
        return _times_page(start, plan, request.form, gettext("Please choose for each of them.")), 422
    try:
        kept = {number: at for number, at in chosen.items() if at is not None}
        series = service.begin(plan, kept, by=current_user.person_id, now=now)
    except DomainError as error:
        return _times_page(load_start(start.party.client.id), plan, request.form, _refusal(error)), error.status
    flash(gettext("Booked. Whoever is coming has been told, once for all of them."), "success")
    if start.is_desk:
        return redirect(url_for("booking.scheduled", appointment_id=queries.first_of(series.id)), 303)
    return redirect(url_for("records.client", client_id=start.party.client.id), 303)


@blueprint.get("/sessions/<uuid:appointment_id>/following")
@policy("series.update", load_rest)
def following(rest: Rest) -> ResponseReturnValue:
    """Say when this one and those that follow are to be; then each of them with what it meets there."""
    form = _first_form(rest)
    if not request.args or "change" in request.args or not rest.following.appointments:
        return _rest_page(rest, form)
    if not form.validate():
        return _rest_page(rest, form), 422
    return _moves_page(rest, _moved_plan(rest, form))


@blueprint.post("/sessions/<uuid:appointment_id>/following")
@policy("series.update", load_rest)
def move_following(rest: Rest) -> ResponseReturnValue:
    """Move all of them as chosen, or none."""
    form = _first_form(rest)
    if not request.args or not form.validate() or not rest.following.appointments:
        return _rest_page(rest, form), 422
    plan, now, ahead, shown = _moved_plan(rest, form), clock.now(), rest.following, rest.appointment.id
    chosen = read_choices(_moves(ahead, plan), request.form, now) if ActionForm().validate() else None
    if chosen is None:
        return _moves_page(rest, plan, request.form, gettext("Please choose for each of them.")), 422
    try:
        service.move_following(ahead.series.id, ahead.point, plan, chosen, by=current_user.person_id, now=now)
    except DomainError as error:
        return _moves_page(load_rest(shown), plan, request.form, _refusal(error)), error.status
    flash(gettext("Moved. Whoever is coming has been told, once for all of them."), "success")
    return redirect(rest.door.url("session"), 303)


@blueprint.get("/sessions/<uuid:appointment_id>/following/cancel")
@policy("series.update", load_rest)
def ask_to_cancel(rest: Rest) -> ResponseReturnValue:
    """Ask before cancelling this one and all that follow."""
    return render_template("series/cancel.html", **_words(rest), form=ActionForm())


@blueprint.post("/sessions/<uuid:appointment_id>/following/cancel")
@policy("series.update", load_rest)
def cancel_following(rest: Rest) -> ResponseReturnValue:
    """Cancel them."""
    ahead = rest.following
    try:
        if ActionForm().validate():
            service.cancel_following(ahead.series.id, ahead.point, by=current_user.person_id, now=clock.now())
            flash(gettext("Cancelled. Whoever was coming has been told, once for all of them."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(rest.door.url("session"), 303)


def _plan_form(start: Start) -> PlanForm:
    services = [(each, start.words_for(each)) for each in start.services]
    return PlanForm(request.args or None, services=services, zone=current_practice().zone, now=clock.now())


def _plan(start: Start, form: PlanForm) -> Plan:
    practice, chosen = current_practice(), form.services[str(form.service.data)]
    attending, couple = start.party.attending(chosen), start.party.couple
    first, at = form.first
    return Plan(
        service=chosen,
        modality=str(form.modality.data),
        therapist_id=start.givers[chosen.id],
        client_ids=attending,
        couple_id=couple.id if couple and len(attending) > 1 else None,
        recurrence=Recurrence.weekly(
            first, at, practice.zone, weeks=int(form.weeks.data), count=int(form.count.data or 0)
        ),
        currency=practice.currency,
    )


def _first_form(rest: Rest) -> FirstForm:
    zone = rest.following.series.zone
    local = zones.wall(rest.appointment.starts_at, zone)
    return FirstForm(request.args or None, zone=zone, now=clock.now(), data={"day": local.date(), "at": local.time()})


def _moved_plan(rest: Rest, form: FirstForm) -> Plan:
    series, (first, at) = rest.following.series, form.first
    return Plan(
        service=rest.appointment.service,
        modality=series.modality,
        therapist_id=series.therapist_id,
        client_ids=queries.clients_of(series.id),
        couple_id=series.couple_id,
        recurrence=Recurrence.weekly(first, at, series.zone, weeks=series.recurrence.weeks, count=rest.following.count),
        currency=rest.appointment.currency,
    )


def _occurrences(plan: Plan) -> list[Occurrence]:
    return _look(plan, dict(enumerate(plan.recurrence.starts())))


def _moves(ahead: Following, plan: Plan) -> list[Occurrence]:
    """What those that follow meet at their new times, their own old ones not in the way."""
    starts = plan.recurrence.starts()
    return _look(plan, {number: starts[number] for number in ahead.appointments}, [*ahead.appointments.values()])


def _look(plan: Plan, starts: Mapping[int, datetime], moved: Sequence[Appointment] = ()) -> list[Occurrence]:
    ground = queries.ground(
        plan.service,
        plan.modality,
        plan.therapist_id,
        starts.values(),
        zone=plan.recurrence.zone,
        now=clock.now(),
        client_ids=plan.client_ids,
        ignoring=[each.id for each in moved],
        kept_minutes=max((each.minutes for each in moved), default=None),
    )
    return rules.look(ground, starts)


def _plan_page(start: Start, form: PlanForm) -> str:
    return render_template("series/plan.html", start=start, form=form, zone_words=_zone_words())


def _times_page(start: Start, plan: Plan, sent: Mapping[str, str] | None = None, refusal: str | None = None) -> str:
    found, zone, giver = _occurrences(plan), plan.recurrence.zone, start.giver_named(plan.service)
    listed = plan.wish(found[0].starts_at).terms.price_cents
    asked = _spelled(plan) | {"client_id": start.party.client.id}
    asked |= {"service": plan.service.slug, "modality": plan.modality}
    asked |= {"weeks": plan.recurrence.weeks, "count": len(found)}
    return render_template(
        "series/times.html",
        over=start.party.client.person.name,
        pattern=wording.pattern(plan.recurrence.weeks, found[0].starts_at, zone),
        about=start.words_for(plan.service),
        rows=[wording.row(each, zone, sent, giver=giver) for each in found],
        refusal=refusal,
        zone_words=zone_label(zone, found[0].starts_at),
        form=ActionForm(),
        action=url_for("series.begin", **asked),
        change=url_for("series.standing", change="1", **asked),
        press=gettext("Book all that are chosen"),
        fee_cents=start.party.fee_cents(plan.service, listed),
        both=[start.party.client, start.party.partner] if plan.couple_id else [],
    )


def _rest_page(rest: Rest, form: FirstForm) -> str:
    return render_template("series/following.html", **_words(rest), form=form, zone_words=_zone_words())


def _moves_page(rest: Rest, plan: Plan, sent: Mapping[str, str] | None = None, refusal: str | None = None) -> str:
    found, zone, ahead = _moves(rest.following, plan), plan.recurrence.zone, rest.following.appointments
    giver = rest.giver_named
    asked = _spelled(plan) | {"appointment_id": rest.appointment.id}
    return render_template(
        "series/times.html",
        over=gettext("This one and those that follow"),
        pattern=wording.pattern(plan.recurrence.weeks, plan.recurrence.starts()[0], zone),
        about=rest.appointment.service.name,
        rows=[wording.row(each, zone, sent, was=ahead[each.number].starts_at, giver=giver) for each in found],
        refusal=refusal,
        zone_words=zone_label(zone, plan.recurrence.starts()[0]),
        form=ActionForm(),
        action=url_for("series.move_following", **asked),
        change=url_for("series.following", change="1", **asked),
        press=gettext("Move all that are chosen"),
        fee_cents=None,
        both=[],
    )


def _spelled(plan: Plan) -> dict[str, Any]:
    """The first day and the time as an address says them."""
    return {"day": plan.recurrence.first.isoformat(), "at": f"{plan.recurrence.at:%H:%M}"}


def _words(rest: Rest) -> dict[str, object]:
    """What the pages say of the series and of what follows."""
    series, ahead = rest.following.series, rest.following.appointments
    starts = sorted(each.starts_at for each in ahead.values())
    return {
        "appointment": rest.appointment,
        "here": rest.door.url("session"),
        "pattern": wording.pattern(series.recurrence.weeks, series.recurrence.starts()[0], series.zone),
        "when": moment_words(rest.appointment.starts_at, series.zone),
        "count": len(starts),
        "first": moment_words(starts[0], series.zone) if starts else None,
        "last": moment_words(starts[-1], series.zone) if starts else None,
    }


def _refusal(error: DomainError) -> str:
    """The sentence of a refusal; of a time that was taken, which one it is."""
    if isinstance(error, OccurrenceTakenError):
        when = moment_words(error.starts_at, current_practice().zone)
        words = gettext("%(when)s is not free any more. Nothing has been changed yet; please look again.", when=when)
        return str(words)
    return sentence(error)


def _zone_words() -> str:
    return zone_label(current_practice().zone, clock.now())
