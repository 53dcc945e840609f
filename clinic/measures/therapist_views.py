"""The therapist's pages: what a client is asked for and how they stand, and one measure over time."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.clients.queries import visible_client
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.zones import wall
from clinic.database.session import current_actor
from clinic.documents.chart import Chart
from clinic.measures import panel, queries, service
from clinic.measures.blueprint import blueprint
from clinic.measures.drawing import Line, scale_chart
from clinic.measures.errors import TooOftenError
from clinic.measures.forms import ScheduleForm
from clinic.measures.models import MeasureSchedule
from clinic.measures.queries import Taken
from clinic.measures.rules import is_flagged, scores
from clinic.measures.wording import CATEGORIES, TONES, rhythm
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.pages import read_blocks
from clinic.questionnaires.rules import Filled
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice

__all__ = ["blueprint"]


@dataclass(frozen=True, slots=True)
class Course:
    """One measure of one client: its key, and how it is called in the version that the address names."""

    client: Client
    key: str
    definition_id: UUID
    title: str


def load_client(client_id: UUID) -> Client:
    """A client in the therapist's care now, and never the therapist themself. Raises NotVisibleError."""
    client = visible_client(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


def load_course(client_id: UUID, definition_id: UUID) -> Course:
    """The same with one measure, of which the address says no more than an id; raises NotVisibleError."""
    client, instrument = load_client(client_id), queries.instrument_of(definition_id)
    return Course(client, instrument.key, definition_id, questionnaires.definition(definition_id).title)


def load_line(client_id: UUID, schedule_id: UUID) -> MeasureSchedule:
    """A live line of that client's list; raises NotVisibleError."""
    return queries.schedule_of(schedule_id, load_client(client_id).id)


@blueprint.get("/clients/<uuid:client_id>/measures")
@policy("measure.read", load_client)
def of_client(client: Client) -> ResponseReturnValue:
    """What this client is asked for, how they stand, and a form for one more."""
    audit.record("measure.list", "client", client.id, client_id=client.id)
    return _page(client, _form(is_sent=False))


@blueprint.post("/clients/<uuid:client_id>/measures")
@policy("measure.schedule", load_client)
def ask(client: Client) -> ResponseReturnValue:
    """Ask the client for one more."""
    form = _form(is_sent=True)
    if not form.validate():
        return _page(client, form), 422
    try:
        service.schedule(
            client.id,
            form.measure.data,
            form.every_days.data or 0,
            form.starts_on.data or _today(clock.now()),
            current_user.person_id,
            clock.now(),
        )
    except DomainError as error:
        field = form.every_days if isinstance(error, TooOftenError) else form.measure
        field.errors = [sentence(error)]
        return _page(client, form), error.status
    flash(_("%(name)s will find it under How I am doing.", name=client.person.given_name), "success")
    return redirect(url_for("measures.of_client", client_id=client.id), code=303)


@blueprint.post("/clients/<uuid:client_id>/measures/<uuid:schedule_id>/stop")
@policy("measure.schedule", load_line)
def stop(line: MeasureSchedule) -> ResponseReturnValue:
    """Ask for it no longer."""
    service.stop(line, current_user.person_id, clock.now())
    flash(_("It is no longer asked for. What was answered stays."), "success")
    return redirect(url_for("measures.of_client", client_id=line.client_id), code=303)


@blueprint.get("/clients/<uuid:client_id>/measures/<uuid:definition_id>")
@policy("measure.read", load_course)
def course(shown: Course) -> ResponseReturnValue:
    """One measure over time, with the partner's line where the therapist cares for both; and the latest answers."""
    client, now = shown.client, clock.now()
    audit.record("measure.read", "client", client.id, client_id=client.id)
    history = _history(client, shown.key)
    latest = history[-1] if history else None
    partner, theirs = queries.partner_in_care(client.id, current_user.person_id, now), []
    if partner is not None and latest is not None:
        theirs = [each for each in _history(partner, shown.key) if each.definition_id == latest.definition_id]
    if partner is not None and theirs:
        audit.record("measure.read", "client", partner.id, client_id=partner.id)
    return render_template(
        "measures/course.html",
        client=client,
        partner=partner if theirs else None,
        title=shown.title,
        instrument=queries.instrument_of(latest.definition_id if latest else shown.definition_id),
        line=next((each for each in panel.overview(client.id) if each.key == shown.key), None),
        charts=_charts(client, history, partner, theirs),
        latest=latest,
        **(_latest_answers(latest) if latest else {}),
        others=len({each.definition_id for each in history}) - 1 if history else 0,
        categories=CATEGORIES,
        tones=TONES,
    )


def _history(client: Client, measure: str) -> list[Taken]:
    """The client's administrations in their open episode; of a couple, each has their own."""
    return queries.taken([client.id], measure)[client.id].get(measure, [])


def _charts(client: Client, history: list[Taken], partner: Client | None, theirs: list[Taken]) -> list[Chart]:
    """One for each scale that has a score."""
    if not history:
        return []
    instrument, charts = queries.instrument_of(history[-1].definition_id), []
    for scale in instrument.scales:
        own = Line(client.person.given_name, panel.series(history, scale))
        other = Line(partner.person.given_name, panel.series(theirs, scale)) if partner and theirs else None
        if own.points:
            charts.append(scale_chart(instrument, scale, own, other))
    return charts


def _latest_answers(latest: Taken) -> dict[str, object]:
    """The answers to read, and the item about safety where it was left open."""
    definition, instrument = (
        questionnaires.definition(latest.definition_id),
        queries.instrument_of(latest.definition_id),
    )
    answers = queries.answered(latest.response_id)
    values = queries.values_of(definition, answers)
    return {
        "blocks": read_blocks(definition, Filled(answers), current_user.zone),
        "flagged": instrument.safety.item if instrument.safety and is_flagged(instrument, values) else None,
        "is_prorated": any(each.is_prorated for each in scores(instrument, values)),
    }


def _form(*, is_sent: bool) -> ScheduleForm:
    offered = {row.key: row.title for row in queries.askable()}
    return ScheduleForm.offering(offered, _today(clock.now()), is_sent=is_sent)


def _today(now: datetime) -> date:
    return wall(now, current_practice().zone).date()


def _page(client: Client, form: ScheduleForm) -> str:
    return render_template(
        "measures/of_client.html",
        client=client,
        form=form,
        asked=queries.of_client(client.id),
        today=_today(clock.now()),
        lines=panel.overview(client.id),
        titles={row.key: row.title for row in queries.askable()},
        rhythm=rhythm,
        categories=CATEGORIES,
        tones=TONES,
        action=ActionForm,
    )
