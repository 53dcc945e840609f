"""Pages of notes: those of a record, sessions without one, what waits for a co-signature; starting, reading, adding."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import queries as booking_queries
from clinic.booking.models import Appointment
from clinic.clients.models import Client, Couple
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.database.session import current_actor
from clinic.notes import queries, service, vaulting, wording
from clinic.notes.blueprint import blueprint
from clinic.notes.errors import NotWaitingError, NotYetError
from clinic.notes.forms import AmendForm, CosignForm, GiveBackForm, StartForm
from clinic.notes.models import SessionNote
from clinic.notes.rules import LOCKED, State
from clinic.notes.service import About
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice


def load_client(client_id: UUID) -> Client:
    """A client in the therapist's care. Raises NotVisibleError."""
    return queries.client_in_care(client_id, current_actor(), clock.now())


def load_writable(client_id: UUID) -> Client:
    """A client about whom the therapist writes, as their primary therapist or cover. Raises NotVisibleError."""
    client = load_client(client_id)
    if not queries.may_write(client.id, current_user.person_id, clock.now()):
        raise NotVisibleError
    return client


def load_couple(couple_id: UUID) -> Couple:
    """A couple whose joint record the therapist opens. Raises NotVisibleError."""
    return queries.couple_in_care(couple_id, current_user.person_id, clock.now())


def load_given(appointment_id: UUID) -> Appointment:
    """A session that the therapist gives to who is in their care. Raises NotVisibleError."""
    appointment = booking_queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    if appointment.therapist_id != current_user.person_id:
        raise NotVisibleError
    return appointment


def load_note(note_id: UUID) -> SessionNote:
    """A signed note that the therapist may read. Raises NotVisibleError."""
    return queries.readable(note_id, current_user.person_id, clock.now())


def load_amendable(note_id: UUID) -> SessionNote:
    """The same, of a record into which they may write. Raises NotVisibleError."""
    note = load_note(note_id)
    if not _may_amend(note):
        raise NotVisibleError
    return note


def load_waiting(note_id: UUID) -> SessionNote:
    """A note of one's intern. Raises NotVisibleError."""
    return queries.waiting_for(note_id, current_user.person_id)


@blueprint.get("/notes/missing")
@policy("note.list")
def missing() -> ResponseReturnValue:
    """Sessions that took place and have no signed note, each with one press to write it."""
    me = current_user.person_id
    page = paged_entities(queries.missing(me, clock.now()), requested_page())
    return render_template(
        "notes/missing.html",
        page=page,
        drafts=queries.open_of_sessions([each.id for each in page.items], me),
        form=ActionForm(),
        last_format=wording.FORMATS[queries.last_format(me)],
    )


@blueprint.get("/notes/to-cosign")
@policy("note.list")
def to_cosign() -> ResponseReturnValue:
    """What one's interns have signed, longest waiting first."""
    page = paged_entities(queries.to_cosign(current_user.person_id), requested_page())
    return render_template("notes/to_cosign.html", page=page, title_of=wording.title_of)


@blueprint.get("/clients/<uuid:client_id>/notes")
@policy("note.read", load_client)
def of_client(client: Client) -> ResponseReturnValue:
    """The notes in one person's own record, and the way to the joint ones."""
    me, now = current_user.person_id, clock.now()
    return render_template(
        "notes/list.html",
        title=client.person.name,
        client=client,
        page=paged_entities(queries.in_record(me, now, client_id=client.id), requested_page()),
        page_url=lambda number: url_for("notes.of_client", client_id=client.id, page=number),
        joint=queries.joint_records(client.id, me, now),
        may_write=queries.may_write(client.id, me, now),
        who=wording.who,
        states=wording.STATES,
    )


@blueprint.get("/couples/<uuid:couple_id>/notes")
@policy("note.read", load_couple)
def of_couple(couple: Couple) -> ResponseReturnValue:
    """The notes in the joint record of a couple, and nothing of either's own."""
    me, now = current_user.person_id, clock.now()
    return render_template(
        "notes/list.html",
        title=wording.who(couple),
        couple=couple,
        page=paged_entities(queries.in_record(me, now, couple_id=couple.id), requested_page()),
        page_url=lambda number: url_for("notes.of_couple", couple_id=couple.id, page=number),
        states=wording.STATES,
    )


@blueprint.post("/sessions/<uuid:appointment_id>/notes")
@policy("note.write", load_given)
def start_of_session(appointment: Appointment) -> ResponseReturnValue:
    """Begin the note of a session, or go on with one's draft; of a joint one the joint note, unless told otherwise."""
    me, now = current_user.person_id, clock.now()
    records = queries.records_of_session(appointment, me, now)
    wanted = request.form.get("record")
    record = next((each for each in records if wanted in (None, each.key)), None)
    if record is None:
        raise NotVisibleError
    if appointment.state != "confirmed" or appointment.starts_at > now:
        raise NotYetError
    held_on = zones.wall(appointment.starts_at, current_practice().zone).date()
    about = About(record, appointment.id, held_on)
    return _to_writing(service.start(about, queries.last_format(me), me, now))


