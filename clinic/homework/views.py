"""The client's pages: what there is to do, one exercise, its entries, and what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import parse_id
from clinic.homework import queries, service
from clinic.homework.blueprint import blueprint
from clinic.homework.client_pages import (
    Place,
    common,
    entry_form,
    page_of_entry,
    page_to_do,
    page_to_read,
    place_of,
    top_form,
)
from clinic.homework.errors import StateError
from clinic.homework.forms import OWN_QUALITY, HelpForm
from clinic.homework.models import Assignment
from clinic.homework.shared import from_partner
from clinic.questionnaires import drafts
from clinic.questionnaires.definition import EntriesGroup
from clinic.questionnaires.errors import AnswerError, AnswersError, Message
from clinic.questionnaires.models import Entry
from clinic.questionnaires.values import Reading
from clinic.questionnaires.wording import say
from clinic.web.error_pages import sentence
from clinic.web.filters import clock_time
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy

__all__ = ["blueprint"]
OWN_CODES = {code for code, _words in OWN_QUALITY}


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """One entry of a group; None where a new one is wanted."""

    place: Place
    group_key: str
    entry: Entry | None


def load_place(assignment_id: UUID) -> Place:
    """The signed-in client at their own assignment; raises NotVisibleError for anyone else's."""
    return place_of(queries.own(assignment_id, current_user.person_id), current_user.zone, clock.now())


def load_new_entry(assignment_id: UUID, group_key: str) -> EntryPlace:
    """The same, at a group that the exercise has; raises NotVisibleError."""
    place = load_place(assignment_id)
    _group(place, group_key)
    return EntryPlace(place, group_key, None)


def load_entry(assignment_id: UUID, entry_id: UUID) -> EntryPlace:
    """The same, at one of its entries; raises NotVisibleError."""
    place = load_place(assignment_id)
    if place.response is None:
        raise NotVisibleError
    entry = drafts.entry_of(place.response, entry_id)
    return EntryPlace(place, entry.group_key, entry)


@blueprint.get("/homework")
@policy("homework.read")
def mine() -> ResponseReturnValue:
    """Everything that was given, what is open on top."""
    page = paged_entities(queries.of_person(current_user.person_id), requested_page())
    client_id = queries.client_id_of(current_user.person_id)
    return render_template(
        "homework/mine.html",
        page=page,
        shared=from_partner(client_id) if client_id is not None else [],
        zone=current_user.zone,
        now=clock.now(),
    )


@blueprint.get("/homework/<uuid:assignment_id>")
@policy("homework.read", load_place)
def assignment(place: Place) -> ResponseReturnValue:
    """One exercise: to do while it is open, to read once it is sent."""
    if not place.is_open:
        return render_template("homework/sent.html", act_form=ActionForm(), **page_to_read(place))
    service.mark_opened(place.assignment, place.now)
    return _to_do(place)


@blueprint.post("/homework/<uuid:assignment_id>")
@policy("homework.update", load_place)
def save(place: Place) -> ResponseReturnValue:
    """Save what is on the page, then go where the pressed button leads."""
    what, _colon, which = request.form.get("go", "").partition(":")
    if what == "send" or not place.definition.is_sensitive:
        draft = service.draft_of(place.assignment, place.now)
        checked = drafts.save_answers(draft, top_form(place).raws(), _reading(place))
        _keep_quality(place)
        if checked.errors:
            return _to_do(place, checked.errors)
    if what == "send":
        return _send(place)
    return redirect(_leading_to(place.assignment, what, which), code=303)


@blueprint.post("/homework/<uuid:assignment_id>/draft")
@policy("homework.update", load_place)
def autosave(place: Place) -> ResponseReturnValue:
    """Save a page of answers, or one as JSON `{"field": ..., "value": ...}`; answers what was saved when."""
    if place.definition.is_sensitive:
        raise StateError
    draft = service.draft_of(place.assignment, place.now)
    errors: dict[str, str] = {}
    if request.is_json:
        body = request.get_json(silent=True)
        sent = body if isinstance(body, dict) else {}
        try:
            drafts.save_answer(draft, str(sent.get("field")), _raw(sent.get("value")), _reading(place))
        except AnswerError as error:
            errors = {str(sent.get("field")): sentence(error)}
    else:
        checked = drafts.save_answers(draft, top_form(place).raws(), _reading(place))
        _keep_quality(place)
        errors = {key: say(message) for key, message in checked.errors.items()}
    body = {"saved": clock_time(place.now, place.zone), "errors": errors}
    return jsonify(body), 422 if errors else 200


@blueprint.route("/homework/<uuid:assignment_id>/entries/new/<group_key>", methods=["GET", "POST"])
@policy("homework.update", load_new_entry)
def new_entry(here: EntryPlace) -> ResponseReturnValue:
    """Add an entry; its own small page, so that it takes fifteen seconds."""
    return _entry_page(here)


@blueprint.route("/homework/<uuid:assignment_id>/entries/<uuid:entry_id>", methods=["GET", "POST"])
@policy("homework.update", load_entry)
def entry(here: EntryPlace) -> ResponseReturnValue:
    """Change an entry, or complete it once it is over."""
    return _entry_page(here)


