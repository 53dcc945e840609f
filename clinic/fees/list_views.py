"""The lists of what is open and what is paid, for a client and for the front desk."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.booking import queries as booking_queries
from clinic.clients import queries as client_queries
from clinic.core import clock
from clinic.fees import queries
from clinic.fees.blueprint import blueprint
from clinic.fees.wording import MEANS
from clinic.web.paging import paged_entities, paged_rows, requested_page
from clinic.web.policy import policy


@blueprint.get("/payments")
@policy("payment.list")
def payments() -> ResponseReturnValue:
    """For a client: what is open, and what they have paid, page by page."""
    me, shows_paid = current_user.person_id, request.args.get("show") == "paid"
    now, at = clock.now(), requested_page()
    paid = paged_rows(queries.paid_by(me), at) if shows_paid else None
    own = client_queries.client_of(me)
    couple = client_queries.active_couple_of(own.id) if own else None
    return render_template(
        "fees/payments.html",
        open=None if shows_paid else paged_entities(queries.open_of(me, now), at),
        paid=paid,
        fee_cents=own.fee_cents if own else None,
        joint_cents=couple.fee_cents if couple else None,
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
