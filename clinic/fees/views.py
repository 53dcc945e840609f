"""Pages of money: a session's payment and the receipt of it."""

from uuid import UUID

from flask import Response, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.audit import service as audit
from clinic.booking import moving
from clinic.booking import queries as booking_queries
from clinic.booking.doors import desk_door, door_of
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.ids import parse_id
from clinic.database.session import current_actor
from clinic.fees import panel, printing, queries, service, waiving
from clinic.fees.blueprint import blueprint
from clinic.fees.errors import PaidInFutureError, PaidLongAgoError
from clinic.fees.forms import PaymentForm, SeenForm, WaiverForm
from clinic.fees.models import Receipt
from clinic.fees.service import Paid
from clinic.web.error_pages import sentence
from clinic.web.policies import FRONT_DESK
from clinic.web.policy import policy


def load_handled(appointment_id: UUID) -> Appointment:
    """A session whose money this person handles: any at the front desk, a therapist's own while they care for who
    comes, and never one that they attend themself. Raises NotVisibleError."""
    if FRONT_DESK in current_actor().roles:
        appointment = booking_queries.appointment_shown(appointment_id)
    else:
        appointment = booking_queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    if not panel.payers_of(appointment, _door(appointment)):
        raise NotVisibleError
    return appointment


@blueprint.post("/sessions/<uuid:appointment_id>/payment")
@policy("payment.update", load_handled)
def note_payment(appointment: Appointment) -> ResponseReturnValue:
    """Note who paid, by what and when."""
    door = _door(appointment)
    form = panel.payment_form(panel.payers_of(appointment, door), 0)
    client_id = parse_id(form.payer.data or "")
    if not form.validate() or client_id is None or form.paid_on.data is None:
        return _payment_page(appointment, door, form), 422
    paid = Paid(client_id, form.means.data, form.paid_on.data)
    try:
        service.note_payment(appointment, paid, seen=form.seen_number, by=current_user.person_id, now=clock.now())
        flash(_("Noted. The receipt is ready in a moment."), "success")
    except (PaidInFutureError, PaidLongAgoError) as error:
        form.paid_on.errors = [sentence(error)]
        return _payment_page(appointment, door, form), error.status
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


@blueprint.post("/sessions/<uuid:appointment_id>/payment/undo")
@policy("payment.update", load_handled)
def undo_payment(appointment: Appointment) -> ResponseReturnValue:
    """Take back the payment that was noted."""
    form = SeenForm()
    if form.validate():
        try:
            service.undo_payment(appointment, seen=form.seen_number, by=current_user.person_id, now=clock.now())
            flash(_("Taken back. Its receipt is void; please ask for it back if it was handed out."), "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return redirect(_door(appointment).url("session"), 303)


def load_given(appointment_id: UUID) -> Appointment:
    """A session that this therapist gives to who is in their care. Raises NotVisibleError for anyone else."""
    appointment = load_handled(appointment_id)
    if appointment.therapist_id != current_user.person_id:
        raise NotVisibleError
    return appointment


@blueprint.post("/sessions/<uuid:appointment_id>/waiver")
@policy("late_fee.waive", load_given)
def waive(appointment: Appointment) -> ResponseReturnValue:
    """Waive the fee of a late cancellation."""
    door, form = door_of(appointment), WaiverForm()
    if not form.validate():
        words = moving.words_of(appointment, door, clock.now())
        return render_template("fees/waiver.html", **words, form=form), 422
    try:
        waiving.waive(
            appointment, form.reason.data or "", seen=form.seen_number, by=current_user.person_id, now=clock.now()
        )
        flash(_("Waived. Everybody else sees only that it is."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


@blueprint.post("/sessions/<uuid:appointment_id>/waiver/undo")
@policy("late_fee.waive", load_given)
def undo_waiver(appointment: Appointment) -> ResponseReturnValue:
    """Take back the waiver that the page has shown."""
    form = SeenForm()
    if form.validate():
        try:
            waiving.take_back(appointment, seen=form.seen_number, by=current_user.person_id, now=clock.now())
            flash(_("Taken back. The fee may apply again."), "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return redirect(door_of(appointment).url("session"), 303)


def load_receipt(payment_id: UUID) -> Receipt:
    """A receipt that this person may have. Raises NotVisibleError."""
    return queries.receipt_for(current_actor(), payment_id, clock.now())


@blueprint.get("/receipts/<uuid:payment_id>")
@policy("receipt.read", load_receipt)
def receipt(shown: Receipt) -> ResponseReturnValue:
    """The paper; until the worker has made it, back to the session."""
    content = printing.paper_of(shown)
    if content is None:
        flash(_("The receipt is being made. Please try again in a moment."), "news")
        appointment = booking_queries.appointment_shown(shown.payment.appointment_id)
        return redirect(_door(appointment).url("session"), 303)
    audit.record("receipt.read", "payment", shown.payment_id, client_id=shown.payment.client_id)
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": 'attachment; filename="receipt.pdf"'}
    )


def _door(appointment: Appointment) -> Door:
    """Who gives or attends a session comes as that, and the front desk to all others."""
    concerned = {appointment.therapist_id, *(each.client.person_id for each in appointment.attendees)}
    is_at_desk = FRONT_DESK in current_actor().roles and current_user.person_id not in concerned
    return desk_door(appointment) if is_at_desk else door_of(appointment)


def _payment_page(appointment: Appointment, door: Door, form: PaymentForm) -> str:
    words = moving.words_of(appointment, door, clock.now())
    return render_template("fees/payment.html", **words, form=form, money=panel.money_of(appointment, door))
