"""Sign in, sign out."""

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts import sign_in as sign_ins
from clinic.accounts.entrance import home, let_in, let_out, origin
from clinic.accounts.errors import SignInRefusedError, TooManyTriesError
from clinic.accounts.forms import SignInForm
from clinic.core import clock
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import local_path, policy

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
@policy("account.enter")
def sign_in() -> ResponseReturnValue:
    """The form; somebody who is signed in goes on to where they wanted."""
    target = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or home())
    return _page(SignInForm(formdata=None, next=target))


@blueprint.post("/sign-in")
@policy("account.enter")
def open_sign_in() -> ResponseReturnValue:
    """Let the person in, or show the form again: in the same words whatever of it was wrong."""
    form, now = SignInForm(), clock.now()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        token = sign_ins.sign_in(form.email.data or "", form.password.data or "", origin(), now)
    except SignInRefusedError as error:
        form.form_errors.append(sentence(error))
        return _page(form, 422)
    except TooManyTriesError as error:
        form.form_errors.append(sentence(error))
        body, status = _page(form, error.status)
        return body, status, {"Retry-After": str(error.seconds)}
    return let_in(token, form.email.data or "", now, form.next.data)


@blueprint.get("/sign-out")
@policy("account.leave")
def sign_out() -> ResponseReturnValue:
    """A page with a button: following a link signs nobody out."""
    if not current_user.is_authenticated:
        return redirect("/")
    return render_template("accounts/sign_out.html", form=ActionForm(formdata=None))


@blueprint.post("/sign-out")
@policy("account.leave")
def close_sign_in() -> ResponseReturnValue:
    """End the sign-in; a copy of its cookie opens nothing any more."""
    if current_user.is_authenticated:
        sign_ins.end(current_user.sign_in_id, clock.now())
    let_out()
    return make_response(redirect("/", code=303))


def _page(form: SignInForm, status: int = 200) -> tuple[str, int]:
    return render_template("accounts/sign_in.html", form=form), status
