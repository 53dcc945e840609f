"""Sign in, in one step or two, and sign out."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts import factors, passkeys
from clinic.accounts import second_step as second_steps
from clinic.accounts import sign_in as sign_ins
from clinic.accounts.entrance import HALF, enter, given, home, let_in, let_out, origin, relying_party
from clinic.accounts.errors import HalfGoneError, SignInRefusedError, TooManyTriesError, WrongCodeError
from clinic.accounts.forms import SecondStepForm, SignInForm
from clinic.accounts.models import HalfSignIn
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
    """Let the person in, or on to the second step, or show the form again: in the same words whatever was wrong."""
    form, now = SignInForm(), clock.now()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        person_id = sign_ins.check_password(form.email.data or "", form.password.data or "", origin(), now)
    except SignInRefusedError as error:
        form.form_errors.append(sentence(error))
        return _page(form, 422)
    except TooManyTriesError as error:
        form.form_errors.append(sentence(error))
        body, status = _page(form, error.status)
        return body, status, {"Retry-After": str(error.seconds)}
    return enter(person_id, form.email.data or "", now, form.next.data)


@blueprint.get("/sign-in/second")
@policy("account.enter")
def second_step() -> ResponseReturnValue:
    """The second step of a sign-in whose password was right."""
    target = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or home())
    half = _half_done()
    if half is None:
        return redirect(url_for("accounts.sign_in", next=target))
    return _second_page(SecondStepForm(formdata=None, next=target), half)


@blueprint.post("/sign-in/second")
@policy("account.enter")
def take_second_step() -> ResponseReturnValue:
    """Let the person in, or show the form again."""
    form, now, half = SecondStepForm(), clock.now(), _half_done()
    if half is None:
        return redirect(url_for("accounts.sign_in", next=local_path(form.next.data)), code=303)
    if not form.validate_on_submit():
        return _second_page(form, half, 422)
    try:
        token, email = second_steps.finish(session[HALF], given(form, half.id, passkeys.ENTER), origin(), now)
    except WrongCodeError as error:
        form.code.errors = [sentence(error)]
        return _second_page(form, half, 422)
    except TooManyTriesError as error:
        form.form_errors.append(sentence(error))
        body, status = _second_page(form, half, error.status)
        return body, status, {"Retry-After": str(error.seconds)}
    except HalfGoneError:
        return redirect(url_for("accounts.sign_in"), code=303)
    return let_in(token, email, now, form.next.data)


@blueprint.post("/sign-in/second/passkey")
@policy("account.enter")
def ask_passkey() -> ResponseReturnValue:
    """What the browser needs to ask a passkey."""
    half = _half_done()
    if half is None or not ActionForm().validate():
        return abort(401)
    told = passkeys.question(half.person_id, half.id, passkeys.ENTER, relying_party(), clock.now())
    return Response(told, mimetype="application/json")


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


def _half_done() -> HalfSignIn | None:
    found = second_steps.half_done(session[HALF], clock.now()) if HALF in session else None
    return found[0] if found is not None else None


def _second_page(form: SecondStepForm, half: HalfSignIn, status: int = 200) -> tuple[str, int]:
    return render_template("accounts/second_step.html", form=form, has=factors.of(half.person_id)), status


def _page(form: SignInForm, status: int = 200) -> tuple[str, int]:
    return render_template("accounts/sign_in.html", form=form), status
