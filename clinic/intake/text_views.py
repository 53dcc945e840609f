"""The client reads a text, signs it, and takes a copy."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.intake import queries, rules, service, signing
from clinic.intake.copies import copy_of, unsigned
from clinic.intake.errors import NotSignedError, TextChangedError
from clinic.intake.forms import SignForm
from clinic.intake.models import Signature
from clinic.intake.rules import State, Step, StepKind
from clinic.intake.signing import Circumstances, Offered, Signing
from clinic.web.error_pages import sentence
from clinic.web.policy import policy

blueprint = Blueprint("intake_texts", __name__)


@dataclass(frozen=True, slots=True)
class Text:
    """One text before the signed-in client. `is_open` is False while an earlier step comes first."""

    client: Client
    step: Step
    offered: Offered
    signature: Signature | None
    is_open: bool


def load_text(slug: str) -> Text:
    """The newest version of the text of a step; raises NotVisibleError."""
    step = rules.BY_SLUG.get(slug)
    if step is None or step.kind is not StepKind.TEXT:
        raise NotVisibleError
    client = queries.own_client(current_user.person_id)
    packet, progress = service.progress_for(client.id)
    offered = signing.offer(client.id, step.key, clock.now())
    return Text(
        client,
        step,
        offered,
        queries.signature_under(packet.id, offered.document.id) if packet else None,
        progress.is_reachable(step) and (packet is None or packet.state != State.ENDED),
    )


def load_own_signature(signature_id: UUID) -> tuple[Signature, Person]:
    """A signature of whoever is signed in, with them; raises NotVisibleError."""
    client = queries.own_client(current_user.person_id)
    return queries.signature(signature_id, client.id), client.person


@blueprint.get("/intake/text/<slug>")
@policy("intake.read", load_text)
def text(at: Text) -> ResponseReturnValue:
    """The text in full, and under it the place to sign."""
    if not at.is_open:
        return redirect(url_for("intake.overview"))
    return _page(at, SignForm(formdata=None, mark=at.offered.mark))


@blueprint.post("/intake/text/<slug>")
@policy("intake.sign", load_text)
def sign(at: Text) -> ResponseReturnValue:
    """Sign what was shown and go on; or show the page again and say what is missing."""
    form, now = SignForm(), clock.now()
    packet = service.open_packet(at.client.id, now)
    service.start(packet, now)
    sent = Signing(form.mark.data or "", form.name.data or "", bool(form.agreed.data))
    around = Circumstances(current_user.zone, request.remote_addr, request.user_agent.string)
    try:
        signing.sign(packet, at.client, at.step, sent, around, now)
    except NotSignedError as error:
        for field, missing in ((form.agreed, error.tick), (form.name, error.name)):
            field.errors = [sentence(missing)] if missing else []
        return _page(at, form), error.status
    except TextChangedError as error:
        fresh = SignForm(formdata=None, mark=at.offered.mark)
        fresh.form_errors.append(sentence(error))
        return _page(at, fresh), error.status
    return redirect(url_for("intake.onward"), code=303)


@blueprint.get("/intake/text/<slug>/copy")
@policy("intake.read", load_text)
def unsigned_copy(at: Text) -> ResponseReturnValue:
    """The text as a file, to read elsewhere or to print."""
    return unsigned(at.offered)


@blueprint.get("/intake/signed/<uuid:signature_id>")
@policy("intake.read", load_own_signature)
def signed_copy(found: tuple[Signature, Person]) -> ResponseReturnValue:
    """What was signed, byte for byte, with the signature under it."""
    return copy_of(*found)


def _page(at: Text, form: SignForm) -> str:
    form.agreed.label.text = at.offered.shown.statement
    return render_template(
        "intake/text.html",
        at=at,
        form=form,
        place=(rules.STEPS.index(at.step) + 1, len(rules.STEPS)),
        content=Markup(at.offered.shown.html),  # noqa: S704 -- made by `consents.show`, which escapes every fact
        signed_name=signing.typed_name(at.signature) if at.signature else "",
    )
