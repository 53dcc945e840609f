"""Join the list, take what is offered, give it back: each within the caller's transaction.

Locks come in one order: the wish, its offer, then what booking locks. Nobody who has the last wants the first.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from clinic.audit import service as audit
from clinic.booking import schedule
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.booking.service import confirm
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.practice.models import Service
from clinic.practice.queries import the_practice
from clinic.waitlist.errors import AlreadyWaitingError, OfferOverError
from clinic.waitlist.models import Offer, Waiting
from clinic.waitlist.queries import Possible, possible

OFFERED: Final = "waiting.offered"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What suits who waits, on their own wall clock; None is any, or for as long as it takes."""

    weekdays: tuple[int, ...]
    dayparts: tuple[str, ...]
    therapist_id: UUID | None = None
    modality: str | None = None
    until: date | None = None


def join(client_id: UUID, service_id: UUID, wanted: Preferences, *, by: UUID, now: datetime) -> Waiting:
    """Begin to wait, behind who waits already. Raises AlreadyWaitingError where the client waits for that service."""
    waiting = Waiting(
        id=new_id(),
        client_id=client_id,
        service_id=service_id,
        therapist_id=wanted.therapist_id,
        modality=wanted.modality,
        weekdays=[*wanted.weekdays],
        dayparts=[*wanted.dayparts],
        since=now,
        until=wanted.until,
        created_by=by,
    )
    try:
        with db.session.begin_nested():
            db.session.add(waiting)
    except IntegrityError as error:
        if is_about(error, "uq_waiting_live"):
            raise AlreadyWaitingError from error
        raise
    audit.record("waiting.join", "waiting", waiting.id, client_id=client_id)
    return waiting


def take(offer_id: UUID, *, by: UUID, now: datetime) -> Appointment:
    """Book what is kept; a partner is asked where it is for two. Pressed again, it is the same appointment.

    Who has to wait for a yes keeps their turn until it comes. Raises OfferOverError, and what booking raises.
    """
    with db.session.begin_nested():
        waiting, offer = locked_with_offer(offer_id)
        if offer.state == "taken":
            return db.session.get_one(Appointment, offer.hold_id)
        how = stands(offer, waiting, now) if offer.state == "open" and now < offer.expires_at else None
        if how is None:
            raise OfferOverError
        held = db.session.get(Appointment, offer.hold_id, populate_existing=True)
        if held is None:  # it ran out this moment, and somebody has the time
            raise OfferOverError
        booked = confirm(held, [waiting.client_id], by=by, now=now, together=how.together)
        # Only now: who keeps the same time for another waits for a change of this row, and booking for their locks.
        offer.state, offer.settled_at = "taken", now
        outbox.skip(offer_id, now=now, reason="taken")
        if booked.state == State.CONFIRMED:
            waiting.ended_at, waiting.why = now, "taken"
        audit.record("offer.take", "offer", offer_id, client_id=waiting.client_id)
    return booked


def stands(offer: Offer, waiting: Waiting, now: datetime) -> Possible | None:
    """How the client may have what is kept for them; None once it is not to be had, whatever the offer's row says.

    The notice is that of the moment at which it was offered; hours, leave and holidays may have changed since.
    """
    chosen, practice = db.session.get_one(Service, waiting.service_id), the_practice()
    client = db.session.get_one(Client, waiting.client_id)
    how = possible(chosen, waiting.client_id, now, offer.therapist_id) if client.state != "closed" else None
    is_held = db.session.scalar(
        select(exists().where(Appointment.id == offer.hold_id, Appointment.state == State.HELD))
    )
    if not is_held or practice is None or how is None:
        return None
    is_offered = offer.therapist_id in {each.person_id for each in how.therapists} and schedule.is_offered(
        chosen,
        offer.therapist_id,
        offer.starts_at,
        zone=practice.zone,
        now=offer.offered_at,
        ignoring=[offer.hold_id],
    )
    return how if is_offered else None


def settle(offer: Offer, state: str, now: datetime) -> None:
    """End an open offer, whose wish the caller has locked, and give back its time."""
    offer.state, offer.settled_at = state, now
    outbox.skip(offer.id, now=now, reason=state)
    # The hold runs out; whoever needs its time clears it, with the locks that belong to that. To delete it here would
    # let them wait for us inside the constraint while we wait for their locks. A row that somebody has is theirs.
    held = select(Appointment.id).where(Appointment.id == offer.hold_id, Appointment.state == State.HELD)
    free = db.session.scalars(held.with_for_update(skip_locked=True)).all()
    db.session.execute(
        update(Appointment).where(Appointment.id.in_(free), Appointment.held_until > now).values(held_until=now)
    )
    db.session.flush()


def locked(waiting_id: UUID) -> Waiting:
    """The wish as it stands, locked until the transaction ends."""
    query = select(Waiting).where(Waiting.id == waiting_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def locked_with_offer(offer_id: UUID) -> tuple[Waiting, Offer]:
    """A wish and its offer as they stand, locked in this order."""
    waiting = locked(db.session.get_one(Offer, offer_id).waiting_id)
    query = select(Offer).where(Offer.id == offer_id).with_for_update()
    return waiting, db.session.scalars(query.execution_options(populate_existing=True)).one()


def is_about(error: IntegrityError, *indexes: str) -> bool:
    """True where one of these unique indexes has refused."""
    return isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name in indexes
