"""The money for one session on its page: what is due, whether it is paid, and what staff can note about it."""

from dataclasses import dataclass
from uuid import UUID

from flask_login import current_user

from clinic.booking import queries as booking_queries
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.core import clock, zones
from clinic.fees import queries, rules, waiving
from clinic.fees.forms import PaymentForm, SeenForm, WaiverForm
from clinic.fees.models import Payment
from clinic.fees.wording import MEANS
from clinic.web.shell import current_practice


@dataclass(frozen=True, slots=True)
class Money:
    """`payment` is told to staff and to who paid; a partner who came along sees only that it is paid.

    Of `due_cents`, a late change may cost `late_fee_cents`; the therapist can waive `waivable_cents`, and `reason` is
    told to them alone, while everybody else sees that it is waived.
    """

    due_cents: int
    currency: str
    is_paid: bool
    payment: Payment | None
    late_fee_cents: int = 0
    waivable_cents: int = 0
    is_waived: bool = False
    reason: str = ""
    form: PaymentForm | None = None
    undo: SeenForm | None = None
    waiver: WaiverForm | None = None
    undo_waiver: SeenForm | None = None


def money_panel(appointment: Appointment, door: Door) -> dict[str, object]:
    """`money` and its words for the page of a session."""
    return {"money": money_of(appointment, door), "means_words": MEANS}


def money_of(appointment: Appointment, door: Door) -> Money:
    """The money for a session as who came through this door may see it."""
    last = queries.latest_row(appointment.id)
    number = last.number if last else 0
    is_paid, owed = rules.stands(number), queries.due_for(appointment)
    payment = last if is_paid else None
    if payment and not door.is_staff and payment.client.person_id != current_user.person_id:
        payment = None
    payers = payers_of(appointment, door)
    form = payment_form(payers, number) if payers and owed.cents and not is_paid else None
    undo = SeenForm.showing(number) if payers and is_paid else None
    by_therapist, is_waived = _is_therapist(door), owed.is_waived
    can_waive = bool(owed.waivable_cents and payers and by_therapist)
    waiver = queries.latest_waiver(appointment.id) if can_waive else None
    waivers = waiver.number if waiver else 0
    return Money(
        owed.cents,
        appointment.currency,
        is_paid,
        payment,
        late_fee_cents=rules.late_fee_due(appointment.state, appointment.late_fee_cents),
        waivable_cents=owed.waivable_cents,
        is_waived=is_waived,
        reason=waiving.reason_of(appointment) if is_waived and by_therapist else "",
        form=form,
        undo=undo,
        waiver=WaiverForm.showing(waivers) if form and can_waive and not is_waived else None,
        undo_waiver=SeenForm.showing(waivers) if is_waived and can_waive else None,
    )


def _is_therapist(door: Door) -> bool:
    return door.is_staff and not door.is_desk


def payment_form(payers: dict[UUID, str], seen: int) -> PaymentForm:
    """The form, for today on the practice's clocks."""
    today = zones.wall(clock.now(), current_practice().zone).date()
    return PaymentForm.of(payers, seen, today)


def payers_of(appointment: Appointment, door: Door) -> dict[UUID, str]:
    """Who may have paid, by name: for a therapist who is in their care, and for nobody what they pay themself."""
    if not door.is_staff or door.by in {each.client.person_id for each in appointment.attendees}:
        return {}
    cared_for = None if door.is_desk else booking_queries.in_care_at(appointment, clock.now())
    return {
        each.client_id: each.client.person.name
        for each in appointment.attendees
        if cared_for is None or each.client_id in cared_for
    }
