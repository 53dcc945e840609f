"""What the pages share that let somebody in: a session from scratch, the known-browser cookie, where to go."""

from datetime import datetime

from flask import current_app, make_response, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from clinic.accounts import known_browser
from clinic.accounts.identity import signed_in
from clinic.accounts.sign_in import Origin
from clinic.settings import Settings
from clinic.web.policy import local_path

KNOWN_FOR_SECONDS = 365 * 24 * 3600


def origin() -> Origin:
    """Where this request comes from."""
    return Origin(
        address=request.remote_addr,
        user_agent=request.user_agent.string,
        known=request.cookies.get(_cookie_name()),
    )


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
