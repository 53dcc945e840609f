"""What stands between a sign-in and the pages: staff set up a second step first, and what matters asks once more."""

import json
from typing import Any, Final

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts import factors, proof
from clinic.accounts.entrance import shell
from clinic.accounts.forms import ConfirmForm
from clinic.core import clock
from clinic.settings import Settings

# What somebody reaches who works here and has no second step yet: what visitors see, the way out, and the set-up.
_WITHOUT_FACTOR: Final = frozenset(
    {"asset.read", "health.read", "site.read", "account.enter", "account.leave", "account.confirm", "factor.update"}
)
# Passwords and codes are typed anew; the token belongs to the page.
_NOT_CARRIED: Final = frozenset({"csrf_token", "password", "current", "code", "assertion"})


def hold_up(action: str, fresh: bool) -> ResponseReturnValue | None:
    """An answer that takes the place of the page, or None: the gate of every guarded view."""
    if current_user.lacks_factor and action not in _WITHOUT_FACTOR and _settings().is_factor_required:
        return redirect(url_for("factors.overview"), code=303)
    if not fresh or proof.is_fresh(current_user, clock.now()):
        return None
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("confirm.page", next=request.full_path.removesuffix("?")))
    return ask(request.path, json.dumps(_typed()), 401)


def ask(target: str, carried: str = "", status: int = 200) -> tuple[str, int]:
    """The page that asks once more; `carried` is what was typed into the form at `target`, as JSON, or nothing."""
    return confirm_page(ConfirmForm(formdata=None, target=target, carried=carried), status)


def confirm_page(form: ConfirmForm, status: int) -> tuple[str, int]:
    """The same with a form that was filled in already."""
    has = factors.of(current_user.person_id)
    return render_template("accounts/confirm.html", shell=shell(), form=form, has=has), status


def _typed() -> list[tuple[str, Any]]:
    """What the form said, to be sent on once the person has shown who they are."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CARRIED]


def _settings() -> Settings:
    settings: Settings = current_app.config["CLINIC"]
    return settings
