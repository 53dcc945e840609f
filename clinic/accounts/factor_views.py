"""A person's own second step: authenticator app, passkeys, recovery codes."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from clinic.accounts import factors, passkeys, people, recovery, sign_in, totp
from clinic.accounts.entrance import home, relying_party, shell
from clinic.accounts.errors import (
    LastFactorError,
    NothingToConfirmError,
    PasskeyRefusedError,
    ShortPasswordError,
    WrongCodeError,
)
from clinic.accounts.forms import FirstCodeForm, PasskeyForm, PasskeyNameForm
from clinic.accounts.models import Passkey
from clinic.accounts.rules import is_staff
from clinic.core import clock
from clinic.settings import Settings
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("factors", __name__, url_prefix="/account/factors")


def _own_passkey(passkey_id: UUID) -> Passkey:
    return passkeys.own(current_user.person_id, passkey_id)


@blueprint.get("")
@policy("factor.update", fresh=True)
def overview() -> ResponseReturnValue:
    """What is set up, and what could be."""
    return _overview(PasskeyForm(formdata=None))


@blueprint.post("/app")
@policy("factor.update", fresh=True)
def begin_app() -> ResponseReturnValue:
    """Make a secret for an authenticator app."""
    if not ActionForm().validate():
        return _overview(PasskeyForm(formdata=None), 422)
    totp.begin(current_user.person_id, clock.now())
    return redirect(url_for("factors.app"), code=303)


@blueprint.get("/app")
@policy("factor.update", fresh=True)
def app() -> ResponseReturnValue:
    """The secret as a picture and as text, until its first code."""
    return _app_page(FirstCodeForm(formdata=None))


@blueprint.post("/app/confirm")
@policy("factor.update", fresh=True)
def confirm_app() -> ResponseReturnValue:
    """Take the first code; from now on the app is asked at each sign-in."""
    form, me, had = FirstCodeForm(), current_user.person_id, factors.of(current_user.person_id)
    if not form.validate_on_submit():
        return _app_page(form, 422)
    try:
        totp.confirm(me, form.code.data or "", clock.now())
    except WrongCodeError as error:
        form.code.errors = [sentence(error)]
        return _app_page(form, 422)
    except NothingToConfirmError:
        return redirect(url_for("factors.overview"), code=303)
    return _added(had, gettext("Your authenticator app is set up."))


@blueprint.post("/app/remove")
@policy("factor.update", fresh=True)
def remove_app() -> ResponseReturnValue:
    """Take the app away."""
    if ActionForm().validate():
        try:
            factors.remove_app(current_user.person_id)
            flash(gettext("The authenticator app is removed."), "success")
        except (LastFactorError, ShortPasswordError) as error:
            flash(sentence(error), "warning")
    return redirect(url_for("factors.overview"), code=303)


@blueprint.post("/codes")
@policy("factor.update", fresh=True)
def renew_codes() -> ResponseReturnValue:
    """Ten new recovery codes, shown this once."""
    if not ActionForm().validate() or not factors.of(current_user.person_id).any:
        return redirect(url_for("factors.overview"), code=303)
    return _codes_page()


@blueprint.post("/passkeys/question")
@policy("factor.update", fresh=True)
def question() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    if not ActionForm().validate():
        return {}, 422
    me = current_user
    account = people.person(me.person_id).email or me.given_name
    told = passkeys.registration(me.person_id, account, me.sign_in_id, relying_party(), clock.now())
    return Response(told, mimetype="application/json")


@blueprint.post("/passkeys")
@policy("factor.update", fresh=True)
def add_passkey() -> ResponseReturnValue:
    """Keep a passkey that the browser has made."""
    form, me, had = PasskeyForm(), current_user, factors.of(current_user.person_id)
    if not form.validate_on_submit():
        return _overview(form, 422)
    try:
        passkeys.register(
            me.person_id, form.name.data or "", form.credential.data or "", me.sign_in_id, relying_party(), clock.now()
        )
    except PasskeyRefusedError as error:
        form.name.errors = [sentence(error)]
        return _overview(form, 422)
    return _added(had, gettext("The passkey is added."))


@blueprint.post("/passkeys/<uuid:passkey_id>/name")
@policy("factor.update", _own_passkey, fresh=True)
def name_passkey(passkey: Passkey) -> ResponseReturnValue:
    """Call a passkey something else."""
    form = PasskeyNameForm()
    if form.validate_on_submit():
        passkey.name = form.name.data or passkey.name
        flash(gettext("Saved."), "success")
    else:
        flash(gettext("Please give it a name of 60 letters at most."), "warning")
    return redirect(url_for("factors.overview"), code=303)


@blueprint.post("/passkeys/<uuid:passkey_id>/remove")
@policy("factor.update", _own_passkey, fresh=True)
def remove_passkey(passkey: Passkey) -> ResponseReturnValue:
    """Take a passkey away."""
    if ActionForm().validate():
        try:
            factors.remove_passkey(passkey)
            flash(gettext("The passkey is removed."), "success")
        except (LastFactorError, ShortPasswordError) as error:
            flash(sentence(error), "warning")
    return redirect(url_for("factors.overview"), code=303)


def _added(had: factors.Factors, words: str) -> ResponseReturnValue:
    """After the first one come the recovery codes, and whoever is signed in elsewhere shows who they are there."""
    if had.any:
        flash(words, "success")
        return redirect(url_for("factors.overview"), code=303)
    sign_in.end_all(current_user.person_id, clock.now(), but=current_user.sign_in_id)
    return _codes_page()


def _codes_page() -> str:
    codes = recovery.renew(current_user.person_id, clock.now())
    return render_template("accounts/recovery_codes.html", shell=shell(), codes=codes, home=home())


def _app_page(form: FirstCodeForm, status: int = 200) -> ResponseReturnValue:
    me = current_user.person_id
    secret = totp.waiting_secret(me)
    if secret is None:
        return redirect(url_for("factors.overview"), code=303)
    # The site's address, as in our mails: the list in the app may be seen by others.
    picture = totp.picture(secret, people.person(me).email or "", str(urlsplit(_settings().base_url).netloc))
    page = render_template("accounts/app.html", shell=shell(), form=form, picture=picture, secret=totp.grouped(secret))
    return page, status


def _overview(form: PasskeyForm, status: int = 200) -> tuple[str, int]:
    me = current_user
    page = render_template(
        "accounts/factors.html",
        shell=shell(),
        form=form,
        act_form=ActionForm(formdata=None),
        has=factors.of(me.person_id),
        keys=passkeys.of(me.person_id),
        is_staff=is_staff(me.roles),
        is_required=_settings().is_factor_required,
        zone=me.zone,
    )
    return page, status


def _settings() -> Settings:
    settings: Settings = current_app.config["CLINIC"]
    return settings
