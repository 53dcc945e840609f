"""Writing a note: the page, what it saves by itself, the signature, and taking a draft back."""

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.notes import queries, service, vaulting, wording
from clinic.notes.blueprint import blueprint
from clinic.notes.errors import SignedOnceError, WrongSignatureError
from clinic.notes.forms import NoteForm
from clinic.notes.models import SessionNote
from clinic.notes.queries import Record
from clinic.notes.rules import OPEN, State
from clinic.web.error_pages import sentence
from clinic.web.filters import clock_time
from clinic.web.forms import ActionForm
from clinic.web.policy import policy


def load_own(note_id: UUID) -> SessionNote:
    """A note of one's own, a draft or signed meanwhile. Raises NotVisibleError."""
    return queries.own(note_id, current_user.person_id)


@blueprint.get("/notes/<uuid:note_id>/write")
@policy("note.write", load_own)
def write(note: SessionNote) -> ResponseReturnValue:
    """The draft; once it is signed, on to where it is read."""
    if note.state not in OPEN:
        return _to_note(note)
    return _page(note, NoteForm(note.format, vaulting.texts_of(note), formdata=None))


@blueprint.post("/notes/<uuid:note_id>/write")
@policy("note.write", load_own)
def save(note: SessionNote) -> ResponseReturnValue:
    """Save it, change its format, or sign it, as the pressed button says."""
    form, go = NoteForm(note.format), request.form.get("go")
    if not form.validate():
        return _page(note, form), 422
    try:
        if go == "sign":
            return _signed(note, service.sign(note, form.written, form.name.data or "", clock.now()))
        service.save(note, form.written, clock.now(), form.format.data if go == "format" else None)
    except WrongSignatureError as error:
        form.name.errors = [sentence(error)]
        return _page(note, form), error.status
    except DomainError as error:
        form.form_errors.append(sentence(error))
        return _page(note, form), error.status
    if go != "format":
        flash(_("Saved. Only you see it until you sign."), "success")
    return redirect(url_for("notes.write", note_id=note.id), 303)


@blueprint.post("/notes/<uuid:note_id>/draft")
@policy("note.write", load_own)
def autosave(note: SessionNote) -> ResponseReturnValue:
    """Save what is on the page; answers when, or what does not fit. Raises SignedMeanwhileError."""
    form = NoteForm(note.format)
    if not form.validate():
        return jsonify({"errors": form.errors}), 422
    service.save(note, form.written, clock.now())
    return jsonify({"saved": clock_time(clock.now(), current_user.zone)})


@blueprint.post("/notes/<uuid:note_id>/withdraw")
@policy("note.write", load_own)
def withdraw(note: SessionNote) -> ResponseReturnValue:
    """Delete a draft."""
    record = Record(note.client, note.couple)
    try:
        service.withdraw(note)
    except SignedOnceError as error:
        flash(sentence(error), "error")
        return redirect(url_for("notes.write", note_id=note.id), 303)
    flash(_("Withdrawn. Nothing of it is kept."), "success")
    if record.couple_id:
        return redirect(url_for("notes.of_couple", couple_id=record.couple_id), 303)
    return redirect(url_for("notes.of_client", client_id=record.client_id), 303)


def _page(note: SessionNote, form: NoteForm) -> str:
    supervisor = queries.supervisor_of(note.author_id)
    return render_template(
        "notes/write.html",
        note=note,
        form=form,
        title=wording.title_of(note.client, note.couple),
        entering=wording.entering(Record(note.client, note.couple)),
        word=vaulting.word_of(note) if note.state == State.RETURNED else "",
        supervisor=supervisor,
        act_form=ActionForm(formdata=None),
    )


def _signed(note: SessionNote, is_final: bool) -> ResponseReturnValue:
    flash(
        _("Signed and locked. What is missing can be added as an amendment.")
        if is_final
        else _("Signed. It is final once your supervisor has co-signed it."),
        "success",
    )
    return _to_note(note)


def _to_note(note: SessionNote) -> ResponseReturnValue:
    return redirect(url_for("notes.note", note_id=note.id), 303)
