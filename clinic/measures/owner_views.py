"""The owner's pages: which measures there are, and the wording of those whose words do not ship."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.measures import queries, service
from clinic.measures.blueprint import blueprint
from clinic.measures.errors import WordingChangedError, WordingError
from clinic.measures.forms import WordingForm, wording_form
from clinic.measures.loading import Shipped, shipped, wording_of
from clinic.measures.wording import CLASSES
from clinic.questionnaires import queries as questionnaires
from clinic.web.error_pages import sentence
from clinic.web.policy import policy

__all__ = ["blueprint"]


def load_measure(measure: str) -> Shipped:
    """A measure that this program knows how to score; raises NotVisibleError."""
    try:
        return shipped()[measure]
    except KeyError as error:
        raise NotVisibleError from error


@blueprint.get("/practice/measures")
@policy("measure.word")
def measures() -> ResponseReturnValue:
    """Every measure, whether it has a wording, and where that may come from."""
    standing = {row.key: row.version for row in queries.askable()}
    return render_template("measures/measures.html", measures=shipped().values(), standing=standing, classes=CLASSES)


@blueprint.get("/practice/measures/<measure>")
@policy("measure.word", load_measure)
def wording(known: Shipped) -> ResponseReturnValue:
    """The licence first; then the words as they stand, to read or to supply."""
    return _page(known, _form(known, is_sent=False))


@blueprint.post("/practice/measures/<measure>")
@policy("measure.word", load_measure)
def word(known: Shipped) -> ResponseReturnValue:
    """Put the practice's wording in place; what ships stays as it is."""
    if known.wording is not None:
        raise NotVisibleError
    form = _form(known, is_sent=True)
    if not form.validate():
        return _page(known, form), 422
    try:
        service.word(known, form.wording, form.seen_version, has_read_licence=bool(form.has_read.data), now=clock.now())
    except WordingError as error:
        form.refuse(error.errors)
        return _page(known, form), error.status
    except WordingChangedError as error:
        form.form_errors = [sentence(error)]
        form.seen.data = str(_version(known))
        return _page(known, form), error.status
    flash(_("Saved. Therapists can ask for it from now on."), "success")
    return redirect(url_for("measures.wording", measure=known.instrument.key), code=303)


def _version(known: Shipped) -> int:
    standing = queries.versions(known.instrument.key)
    return standing[0].version if standing else 0


def _form(known: Shipped, *, is_sent: bool) -> WordingForm:
    standing = queries.versions(known.instrument.key)
    words = wording_of(questionnaires.definition(standing[0].id)) if standing else None
    return wording_form(known.instrument, words, standing[0].version if standing else 0, is_sent=is_sent)


def _page(known: Shipped, form: WordingForm) -> str:
    versions = queries.versions(known.instrument.key)
    return render_template(
        "measures/wording.html",
        instrument=known.instrument,
        words=known.wording,
        form=form,
        versions=versions,
        standing=wording_of(questionnaires.definition(versions[0].id)) if versions else None,
        classes=CLASSES,
    )
