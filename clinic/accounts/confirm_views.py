"""The page that asks somebody who is signed in to show once more who they are, and leads back to where they were."""

import json

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts import passkeys, proof
from clinic.accounts.entrance import given, home, relying_party, shell
from clinic.accounts.errors import TooManyTriesError, WrongCodeError, WrongPasswordError
from clinic.accounts.forms import ConfirmForm
from clinic.accounts.gate import ask, confirm_page
from clinic.core import clock
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import local_path, policy

blueprint = Blueprint("confirm", __name__, url_prefix="/account/confirm")


@blueprint.get("")
@policy("account.confirm")
def page() -> ResponseReturnValue:
    """The form; `next` says where it leads."""
    return ask(local_path(request.args.get("next")) or home())


@blueprint.post("")
@policy("account.confirm")
def confirm() -> ResponseReturnValue:
    """Take the proof, and lead back: to the page, or to sending what had been typed into it."""
    form, now = ConfirmForm(), clock.now()
    target = local_path(form.target.data) or home()
    if not form.validate_on_submit():
        return confirm_page(form, 422)
    try:
        proof.prove(current_user, form.password.data or "", given(form, current_user.sign_in_id, passkeys.CONFIRM), now)
    except WrongPasswordError as error:
        form.password.errors = [sentence(error)]
        return confirm_page(form, 422)
    except WrongCodeError as error:
        form.code.errors = [sentence(error)]
        return confirm_page(form, 422)
    except TooManyTriesError as error:
        form.form_errors.append(sentence(error))
        return confirm_page(form, error.status)
    carried = _carried(form.carried.data)
    if carried is None:
        return redirect(target, code=303)
    return render_template("accounts/go_on.html", shell=shell(), target=target, carried=carried)


@blueprint.post("/passkey")
@policy("account.confirm")
def question() -> ResponseReturnValue:
    """What the browser needs to ask a passkey."""
    if not ActionForm().validate():
        return {}, 422
    me = current_user
    told = passkeys.question(me.person_id, me.sign_in_id, passkeys.CONFIRM, relying_party(), clock.now())
    return Response(told, mimetype="application/json")


def _carried(text: str | None) -> list[tuple[str, str]] | None:
    try:
        return [(str(name), str(value)) for name, value in json.loads(text)] if text else None
    except (TypeError, ValueError):
        return None
