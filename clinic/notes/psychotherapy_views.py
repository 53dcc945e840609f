"""Pages of a therapist's psychotherapy notes: what they are, one's own about a client, and writing one."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.clients.models import Client
from clinic.core import clock
from clinic.database.session import current_actor
from clinic.notes import psychotherapy, queries, vaulting
from clinic.notes.blueprint import blueprint
from clinic.notes.forms import PsychotherapyForm
from clinic.notes.models import PsychotherapyNote
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy


def load_client(client_id: UUID) -> Client:
    """A client in the therapist's care. Raises NotVisibleError."""
    return queries.client_in_care(client_id, current_actor(), clock.now())


def load_psychotherapy(psychotherapy_note_id: UUID) -> PsychotherapyNote:
    """One's own, while one cares for the client. Raises NotVisibleError."""
    return psychotherapy.note_of(psychotherapy_note_id, current_user.person_id, clock.now())


@blueprint.route("/clients/<uuid:client_id>/psychotherapy-notes", methods=["GET", "POST"])
@policy("psychotherapy_note.write", load_client)
def psychotherapy_notes(client: Client) -> ResponseReturnValue:
    """What they are and what must not go in them, one's own about this client by day, and room for another."""
    form, me = PsychotherapyForm(), current_user.person_id
    if form.validate_on_submit():
        psychotherapy.add(client.id, me, form.text.data or "", clock.now())
        flash(_("Kept. Nobody but you ever reads it here."), "success")
        return redirect(url_for("notes.psychotherapy_notes", client_id=client.id), 303)
    page = paged_entities(psychotherapy.of_client(client.id, me), requested_page())
    return render_template("notes/psychotherapy.html", client=client, page=page, form=form), 422 if form.errors else 200


@blueprint.route("/psychotherapy-notes/<uuid:psychotherapy_note_id>", methods=["GET", "POST"])
@policy("psychotherapy_note.write", load_psychotherapy)
def psychotherapy_note(note: PsychotherapyNote) -> ResponseReturnValue:
    """One of them, to read and to write anew."""
    form = PsychotherapyForm(data={"text": vaulting.psychotherapy_of(note)})
    if form.validate_on_submit():
        psychotherapy.change(note, form.text.data or "", clock.now())
        flash(_("Saved."), "success")
        return redirect(url_for("notes.psychotherapy_note", psychotherapy_note_id=note.id), 303)
    psychotherapy.opened()
    page = render_template(
        "notes/psychotherapy_note.html", note=note, client=note.client, form=form, act_form=ActionForm(formdata=None)
    )
    return page, 422 if form.errors else 200


@blueprint.post("/psychotherapy-notes/<uuid:psychotherapy_note_id>/delete")
@policy("psychotherapy_note.write", load_psychotherapy)
def delete_psychotherapy_note(note: PsychotherapyNote) -> ResponseReturnValue:
    """Delete one."""
    client_id = note.client_id
    psychotherapy.remove(note)
    flash(_("Deleted."), "success")
    return redirect(url_for("notes.psychotherapy_notes", client_id=client_id), 303)
