"""The owner's pages of the practice itself, and of who works there: details, invitations, sign-ins."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.accounts.errors import NoAddressError, NoLoginError
from clinic.accounts.models import Person
from clinic.accounts.people import enable_login
from clinic.booking.offers import zone_choices
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.desk import staff
from clinic.desk.errors import OwnLoginError
from clinic.desk.forms import PracticeForm, StaffForm
from clinic.practice import service
from clinic.practice.errors import ChangedMeanwhileError, NameTakenError
from clinic.practice.models import Practice
from clinic.practice.queries import the_practice
from clinic.practice.service import Details, Somebody
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_rows, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("staff", __name__)


def load_practice() -> Practice:
    """The practice of this installation. Raises NotVisibleError before it is open."""
    practice = the_practice()
    if practice is None:
        raise NotVisibleError
    return practice


@blueprint.route("/practice/details", methods=["GET", "POST"])
@policy("practice.update", load_practice)
def details(practice: Practice) -> ResponseReturnValue:
    """What the practice is called and how it is reached; zone and currency while nothing is booked."""
    form, status, now_stands = _details_form(practice), 200, None
    if form.validate_on_submit():
        try:
            service.update_details(_typed(form, practice), form.seen.data or "")
            flash(_("Saved. Messages and pages say so from now on."), "success")
            return redirect(url_for("staff.details"), code=303)
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = service.mark_of_details(practice), error.status
            now_stands = service.details_of(practice)
    elif form.errors:
        status = 422
    return render_template("desk/details.html", form=form, now_stands=now_stands, standing=practice), status


@blueprint.get("/practice/staff")
@policy("staff.read")
def everyone() -> ResponseReturnValue:
    """Everybody who works here, and a form for one more."""
    return _staff_page(StaffForm(formdata=None))


@blueprint.post("/practice/staff")
@policy("staff.update")
def invite() -> ResponseReturnValue:
    """Let somebody in under a role, and mail them the invitation."""
    form = StaffForm()
    if form.validate():
        who = Somebody(form.given_name.data or "", form.family_name.data or "", form.email.data or "")
        try:
            with db.session.begin_nested():
                service.add_staff(who, form.role.data, clock.now())
        except NameTakenError as error:
            form.family_name.errors = [sentence(error)]
        else:
            flash(_("The invitation is on its way."), "success")
            if form.role.data == "therapist":
                flash(_("%(name)s is on no public page until you switch them on here.", name=who.given_name), "news")
            return redirect(url_for("staff.everyone"), code=303)
    return _staff_page(form), 422


@blueprint.post("/practice/staff/<uuid:staff_id>/invite")
@policy("staff.update", staff.member)
def invite_again(person: Person) -> ResponseReturnValue:
    """Mail the invitation once more."""
    if ActionForm().validate():
        try:
            staff.invite_again(person, clock.now())
            flash(_("The invitation is on its way."), "success")
        except NoAddressError as error:
            flash(sentence(error), "warning")
    return redirect(url_for("staff.everyone"), code=303)


@blueprint.post("/practice/staff/<uuid:staff_id>/close")
@policy("staff.update", staff.member)
def close(person: Person) -> ResponseReturnValue:
    """Close somebody's way in, and end every sign-in of theirs at once."""
    if ActionForm().validate():
        try:
            staff.close(person, current_user.person_id, clock.now())
            flash(_("%(name)s is signed out everywhere and cannot sign in any more.", name=person.name), "success")
        except (NoLoginError, OwnLoginError) as error:
            flash(sentence(error), "warning")
    return redirect(url_for("staff.everyone"), code=303)


@blueprint.post("/practice/staff/<uuid:staff_id>/open")
@policy("staff.update", staff.member)
def reopen(person: Person) -> ResponseReturnValue:
    """Open a way in again that was closed; the old password still counts."""
    if ActionForm().validate():
        try:
            enable_login(person.id)
            flash(_("%(name)s can sign in again.", name=person.name), "success")
        except NoLoginError as error:
            flash(sentence(error), "warning")
    return redirect(url_for("staff.everyone"), code=303)


def _details_form(practice: Practice) -> PracticeForm:
    form = PracticeForm(obj=practice, data={"seen": service.mark_of_details(practice)})
    if staff.is_anything_booked():
        del form.zone
        del form.currency
    else:
        form.zone.choices = zone_choices(practice.country, practice.zone)
        form.currency.choices = staff.currency_choices(practice.currency)
    return form


def _typed(form: PracticeForm, practice: Practice) -> Details:
    return Details(
        name=form.name.data or "",
        address=form.address.data or "",
        phone=form.phone.data or "",
        email=form.email.data or "",
        licensed_in=form.licensed_in.data or "",
        zone=form.zone.data if form.zone else practice.zone,
        currency=form.currency.data if form.currency else practice.currency,
    )


def _staff_page(form: StaffForm) -> str:
    page = paged_rows(staff.everyone(), requested_page())
    return render_template(
        "desk/staff.html",
        page=page,
        ahead=staff.sessions_ahead([person.id for person, _login, _therapist in page.items], clock.now()),
        zone=current_practice().zone,
        form=form,
        act_form=ActionForm(formdata=None),
        role_words=staff.role_words,
        login_words=staff.login_words,
        own_id=current_user.person_id,
    )
