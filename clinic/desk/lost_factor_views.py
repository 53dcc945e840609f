"""A lost second step or password: the front desk checks who a client is; the owner helps those who work here."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.accounts import factors, links, lost_factor, people
from clinic.accounts.errors import (
    AddressTakenError,
    LoginDisabledError,
    NoAddressError,
    NoFactorError,
    OwnFactorError,
    StaffFactorError,
)
from clinic.accounts.models import AccountLink, Person
from clinic.clients.models import Client
from clinic.clients.queries import client_called
from clinic.core import clock
from clinic.database.session import db
from clinic.desk import staff
from clinic.desk.lost_factor_forms import ReasonForm, RecognitionForm
from clinic.settings import Settings
from clinic.web.error_pages import sentence
from clinic.web.policy import policy

blueprint = Blueprint("lost_factor", __name__)
_REFUSALS = (AddressTakenError, LoginDisabledError, NoAddressError, NoFactorError, OwnFactorError, StaffFactorError)


def handed_over(client_id: UUID, link_id: UUID) -> tuple[Client, AccountLink]:
    """A link that the front desk has just made for this client. Raises NotVisibleError for any other one."""
    client, now = client_called(client_id), clock.now()
    return client, lost_factor.just_made(link_id, client.person_id, now)


@blueprint.get("/people/<uuid:client_id>/way-in")
@policy("person.recognise", client_called, fresh=True)
def recognition(client: Client) -> ResponseReturnValue:
    """How the front desk made sure who it is, and what they have lost."""
    return _recognition_page(RecognitionForm(formdata=None), client)


@blueprint.post("/people/<uuid:client_id>/way-in")
@policy("person.recognise", client_called, fresh=True)
def recognise(client: Client) -> ResponseReturnValue:
    """Take the second step away, or make a link to a new password, which is shown this once."""
    form, now = RecognitionForm(), clock.now()
    if not form.validate_on_submit():
        return _recognition_page(form, client, 422)
    try:
        with db.session.begin_nested():
            link = lost_factor.recognise(
                client.person_id,
                by=current_user.person_id,
                checked=form.checked.data,
                wants_factor_gone=form.lost.data in {"factor", "both"},
                wants_link=form.lost.data in {"password", "both"},
                now=now,
            )
    except _REFUSALS as error:
        form.form_errors.append(sentence(error))
        return _recognition_page(form, client, 422)
    if link is None:
        flash(_("The second step is gone. At the next sign-in the password is enough."), "success")
        return redirect(url_for("desk.person", client_id=client.id), code=303)
    return redirect(url_for("lost_factor.way_in", client_id=client.id, link_id=link.id), code=303)


@blueprint.get("/people/<uuid:client_id>/way-in/<uuid:link_id>")
@policy("person.recognise", handed_over, fresh=True)
def way_in(made: tuple[Client, AccountLink]) -> ResponseReturnValue:
    """The link to hand over; the page is there for a few minutes only."""
    client, link = made
    settings: Settings = current_app.config["CLINIC"]
    address = f"{settings.base_url}/{link.purpose}/{links.token_for(link)}"
    return render_template("desk/way_in.html", client=client, address=address)


@blueprint.get("/practice/staff/<uuid:staff_id>/second-step")
@policy("staff.update", staff.member, fresh=True)
def lost_by_staff(person: Person) -> ResponseReturnValue:
    """Why somebody's second step is to be taken away."""
    return _staff_page(ReasonForm(formdata=None), person)


@blueprint.post("/practice/staff/<uuid:staff_id>/second-step")
@policy("staff.update", staff.member, fresh=True)
def take_from_staff(person: Person) -> ResponseReturnValue:
    """Take it away; the person sets up a new one at the next sign-in, before anything else."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _staff_page(form, person, 422)
    try:
        lost_factor.take_away(
            person.id,
            by=current_user.person_id,
            checked=lost_factor.OWNER_SAYS,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    except (NoFactorError, OwnFactorError) as error:
        form.form_errors.append(sentence(error))
        return _staff_page(form, person, 422)
    flash(_("%(name)s is signed out, and sets up a new second step at the next sign-in.", name=person.name), "success")
    return redirect(url_for("staff.everyone"), code=303)


def _recognition_page(form: RecognitionForm, client: Client, status: int = 200) -> tuple[str, int]:
    has_login = people.login_of(client.person_id) is not None
    return render_template("desk/recognition.html", form=form, client=client, has_login=has_login), status


def _staff_page(form: ReasonForm, person: Person, status: int = 200) -> tuple[str, int]:
    page = render_template("desk/lost_by_staff.html", form=form, person=person, has=factors.of(person.id))
    return page, status
