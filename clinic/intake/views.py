"""The client's side: what is done and what is left, one form after another, and the end."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.intake import facts, queries, rules, service, wording
from clinic.intake.errors import PartnerContactError
from clinic.intake.own import Own, load_own
from clinic.intake.rules import Progress, State, Step, StepKind
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.forms import QuestionnaireForm, build_form
from clinic.questionnaires.pages import blocks
from clinic.questionnaires.rules import Filled
from clinic.questionnaires.values import Reading
from clinic.questionnaires.visibility import Readers
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("intake", __name__)


@dataclass(frozen=True, slots=True)
class OwnStep:
    """One step of it, in its part."""

    own: Own
    step: Step
    part: Progress

    @property
    def is_open(self) -> bool:
        """True where nothing comes before it and nothing has closed it."""
        if self.own.is_over or not self.part.is_reachable(self.step):
            return False
        # The answers about danger and place never show again once they are sent.
        return not (self.step is rules.ELIGIBILITY and self.step.key in self.part.done)

    @property
    def place(self) -> tuple[int, int]:
        """The how manieth of how many."""
        return self.part.steps.index(self.step) + 1, len(self.part.steps)


def load_form(slug: str) -> OwnStep:
    """A step with a form, one of the second part once the first is finished; raises NotVisibleError."""
    step, own = rules.BY_SLUG.get(slug), load_own()
    part = own.second if step in rules.SECOND else own.progress
    if step is None or step.kind is not StepKind.FORM or part is None:
        raise NotVisibleError
    return OwnStep(own, step, part)


@blueprint.get("/intake")
@policy("intake.read", load_own)
def overview(own: Own) -> ResponseReturnValue:
    """What is done, what is left, and how long that takes; or the kind end."""
    if own.is_over:
        return _kind_end(own)
    now = clock.now()
    therapist, _in_couple = facts.readers_for(own.client.id, now)
    return render_template(
        "intake/overview.html",
        own=own,
        steps=_steps(own.progress),
        therapist=therapist or _("your therapist"),
        signatures=queries.signatures_of(own.packet) if own.packet else (),
        appointment=queries.next_appointment(own.client.id, now),
        is_finished=own.packet is not None and own.packet.state == State.FINISHED,
        onward=_onward(own.progress),
        second=_steps(own.second) if own.second else (),
        next_second=next_address(own.second) if own.second else "",
    )


@blueprint.get("/intake/form/<slug>")
@policy("intake.read", load_form)
def form(at: OwnStep) -> ResponseReturnValue:
    """One form, as far as it has been filled in."""
    if not at.is_open:
        return redirect(url_for("intake.overview"))
    filled = _filled(at)
    return _form_page(at, _form(at, filled), filled)


@blueprint.post("/intake/form/<slug>")
@policy("intake.update", load_form)
def send(at: OwnStep) -> ResponseReturnValue:
    """Send the form and go on to the next step, or show what is missing."""
    filled = _filled(at)
    sent = _form(at, filled)
    is_sure, client_id = "sure" in request.form, at.own.client.id
    try:
        service.send_form(client_id, at.step, sent.raws(), _reading(clock.now()), is_sure=is_sure)
    except AnswersError as error:
        sent.refuse(error.errors)
        return _form_page(at, sent, filled), 422
    except PartnerContactError as error:
        sent.form_errors.append(sentence(error))
        return _form_page(at, sent, filled, sentence(error)), 422
    return redirect(_after(load_own(), at.step), code=303)


@blueprint.post("/intake/form/<slug>/draft")
@policy("intake.update", load_form)
def save_draft(at: OwnStep) -> ResponseReturnValue:
    """Keep what has been typed so far."""
    sent = _form(at, Filled())
    checked = service.save_draft(at.own.client.id, at.step, sent.raws(), _reading(clock.now()))
    return jsonify(unfit=sorted(checked.errors))


@blueprint.get("/intake/onward")
@policy("intake.read", load_own)
def onward(own: Own) -> ResponseReturnValue:
    """Where it goes on from here."""
    return redirect(url_for("intake.overview") if own.is_over else _onward(own.progress))


@blueprint.get("/intake/finish")
@policy("intake.read", load_own)
def last_look(own: Own) -> ResponseReturnValue:
    """All is done: hand it over. Somebody with open steps goes back to them, and afterwards it says thank you."""
    if own.is_over or not own.progress.is_complete:
        return redirect(url_for("intake.overview"))
    now = clock.now()
    therapist, _in_couple = facts.readers_for(own.client.id, now)
    return render_template(
        "intake/finish.html",
        form=ActionForm(formdata=None),
        therapist=therapist or _("your therapist"),
        is_finished=own.packet is not None and own.packet.state == State.FINISHED,
        appointment=queries.next_appointment(own.client.id, now),
        signatures=queries.signatures_of(own.packet) if own.packet else (),
    )


@blueprint.post("/intake/finish")
@policy("intake.update", load_own)
def finish(own: Own) -> ResponseReturnValue:
    """Hand it to the therapist."""
    service.finish(own.client.id, clock.now())
    return redirect(url_for("intake.last_look"), code=303)


@blueprint.post("/intake/again")
@policy("intake.update", load_own)
def open_again(own: Own) -> ResponseReturnValue:
    """What stood in the way has passed."""
    service.open_again(own.client.id)
    return redirect(url_for("intake.form", slug=rules.ELIGIBILITY.slug), code=303)


def _kind_end(own: Own) -> ResponseReturnValue:
    assert own.packet is not None  # noqa: S101 -- only a packet can be over
    reason = service.reason_of(own.packet)
    assert reason is not None  # noqa: S101 -- a constraint of the table
    return render_template(
        "intake/ended.html",
        end=wording.ENDS[reason],
        form=ActionForm(formdata=None),
        appointment=queries.next_appointment(own.client.id, clock.now()),
    )


def _onward(progress: Progress) -> str:
    """The address of the next open step, and after the last that of the end."""
    step = progress.next_step
    if step is None:
        return url_for("intake.last_look")
    return url_for("intake.form" if step.kind is StepKind.FORM else "intake_texts.text", slug=step.slug)


def next_address(part: Progress) -> str:
    """The address of the next open step of the second part, and after the last that of the list."""
    step = part.next_step
    if step is None:
        return url_for("intake.overview")
    return url_for("intake.form", slug=step.slug) if step.kind is StepKind.FORM else url_for("intake_private.gate")


def _after(own: Own, step: Step) -> str:
    if own.is_over:
        return url_for("intake.overview")
    return next_address(own.second) if own.second and step in rules.SECOND else _onward(own.progress)


def _steps(part: Progress) -> list[tuple[Step, str, bool]]:
    return [(step, wording.TITLES[step.slug], part.is_reachable(step)) for step in part.steps]


def _reading(now: datetime) -> Reading:
    return Reading(now, current_user.zone)


def _filled(at: OwnStep) -> Filled:
    if at.own.packet is None or at.step is rules.ELIGIBILITY:
        return Filled()
    response = questionnaires.current_response(at.own.packet.id, questionnaires.latest(at.step.key).id)
    return questionnaires.filled(response) if response is not None else Filled()


def _form(at: OwnStep, filled: Filled) -> QuestionnaireForm:
    definition = questionnaires.definition(questionnaires.latest(at.step.key).id)
    return build_form(tuple(definition.fields()), filled.answers, current_user.zone)


def _form_page(at: OwnStep, shown: QuestionnaireForm, filled: Filled, doubt: str = "") -> str:
    now = clock.now()
    definition = questionnaires.definition(questionnaires.latest(at.step.key).id)
    therapist, in_couple = facts.readers_for(at.own.client.id, now)
    readers = Readers(therapist or _("Your therapist"), in_couple=in_couple)
    return render_template(
        "intake/form.html",
        step=at.step,
        place=at.place,
        doubt=doubt,
        definition=definition,
        form=shown,
        blocks=blocks(definition, shown, filled, readers, current_user.zone),
        is_sent=at.step.key in at.part.done,
        licensed_in=facts.facts_for(at.own.client.id, now).licensed_in if at.step is rules.ELIGIBILITY else "",
    )
