"""Hold, book, move, cancel: each within the caller's one transaction, and the database has the last word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from clinic.audit import service as audit
from clinic.booking import attendance, claims, notices, rules, schedule
from clinic.booking.errors import HoldExpiredError, TooManyHoldsError, WrongStateError
from clinic.booking.models import Appointment, AppointmentEvent, Attendee, Claim, VisitorDetails
from clinic.booking.rules import State
from clinic.booking.wishes import Wish, naming_alternatives, require_offered
from clinic.clients import couples
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service

HOLDS_PER_ADDRESS: Final = 12


@dataclass(frozen=True, slots=True)
class Browser:
    """Who holds a time before anybody is known: digests of a cookie and of a network address."""

    owner: bytes
    address: bytes | None = None


def hold(
    wish: Wish, browser: Browser, *, now: datetime, by: UUID | None = None, client_ids: Sequence[UUID] = ()
) -> Appointment:
    """Keep the time for ten minutes, giving up what this browser held before in the same step.

    Raises SlotTaken (with the three nearest; the earlier hold then stays) or TooManyHoldsError.
    """
    earlier = find_hold(browser)
    with naming_alternatives(wish, client_ids, now, [earlier.id] if earlier else []), claims.or_taken():
        rooms = _rooms(wish.modality)
        claims.lock(
            {wish.therapist_id, *rooms, *client_ids, *_resources(earlier)},
            now=now,
            wanted=_time(wish),
            keeping=earlier.id if earlier else None,
        )
        held = find_hold(browser) if earlier else None
        require_offered(wish, now, [held.id] if held else [])
        _require_room_for_holds(browser, now)
        appointment = held or _new(wish, now, by)
        appointment.hold_owner, appointment.hold_address = browser.owner, browser.address
        appointment.service_id, appointment.price_cents = wish.service.id, wish.service.price_cents
        appointment.held_until = rules.held_until(now)
        _place(appointment, wish, client_ids, rooms, now)
    return appointment


def find_hold(browser: Browser) -> Appointment | None:
    """What this browser holds, expired or not, as it stands now; None when it holds nothing."""
    query = select(Appointment).where(Appointment.hold_owner == browser.owner, Appointment.state == State.HELD)
    return db.session.scalar(query.execution_options(populate_existing=True))


def release_hold(browser: Browser) -> bool:
    """Give the held time back at once; True when there was one."""
    query = delete(Appointment).where(Appointment.hold_owner == browser.owner, Appointment.state == State.HELD)
    return bool(db.session.scalars(query.returning(Appointment.id)).all())


def confirm(held: Appointment, client_ids: Sequence[UUID], *, by: UUID | None, now: datetime) -> Appointment:
    """Make a hold the clients' appointment: booked, or requested where the service waits for a yes.

    A hold that ran out and that nobody has taken since still counts. Raises HoldExpiredError when it is gone, and
    SlotTaken when a client has another session at that time.
    """
    with claims.or_taken():
        wanted = Interval(held.starts_at, held.ends_at)
        claims.lock({*_resources(held), *client_ids}, now=now, wanted=wanted, keeping=held.id)
        appointment = _locked(held.id)
        if appointment is None or appointment.state != State.HELD:
            raise HoldExpiredError
        service = db.session.get_one(Service, appointment.service_id)
        following = State.REQUESTED if service.approval == "on_request" else State.CONFIRMED
        rules.require_transition(State(appointment.state), following)
        _settle(appointment, following, client_ids, now, by)
        db.session.execute(delete(VisitorDetails).where(VisitorDetails.appointment_id == appointment.id))
        _claim_clients(appointment, service, client_ids, now)
    kind = "booked" if following is State.CONFIRMED else "requested"
    notices.tell(appointment, _note(appointment, kind, client_ids, by, now), client_ids, now=now)
    return appointment


def book(
    wish: Wish,
    client_ids: Sequence[UUID],
    *,
    by: UUID | None,
    now: datetime,
    couple_id: UUID | None = None,
    is_told: bool = True,
) -> Appointment:
    """Staff book for clients without a hold, outside hours and notice too; a couple's session is agreed in the room.

    Raises SlotTaken with the three nearest, and NotActiveError for a couple that has ended. `is_told` False queues no
    message, for records that are entered later.
    """
    with naming_alternatives(wish, client_ids, now), claims.or_taken():
        rooms = _rooms(wish.modality)
        claims.lock({wish.therapist_id, *rooms, *client_ids}, now=now, wanted=_time(wish))
        if couple_id is not None:
            couples.require_active(couple_id)
        appointment = _new(wish, now, by)
        appointment.couple_id = couple_id
        _settle(appointment, State.CONFIRMED, client_ids, now, by)
        _place(appointment, wish, client_ids, rooms, now)
    event = _note(appointment, "booked", client_ids, by, now)
    if is_told:
        notices.tell(appointment, event, client_ids, now=now)
    return appointment


def move(
    appointment: Appointment, wish: Wish, *, by: UUID | None, now: datetime, is_staff: bool = False
) -> Appointment:
    """Give the appointment another time in one step: the claims are updated, so it may overlap its own old time.

    Whether a client was late counts from the old start. Raises SlotTaken, AlreadyBegunError, WrongStateError.
    """
    clients = attending(appointment.id)
    with naming_alternatives(wish, clients, now, [appointment.id]), claims.or_taken():
        rooms = _rooms(wish.modality)
        resources = {wish.therapist_id, *rooms, *clients, *_resources(appointment)}
        claims.lock(resources, now=now, wanted=_time(wish))
        appointment = require_changeable(appointment.id, now)
        if not is_staff:
            require_offered(wish, now, [appointment.id])
        is_late = not is_staff and rules.is_late(appointment.starts_at, now, wish.service.late_change_minutes)
        appointment.sequence += 1
        _place(appointment, wish, clients, rooms, now)
        attendance.forget(appointment.id)
    event = _note(appointment, "moved", clients, by, now, is_late=is_late)
    notices.take_back(appointment.id, now=now, reason="moved")
    notices.tell(appointment, event, clients, now=now)
    return appointment


def cancel(appointment: Appointment, *, by: UUID | None, now: datetime, is_staff: bool = False) -> Appointment:
    """End the appointment; its time is free at once and nothing stale is sent. A client inside the window is late.

    Raises AlreadyBegunError from its start on, WrongStateError when it has ended already.
    """
    appointment = require_changeable(appointment.id, now)
    rules.require_transition(State(appointment.state), State.CANCELLED)
    service = db.session.get_one(Service, appointment.service_id)
    # Where the practice cancels, the client pays nothing.
    appointment.is_late = not is_staff and rules.is_late(appointment.starts_at, now, service.late_change_minutes)
    appointment.state, appointment.held_until = State.CANCELLED, None
    appointment.cancelled_at, appointment.cancelled_by = now, by
    appointment.sequence += 1
    attendance.forget(appointment.id)
    clients = attending(appointment.id)
    event = _note(appointment, "cancelled", clients, by, now, is_late=appointment.is_late)
    notices.take_back(appointment.id, now=now, reason="cancelled")
    notices.tell(appointment, event, clients, now=now)
    db.session.flush()
    return appointment


def require_changeable(appointment_id: UUID, now: datetime) -> Appointment:
    """The appointment as it stands, locked until the transaction ends; raises unless it is live and yet to begin."""
    appointment = _locked(appointment_id)
    if appointment is None or appointment.state not in {State.CONFIRMED, State.REQUESTED}:
        raise WrongStateError
    rules.require_not_begun(appointment.starts_at, now)
    return appointment


def attending(appointment_id: UUID) -> list[UUID]:
    """The clients of an appointment."""
    return [*db.session.scalars(select(Attendee.client_id).where(Attendee.appointment_id == appointment_id))]


def _require_room_for_holds(browser: Browser, now: datetime) -> None:
    """A guard against one address that holds the whole week; near the limit, two at once may both pass."""
    if browser.address is None:
        return
    count = db.session.scalar(
        select(func.count()).where(
            Appointment.hold_address == browser.address,
            Appointment.state == State.HELD,
            Appointment.held_until > now,
            Appointment.hold_owner != browser.owner,
        )
    )
    if count and count >= HOLDS_PER_ADDRESS:
        raise TooManyHoldsError


def _resources(appointment: Appointment | None) -> Sequence[UUID]:
    """What an appointment claims now."""
    if appointment is None:
        return ()
    return db.session.scalars(select(Claim.resource).where(Claim.appointment_id == appointment.id)).all()


def _time(wish: Wish) -> Interval:
    """The widest time that the wish claims."""
    return claims.padded(wish.service, wish.starts_at)


def _rooms(modality: str) -> list[UUID]:
    return schedule.active_rooms() if modality == "office" else []


def _new(wish: Wish, now: datetime, by: UUID | None) -> Appointment:
    return Appointment(
        id=new_id(),
        service_id=wish.service.id,
        therapist_id=wish.therapist_id,
        modality=wish.modality,
        state=State.HELD,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        zone=wish.zone,
        price_cents=wish.service.price_cents,
        currency=wish.currency,
        sequence=0,
        created_at=now,
        created_by=by,
        is_late=False,
    )


def _place(
    appointment: Appointment, wish: Wish, client_ids: Sequence[UUID], rooms: Sequence[UUID], now: datetime
) -> None:
    """Put the appointment at the wished time, in a free room where it needs one, with its claims. Raises SlotTaken."""
    is_new = appointment not in db.session
    wishes = claims.wanted(wish.service, wish.starts_at, wish.therapist_id, client_ids)
    room_id = claims.choose_room(rooms, wishes, now=now, ignoring=[appointment.id], first=appointment.room_id)
    if room_id is not None:
        wishes[room_id] = ("room", claims.padded(wish.service, wish.starts_at))
    appointment.therapist_id, appointment.modality, appointment.room_id = wish.therapist_id, wish.modality, room_id
    appointment.starts_at, appointment.ends_at = wish.starts_at, wish.ends_at
    db.session.add(appointment)
    _attend(appointment.id, client_ids, () if is_new else attending(appointment.id))
    db.session.flush()
    if is_new:
        claims.insert(appointment.id, wishes)
    else:
        claims.replace(appointment.id, wishes)


def _claim_clients(appointment: Appointment, service: Service, client_ids: Sequence[UUID], now: datetime) -> None:
    """Claim the time of clients who were not known while it was held. Raises SlotTaken."""
    added = _attend(appointment.id, client_ids, attending(appointment.id))
    wishes = claims.wanted(service, appointment.starts_at, appointment.therapist_id, added)
    wishes.pop(appointment.therapist_id)
    if wishes:
        claims.choose_room((), wishes, now=now, ignoring=[appointment.id])
        db.session.flush()
        claims.insert(appointment.id, wishes)


def _attend(appointment_id: UUID, client_ids: Sequence[UUID], known: Sequence[UUID]) -> list[UUID]:
    """Let these attend and nobody else, such as who held the time in this browser before; returns who is added."""
    if gone := set(known).difference(client_ids):
        for table, client_id in ((Attendee, Attendee.client_id), (Claim, Claim.resource)):
            db.session.execute(delete(table).where(table.appointment_id == appointment_id, client_id.in_(gone)))
    added = [each for each in client_ids if each not in known]
    db.session.add_all(Attendee(appointment_id=appointment_id, client_id=each) for each in added)
    return added


def _settle(appointment: Appointment, state: State, client_ids: Sequence[UUID], now: datetime, by: UUID | None) -> None:
    """Turn a hold, or a row that is new, into a session of these clients, at the fee agreed with them."""
    appointment.state, appointment.booked_at, appointment.created_by = state, now, by
    appointment.hold_owner = appointment.hold_address = None
    appointment.held_until = rules.requested_until(now, appointment.starts_at) if state is State.REQUESTED else None
    _agree_fee(appointment, client_ids)


def _agree_fee(appointment: Appointment, client_ids: Sequence[UUID]) -> None:
    """A fee agreed with a client replaces the list price of a session of their own that costs anything."""
    if appointment.price_cents and len(client_ids) == 1:
        agreed = db.session.scalar(select(Client.fee_cents).where(Client.id == client_ids[0]))
        appointment.price_cents = appointment.price_cents if agreed is None else agreed


def _locked(appointment_id: UUID) -> Appointment | None:
    query = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _note(
    appointment: Appointment,
    kind: str,
    clients: Sequence[UUID],
    by: UUID | None,
    now: datetime,
    *,
    is_late: bool = False,
) -> AppointmentEvent:
    """Keep the step in the appointment's history, and in the trail of each client."""
    event = AppointmentEvent(
        id=new_id(),
        appointment_id=appointment.id,
        at=now,
        kind=kind,
        person_id=by,
        starts_at=appointment.starts_at,
        is_late=is_late,
    )
    db.session.add(event)
    for client_id in clients:
        audit.record(f"appointment.{kind}", "appointment", appointment.id, client_id=client_id)
    return event
