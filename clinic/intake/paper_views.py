"""Staff type what somebody filled in on paper; who and when is kept. A signature is the signer's alone."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.database.session import current_actor
from clinic.intake import rules, service, wording
from clinic.intake.rules import Step, StepKind
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.forms import QuestionnaireForm, build_form
from clinic.questionnaires.pages import blocks
from clinic.questionnaires.rules import Filled
from clinic.questionnaires.values import Reading
from clinic.questionnaires.visibility import Readers
from clinic.web.error_pages import sentence
from clinic.web.policy import policy

blueprint = Blueprint("intake_paper", __name__)


@dataclass(frozen=True, slots=True)
class Paper:
    """One form of one client. `is_desk` is True for who may type nothing but how to reach them."""

    client: Client
    name: str
    step: Step
    is_desk: bool


def load_paper(client_id: UUID, slug: str) -> Paper:
    """A form of a client in the therapist's care; for the front desk only how to reach them. Raises NotVisibleError."""
    step, actor = rules.BY_SLUG.get(slug), current_actor()
    if step is None or step.kind is not StepKind.FORM:
        raise NotVisibleError
    client, is_desk = _client(client_id, step)
    if client.person_id == actor.person_id or client.state == "closed":
        raise NotVisibleError
    return Paper(client, client.person.name, step, is_desk)


@blueprint.get("/clients/<uuid:client_id>/intake/paper/<slug>")
@policy("intake_paper.create", load_paper)
def paper(at: Paper) -> ResponseReturnValue:
    """The form, with what is known."""
    packet, _progress = service.progress_for(at.client.id)
    known = service.sent_answers(packet, at.step) if packet is not None else None
    return _page(at, _form(at, Filled(known or {})))


@blueprint.post("/clients/<uuid:client_id>/intake/paper/<slug>")
@policy("intake_paper.create", load_paper)
def keep(at: Paper) -> ResponseReturnValue:
    """Keep it as typed from paper, or show what is in the way with what was typed."""
    form = _form(at, Filled())
    reading = Reading(clock.now(), current_user.zone)
    try:
        service.send_form(at.client.id, at.step, form.raws(), reading, is_sure=True, typed_by=current_user.person_id)
    except AnswersError as error:
        form.refuse(error.errors)
        return _page(at, form), 422
    except DomainError as error:
        form.form_errors.append(sentence(error))
        return _page(at, form), error.status
    flash(_("Kept, as typed from paper by you."), "success")
    return redirect(_back(at), code=303)


def _client(client_id: UUID, step: Step) -> tuple[Client, bool]:
    actor = current_actor()
    try:
        if "therapist" in actor.roles:
            return client_queries.visible_client(client_id, actor, clock.now()), False
    except NotVisibleError:
        pass
    if "front_desk" in actor.roles and step is rules.SAFE_CONTACT:
        return client_queries.client_called(client_id), True
    raise NotVisibleError


def _back(at: Paper) -> str:
    return url_for("desk.person" if at.is_desk else "intake_record.record", client_id=at.client.id)


def _form(at: Paper, filled: Filled) -> QuestionnaireForm:
    definition = questionnaires.definition(questionnaires.latest(at.step.key).id)
    return build_form(tuple(definition.fields()), filled.answers, current_user.zone)


def _page(at: Paper, form: QuestionnaireForm) -> str:
    definition = questionnaires.definition(questionnaires.latest(at.step.key).id)
    readers = Readers(_("Their therapist"))
    return render_template(
        "intake/paper.html",
        name=at.name,
        title=wording.TITLES[at.step.slug],
        form=form,
        blocks=blocks(definition, form, Filled(), readers, current_user.zone),
        back=_back(at),
    )
