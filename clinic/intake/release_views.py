"""The client allows somebody to be told something, reads the exact words, signs them, and takes it back at any time."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.zones import wall
from clinic.database.session import current_actor
from clinic.intake import facts, queries, releases, rules
from clinic.intake.errors import ExpiryError, NotSignedError
from clinic.intake.forms import ReleaseForm
from clinic.intake.releases import Opened
from clinic.intake.signing import Circumstances
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("releases", __name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A release and whose it is."""

    client: Client
    opened: Opened


def load_own() -> Client:
    """The open record of whoever is signed in; raises NotVisibleError."""
    return queries.own_client(current_user.person_id)


def load_own_release(release_id: UUID) -> Found:
    """A release that whoever is signed in has signed; raises NotVisibleError."""
    client = load_own()
    return Found(client, releases.one(release_id, client.id, clock.now()))


def load_release(client_id: UUID, release_id: UUID) -> Found:
    """A release of a client whom the signed-in therapist cares for, never their own; raises NotVisibleError."""
    client = client_queries.visible_client(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return Found(client, releases.one(release_id, client.id, clock.now()))


@blueprint.get("/intake/releases")
@policy("intake.read", load_own)
def own(client: Client) -> ResponseReturnValue:
    """What one has allowed, and the form for something new."""
    return _page(client, ReleaseForm(formdata=None))


@blueprint.post("/intake/releases")
@policy("intake.sign", load_own)
def sign(client: Client) -> ResponseReturnValue:
    """Show the exact words of what was filled in; sign them once they were shown, ticked and named."""
    form, now = ReleaseForm(), clock.now()
    if not form.validate():
        return _page(client, form), 422
    allowance = form.allowance()
    around = Circumstances(current_user.zone, request.remote_addr, request.user_agent.string)
    paragraphs = releases.words(allowance, client.person.name, facts.facts_for(client.id, now).practice)
    shown, mark = form.mark.data or "", releases.mark(paragraphs)
    form.mark.data = mark
    try:
        releases.require_fitting(allowance, wall(now, current_user.zone).date())
        if shown != mark:
            form.agreed.data = False
            return _page(client, form, paragraphs)
        who = client.person
        name = rules.require_intent(
            is_ticked=bool(form.agreed.data),
            typed=form.name.data or "",
            given_name=who.given_name,
            family_name=who.family_name,
        )
        releases.sign(client, paragraphs, shown, allowance, name, around, now)
    except ExpiryError as error:
        form.expires_on.errors = [sentence(error)]
        return _page(client, form), error.status
    except NotSignedError as error:
        for field, missing in ((form.agreed, error.tick), (form.name, error.name)):
            field.errors = [sentence(missing)] if missing else []
        return _page(client, form, paragraphs), error.status
    flash(_("Signed. You can take it back here at any time."), "success")
    return redirect(url_for("releases.own"), code=303)


@blueprint.post("/intake/releases/<uuid:release_id>/take-back")
@policy("intake.update", load_own_release)
def take_back(found: Found) -> ResponseReturnValue:
    """From now on it allows nothing."""
    releases.take_back(found.opened.row, clock.now())
    flash(_("Taken back. From now on it allows nothing."), "success")
    return redirect(url_for("releases.own"), code=303)


@blueprint.get("/intake/releases/<uuid:release_id>/copy")
@policy("intake.read", load_own_release)
def copy(found: Found) -> ResponseReturnValue:
    """The words with the signature under them, as a file."""
    return _as_file(found)


@blueprint.get("/clients/<uuid:client_id>/intake/releases/<uuid:release_id>")
@policy("intake_record.read", load_release)
def copy_for_therapist(found: Found) -> ResponseReturnValue:
    """The same file."""
    return _as_file(found)


def _as_file(found: Found) -> ResponseReturnValue:
    row = found.opened.row
    audit.record("release.read", "information_release", row.id, client_id=found.client.id)
    response = make_response(render_template("intake/release_copy.html", release=found.opened, client=found.client))
    # The name says nothing of what it is.
    name = f"paper-{row.signed_at:%Y-%m-%d}-{row.id.hex[-6:]}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(client: Client, form: ReleaseForm, paragraphs: tuple[str, ...] = ()) -> str:
    return render_template(
        "intake/releases.html",
        releases=releases.of_client(client.id, clock.now()),
        form=form,
        paragraphs=paragraphs,
        action=ActionForm,
    )