@blueprint.post("/homework/<uuid:assignment_id>/entries/<uuid:entry_id>/delete")
@policy("homework.update", load_entry)
def delete_entry(here: EntryPlace) -> ResponseReturnValue:
    """Delete an entry of the draft, or one that its writer keeps."""
    place = here.place
    assert place.response is not None  # noqa: S101 -- the loader found the entry through it
    assert here.entry is not None  # noqa: S101 -- and the entry
    drafts.delete_entry(place.response, here.entry.id, place.now)
    audit.record("entry.delete", "entry", here.entry.id, client_id=place.assignment.client_id)
    flash(_("Deleted."), "success")
    return redirect(_url(place.assignment), code=303)


@blueprint.post("/homework/<uuid:assignment_id>/undo")
@policy("homework.update", load_place)
def undo(place: Place) -> ResponseReturnValue:
    """Take back what was sent a moment ago."""
    if place.can_undo:
        service.undo(place.assignment, place.now)
        flash(_("Taken back. Nobody has read it."), "success")
    else:
        flash(_("It is on its way already. You can talk about it in your next session."), "error")
    return redirect(_url(place.assignment), code=303)


@blueprint.route("/homework/<uuid:assignment_id>/<any(smaller, stuck):kind>", methods=["GET", "POST"])
@policy("homework.update", lambda assignment_id, kind: (load_place(assignment_id), kind))
def ask_for_help(asked: tuple[Place, str]) -> ResponseReturnValue:
    """The way out that costs nothing: make it smaller, or say that one is stuck."""
    place, kind = asked
    form = HelpForm()
    if form.validate_on_submit():
        service.ask_for_help(place.assignment, kind, form.words.data or "", place.now)
        name = place.readers.therapist
        flash(_("%(therapist)s will see this. Nothing else changes, and nothing is lost.", therapist=name), "success")
        return redirect(_url(place.assignment), code=303)
    return render_template("homework/help.html", form=form, kind=kind, **common(place))


def _to_do(place: Place, errors: Mapping[str, Message] | None = None) -> ResponseReturnValue:
    """The page to fill in; with errors it shows what was typed, and what is saved beside it."""
    here = load_place(place.assignment.id) if errors else place
    form = top_form(here)
    form.refuse(errors or {})
    chosen = request.form.get("own_quality") or str(place.assignment.client_quality)
    page = render_template("homework/do.html", own_quality=OWN_QUALITY, chosen=chosen, **page_to_do(here, form))
    return page, 422 if errors else 200


def _send(place: Place) -> ResponseReturnValue:
    try:
        service.send(place.assignment, _reading(place), _own_quality())
    except AnswersError as error:
        return _to_do(place, error.errors)
    return redirect(_url(place.assignment), code=303)


def _own_quality() -> int | None:
    """How well it went, where the page that was sent says so."""
    chosen = request.form.get("own_quality", "")
    return int(chosen) if chosen in OWN_CODES else None


def _keep_quality(place: Place) -> None:
    quality = _own_quality()
    if quality is not None:
        service.keep_quality(place.assignment, quality)


def _leading_to(assignment: Assignment, what: str, which: str) -> str:
    if what == "add":
        return url_for("homework.new_entry", assignment_id=assignment.id, group_key=which)
    entry_id = parse_id(which)
    if what == "change" and entry_id is not None:
        return url_for("homework.entry", assignment_id=assignment.id, entry_id=entry_id)
    if what in ("smaller", "stuck"):
        return url_for("homework.ask_for_help", assignment_id=assignment.id, kind=what)
    flash(_("Saved."), "success")
    return _url(assignment)


def _entry_page(here: EntryPlace) -> ResponseReturnValue:
    place, group = here.place, _group(here.place, here.group_key)
    if not place.is_open:
        raise StateError
    form = entry_form(place, group, here.entry)
    status = 200
    if request.method == "POST":
        draft = service.draft_of(place.assignment, place.now)
        try:
            if here.entry is None:
                drafts.add_entry(draft, group.key, form.raws(), _reading(place))
            else:
                drafts.change_entry(draft, here.entry.id, form.raws(), _reading(place))
            flash(_("Saved."), "success")
            return redirect(_url(place.assignment) + f"#group-{group.key}", code=303)
        except AnswersError as error:
            form.refuse(error.errors)
            status = 422
    return render_template("homework/entry.html", **page_of_entry(place, group, form, here.entry)), status


def _group(place: Place, key: str) -> EntriesGroup:
    try:
        return place.definition.group(key)
    except KeyError:
        raise NotVisibleError from None


def _url(assignment: Assignment) -> str:
    return url_for("homework.assignment", assignment_id=assignment.id)


def _reading(place: Place) -> Reading:
    return Reading(place.now, place.zone)


def _raw(value: object) -> str | list[str] | None:
    """A JSON value as a form would have sent it."""
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case list():
            return [str(each) for each in value]
        case _:
            return str(value)
