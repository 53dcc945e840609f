"""What the pages share that let somebody in: a session from scratch, the known-browser cookie, where to go."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, make_response, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from clinic.accounts import known_browser, second_step
from clinic.accounts.factors import Given
from clinic.accounts.identity import signed_in
from clinic.accounts.passkeys import RelyingParty
from clinic.accounts.sign_in import Origin
from clinic.settings import Settings
from clinic.web.policy import local_path

# Where the cookie holds the token of a half-done sign-in; that of a whole one has another name.
HALF = "half"
KNOWN_FOR_SECONDS = 365 * 24 * 3600


def origin() -> Origin:
    """Where this request comes from."""
    return Origin(
        address=request.remote_addr,
        user_agent=request.user_agent.string,
        known=request.cookies.get(_cookie_name()),
    )


def enter(person_id: UUID, email: str, now: datetime, target: str | None = None) -> Response:
    """Go on with somebody whose password was right, or who has set it through a link: in, or to the second step."""
    entered = second_step.enter(person_id, origin(), now)
    if not entered.is_half:
        return let_in(entered.token, email, now, target)
    session.clear()
    session[HALF] = entered.token
    return make_response(redirect(url_for("accounts.second_step", next=local_path(target)), code=303))


def given(form: Any, holder_id: UUID, purpose: str) -> Given:
    """What a form with a code and a passkey's answer gives for the second step."""
    return Given(form.code.data or "", form.assertion.data or "", holder_id, purpose, relying_party())


def relying_party() -> RelyingParty:
    """This site as passkeys know it: the address that people type. A demonstration also answers at localhost."""
    address = _settings().base_url if _settings().is_production else request.host_url.rstrip("/")
    return RelyingParty(urlsplit(address).hostname or "", address)


def let_in(token: str, email: str, now: datetime, target: str | None = None) -> Response:
    """Give the browser its sign-in: nothing of the session before stays, and it knows the account from now on."""
    session.clear()
    login_user(signed_in(token, now))
    response = make_response(redirect(local_path(target) or home(), code=303))
    response.set_cookie(
        _cookie_name(),
        known_browser.knowing(request.cookies.get(_cookie_name()), email),
        max_age=KNOWN_FOR_SECONDS,
        secure=_settings().is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def let_out() -> None:
    """Take everything from the browser that the sign-in gave it."""
    logout_user()
    session.clear()


def home() -> str:
    """The first page of somebody who is signed in."""
    return url_for("desk.today" if "desk.today" in current_app.view_functions else "account.overview")


def shell() -> str:
    """The frame for a page that all roles have."""
    return "shell/client.html" if set(current_user.roles) <= {"client"} else "shell/staff.html"


def _cookie_name() -> str:
    return "__Host-known" if _settings().is_https else "known"


def _settings() -> Settings:
    settings: Settings = current_app.config["CLINIC"]
    return settings
