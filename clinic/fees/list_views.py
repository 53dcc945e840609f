"""The agreed fee of a client, and the lists of what is open and what is paid."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.booking import queries as booking_queries
from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.database.session import current_actor
from clinic.fees import agreed, queries
from clinic.fees.blueprint import blueprint
from clinic.fees.forms import FeeForm
from clinic.fees.wording import MEANS
from clinic.web.error_pages import sentence
from clinic.web.paging import paged_entities, paged_rows, requested_page
from clinic.web.policies import THERAPIST
from clinic.web.policy import policy


def load_client(client_id: UUID) -> Client:
    """A client of the practice at the front desk, or in the therapist's care, and never oneself. Raises
    NotVisibleError."""
    client = queries.client_with_fee(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


@blueprint.get("/clients/<uuid:client_id>/fee")
@policy("fee.read", load_client)
def fee(client: Client) -> ResponseReturnValue:
    """What they pay for a session of their own."""
    audit.record("fee.read", "client", client.id, client_id=client.id)
    return _fee_page(client, FeeForm.of(client.fee_cents))


@blueprint.post("/clients/<uuid:client_id>/fee")
@policy("fee.update", load_client)
def agree(client: Client) -> ResponseReturnValue:
    """Agree on another fee, from the next booking on."""
    form = FeeForm()
    if not form.validate():
        return _fee_page(client, form), 422
    try:
        agreed.agree(client.id, form.fee.data, seen=form.seen_cents)
    except DomainError as error:
        form.fee.errors = [sentence(error)]
        form.show(client.fee_cents)
        return _fee_page(client, form), error.status
    flash(_("Saved. What is booked already keeps its price."), "success")
    return redirect(url_for("fees.fee", client_id=client.id), 303)


@blueprint.get("/payments")
@policy("payment.list")
def payments() -> ResponseReturnValue:
    """For a client: what is open, and what they have paid, page by page."""
    me, shows_paid = current_user.person_id, request.args.get("show") == "paid"
    now, at = clock.now(), requested_page()
    paid = paged_rows(queries.paid_by(me), at) if shows_paid else None
    own = client_queries.client_of(me)
    return render_template(
        "fees/payments.html",
        open=None if shows_paid else paged_entities(queries.open_of(me, now), at),
        paid=paid,
        fee_cents=own.fee_cents if own else None,
        means_words=MEANS,
        zone=current_user.zone,
    )


@blueprint.get("/unpaid")
@policy("payment.list_all")
def unpaid() -> ResponseReturnValue:
    """For the front desk: every session that is over and not paid, and late fees that may apply."""
    therapists = booking_queries.therapists_at_work()
    chosen = next((each for each in therapists if each.slug == request.args.get("therapist")), None)
    what = request.args.get("what") if request.args.get("what") in {"sessions", "late"} else None
    query = queries.unpaid(clock.now(), chosen.person_id if chosen else None, what)
    return render_template(
        "fees/unpaid.html",
        page=paged_entities(query, requested_page()),
        therapists=therapists,
        kept={"therapist": chosen.slug if chosen else None, "what": what},
    )


def _fee_page(client: Client, form: FeeForm) -> str:
    is_therapist = THERAPIST in current_actor().roles
    return render_template("fees/fee.html", client=client, form=form, is_therapist=is_therapist)
