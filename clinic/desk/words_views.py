"""The owner's pages of messages: whose words go out, the practice's own in place of ours, and how they would arrive."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.desk import words as shown
from clinic.desk.forms import WordsForm
from clinic.desk.words_mails import send_test
from clinic.outbox.registry import registry
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice
from clinic.wordings import service
from clinic.wordings.catalogue import wordings
from clinic.wordings.errors import WordsChangedError, WordsError
from clinic.wordings.queries import standing, words_of
from clinic.wordings.rules import Wording, Words, check_discretion, hinting

blueprint = Blueprint("words", __name__)


@blueprint.get("/practice/messages")
@policy("wording.update")
def messages() -> ResponseReturnValue:
    """Every message: those whose words may be chosen, and those that stay ours, with the reason."""
    fixed = [words for kind, words in shown.FIXED.items() if kind in registry.kinds]
    return render_template("desk/messages.html", lines=shown.lines(), fixed=[shown.SIGN_IN_ONLY, *fixed])


def load_wording(wording: str) -> Wording:
    """The message that the address names. Raises NotVisibleError."""
    try:
        return wordings[wording]
    except KeyError as error:
        raise NotVisibleError from error


@blueprint.get("/practice/messages/<wording>")
@policy("wording.update", load_wording)
def message(wording: Wording) -> ResponseReturnValue:
    """Its words as they stand, or as they were in the version that is asked for."""
    row = standing(wording.key)
    words = words_of(row) or wording.ours
    if earlier := shown.version(wording.key, request.args.get("version", "")):
        words = words_of(earlier) or wording.ours
    form = WordsForm(formdata=None, data={"subject": words.subject, "body": words.body, "seen": _version(wording)})
    return _page(wording, form, words)


@blueprint.post("/practice/messages/<wording>")
@policy("wording.update", load_wording)
def choose(wording: Wording) -> ResponseReturnValue:
    """Let these words go out from now on."""
    form, status = WordsForm(), 422
    if form.validate():
        try:
            service.choose(
                wording,
                form.words,
                form.version,
                current_practice().name,
                by=current_user.person_id,
                now=clock.now(),
            )
        except WordsError as error:
            _put(form, error)
        except WordsChangedError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = str(_version(wording)), error.status
        else:
            flash(_("Saved. From now on it goes out in these words."), "success")
            return redirect(url_for("words.message", wording=wording.key), code=303)
    return _page(wording, form, form.words, shows_standing=status == WordsChangedError.status), status


@blueprint.post("/practice/messages/<wording>/preview")
@policy("wording.update", load_wording)
def preview(wording: Wording) -> ResponseReturnValue:
    """The page again with what was typed, and how that would arrive; nothing is saved."""
    form = WordsForm()
    if form.validate():
        try:
            check_discretion(form.words, current_practice().name)
            shown.arriving(wording, form.words, current_practice(), clock.now())
        except WordsError as error:
            _put(form, error)
    return _page(wording, form, form.words), 422 if form.errors else 200


@blueprint.post("/practice/messages/<wording>/ours")
@policy("wording.update", load_wording)
def reset(wording: Wording) -> ResponseReturnValue:
    """Our words again; the practice's own stay in the list of versions."""
    if ActionForm().validate():
        service.back_to_ours(wording, by=current_user.person_id, now=clock.now())
        flash(_("The standard words go out again. Yours are kept below."), "success")
    return redirect(url_for("words.message", wording=wording.key), code=303)


@blueprint.post("/practice/messages/<wording>/test")
@policy("wording.update", load_wording)
def test(wording: Wording) -> ResponseReturnValue:
    """Send what stands to one's own address."""
    if ActionForm().validate():
        if send_test(wording.key, current_user.person_id, clock.now()):
            flash(_("A test is on its way to your own address."), "success")
        else:
            flash(_("There is no e-mail address with your account, so no test can be sent."), "warning")
    return redirect(url_for("words.message", wording=wording.key), code=303)


def _version(wording: Wording) -> int:
    row = standing(wording.key)
    return row.version if row is not None else 0


def _put(form: WordsForm, error: WordsError) -> None:
    form[error.field].errors = [sentence(error)]


def _page(wording: Wording, form: WordsForm, words: Words, *, shows_standing: bool = False) -> str:
    row, now, practice = standing(wording.key), clock.now(), current_practice()
    stands = words_of(row) or wording.ours
    try:
        arriving = shown.arriving(wording, words, practice, now)
    except WordsError as error:
        arriving = []
        if not form.errors:
            _put(form, error)
    return render_template(
        "desk/message.html",
        wording=wording,
        form=form,
        act_form=ActionForm(formdata=None),
        is_own=words_of(row) is not None,
        stands=stands if shows_standing else None,
        arriving=arriving,
        hinting=hinting(words.body),
        meanings=[(f"{{{name}}}", shown.MEANINGS[name], name in wording.needs) for name in wording.places],
        history=shown.history(wording.key, requested_page()),
    )
