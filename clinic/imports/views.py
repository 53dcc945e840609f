"""Pages of imports: the columns and the file, the dry run, the confirmation, what became of it."""

import csv
import io
from collections.abc import Iterable, Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.imports import queries, service, vaulting
from clinic.imports.columns import Kind, columns_of, title
from clinic.imports.errors import FileError, NotWaitingError
from clinic.imports.forms import FileForm
from clinic.imports.models import Import, ImportRow
from clinic.imports.reading import MOST_ROWS
from clinic.imports.rules import without_formula
from clinic.imports.wording import FILES, KINDS, OUTCOMES, reason_words, standing
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import Page, paged_entities, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("imports", __name__)
_SHOWN = 6  # of the columns of a row, so that a page stays readable


def load_kind(what: str) -> Kind:
    """Which kind of file the address names. Raises NotVisibleError."""
    if what not in set(KINDS):
        raise NotVisibleError
    return Kind(what)


def load_import(import_id: UUID) -> Import:
    """One of one's own. Raises NotVisibleError."""
    return queries.own(import_id, current_user.person_id)


@blueprint.get("/imports/<what>")
@policy("import.create", load_kind)
def upload(kind: Kind) -> ResponseReturnValue:
    """Which columns a file may have, and the form for it."""
    return _upload_page(kind, FileForm(formdata=None))


@blueprint.post("/imports/<what>")
@policy("import.create", load_kind)
def take(kind: Kind) -> ResponseReturnValue:
    """Keep the file for the worker to check."""
    form = FileForm()
    if not form.validate():
        return _upload_page(kind, form), 422
    file = form.file.data
    try:
        taken = service.take_in(file.filename or "", file.read(), kind, by=current_user.person_id, now=clock.now())
    except FileError as error:
        form.file.errors = [sentence(error)]
        return _upload_page(kind, form), error.status
    return redirect(url_for("imports.shown", import_id=taken.id), 303)


@blueprint.get("/imports/<what>/template.csv")
@policy("import.create", load_kind)
def template(kind: Kind) -> ResponseReturnValue:
    """A file with the columns and two invented rows, to fill in."""
    return _csv(f"{kind}.csv", columns_of(kind).sample)


@blueprint.get("/imports/files/<uuid:import_id>")
@policy("import.read", load_import)
def shown(taken: Import) -> ResponseReturnValue:
    """How far it is, what would happen row by row, and what has happened."""
    asked = request.args.get("rows", "")
    asked = asked if asked in OUTCOMES else ""
    page = paged_entities(queries.rows(taken.id, asked), requested_page())
    if page.items and taken.header is not None:
        audit.record("import.read", "import", taken.id)
    return render_template(
        "imports/import.html",
        taken=taken,
        title=FILES[Kind(taken.kind)],
        counts=queries.counts(taken.id),
        outcomes=OUTCOMES,
        asked=asked,
        page=page,
        header=vaulting.header_of(taken)[:_SHOWN],
        lines=_lines(page),
        form=ActionForm,
        zone=current_practice().zone,
    )


@blueprint.post("/imports/files/<uuid:import_id>/confirm")
@policy("import.update", load_import)
def confirm(taken: Import) -> ResponseReturnValue:
    """Import what the dry run said."""
    if ActionForm().validate():
        try:
            service.confirm(taken, clock.now())
        except NotWaitingError as error:
            flash(sentence(error), "warning")
    return redirect(url_for("imports.shown", import_id=taken.id), 303)


@blueprint.post("/imports/files/<uuid:import_id>/invite")
@policy("import.update", load_import)
def invite(taken: Import) -> ResponseReturnValue:
    """Invite the clients whom it made."""
    if ActionForm().validate():
        try:
            service.invite(taken, clock.now())
            flash(_("The invitations are on their way."), "success")
        except NotWaitingError as error:
            flash(sentence(error), "warning")
    return redirect(url_for("imports.shown", import_id=taken.id), 303)


@blueprint.post("/imports/files/<uuid:import_id>/take-away")
@policy("import.update", load_import)
def take_away(taken: Import) -> ResponseReturnValue:
    """Let what the file said go."""
    if ActionForm().validate():
        try:
            service.take_away(taken, clock.now())
            flash(_("What the file said is taken away within a minute."), "success")
        except NotWaitingError as error:
            flash(sentence(error), "warning")
    return redirect(url_for("imports.upload", what=taken.kind), 303)


@blueprint.get("/imports/files/<uuid:import_id>/refused.csv")
@policy("import.read", load_import)
def refused(taken: Import) -> ResponseReturnValue:
    """The rows that were not imported with the reason, to be mended and brought again. Raises NotVisibleError."""
    header = vaulting.header_of(taken)
    if not header:
        raise NotVisibleError
    audit.record("import.download", "import", taken.id)
    rows = queries.not_imported(taken.id)
    lines = ((*_filled(vaulting.cells_of(row), len(header)), reason_words(row)) for row in rows)
    return _csv("refused.csv", ((*header, _("Reason")), *lines))


def _lines(page: Page[ImportRow]) -> list[tuple[ImportRow, list[str], tuple[str, str], str]]:
    """Each row with its first cells, its outcome and the reason in words."""
    return [(row, vaulting.cells_of(row)[:_SHOWN], standing(row), reason_words(row)) for row in page.items]


def _filled(cells: Sequence[str], width: int) -> Sequence[str]:
    return (*cells, *("" for _missing in range(width - len(cells))))


def _csv(name: str, rows: Iterable[Sequence[str]]) -> Response:
    """A file to take away, in which no cell is a formula; with a mark so that spreadsheets read it as UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([without_formula(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(f"\ufeff{text.getvalue()}", mimetype="text/csv", headers=headers)


def _upload_page(kind: Kind, form: FileForm) -> str:
    columns = columns_of(kind)
    return render_template(
        "imports/upload.html",
        kind=kind,
        kinds=KINDS,
        form=form,
        columns=[(title(column), ", ".join(others)) for column, others in columns.names.items()],
        needed=[[title(each) for each in choice] for choice in columns.needed],
        recent=queries.recent(current_user.person_id),
        most=MOST_ROWS,
        zone=current_practice().zone,
    )
