"""Pages behind mailed links: join, lost password, new password. A GET shows a page and changes nothing."""

import time

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.accounts import factors, links, people
from clinic.accounts.entrance import enter
from clinic.accounts.errors import (
    AddressTakenError,
    LinkSpentError,
    PasswordGuessableError,
    PasswordTooLongError,
    PasswordTooShortError,
    TooManyTriesError,
)
from clinic.accounts.forms import LostPasswordForm, NewPasswordForm
from clinic.accounts.models import AccountLink
from clinic.accounts.rules import shortest_password
from clinic.core import clock
from clinic.database.session import after_commit
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("account_links", __name__)

# Long enough for all the work that a known address makes: both kinds of answer leave at the same moment.
PACE_SECONDS = 0.25
_UNFIT = (PasswordTooShortError, PasswordTooLongError, PasswordGuessableError)
GONE = 410


@blueprint.get("/join/<token>")
@policy("account.enter")
def join(token: str) -> ResponseReturnValue:
    """The invited person chooses a password here; an expired link offers a new mail."""
    now = clock.now()
    link = links.open(token, links.JOIN, now)
    if link is None:
        return _dead(token if links.expired(token, links.JOIN, now) else None)
    return _form("accounts/join.html", NewPasswordForm(formdata=None), link)


@blueprint.post("/join/<token>")
@policy("account.enter")
def open_account(token: str) -> ResponseReturnValue:
    """Make the login and sign in."""
    now = clock.now()
    link = links.open(token, links.JOIN, now)
    if link is None:
        return _dead(token if links.expired(token, links.JOIN, now) else None)
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _form("accounts/join.html", form, link, 422)
    try:
        links.join(link, form.password.data or "", now)
    except _UNFIT as error:
        form.password.errors = [sentence(error)]
        return _form("accounts/join.html", form, link, 422)
    except AddressTakenError as error:
        form.form_errors.append(sentence(error))
        return _form("accounts/join.html", form, link, 422)
    except LinkSpentError:
        return _dead()
    return _enter(link)


@blueprint.post("/join/<token>/again")
@policy("account.enter")
def invite_again(token: str) -> ResponseReturnValue:
    """Send a new invitation for one that has expired."""
    began, now = time.monotonic(), clock.now()
    link = links.expired(token, links.JOIN, now)
    if link is not None:
        links.renew(link, now)
    _answer_in_step(began)
    return redirect(url_for("account_links.mail_sent"), code=303)


@blueprint.get("/lost-password")
@policy("account.enter")
def lost_password() -> ResponseReturnValue:
    """Ask for a link to a new password."""
    return render_template("accounts/lost_password.html", form=LostPasswordForm(formdata=None))


@blueprint.post("/lost-password")
@policy("account.enter")
def send_link() -> ResponseReturnValue:
    """Mail what fits to the address; the page says the same, as late, whether it is known or not."""
    began, form = time.monotonic(), LostPasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/lost_password.html", form=form), 422
    try:
        links.ask(form.email.data or "", request.remote_addr, clock.now())
    except TooManyTriesError as error:
        form.form_errors.append(sentence(error))
        page = render_template("accounts/lost_password.html", form=form)
        return page, error.status, {"Retry-After": str(error.seconds)}
    _answer_in_step(began)
    return redirect(url_for("account_links.mail_sent"), code=303)


@blueprint.get("/lost-password/sent")
@policy("account.enter")
def mail_sent() -> ResponseReturnValue:
    """What happens next, in words that fit whether the address is known or not."""
    return render_template("accounts/mail_sent.html")


@blueprint.get("/reset/<token>")
@policy("account.enter")
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password."""
    link = links.open(token, links.RESET, clock.now())
    return _dead() if link is None else _form("accounts/reset.html", NewPasswordForm(formdata=None), link)


@blueprint.post("/reset/<token>")
@policy("account.enter")
def set_password(token: str) -> ResponseReturnValue:
    """Set the password, end all sign-ins, and sign in here; where there is a second step, it is asked first."""
    now = clock.now()
    link = links.open(token, links.RESET, now)
    if link is None:
        return _dead()
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _form("accounts/reset.html", form, link, 422)
    try:
        links.reset(link, form.password.data or "", now)
    except _UNFIT as error:
        form.password.errors = [sentence(error)]
        return _form("accounts/reset.html", form, link, 422)
    except LinkSpentError:
        return _dead()
    return _enter(link)


def _enter(link: AccountLink) -> ResponseReturnValue:
    """The link stands for the password, and for nothing else: a second step is asked all the same (R11)."""
    login = people.login_of(link.person_id)
    return enter(link.person_id, login.email if login else "", clock.now())


def _form(template: str, form: NewPasswordForm, link: AccountLink, status: int = 200) -> tuple[str, int]:
    shortest = shortest_password(has_factor=factors.of(link.person_id).any)
    return render_template(template, form=form, who=people.person(link.person_id), shortest=shortest), status


def _dead(renewable: str | None = None) -> tuple[str, int]:
    return render_template("accounts/link_gone.html", token=renewable, form=ActionForm(formdata=None)), GONE


def _answer_in_step(began: float) -> None:
    """Let the answer leave at a fixed time after the request began, once the transaction is over."""

    def wait() -> None:
        time.sleep(max(0.0, began + PACE_SECONDS - time.monotonic()))

    after_commit(wait)
