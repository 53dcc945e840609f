"""The client's pages of what is sent in private: are you alone, the questions, and then nothing of them any more."""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.intake import facts, private, rules
from clinic.intake.own import Own, load_own
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.forms import QuestionnaireForm, build_form
from clinic.questionnaires.pages import Block, blocks
from clinic.questionnaires.rules import Filled
from clinic.questionnaires.values import Reading
from clinic.questionnaires.visibility import Readers
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("intake_private", __name__)


def load_page() -> Own:
    """The intake of whoever is signed in, where the page is asked for; raises NotVisibleError."""
    own = load_own()
    if own.second is None or rules.PRIVATE not in own.second.steps:
        raise NotVisibleError
    return own


@blueprint.get("/intake/private")
@policy("intake.read", load_page)
def gate(own: Own) -> ResponseReturnValue:
    """What the page is, and whether one is alone; once it is sent or left out, only that it is closed."""
    return render_template(
        "intake/private_gate.html",
        form=ActionForm(formdata=None),
        definition=_definition(),
        is_closed=_is_closed(own),
        therapist=_therapist(own),
    )


@blueprint.get("/intake/private/questions")
@policy("intake.read", load_page)
def questions(own: Own) -> ResponseReturnValue:
    """The questions, empty; only from the page before, where one says that one is alone."""
    if _is_closed(own) or request.args.get("alone") != "yes":
        return redirect(url_for("intake_private.gate"))
    return _questions_page(own, _form(_definition()))


@blueprint.post("/intake/private/questions")
@policy("intake.update", load_page)
def send(own: Own) -> ResponseReturnValue:
    """Send them, once."""
    form = _form(_definition())
    try:
        private.send(own.client.id, form.raws(), Reading(clock.now(), current_user.zone))
    except AnswersError as error:
        form.refuse(error.errors)
        return _questions_page(own, form), 422
    return redirect(url_for("intake_private.gate"), code=303)


@blueprint.post("/intake/private/skip")
@policy("intake.update", load_page)
def skip(own: Own) -> ResponseReturnValue:
    """Leave them out; the therapist alone learns that, and asks in person."""
    private.send(own.client.id, None, Reading(clock.now(), current_user.zone))
    return redirect(url_for("intake_private.gate"), code=303)


def _is_closed(own: Own) -> bool:
    return own.second is not None and rules.PRIVATE.key in own.second.done


def _definition() -> Definition:
    return questionnaires.definition(questionnaires.latest(rules.PRIVATE.key).id)


def _form(definition: Definition) -> QuestionnaireForm:
    return build_form(tuple(definition.fields()), {}, current_user.zone)


def _therapist(own: Own) -> str:
    return facts.readers_for(own.client.id, clock.now())[0] or _("your therapist")


def _questions_page(own: Own, form: QuestionnaireForm) -> str:
    definition = _definition()
    shown = blocks(definition, form, Filled(), Readers(_therapist(own)), current_user.zone)
    return render_template(
        "intake/private_questions.html",
        form=form,
        skip_form=ActionForm(formdata=None),
        definition=definition,
        blocks=[_said_once(each) for each in shown],
        therapist=_therapist(own),
    )


def _said_once(block: Block) -> Block:
    """Who reads it stands at the top of the page, for all of it."""
    return replace(block, rows=[replace(row, seen=("T", "")) for row in block.rows])
