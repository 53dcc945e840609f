"""Offer times that are free to who waits: one person after another, in the order in which they came.

A time that somebody lets go is kept for the next in the same transaction, so that nobody outside the list gets between
them; whatever else becomes free is found by the job, which `clinic.booking.freed` wakes. Each of its steps has a
transaction of its own, so that nobody waits for the whole list. Times are held as booking holds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from clinic.audit import service as audit
from clinic.booking import holds, schedule
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.rules import State
from clinic.booking.slots import first_available
from clinic.booking.wishes import Wish
from clinic.clients.models import Client
from clinic.clients.queries import active_couple_of
from clinic.core import zones
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outbox import service as outbox
from clinic.practice.models import Practice, Service
from clinic.practice.queries import terms_with, the_practice
from clinic.waitlist import rules, service
from clinic.waitlist.errors import OfferOverError
from clinic.waitlist.models import Offer, Waiting
from clinic.waitlist.queries import Possible, possible

ACTOR: Final = Actor.worker("offer-free-times")
ONE_AT_A_TIME: Final = ("uq_offer_open_client", "uq_offer_open_slot")


@dataclass(frozen=True, slots=True)
class Chance:
    """A free time that suits, and until when its client may take it."""

    wish: Wish
    until: datetime


def offer_free_times(now: datetime) -> None:
    """End what is over, then offer what is free. Opens its own transactions; a second run finds nothing to do."""
    with transaction(ACTOR):
        everyone = db.session.scalars(_in_order()).all()
    for waiting_id in everyone:
        with transaction(ACTOR):
            end_what_is_over(waiting_id, now)
    with transaction(ACTOR):
        waiting_ids = db.session.scalars(_in_order(*_may_be_asked())).all()
    for waiting_id in waiting_ids:
        with transaction(ACTOR):
            offer_to(waiting_id, now)


def end_what_is_over(waiting_id: UUID, now: datetime) -> None:
    """Take a wish off the list that nobody has any more; pass on what was offered to it and not answered in time."""
    waiting = _locked_unless_busy(waiting_id)
    if waiting is None or waiting.ended_at is not None:
        return
    if why := _why_over(waiting, now):
        leave(waiting_id, why, now=now)
        return
    offer = _open_offer_of(waiting_id)
    if offer is not None and offer.expires_at <= now:
        service.settle(offer, "expired", now)  # the next run of the job offers it on, with locks taken in their order
    elif offer is not None and service.stands(offer, waiting, now) is None:
        _settle_for_next(offer, "withdrawn", now)


def leave(waiting_id: UUID, why: str, *, now: datetime) -> None:
    """Wait no more; what is kept for this wish goes to the next at once. Leaving again changes nothing."""
    waiting = service.locked(waiting_id)
    if waiting.ended_at is not None:
        return
    waiting.ended_at, waiting.why = now, why
    audit.record("waiting.leave", "waiting", waiting_id, client_id=waiting.client_id, detail=why)
    db.session.flush()
    if (offer := _open_offer_of(waiting_id)) is not None:
        _settle_for_next(offer, "withdrawn", now)


def pass_on(offer_id: UUID, *, now: datetime) -> None:
    """Let the next one have it at once, and stay on the list. Once more changes nothing. Raises OfferOverError."""
    waiting, offer = service.locked_with_offer(offer_id)
    if offer.state == "passed":
        return
    if offer.state != "open" or offer.expires_at <= now:
        raise OfferOverError
    audit.record("offer.pass", "offer", offer_id, client_id=waiting.client_id)
    _settle_for_next(offer, "passed", now)


def offer_to(waiting_id: UUID, now: datetime, freed: Offer | None = None) -> Offer | None:
    """Keep the first free time that suits this wish, or just what was `freed`, and tell its client; None without one.

    A wish that somebody else is changing this moment is left alone: to wait for it could stop both.
    """
    waiting, practice = _locked_unless_busy(waiting_id), the_practice()
    is_next = db.session.scalar(_in_order(*_may_be_asked(), Waiting.id == waiting_id)) is not None
    if waiting is None or practice is None or not is_next:
        return None
    client = db.session.get_one(Client, waiting.client_id, options=[joinedload(Client.person)])
    how = possible(db.session.get_one(Service, waiting.service_id), waiting.client_id, now)
    chance = _first_that_suits(waiting, how, practice, client.person.zone, now, freed) if how else None
    if chance is None:
        return None
    try:
        with db.session.begin_nested():
            offer = _keep(waiting, chance, now)
    except SlotTaken:
        return None
    except IntegrityError as error:
        if service.is_about(error, *ONE_AT_A_TIME):  # somebody else was quicker with this client or this time
            return None
        raise
    outbox.queue(service.OFFERED, offer.id, offer.starts_at, client.person_id, now=now)
    return offer


def _keep(waiting: Waiting, chance: Chance, now: datetime) -> Offer:
    """Hold the time for the client as booking does, for as long as they may answer. Raises SlotTaken."""
    offer_id = new_id()
    held = holds.hold(chance.wish, holds.Browser(offer_id.bytes), now=now, client_ids=[waiting.client_id])
    if _is_offered_still(held, waiting.client_id):
        raise SlotTaken
    held.held_until = chance.until
    offer = Offer(
        id=offer_id,
        waiting_id=waiting.id,
        client_id=waiting.client_id,
        hold_id=held.id,
        therapist_id=held.therapist_id,
        modality=held.modality,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        offered_at=now,
        expires_at=chance.until,
        state="open",
    )
    db.session.add(offer)
    db.session.flush()
    return offer


def _is_offered_still(held: Appointment, client_id: UUID) -> bool:
    """Whether this time, or anything to this client, is still offered, for all that this transaction can see.

    Somebody may be ending that offer this moment, and want our locks next: to insert beside it would wait for them.
    """
    is_same_time = (Offer.therapist_id == held.therapist_id) & (Offer.starts_at == held.starts_at)
    query = select(Offer.id).where(Offer.state == "open", is_same_time | (Offer.client_id == client_id))
    return db.session.scalar(query.limit(1)) is not None


def _settle_for_next(offer: Offer, state: str, now: datetime) -> None:
    """End an offer, and keep its time for the first in the order whom it suits."""
    service.settle(offer, state, now)
    service_id = db.session.get_one(Waiting, offer.waiting_id).service_id
    for waiting_id in db.session.scalars(_in_order(*_may_be_asked(), Waiting.service_id == service_id)).all():
        if offer_to(waiting_id, now, freed=offer) is not None:
            return


def _first_that_suits(
    waiting: Waiting, how: Possible, practice: Practice, zone: str, now: datetime, freed: Offer | None
) -> Chance | None:
    """The earliest free time that was wished for, was not let go before, and leaves its client time to answer.

    Only the client's own time counts, also for a session for two: what the partner has plays no part.
    """
    therapists = [
        each.person_id
        for each in how.therapists
        if waiting.therapist_id in (None, each.person_id) and (freed is None or freed.therapist_id == each.person_id)
    ]
    between = Interval(now, now + timedelta(days=how.service.horizon_days + 2))
    if freed is not None:
        between = Interval(freed.starts_at, freed.starts_at + timedelta(seconds=1))
    notice, offered = timedelta(minutes=how.service.notice_minutes), _offered_before(waiting.id)
    terms = terms_with(how.service, therapists)
    found: list[Chance] = []
    for modality in [waiting.modality] if waiting.modality else how.service.modalities:
        starts = schedule.starts_by_therapist(
            how.service,
            modality,
            terms,
            between,
            zone=practice.zone,
            now=now,
            client_ids=[waiting.client_id],
        )
        for start, therapist_id in first_available(starts):
            if not rules.fits(start, zone, waiting.weekdays, waiting.dayparts, waiting.until):
                continue
            wish = Wish(how.service, therapist_id, start, modality, practice.zone, practice.currency)
            until = rules.answer_until(now, start - notice, zone)
            if until is not None and not any(each.overlaps(Interval(start, wish.ends_at)) for each in offered):
                found.append(Chance(wish, until))
                break
    return min(found, key=lambda chance: chance.wish.starts_at, default=None)


def _offered_before(waiting_id: UUID) -> list[Interval]:
    """The times of which this wish has had the offer: let go, or taken and not agreed to. None of them comes again."""
    query = select(Offer.starts_at, Offer.ends_at)
    rows = db.session.execute(query.where(Offer.waiting_id == waiting_id, Offer.state.not_in(("open", "withdrawn"))))
    return [Interval(start, end) for start, end in rows]


def _why_over(waiting: Waiting, now: datetime) -> str | None:
    """Why nobody waits there any more, if so: closed, the last day is over, or they got one in another way."""
    client = db.session.get_one(Client, waiting.client_id, options=[joinedload(Client.person)])
    chosen = db.session.get_one(Service, waiting.service_id)
    if client.state == "closed":
        return "closed"
    if waiting.until is not None and waiting.until < zones.wall(now, client.person.zone).date():
        return "over"
    if chosen.attends == "couple" and active_couple_of(client.id) is None:
        return "over"
    got = exists().where(
        _attends(waiting.client_id, waiting.service_id),
        Appointment.state == State.CONFIRMED,
        AppointmentEvent.appointment_id == Appointment.id,
        AppointmentEvent.kind.in_(("booked", "accepted")),
        AppointmentEvent.at > waiting.since,
    )
    return "booked" if db.session.scalar(select(got)) else None


def _in_order(*conditions: ColumnElement[bool]) -> Select[UUID]:
    """Who waits, the longest first."""
    query = select(Waiting.id).where(Waiting.ended_at.is_(None), *conditions)
    return query.order_by(Waiting.since, Waiting.id)


def _may_be_asked() -> Sequence[ColumnElement[bool]]:
    """That nothing is offered to the client, and that no request of theirs for the same waits for its answer."""
    is_offered = exists().where(Offer.client_id == Waiting.client_id, Offer.state == "open")
    has_asked = exists().where(_attends(Waiting.client_id, Waiting.service_id), Appointment.state == State.REQUESTED)
    return ~is_offered, ~has_asked


def _attends(client_id: object, service_id: object) -> ColumnElement[bool]:
    """That a client has said yes to an appointment of that service."""
    return (
        (Attendee.client_id == client_id)
        & (Attendee.answer == "yes")
        & (Appointment.id == Attendee.appointment_id)
        & (Appointment.service_id == service_id)
    )


def _open_offer_of(waiting_id: UUID) -> Offer | None:
    """What is kept for a wish that the caller has locked."""
    query = select(Offer).where(Offer.waiting_id == waiting_id, Offer.state == "open").with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _locked_unless_busy(waiting_id: UUID) -> Waiting | None:
    """The wish as it stands, locked; None while somebody else has it, who serves it or ends it."""
    query = select(Waiting).where(Waiting.id == waiting_id).with_for_update(skip_locked=True)
    return db.session.scalar(query.execution_options(populate_existing=True))
