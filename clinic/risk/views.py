"""The therapist's side: what needs somebody, taking it, and closing it."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.core import clock, zones
from clinic.core.errors import DomainError
from clinic.database.session import current_actor
from clinic.risk import queries, reach, service, wording
from clinic.risk.errors import IncompleteError, TakenError
from clinic.risk.forms import ClosingForm
from clinic.risk.models import Alert
from clinic.risk.rules import Closing
from clinic.web.error_pages import sentence
from clinic.web.filters import day, wall_time
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("alerts", __name__)


def load_alert(alert_id: UUID) -> Alert:
    """An alert that the signed-in therapist may open now. Raises NotVisibleError."""
    return queries.visible_alert(alert_id, current_actor(), clock.now())


@blueprint.get("/alerts")
@policy("alert.list")
def everything() -> ResponseReturnValue:
    """What nobody has yet on top, then what is in hand, then what is closed."""
    query = queries.in_order(queries.visible_to(current_actor(), clock.now()))
    page = paged_entities(query, requested_page())
    return render_template("risk/alerts.html", page=page, words=wording)


@blueprint.get("/alerts/<uuid:alert_id>")
@policy("alert.read", load_alert)
def alert(shown: Alert) -> ResponseReturnValue:
    """Whom it is about, how to reach them, who has it; opening it leaves a trace in the trail."""
    audit.record("client.read", "client", shown.client_id, client_id=shown.client_id)
    now = zones.wall(clock.now(), current_practice().zone).replace(second=0, microsecond=0, tzinfo=None)
    return _page(shown, ClosingForm(formdata=None, data={"who": current_user.given_name, "contacted_at": now}))


@blueprint.post("/alerts/<uuid:alert_id>/take")
@policy("alert.update", load_alert)
def take(shown: Alert) -> ResponseReturnValue:
    """Acknowledge it: of several who press at once, one has it."""
    if ActionForm().validate():
        try:
            service.acknowledge(shown, current_user.person_id, clock.now())
        except TakenError as error:
            flash(sentence(error), "news")
            return redirect(url_for("alerts.everything"), code=303)
        flash(_("You have it. It is not passed on any more."), "success")
    return redirect(url_for("alerts.alert", alert_id=shown.id), code=303)


@blueprint.post("/alerts/<uuid:alert_id>/close")
@policy("alert.update", load_alert)
def close(shown: Alert) -> ResponseReturnValue:
    """Say what was asked and done. What is incomplete comes back as it was typed."""
    form = ClosingForm()
    if not form.validate():
        return _page(shown, form), 422
    try:
        service.close(shown, form.closing(), current_user.person_id, clock.now())
    except IncompleteError as error:
        form.form_errors.append(sentence(error))
        for name in error.missing:
            form[name].errors = [wording.EMPTY]
        return _page(shown, form), error.status
    except DomainError as error:
        form.form_errors.append(sentence(error))
        return _page(shown, form), error.status
    flash(_("Closed. What you wrote stays with who cares for them."), "success")
    return redirect(url_for("alerts.everything"), code=303)


def _page(shown: Alert, form: ClosingForm) -> str:
    closing = queries.closing_of(shown.id)
    return render_template(
        "risk/alert.html",
        alert=shown,
        words=wording,
        reach=reach.ways_to_reach(shown.client),
        said=queries.words_of(shown.id),
        passes=queries.passes_of(shown.id),
        closing=closing,
        told=_told(service.read_closing(closing)) if closing is not None else [],
        form=form,
        act_form=ActionForm,
    )


def _told(closing: Closing) -> list[tuple[object, object]]:
    """What was written, part by part."""
    parts = {name: getattr(closing, name) for name in wording.CLOSING}
    with suppress(ValueError):
        at = datetime.fromisoformat(closing.contacted_at)
        parts["contacted_at"] = f"{day(at.date())}, {wall_time(at.time())}"
    parts["disposition"] = wording.DISPOSITIONS.get(closing.disposition, closing.disposition)
    return [(wording.CLOSING[name], words) for name, words in parts.items()]
