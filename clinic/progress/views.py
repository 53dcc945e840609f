"""Pages: the client's "How I am doing" and reports, the therapist's reports and briefs."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts.models import Person
from clinic.booking.models import Appointment
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.core.zones import wall
from clinic.measures import panel
from clinic.measures.wording import CATEGORIES, TONES
from clinic.progress import briefs, drawing, gathering, queries, service, vaulting
from clinic.progress.brief_wording import attendance_line, by_sheet, quantity, standing, suggestion
from clinic.progress.forms import ReleaseForm
from clinic.progress.models import ProgressReport
from clinic.progress.rules import MOST_PULSES, State, is_given_up
from clinic.progress.sealed_brief import Private
from clinic.progress.translation import _
from clinic.progress.wording import month, movement_lines, parts_of, period_of, short_day, title_of
from clinic.web.paging import paged_rows, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("progress", __name__)


def _for_review(report_id: UUID) -> ProgressReport:
    """A loader: the report while I care for its client."""
    return queries.report_in_care(report_id, current_user.person_id, clock.now())


def _appointment(appointment_id: UUID) -> Appointment:
    """A loader: the appointment while I care for everyone in it."""
    return queries.appointment_in_care(appointment_id, current_user.person_id, clock.now())


@blueprint.get("/progress")
@policy("progress.read", lambda: queries.own_client(current_user.person_id))
def mine(client: Client) -> ResponseReturnValue:
    """How I am doing: the what I am asked, the reports that were given to me, my pulse and my wheel."""
    began = queries.episode_began(client.id)
    zone = current_user.zone
    pulses = gathering.pulses(client.id, began, zone)[-MOST_PULSES:] if began else []
    wheels = gathering.wheels(client.id, began, zone) if began else []
    charts = [drawing.pulse_of(pulses, short_day)] if pulses else []
    if wheels:
        charts.append(drawing.wheel_chart([wheels[0], wheels[-1]] if len(wheels) > 1 else wheels))
    due, moved = panel.of_client(client.id, wall(clock.now(), current_practice().zone).date())
    return render_template(
        "progress/mine.html",
        reports=queries.own_released(client.id),
        charts=charts,
        month=month,
        due=due,
        moved=moved,
    )


@blueprint.get("/progress/reports/<uuid:report_id>")
@policy("report.read", lambda report_id: queries.report_of_reader(report_id, current_user.person_id))
def report(report: ProgressReport) -> ResponseReturnValue:
    """One report, as its client reads it."""
    service.opened_by_reader(report, clock.now())
    return render_template("progress/report.html", report=report, **_told(report, current_user.zone))


@blueprint.get("/progress/reports/<uuid:report_id>/pdf")
@policy("report.download", lambda report_id: queries.report_of_reader(report_id, current_user.person_id))
def download(report: ProgressReport) -> ResponseReturnValue:
    """The stored PDF; until the worker has made it, or where it cannot, back to the page."""
    content = vaulting.pdf_of(report)
    if content is None:
        if is_given_up(report.paper_attempts, report.tried_at, clock.now()):
            flash(_("We could not make the PDF. This page has everything in it, and the practice knows."), "error")
        else:
            flash(_("The PDF is being made. Please try again in a minute."), "news")
        return redirect(url_for("progress.report", report_id=report.id), 303)
    service.opened_by_reader(report, clock.now())
    name = f"report-{report.period_start_on:%Y-%m}.pdf"
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.get("/reports")
@policy("report.list")
def reports() -> ResponseReturnValue:
    """The reports of my clients, what waits for release first."""
    page = paged_rows(queries.reports_in_care(current_user.person_id, clock.now()), requested_page())
    return render_template(
        "progress/reports.html", page=page, month=month, page_url=lambda at: url_for("progress.reports", page=at)
    )


@blueprint.get("/reports/<uuid:report_id>")
@policy("report.review", _for_review)
def review(report: ProgressReport) -> ResponseReturnValue:
    """One report as its client will see it, with what I can add or hold back."""
    service.opened_by_therapist(report)
    return _review_page(report, ReleaseForm(data=_kept(report)))


@blueprint.post("/reports/<uuid:report_id>")
@policy("report.release", _for_review)
def release(report: ProgressReport) -> ResponseReturnValue:
    """Release the report, or keep the note and what is held back for later."""
    form = ReleaseForm()
    form.offer(_offered(report))
    if not form.validate():
        return _review_page(report, form), 422
    act = service.release if request.form.get("act") == "release" else service.keep
    given = form.held_back.data or []
    try:
        act(report, current_user.person_id, form.note.data or "", given, clock.now())
    except DomainError as error:
        if error.status == 404:
            raise
        form.form_errors = [_(error.message, **error.values)]
        return _review_page(report, form), error.status
    if act is service.keep:
        flash(_("Kept. It is not released yet."), "good")
        return redirect(url_for("progress.review", report_id=report.id), 303)
    flash(_("Released. %(name)s gets word of it.", name=report.client.person.given_name), "good")
    return redirect(url_for("progress.reports"), 303)


@blueprint.get("/briefs/<uuid:appointment_id>")
@policy("brief.read", _appointment)
def brief(appointment: Appointment) -> ResponseReturnValue:
    """The brief before one appointment: a joint page, and a you-only page that is not printed by default."""
    zone, found = current_practice().zone, queries.brief_of(appointment.id)
    if found is None:
        return render_template("progress/no_brief.html", appointment=appointment, zone=zone)
    briefs.opened(found)
    clients = [part.client for part in found.parts]
    made = vaulting.joint_of(found, vaulting.owner_of(appointment, [client.id for client in clients]))
    measures = panel.overviews([client.id for client in clients])
    joint = briefs.as_it_stands(made, found, appointment, zone)
    return render_template(
        "progress/brief.html",
        appointment=appointment,
        brief=found,
        zone=zone,
        names=[client.person.name for client in clients],
        joint=joint,
        joint_agenda=[suggestion(item) for item in joint.agenda],
        joint_sheets=by_sheet(joint.sayings),
        joint_moved=movement_lines(joint.moved),
        privates=[
            {"client": part.client, "measures": measures[part.client_id]}
            | _private(part.client.person, vaulting.private_of(part))
            for part in found.parts
        ],
        categories=CATEGORIES,
        tones=TONES,
        day=short_day,
        with_private=request.args.get("print") == "all",
    )


def _kept(report: ProgressReport) -> dict[str, object]:
    """What the form holds when the page opens."""
    return {"note": vaulting.note_of(report), "held_back": report.held_back} if report.body else {}


def _offered(report: ProgressReport) -> list[tuple[str, str]]:
    """The parts that can be held back, with their names; none before the report is prepared."""
    if report.body is None:
        return []
    parts = parts_of(vaulting.body_of(report), report.client.person.zone)
    quotes = [(quote.key, _("“%(said)s”", said=quote.said[:60])) for part in parts for quote in part.quotes]
    return [*((part.key, part.title) for part in parts), *quotes]


def _told(report: ProgressReport, zone: str) -> dict[str, object]:
    """What the template of a report needs: all of it in words."""
    body = vaulting.body_of(report)
    return {
        "title": title_of(body),
        "period": period_of(body),
        "parts_of_report": parts_of(body, zone, report.held_back),
        "note": vaulting.note_of(report),
        "author": queries.name_of(report.released_by),
    }


def _review_page(report: ProgressReport, form: ReleaseForm) -> str:
    form.offer(_offered(report))
    told = _told(report, report.client.person.zone) if report.body else {}
    may_release = report.state == State.PREPARED and queries.may_release(
        report.client_id, current_user.person_id, clock.now()
    )
    return render_template("progress/review.html", report=report, form=form, may_release=may_release, **told)


def _private(person: Person, page: Private) -> dict[str, object]:
    """One you-only page in words."""
    return {
        "name": person.given_name,
        "attendance": attendance_line(page.attendance),
        "work": [(work, quantity(work), standing(work)) for work in page.work],
        "sheets": by_sheet(page.sayings),
        "moved": movement_lines(page.moved),
        "charts": [drawing.pulse_of(page.pulses, short_day, f"pulse-{person.id}")] if page.pulses else [],
        "agenda": [suggestion(item) for item in page.agenda],
    }
