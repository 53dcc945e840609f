"""The lists of what is open and what is paid: a client's own, a therapist's own, and the front desk's of everyone."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import true

from clinic.booking import queries as booking_queries
from clinic.booking.models import Appointment
from clinic.clients import queries as client_queries
from clinic.core import clock
from clinic.fees import queries
from clinic.fees.blueprint import blueprint
from clinic.fees.wording import MEANS
from clinic.web.paging import paged_rows, requested_page
from clinic.web.policies import FRONT_DESK
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
        open=None if shows_paid else paged_rows(queries.open_of(me, now), at),
        paid=paid,
        fee_cents=own.fee_cents if own else None,
        joint_cents=couple.fee_cents if couple else None,
        means_words=MEANS,
        zone=current_user.zone,
    )


@blueprint.get("/unpaid")
@policy("payment.list_all")
def unpaid() -> ResponseReturnValue:
    """Every session that is over and not paid, and late fees that may apply: a therapist's own; the desk's of all."""
    now, is_desk = clock.now(), FRONT_DESK in current_user.roles
    therapists = booking_queries.therapists_at_work() if is_desk else []
    chosen = next((each for each in therapists if each.slug == request.args.get("therapist")), None)
    what = request.args.get("what") if request.args.get("what") in {"sessions", "late"} else None
    if is_desk:
        whose = Appointment.therapist_id == chosen.person_id if chosen else true()
    else:
        whose = booking_queries.given_by(current_user.person_id, now)
    return render_template(
        "fees/unpaid.html",
        page=paged_rows(queries.unpaid(whose, now, what), requested_page()),
        is_desk=is_desk,
        therapists=therapists,
        kept={"therapist": chosen.slug if chosen else None, "what": what},
    )
