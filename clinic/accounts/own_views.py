"""A person's own account: contact, sign-ins, password."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from clinic.accounts import factors, people, sign_in
from clinic.accounts.browser_names import browser_name
from clinic.accounts.entrance import let_out, shell
from clinic.accounts.errors import (
    PasswordGuessableError,
    PasswordTooLongError,
    PasswordTooShortError,
    TooManyTriesError,
    WrongPasswordError,
)
from clinic.accounts.forms import ChangePasswordForm, ContactForm
from clinic.accounts.models import SignIn
from clinic.accounts.rules import shortest_password
from clinic.core import clock
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("account", __name__, url_prefix="/account")


def _own_sign_in(sign_in_id: UUID) -> SignIn:
    return sign_in.own(current_user.person_id, sign_in_id)


@blueprint.get("")
@policy("account.read")
def overview() -> ResponseReturnValue:
    """Name, address, zone, and every browser that is signed in."""
    return _overview(ContactForm(formdata=None, obj=people.person(current_user.person_id)))


@blueprint.post("")
@policy("account.update")
def change_contact() -> ResponseReturnValue:
    """Change name, phone or zone."""
    form = ContactForm()
    if not form.validate_on_submit():
        return _overview(form, 422)
    people.change_contact(
        current_user.person_id,
        given_name=form.given_name.data,
        family_name=form.family_name.data or "",
        phone=form.phone.data or "",
        zone=form.zone.data,
    )
    flash(gettext("Saved."), "success")
    return redirect(url_for("account.overview"), code=303)


@blueprint.post("/sign-ins/<uuid:sign_in_id>/end")
@policy("account.update", _own_sign_in)
def end_sign_in(which: SignIn) -> ResponseReturnValue:
    """End one of one's own sign-ins; ending the one in use is signing out."""
    sign_in.end(which.id, clock.now())
    if which.id == current_user.sign_in_id:
        let_out()
        return redirect("/", code=303)
    flash(gettext("That browser is signed out."), "success")
    return redirect(url_for("account.overview"), code=303)


@blueprint.get("/password")
@policy("account.update", fresh=True)
def password() -> ResponseReturnValue:
    """The form for a new password."""
    return _password_page(ChangePasswordForm(formdata=None))


@blueprint.post("/password")
@policy("account.update", fresh=True)
def change_password() -> ResponseReturnValue:
    """Set a new password, given the current one, and end all other sign-ins."""
    form, now = ChangePasswordForm(), clock.now()
    if not form.validate_on_submit():
        return _password_page(form, 422)
    me = current_user.person_id
    try:
        sign_in.check_current_password(me, current_user.sign_in_id, form.current.data or "", now)
        people.set_password(me, form.password.data or "", now)
    except (WrongPasswordError, TooManyTriesError) as error:
        form.current.errors = [sentence(error)]
        return _password_page(form, error.status)
    except (PasswordTooShortError, PasswordTooLongError, PasswordGuessableError) as error:
        form.password.errors = [sentence(error)]
        return _password_page(form, 422)
    sign_in.end_all(me, now, but=current_user.sign_in_id)
    flash(gettext("Your password is changed, and all other browsers are signed out."), "success")
    return redirect(url_for("account.overview"), code=303)


def _overview(form: ContactForm, status: int = 200) -> tuple[str, int]:
    me, now = current_user.person_id, clock.now()
    page = render_template(
        "accounts/overview.html",
        shell=shell(),
        form=form,
        me=people.person(me),
        has=factors.of(me),
        sign_ins=sign_in.live(me, now),
        here=current_user.sign_in_id,
        browser_name=browser_name,
        end_form=ActionForm(formdata=None),
    )
    return page, status


def _password_page(form: ChangePasswordForm, status: int = 200) -> tuple[str, int]:
    shortest = shortest_password(has_factor=factors.of(current_user.person_id).any)
    return render_template("accounts/password.html", shell=shell(), form=form, shortest=shortest), status