@blueprint.route("/clients/<uuid:client_id>/notes/new", methods=["GET", "POST"])
@policy("note.write", load_writable)
def new(client: Client) -> ResponseReturnValue:
    """Begin a note of a day without a session, such as a phone call."""
    me, now = current_user.person_id, clock.now()
    today = zones.wall(now, current_practice().zone).date()
    records = queries.records_of_client(client, me, now)
    chosen = {"held_on": today, "format": queries.last_format(me), "record": records[0].key}
    form = StartForm(today, data=chosen)
    form.record.choices = [(each.key, wording.record_words(each)) for each in records]
    if form.validate_on_submit():
        record = next(each for each in records if each.key == form.record.data)
        about = About(record, None, form.held_on.data or today)
        return _to_writing(service.start(about, form.format.data, me, now))
    return render_template("notes/new.html", client=client, form=form), 422 if form.errors else 200


@blueprint.get("/notes/<uuid:note_id>")
@policy("note.read", load_note)
def note(shown: SessionNote) -> ResponseReturnValue:
    """One signed note with what was added to it; it prints as it stands."""
    service.opened(shown)
    return _note_page(shown)


@blueprint.post("/notes/<uuid:note_id>/amendments")
@policy("note.write", load_amendable)
def amend(shown: SessionNote) -> ResponseReturnValue:
    """Add to a final note."""
    form, me = AmendForm(), current_user.person_id

    def add() -> None:
        typed = form.name.data or ""
        service.amend(shown, me, form.text.data or "", form.reason.data or "", typed, clock.now())

    return _done(shown, form, add, _("Added. The note itself stays as it was signed."))


@blueprint.post("/notes/<uuid:note_id>/cosign")
@policy("note.cosign", load_waiting)
def cosign(shown: SessionNote) -> ResponseReturnValue:
    """Make a note of one's intern final."""
    form, me = CosignForm(), current_user.person_id

    def sign() -> None:
        service.cosign(shown, me, form.name.data or "", clock.now())

    return _done(shown, form, sign, _("Co-signed. The note is final."))


@blueprint.post("/notes/<uuid:note_id>/return")
@policy("note.cosign", load_waiting)
def give_back(shown: SessionNote) -> ResponseReturnValue:
    """Give a note back to its author, with a word."""
    form, me = GiveBackForm(), current_user.person_id

    def give() -> None:
        service.give_back(shown, me, form.word.data or "", clock.now())

    return _done(shown, form, give, _("Given back to %(name)s.", name=shown.author.given_name))


def _done(shown: SessionNote, form: ActionForm, act: Callable[[], None], words: str) -> ResponseReturnValue:
    """Do it where the form is whole; what was typed stays on the page where it is refused."""
    status = 422
    if shown.state not in LOCKED:  # given back meanwhile: it is its author's again, and nobody else reads it
        flash(sentence(NotWaitingError()), "error")
        return _onward(shown)
    if form.validate():
        try:
            act()
        except DomainError as error:
            status = error.status
            (form.name.errors if status == 422 else form.form_errors).append(sentence(error))
        else:
            flash(words, "success")
            return _onward(shown)
    return _note_page(shown, form), status


def _onward(shown: SessionNote) -> ResponseReturnValue:
    """To the note, or where it is given back, to what else waits."""
    is_read = shown.state in LOCKED
    return redirect(url_for("notes.note", note_id=shown.id) if is_read else url_for("notes.to_cosign"), 303)


def _note_page(shown: SessionNote, sent: ActionForm | None = None) -> str:
    """A signed note; `sent` is a form of this page that was refused."""
    me = current_user.person_id
    forms = {form.__class__: form for form in (AmendForm(None), CosignForm(None), GiveBackForm(None))}
    if sent is not None:
        forms[sent.__class__] = sent
    return render_template(
        "notes/note.html",
        note=shown,
        title=wording.title_of(shown.client, shown.couple),
        sections=wording.sections(vaulting.texts_of(shown), shown.format),
        format_words=wording.FORMATS[shown.format],
        state=wording.STATES[shown.state],
        word=vaulting.word_of(shown),
        amendments=[(each, *vaulting.addition_of(each)) for each in queries.amendments_of(shown.id)],
        is_supervisor=shown.state == State.SIGNED and queries.is_supervisor(me, shown.author_id),
        may_amend=shown.state == State.FINAL and _may_amend(shown),
        form=sent,
        amend_form=forms[AmendForm],
        cosign_form=forms[CosignForm],
        give_back_form=forms[GiveBackForm],
    )


def _may_amend(shown: SessionNote) -> bool:
    me, now = current_user.person_id, clock.now()
    members = [member.client_id for member in shown.couple.members] if shown.couple else [shown.client_id]
    return all(each is not None and queries.may_write(each, me, now) for each in members)


def _to_writing(note_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("notes.write", note_id=note_id), 303)
