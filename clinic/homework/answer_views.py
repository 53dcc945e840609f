"""What a client may do with single answers after sending: share one, take it back, delete what is theirs alone."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.core import clock
from clinic.core.errors import NotVisibleError, StaleError
from clinic.homework import queries
from clinic.homework.blueprint import blueprint
from clinic.homework.client_pages import common, place_of
from clinic.homework.shared import AnswerPlace, find_answer
from clinic.questionnaires import drafts, service
from clinic.web.forms import ActionForm
from clinic.web.policy import policy


def load_answer(assignment_id: UUID, answer_id: UUID) -> AnswerPlace:
    """One answer of the signed-in client; raises NotVisibleError for anyone else's."""
    own = queries.own(assignment_id, current_user.person_id)
    return find_answer(place_of(own, current_user.zone, clock.now()), answer_id)


def load_shareable(assignment_id: UUID, answer_id: UUID) -> AnswerPlace:
    """The same, for an answer that its partner may be given; raises NotVisibleError for others."""
    here = load_answer(assignment_id, answer_id)
    if here.answer.visibility != "P" or not here.place.readers.in_couple:
        raise NotVisibleError
    return here


@blueprint.route("/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/share", methods=["GET", "POST"])
@policy("homework.update", load_shareable)
def share(here: AnswerPlace) -> ResponseReturnValue:
    """Show exactly what the partner will see; the press of the button lets them."""
    form = ActionForm()
    if form.validate_on_submit():
        service.release(here.answer, here.place.now)
        audit.record("answer.release", "answer", here.answer.id, client_id=here.answer.client_id)
        flash(_("Shared. You can take it back at any time."), "success")
        return _back(here)
    if here.place.response is None or not here.place.response.is_submitted:
        raise StaleError
    return render_template("homework/share.html", form=form, here=here, **common(here.place))


@blueprint.post("/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/withdraw")
@policy("homework.update", load_answer)
def withdraw(here: AnswerPlace) -> ResponseReturnValue:
    """The partner sees it no longer, also after the couple has ended."""
    service.withdraw(here.answer)
    audit.record("answer.withdraw", "answer", here.answer.id, client_id=here.answer.client_id)
    flash(_("Taken back. Your partner no longer sees it."), "success")
    return _back(here)


@blueprint.post("/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/delete")
@policy("homework.update", load_answer)
def delete_answer(here: AnswerPlace) -> ResponseReturnValue:
    """Delete an answer that is its writer's alone; raises NotVisibleError for one that others read."""
    assert here.place.response is not None  # noqa: S101 -- the loader found the answer in it
    drafts.delete_kept_answer(here.place.response, here.answer.field, here.answer.entry_id)
    audit.record("answer.delete", "answer", here.answer.id, client_id=here.answer.client_id)
    flash(_("Deleted."), "success")
    return _back(here)


def _back(here: AnswerPlace) -> ResponseReturnValue:
    return redirect(url_for("homework.assignment", assignment_id=here.place.assignment.id), code=303)
