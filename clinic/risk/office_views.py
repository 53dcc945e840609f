"""The owner's page of what is urgent: the country, when the office is open, the clinical lead, the on-call list."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.practice.errors import ChangedMeanwhileError
from clinic.practice.queries import therapist_named
from clinic.practice.rules import read_stretches, write_stretches
from clinic.risk import office, queries
from clinic.risk.errors import TwiceOnCallError, UnknownCountryError
from clinic.risk.forms import OfficeForm
from clinic.risk.office import Settings
from clinic.risk.rules import Week
from clinic.web.error_pages import sentence
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("office", __name__)


@blueprint.route("/practice/urgent", methods=["GET", "POST"])
@policy("practice.update")
def urgent() -> ResponseReturnValue:
    """Who looks after urgent items, and when. What is wrong is said at its field, and nothing typed is lost."""
    standing, status = office.settings(), 200
    form = _form(standing)
    if form.validate_on_submit():
        week = _read_week(form)
        try:
            if week is not None:
                on_call = [each.data for each in form.places if each.data is not None]
                office.update(
                    Settings(form.country.data, week, form.lead.data, on_call), form.seen.data or "", clock.now()
                )
                flash(_("Saved. Urgent items are passed on like this from now on."), "success")
                return redirect(url_for("office.urgent"), code=303)
            status = 422
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = office.mark_of_settings(standing), error.status
        except DomainError as error:
            _field_of(form, error).errors, status = [sentence(error)], error.status
    elif form.errors:
        status = 422
    return render_template("risk/office.html", form=form, zone=current_practice().zone, now=clock.now()), status


def _form(standing: Settings) -> OfficeForm:
    days = {f"day{day}": write_stretches(standing.week.get(day, ())) for day in range(7)}
    places = {f"on_call{place}": each for place, each in enumerate(standing.on_call, start=1)}
    form = OfficeForm(
        data=days
        | places
        | {"country": standing.country, "lead": standing.lead, "seen": office.mark_of_settings(standing)}
    )
    form.country.choices = sorted(office.countries().items(), key=lambda each: each[1])
    who = [("", _("Nobody")), *((str(each), _name(each)) for each in queries.able(clock.now()))]
    for field in (form.lead, *form.places):
        field.choices = who
    return form


def _name(person_id: UUID) -> str:
    therapist = therapist_named(person_id)
    return therapist.person.name if therapist is not None else ""


def _read_week(form: OfficeForm) -> Week | None:
    """The lines as hours; None where one cannot be read, which is then said at its field."""
    week = {}
    for day, field in enumerate(form.days):
        try:
            week[day] = read_stretches(field.data or "")
        except DomainError as error:
            field.errors = [sentence(error)]
    return week if len(week) == 7 else None


def _field_of(form: OfficeForm, error: DomainError) -> Field:
    if isinstance(error, UnknownCountryError):
        return form.country
    return form.places[0] if isinstance(error, TwiceOnCallError) else form.days[0]
