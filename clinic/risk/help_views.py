"""The client's side: whom to call now, and two buttons that are bound to what they answered themselves."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.core import clock
from clinic.risk import queries, service
from clinic.risk.help import crisis_help
from clinic.risk.models import Alert
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("help", __name__)
blueprint.add_app_template_global(ActionForm, "action_form")  # macros of other features show the buttons


def load_own(alert_id: UUID) -> Alert:
    """What came of an answer of this person's own. Raises NotVisibleError."""
    return queries.own_alert(alert_id, current_user.person_id)


@blueprint.get("/help/<uuid:alert_id>", endpoint="page")
@policy("help.read", load_own)
def show(alert: Alert) -> ResponseReturnValue:
    """The numbers, when somebody looks, and what the client has said since."""
    return render_template("risk/help.html", help=crisis_help(alert.client_id, clock.now(), alert))


@blueprint.post("/help/<uuid:alert_id>/call")
@policy("help.update", load_own)
def call(alert: Alert) -> ResponseReturnValue:
    """Please call me. Pressed again, it is asked once."""
    if ActionForm().validate():
        alert = service.ask_for_call(alert, clock.now())
    return redirect(url_for("help.page", alert_id=alert.id), code=303)


@blueprint.post("/help/<uuid:alert_id>/safe")
@policy("help.update", load_own)
def safe(alert: Alert) -> ResponseReturnValue:
    """I can stay safe for now. It is written down, and nothing else changes."""
    if ActionForm().validate():
        service.say_safe(alert, clock.now())
    return redirect(url_for("help.page", alert_id=alert.id), code=303)
