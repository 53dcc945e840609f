"""The therapist's pages: give an exercise, what waits for review, review it or give it back, one client's list."""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.booking.queries import upcoming
from clinic.clients.models import Client
from clinic.clients.queries import open_couple_of
from clinic.core import clock, zones
from clinic.homework import queries, service
from clinic.homework.blueprint import blueprint
from clinic.homework.errors import AssignmentError
from clinic.homework.forms import AssignForm, ReturnForm, ReviewForm
from clinic.homework.models import Assignment
from clinic.homework.rules import OpenWork, State, default_due, is_heavy, suggests_smaller
from clinic.homework.work_page import page_of_work
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import Who
from clinic.safety.queries import open_reviews
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy

MOST_ASKING = 20


def load_client(client_id: UUID) -> Client:
    """A client in the signed-in therapist's care; raises NotVisibleError for others."""
    return queries.client_in_care(client_id, current_user.person_id, clock.now())


def load_work(assignment_id: UUID) -> Assignment:
    """An assignment of a client in the signed-in therapist's care; raises NotVisibleError for others."""
    return queries.cared_for(assignment_id, current_user.person_id, clock.now())


@blueprint.get("/review")
@policy("homework.review")
def to_review() -> ResponseReturnValue:
    """What clients have sent, longest waiting first, and who asked for something smaller or is stuck."""
    now, me = clock.now(), current_user.person_id
    return render_template(
        "homework/to_review.html",
        page=paged_entities(queries.to_review(me, now), requested_page()),
        asking=queries.asking_for_help(me, now, MOST_ASKING),
        zone=current_user.zone,
        now=now,
    )


@blueprint.get("/review/<uuid:assignment_id>")
@policy("homework.review", load_work)
def work(assignment: Assignment) -> ResponseReturnValue:
    """One client's work, in their words, with what they let the therapist read."""
    audit.record("homework.open", "assignment", assignment.id, client_id=assignment.client_id)
    return _work_page(assignment, ReviewForm(), ReturnForm())


@blueprint.post("/review/<uuid:assignment_id>")
@policy("homework.review", load_work)
def review(assignment: Assignment) -> ResponseReturnValue:
    """Close it with words and a view of its quality."""
    form = ReviewForm()
    if not form.validate():
        return _work_page(assignment, form, ReturnForm(formdata=None), 422)
    service.review(assignment, form.feedback.data or "", form.chosen_quality, clock.now())
    flash(_("Reviewed. %(name)s will read your words.", name=assignment.client.person.given_name), "success")
    return redirect(url_for("homework.to_review"), code=303)


@blueprint.post("/review/<uuid:assignment_id>/return")
@policy("homework.review", load_work)
def give_back(assignment: Assignment) -> ResponseReturnValue:
    """Return it with a reason, for another round."""
    form = ReturnForm()
    try:
        if form.validate():
            service.give_back(assignment, form.reason.data or "", clock.now())
            flash(_("It is open for another round."), "success")
            return redirect(url_for("homework.to_review"), code=303)
    except AssignmentError as error:
        form.reason.errors = [sentence(error)]
    return _work_page(assignment, ReviewForm(formdata=None), form, 422)


@blueprint.post("/review/<uuid:assignment_id>/<any(excuse, cancel, answered):act>")
@policy("homework.assign", lambda assignment_id, act: (load_work(assignment_id), act))
def settle(asked: tuple[Assignment, str]) -> ResponseReturnValue:
    """Excuse or cancel what is open, or mark a call for help as talked about."""
    assignment, act = asked
    if act == "answered":
        service.answer_help(assignment)
        flash(_("Noted that you have talked about it."), "success")
    else:
        service.close(assignment, State.EXCUSED if act == "excuse" else State.CANCELLED, clock.now())
        flash(_("Excused. It counts nowhere.") if act == "excuse" else _("Cancelled."), "success")
    return redirect(url_for("homework.of_client", client_id=assignment.client_id), code=303)


@blueprint.get("/clients/<uuid:client_id>/homework")
@policy("homework.review", load_client)
def of_client(client: Client) -> ResponseReturnValue:
    """Everything that this client was given, with adherence over the last weeks."""
    now = clock.now()
    audit.record("homework.list", "client", client.id, client_id=client.id)
    return render_template(
        "homework/of_client.html",
        client=client,
        page=paged_entities(queries.of_client(client.id), requested_page()),
        adherence=queries.adherence_of([client.id], now)[client.id],
        zone=current_user.zone,
        now=now,
    )


@blueprint.route("/clients/<uuid:client_id>/homework/new", methods=["GET", "POST"])
@policy("homework.assign", load_client)
def assign(client: Client) -> ResponseReturnValue:
    """Give an exercise; where it looks like too much, say so once and let the therapist decide."""
    now = clock.now()
    form = AssignForm()
    choices = [row for row in questionnaires.newest_of_each(("exercise", "measure")) if "measure" not in row.body]
    form.definition_id.choices = {str(row.id): row.title for row in choices}
    if request.method == "GET":
        form.due.data = _suggested_due(client, now)
    cautions: list[str] = []
    if form.validate_on_submit():
        cautions = [] if "anyway" in request.form else _cautions(client, form)
        try:
            if not cautions:
                service.assign(client.id, form.task(current_user.zone), current_user.person_id, now)
                flash(_("Given to %(name)s.", name=client.person.given_name), "success")
                return redirect(url_for("homework.of_client", client_id=client.id), code=303)
        except AssignmentError as error:
            form.due.errors = [sentence(error)]
    page = render_template(
        "homework/assign.html", client=client, form=form, choices=choices, cautions=cautions, zone=current_user.zone
    )
    return page, 422 if form.errors or cautions else 200


def _suggested_due(client: Client, now: datetime) -> datetime:
    """On the therapist's wall: a day before the next session of the two."""
    sessions = (each for each in upcoming(client.person_id, now) if each.therapist_id == current_user.person_id)
    next_at = min((each.starts_at for each in sessions), default=None)
    return zones.wall(default_due(next_at, now), current_user.zone).replace(tzinfo=None, second=0, microsecond=0)


def _cautions(client: Client, form: AssignForm) -> list[str]:
    result = []
    if suggests_smaller(form.confidence.data):
        result.append(_("Below 7 it often does not happen. Would half of it be a 9? Fewer times also helps."))
    definition = questionnaires.definition(form.definition_id.data)
    if definition.who is Who.TOGETHER and open_reviews(_both(client)):
        result.append(_("Something written in private is not closed yet. Look at it alone before you give joint work."))
    load = [*queries.open_work(client.id), OpenWork(definition.minutes or 0, definition.repeat_days)]
    if is_heavy(load):
        name = client.person.given_name
        result.append(_("With this, %(name)s has more open than two exercises or 45 minutes a week.", name=name))
    return result


def _both(client: Client) -> list[UUID]:
    couple = open_couple_of(client.id)
    return [each.client_id for each in couple.members] if couple else [client.id]


def _work_page(
    assignment: Assignment, form: ReviewForm, return_form: ReturnForm, status: int = 200
) -> ResponseReturnValue:
    page = page_of_work(assignment, current_user.zone, clock.now())
    return (
        render_template("homework/work.html", form=form, return_form=return_form, act_form=ActionForm(), **page),
        status,
    )
