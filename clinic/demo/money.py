"""What was paid: most of the past, by card or otherwise, with receipts; some is open, and one late fee is waived."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.queries import shown
from clinic.booking.wishes import Wish
from clinic.clients.models import Client, Couple
from clinic.core.ids import new_id
from clinic.core.zones import moment, wall
from clinic.demo.caseload import Caseload, ClientSketch
from clinic.demo.practice import CURRENCY, ZONE, Ground
from clinic.fees import rules, waiving
from clinic.fees.models import Payment, Receipt
from clinic.practice.models import Practice

ALICE_AND_BOB, OTHERS = 0, 4  # couples, both of them Dana's
LATE_FEE, OWN_FEE, JOINT_FEE = 70_00, 120_00, 180_00
EVENING = time(17, 30)  # when nobody has a standing session
MEANS = ("card", "card", "card", "cash", "transfer", "check")
OPEN_SHARE = 3  # of so many clients or couples, one has yet to pay for the last time
WHY = "Her mother had fallen, and she was on the way to the hospital."


def take_money(session: Session, ground: Ground, caseload: Caseload, now: datetime, today: date) -> None:
    """Note what was paid at the desk, agree on fees, and cancel two sessions late."""
    couple = caseload.members(ALICE_AND_BOB)
    _take_payments(session, ground, frozenset(each.id for each in couple), now)
    alice, other = couple[0], caseload.members(OTHERS)[0]
    session.get_one(Client, alice.id).fee_cents = OWN_FEE
    session.get_one(Couple, caseload.couples[ALICE_AND_BOB]).fee_cents = JOINT_FEE
    ground.services["individual-session"].late_fee_cents = LATE_FEE
    session.flush()
    late = _cancel_late(ground, alice, moment(today - timedelta(days=14), EVENING, ZONE), now)
    _cancel_late(ground, other, moment(today, EVENING, ZONE), now)
    shown_late = session.scalars(select(Appointment).where(Appointment.id == late.id).options(*shown())).one()
    waiving.waive(shown_late, WHY, seen=0, by=late.therapist_id, now=now - timedelta(days=13))


def _cancel_late(ground: Ground, client: ClientSketch, starts_at: datetime, now: datetime) -> Appointment:
    """A session that its client cancelled some hours before; one of this evening, so that Today tells of it."""
    service, dana = ground.services["individual-session"], ground.therapists[client.therapist]
    wish = Wish(service, dana, starts_at, "video", ZONE, CURRENCY)
    booked = booking.book(wish, [client.id], by=dana, now=starts_at - timedelta(days=10), is_told=False)
    late = min(now, starts_at - timedelta(hours=5))
    return booking.cancel(booked, by=client.person_id, now=late, is_told=False, is_alerted=False)


def _take_payments(session: Session, ground: Ground, late: frozenset[UUID], now: datetime) -> None:
    """As the desk would, right after each session; what is open is the last one of some, these among them."""
    chance = Random(1925)  # noqa: S311 -- the same practice every time is the point
    practice = session.scalars(select(Practice)).one()
    payments, receipts = [], []
    for appointment in _paid_for(session, late, now):
        payer, noted_at = chance.choice(appointment.attendees).client, appointment.ends_at + timedelta(minutes=5)
        payment = {
            "id": new_id(),
            "appointment_id": appointment.id,
            "number": 1,
            "kind": "paid",
            "client_id": payer.id,
            "amount_cents": appointment.price_cents,
            "currency": appointment.currency,
            "means": chance.choice(MEANS),
            "paid_on": wall(appointment.ends_at, ZONE).date(),
            "noted_at": noted_at,
            "noted_by": ground.desk,
        }
        payments.append(payment)
        receipts.append(
            {
                "number": rules.receipt_number(chance.choice),
                "payment_id": payment["id"],
                "payer_name": payer.person.name,
                "practice_name": practice.name,
                "practice_address": practice.address,
                "made_at": noted_at,
            }
        )
    session.execute(insert(Payment), payments)
    session.execute(insert(Receipt), receipts)


def _paid_for(session: Session, late: frozenset[UUID], now: datetime) -> Iterator[Appointment]:
    """The sessions that are over, but for the last one of these and of every third client or couple."""
    over = select(Appointment).where(Appointment.state == "confirmed", Appointment.ends_at < now - timedelta(hours=1))
    seen: set[frozenset[UUID]] = set()
    for appointment in session.scalars(over.order_by(Appointment.starts_at.desc(), Appointment.id).options(*shown())):
        who = frozenset(each.client_id for each in appointment.attendees)
        is_open = who not in seen and (who == late or len(seen) % OPEN_SHARE == 0)
        seen.add(who)
        if not is_open:
            yield appointment
