"""Today for everyone, the caseload of a therapist, and the lists of front desk and owner."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from clinic.booking import queries as booking_queries
from clinic.clients.models import Client
from clinic.clients.queries import carers_named, client_called
from clinic.core import clock
from clinic.core.zones import wall
from clinic.database.session import current_actor
from clinic.desk import changes as changed
from clinic.desk import office
from clinic.desk import today as gather
from clinic.desk.caseload import Filters, caseload
from clinic.desk.forms import SearchForm
from clinic.desk.office import audit_events, people_named
from clinic.homework.queries import adherence_of
from clinic.measures.panel import overviews
from clinic.measures.wording import CATEGORIES, TONES
from clinic.outbox import queries as outbox_queries
from clinic.outbox import service as outbox
from clinic.outbox.models import OutboxMessage
from clinic.practice import queries as practice_queries
from clinic.practice.wording import change_words, modality_words
from clinic.risk import wording as alert_words
from clinic.risk.queries import with_alerts
from clinic.web.forms import ActionForm
from clinic.web.paging import endless_rows, paged_entities, paged_rows, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

_ = lazy_gettext
blueprint = Blueprint("desk", __name__)
MOST_FOUND = 50
CLIENT_STATES = {"active": _("in care"), "enquiry": _("enquiry"), "closed": _("closed")}


@blueprint.get("/today")
@policy("today.read")
def today() -> ResponseReturnValue:
    """The home of everyone who is signed in: what the day holds for them."""
    now, zone = clock.now(), current_practice().zone
    template = "desk/today_client.html" if set(current_user.roles) == {"client"} else "desk/today_staff.html"
    return render_template(
        template,
        now=now,
        hour=wall(now, current_user.zone).hour,
        modality_words=modality_words,
        alert_words=alert_words,
        action=ActionForm,
        **gather.panels(current_user.person_id, current_user.roles, now, zone),
    )


@blueprint.get("/caseload", endpoint="caseload")
@policy("caseload.read")
def list_caseload() -> ResponseReturnValue:
    """Everyone whom the therapist cares for, sorted and filtered as the address says."""
    now = clock.now()
    filters = Filters.from_words(request.args.get("sort"), request.args.get("state"))
    page = paged_rows(caseload(current_user.person_id, filters, now), requested_page())
    columns = [
        _column(_("Client"), "name", filters),
        _("Partner"),
        _column(_("Last session"), "last", filters),
        _column(_("Next session"), "next", filters),
        _("Homework, four weeks"),
        _("Latest measure"),
        _("State"),
    ]
    shown = [row[0].id for row in page.items]
    return render_template(
        "desk/caseload.html",
        page=page,
        filters=filters,
        columns=columns,
        states=CLIENT_STATES,
        adherence=adherence_of(shown, now),
        alerted=with_alerts(shown, current_actor(), now),
        measures=overviews(shown),
        categories=CATEGORIES,
        tones=TONES,
    )


@blueprint.get("/changes")
@policy("change.list")
def changes() -> ResponseReturnValue:
    """What others have changed in the last thirty days, the latest first."""
    now = clock.now()
    query = changed.changes(current_user.person_id, current_user.roles, now - changed.KEPT, now)
    return render_template("desk/changes.html", page=paged_rows(query, requested_page()))


@blueprint.get("/people")
@policy("people.read")
def people() -> ResponseReturnValue:
    """Contact data of every client, for the front desk."""
    page = paged_rows(people_named("", clock.now()), requested_page())
    return render_template("desk/people.html", page=page, form=SearchForm(formdata=None), states=CLIENT_STATES)


@blueprint.post("/people", endpoint="find_people")
@policy("people.read")
def find() -> ResponseReturnValue:
    """The first of those who were looked for: a name in the body stays out of addresses, histories and logs."""
    form = SearchForm()
    page = paged_rows(people_named(form.q.data or "", clock.now()), 1, MOST_FOUND)
    return render_template("desk/people.html", page=page, form=form, states=CLIENT_STATES)


@blueprint.get("/people/<uuid:client_id>")
@policy("people.read", client_called)
def person(client: Client) -> ResponseReturnValue:
    """One client for the front desk: how to reach them, what they come to, and what can be done about it.

    It reads as their own list does: what only their partner is asked, or has answered, does not show.
    """
    now, is_past = clock.now(), request.args.get("show") == "past"
    sessions = booking_queries.past if is_past else booking_queries.ahead
    return render_template(
        "desk/person.html",
        client=client,
        page=paged_entities(sessions(client.person_id, now), requested_page()),
        is_past=is_past,
        carers=carers_named(client.id, now),
        states=CLIENT_STATES,
        zone=current_practice().zone,
        now=now,
    )


@blueprint.get("/undelivered", endpoint="undelivered")
@policy("undelivered.read")
def list_undelivered() -> ResponseReturnValue:
    """Whom to call, since a message did not arrive for sure."""
    page = paged_rows(office.people_to_call(clock.now()), requested_page())
    return render_template("desk/undelivered.html", page=page, form=ActionForm)


@blueprint.post("/undelivered/<uuid:message_id>/dealt-with")
@policy("undelivered.update", outbox_queries.lost_message)
def deal_with(message: OutboxMessage) -> ResponseReturnValue:
    """The person was called, or nothing is to be done: the line leaves the list."""
    outbox.deal_with(message.id, current_user.person_id, clock.now())
    flash(gettext("Thank you. It is off the list."), "success")
    return redirect(url_for("desk.undelivered"), code=303)


@blueprint.get("/practice")
@policy("practice.read")
def practice() -> ResponseReturnValue:
    """What the practice offers, who works here, and how its machinery feels."""
    return render_template(
        "desk/practice.html",
        services=practice_queries.active_services(),
        therapists=practice_queries.all_therapists(),
        rooms=practice_queries.rooms(),
        health=office.health(),
        modality_words=modality_words,
        change_words=change_words,
    )


@blueprint.get("/audit-trail")
@policy("audit.read")
def audit_trail() -> ResponseReturnValue:
    """Who did what, the newest first."""
    page = endless_rows(audit_events(), requested_page())
    return render_template("desk/audit_trail.html", page=page, who_did=office.who_did)


def _column(label: object, sort: str, filters: Filters) -> dict[str, object]:
    """A heading that sorts by itself, and turns the order round when it is pressed again."""
    is_current = filters.sort == sort
    turned = f"-{sort}" if is_current and not filters.is_descending else sort
    direction = ("descending" if filters.is_descending else "ascending") if is_current else None
    return {"label": label, "url": url_for("desk.caseload", sort=turned, state=filters.state), "sort": direction}
