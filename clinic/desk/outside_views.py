"""A therapist's calendars outside: add one, see what it would block, then use it, pause it or take it away."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking.elsewhere import contradicted
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.desk.stranding import lines
from clinic.outside import service
from clinic.outside.errors import TooManyCalendarsError
from clinic.outside.forms import OutsideForm
from clinic.outside.models import OutsideCalendar
from clinic.outside.wording import state_words
from clinic.web.error_pages import sentence
from clinic.web.filters import zone_label
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("outside", __name__)


@blueprint.route("/calendar/outside", methods=["GET", "POST"])
@policy("outside.update")
def overview() -> ResponseReturnValue:
    """The calendars outside of who is signed in, and a form for another."""
    form, now, status = OutsideForm(), clock.now(), 200
    if form.validate_on_submit():
        own_host = current_app.config["CLINIC"].host.partition(":")[0]
        try:
            added = service.add(current_user.person_id, form.name.data or "", form.address.data or "", own_host, now)
        except DomainError as error:
            at = form.name if isinstance(error, TooManyCalendarsError) else form.address
            at.errors, status = [sentence(error)], error.status
        else:
            return redirect(url_for("outside.calendar", calendar_id=added.id), 303)
    shown = service.overviews(current_user.person_id, now)
    page = render_template("outside/overview.html", form=form, shown=shown, words=state_words, zone=_zone())
    return page, 422 if form.errors and status == 200 else status


def load_calendar(calendar_id: UUID) -> OutsideCalendar:
    """A calendar of who is signed in. Raises NotVisibleError."""
    return service.calendar_of(current_user.person_id, calendar_id)


@blueprint.get("/calendar/outside/<uuid:calendar_id>")
@policy("outside.update", load_calendar)
def calendar(calendar: OutsideCalendar) -> ResponseReturnValue:
    """How it stands, what it blocks or would block, and which booked sessions it contradicts."""
    now, zone = clock.now(), _zone()
    shown = service.overview(calendar, now)
    return render_template(
        "outside/calendar.html",
        shown=shown,
        words=state_words(shown, zone),
        page=paged_entities(service.times(calendar, now), requested_page()),
        interval_of=service.interval_of,
        conflicts=lines(contradicted(calendar, now), current_user.person_id, zone, now),
        act_form=ActionForm,
        zone=zone,
        zone_words=zone_label(zone, now),
    )


@blueprint.post("/calendar/outside/<uuid:calendar_id>/use")
@policy("outside.update", load_calendar)
def use(calendar: OutsideCalendar) -> ResponseReturnValue:
    """Let it block what it says from now on."""
    if ActionForm().validate():
        try:
            service.use(calendar, clock.now())
            flash(_("Its busy times are no longer offered."), "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return _back(calendar)


@blueprint.post("/calendar/outside/<uuid:calendar_id>/pause")
@policy("outside.update", load_calendar)
def pause(calendar: OutsideCalendar) -> ResponseReturnValue:
    """Let it block nothing until it is used again."""
    if ActionForm().validate():
        service.pause(calendar)
        flash(_("Paused. It blocks nothing."), "success")
    return _back(calendar)


@blueprint.post("/calendar/outside/<uuid:calendar_id>/read")
@policy("outside.update", load_calendar)
def read(calendar: OutsideCalendar) -> ResponseReturnValue:
    """Read it at the next turn, not in a quarter of an hour."""
    if ActionForm().validate():
        service.read_soon(calendar, clock.now())
        flash(_("It is read again within half a minute."), "success")
    return _back(calendar)


@blueprint.post("/calendar/outside/<uuid:calendar_id>/remove")
@policy("outside.update", load_calendar)
def remove(calendar: OutsideCalendar) -> ResponseReturnValue:
    """Forget its address and its times."""
    if ActionForm().validate():
        service.remove(calendar)
        flash(_("Removed. Its address and its times are forgotten."), "success")
    return redirect(url_for("outside.overview"), 303)


def _back(calendar: OutsideCalendar) -> ResponseReturnValue:
    return redirect(url_for("outside.calendar", calendar_id=calendar.id), 303)


def _zone() -> str:
    return current_practice().zone
