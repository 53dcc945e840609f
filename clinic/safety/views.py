"""The therapist reads what a client sent in private, alone, and closes the review of it."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.database.session import current_actor
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.pages import ReadBlock, read_blocks
from clinic.safety import queries, rules, service
from clinic.safety.errors import NotCompleteError
from clinic.safety.forms import CloseForm
from clinic.safety.models import PrivatePage, SafetyReview
from clinic.safety.queries import Told
from clinic.web.error_pages import sentence
from clinic.web.policy import policy

blueprint = Blueprint("safety", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """One page as it is read. `blocks` None: it was left out. `words`: what was asked and decided."""

    page: PrivatePage
    review: SafetyReview | None
    blocks: list[ReadBlock] | None
    is_grave: bool
    words: tuple[str, str]


def load_client(client_id: UUID) -> Client:
    """A client whom the signed-in therapist cares for now, never themself; raises NotVisibleError."""
    client = client_queries.visible_client(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


def load_review(client_id: UUID, review_id: UUID) -> tuple[Client, SafetyReview]:
    """A review of such a client; raises NotVisibleError."""
    client = load_client(client_id)
    return client, queries.review_of(client.id, review_id)


@blueprint.get("/clients/<uuid:client_id>/private")
@policy("private_page.read", load_client)
def private(client: Client) -> ResponseReturnValue:
    """What they sent, or that they left it out. The trail says no more than for any reading of the intake."""
    _trace(client)
    return _page(client, CloseForm(formdata=None))


@blueprint.post("/clients/<uuid:client_id>/private/<uuid:review_id>/close")
@policy("private_page.update", load_review)
def close(found: tuple[Client, SafetyReview]) -> ResponseReturnValue:
    """Close the review with both words, or show what is missing with what was typed."""
    client, review = found
    form = CloseForm()
    asked, decided = form.asked.data or "", form.decided.data or ""
    try:
        service.close(client.id, review.id, asked, decided, current_user.person_id, clock.now())
    except NotCompleteError as error:
        for field in (form.asked, form.decided):
            field.errors = [] if field.data else [sentence(error)]
        return _page(client, form, review.id), error.status
    _trace(client)
    flash(_("Closed. What you wrote stays here, for who cares for them."), "success")
    return redirect(url_for("safety.private", client_id=client.id), code=303)


def _page(client: Client, form: CloseForm, tried: UUID | None = None) -> str:
    return render_template(
        "safety/private.html",
        client=client,
        pages=[_shown(told) for told in queries.told_by(client.id)],
        form=form,
        fresh=CloseForm(formdata=None),
        tried=tried,
    )


def _shown(told: Told) -> Shown:
    filled = service.read(told.page)
    form = questionnaires.definition(told.page.definition_id)
    return Shown(
        told.page,
        told.review,
        None if filled is None else read_blocks(form, filled, current_user.zone),
        filled is not None and rules.grade(filled.answers) is not None,
        service.words_of(told.review) if told.review else ("", ""),
    )


def _trace(client: Client) -> None:
    # The owner reads the trail, so that it must not tell that there is a review: its own row says who closed it.
    audit.record("intake_record.read", "client", client.id, client_id=client.id)
