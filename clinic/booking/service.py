"""Book, move, swap, cancel: each within the caller's one transaction, and the database has the last word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from clinic.booking import attendance, claims, notices, placing, requests, rules
from clinic.booking.errors import HoldExpiredError, TooManyRequestsError, WrongStateError
from clinic.booking.models import Appointment, Claim, VisitorDetails
from clinic.booking.rules import State
from clinic.booking.wishes import Wish, naming_alternatives, require_offered
from clinic.clients import couples
from clinic.clients.queries import clients_of
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service


@dataclass(frozen=True, slots=True)
class Together:
    """For whom somebody books beside themself: their partner, who is asked, in the couple that they are in now."""

    couple_id: UUID
    partner_id: UUID


def confirm(
    held: Appointment,
    client_ids: Sequence[UUID],
    *,
    by: UUID | None,
    now: datetime,
    together: Together | None = None,
) -> Appointment:
    """Make a hold the clients' appointment: booked, or requested where the service or a partner has yet to say yes.

    A hold that ran out and that nobody has taken since still counts. Raises HoldExpiredError when it is gone,
    SlotTaken when a client has another session at that time, NotActiveError for a couple that has ended, and
    TooManyRequestsError. What the partner who is asked has at that time is not looked at.
    """
    with claims.or_taken():
        wanted = Interval(held.starts_at, held.ends_at)
        claims.lock({*placing.resources_of(held), *client_ids}, now=now, wanted=wanted, keeping=held.id)
        appointment = placing.locked(held.id)
        if appointment is None or appointment.state != State.HELD:
            raise HoldExpiredError
        service = db.session.get_one(Service, appointment.service_id)
        waits = together is not None or service.approval == "on_request"
        following = State.REQUESTED if waits else State.CONFIRMED
        rules.require_transition(State(appointment.state), following)
        if waits and by is not None:
            _require_few_open(by, now)
        asked = [together.partner_id] if together else []
        couple_id = together.couple_id if together else None
        clients = clients_of([*client_ids, *asked])
        placing.settle(appointment, following, clients, now, by, couple_id=couple_id)
        db.session.execute(delete(VisitorDetails).where(VisitorDetails.appointment_id == appointment.id))
        placing.claim_clients(appointment, client_ids, now)
        if together:
            _ask(appointment, together, now)
    kind = "booked" if following is State.CONFIRMED else "requested"
    event = placing.note(appointment, kind, [*client_ids, *asked], by, now)
    notices.tell(appointment, event, client_ids, now=now)
    notices.tell(appointment, event, asked, now=now, kind=notices.ASKED)
    if kind == "requested" and not asked:  # while a partner is asked, there is nothing to answer yet
        notices.alert(appointment, event, now=now, kind=notices.ASKED_FOR)
    return appointment


def _require_few_open(person_id: UUID, now: datetime) -> None:
    """Raise TooManyRequestsError where this person has asked for enough times; what they are asked is not counted."""
    theirs = select(func.count()).where(Appointment.created_by == person_id, requests.is_open(now))
    if db.session.scalars(theirs).one() >= rules.OPEN_REQUESTS:
        raise TooManyRequestsError


def _ask(appointment: Appointment, together: Together, now: datetime) -> None:
    """Leave the partner's part open until they answer for themself. Raises NotActiveError."""
    couples.require_active(together.couple_id)
    appointment.held_until = rules.asked_until(now, appointment.starts_at)
    placing.ask(appointment, [together.partner_id])


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
        rooms = placing.rooms_for(wish.modality)
        claims.lock({wish.therapist_id, *rooms, *client_ids}, now=now, wanted=placing.time_of(wish))
        if couple_id is not None:
            couples.require_active(couple_id)
        clients = clients_of(client_ids)
        appointment = placing.new(wish, now, by)
        placing.settle(appointment, State.CONFIRMED, clients, now, by, couple_id=couple_id)
        placing.place(appointment, wish, client_ids, rooms, now)
    event = placing.note(appointment, "booked", client_ids, by, now)
    if is_told:
        notices.tell(appointment, event, client_ids, now=now)
    return appointment


def move(
    appointment: Appointment,
    wish: Wish,
    *,
    by: UUID | None,
    now: datetime,
    is_staff: bool = False,
    is_asked_for: bool = False,
) -> Appointment:
    """Give the appointment another time in one step: the claims are updated, so it may overlap its own old time.

    It keeps its length, whatever the service has become. Whether a client was late counts from the old start, and is
    marked as with `cancel`. Raises SlotTaken, AlreadyBegunError, WrongStateError.
    """
    wish = wish.keeping(appointment.minutes)
    clients = placing.attending(appointment.id)
    with naming_alternatives(wish, clients, now, [appointment.id]), claims.or_taken():
        rooms = placing.rooms_for(wish.modality)
        resources = {wish.therapist_id, *rooms, *clients, *placing.resources_of(appointment)}
        claims.lock(resources, now=now, wanted=placing.time_of(wish))
        appointment = require_changeable(appointment.id, now)
        if {*placing.answered(appointment.id).values()} - {"yes"}:
            raise WrongStateError  # who is asked is asked about this time and no other
        if not is_staff:
            require_offered(wish, now, [appointment.id])
        is_late = _is_late(appointment, now, is_theirs=not is_staff or is_asked_for)
        is_near = is_at_short_notice(appointment, min(appointment.starts_at, wish.starts_at), now)
        if appointment.state == State.REQUESTED:
            appointment.held_until = rules.requested_until(now, wish.starts_at)
        if is_late:
            _mark_late(appointment)
        _place_anew(appointment, wish, clients, rooms, now)
    _tell_of_move(appointment, clients, by, now, is_late=is_late, is_near=is_near)
    return appointment


def swap(first: Appointment, second: Appointment, *, by: UUID | None, now: datetime) -> None:
    """Let two sessions change places in one step, for the practice; each keeps its therapist, length and kind.

    Raises SlotTaken, with nothing changed, where one does not fit at the other's time; AlreadyBegunError; and
    WrongStateError unless both are confirmed and everybody said yes.
    """
    pair = sorted((first, second), key=lambda each: each.id)
    with claims.or_taken():
        rooms = placing.rooms_for("office")  # all of them: how each is held may change until it is locked
        clients = {each.id: placing.attending(each.id) for each in pair}
        resources = {each for session in pair for each in (*placing.resources_of(session), *clients[session.id])}
        claims.lock(resources.union(rooms), now=now, wanted=[placing.time_claimed(each) for each in pair])
        one, other = (require_changeable(each.id, now) for each in pair)
        answers = {*placing.answered(one.id).values(), *placing.answered(other.id).values()}
        if one is other or {one.state, other.state} != {State.CONFIRMED} or answers - {"yes"}:
            raise WrongStateError
        sooner = min(one.starts_at, other.starts_at)
        wishes = [(one, _wish_for(one, other.starts_at)), (other, _wish_for(other, one.starts_at))]
        db.session.execute(delete(Claim).where(Claim.appointment_id.in_([one.id, other.id])))
        for session, wish in wishes:
            _place_anew(session, wish, clients[session.id], rooms if session.modality == "office" else (), now)
    for session in (one, other):
        _tell_of_move(session, clients[session.id], by, now, is_near=is_at_short_notice(session, sooner, now))


def _wish_for(appointment: Appointment, starts_at: datetime) -> Wish:
    """The same session at another time."""
    return Wish(
        db.session.get_one(Service, appointment.service_id),
        appointment.therapist_id,
        starts_at,
        appointment.modality,
        appointment.zone,
        appointment.currency,
        kept_minutes=appointment.minutes,
    )


def _place_anew(
    appointment: Appointment, wish: Wish, client_ids: Sequence[UUID], rooms: Sequence[UUID], now: datetime
) -> None:
    appointment.sequence += 1
    placing.place(appointment, wish, client_ids, rooms, now)
    attendance.forget(appointment.id)


def _tell_of_move(
    appointment: Appointment,
    client_ids: Sequence[UUID],
    by: UUID | None,
    now: datetime,
    *,
    is_late: bool = False,
    is_near: bool,
) -> None:
    event = placing.note(appointment, "moved", client_ids, by, now, is_late=is_late)
    notices.take_back(appointment.id, now=now, reason="moved")
    notices.tell(appointment, event, client_ids, now=now)
    if is_near:
        notices.alert(appointment, event, now=now, kind=notices.CHANGED)
    elif appointment.state == State.REQUESTED:
        notices.alert(appointment, event, now=now, kind=notices.ASKED_FOR)


def cancel(
    appointment: Appointment,
    *,
    by: UUID | None,
    now: datetime,
    is_staff: bool = False,
    is_asked_for: bool = False,
    is_told: bool = True,
    is_alerted: bool = True,
) -> Appointment:
    """End the appointment; its time is free at once and nothing stale is sent. A client inside the window is late.

    So is one who asked staff to do it, where `is_asked_for`; what the practice cancels by itself costs nothing, not
    even an earlier late move. A request that is taken back is never late, and who was asked learns only that there is
    nothing to answer.
    `is_told` False queues none to who comes, where one is sent about several, and `is_alerted` False none to who gives
    it. Raises AlreadyBegunError from its start on, WrongStateError when it has ended already.
    """
    appointment = require_changeable(appointment.id, now)
    rules.require_transition(State(appointment.state), State.CANCELLED)
    is_theirs = not is_staff or is_asked_for
    is_late = _is_late(appointment, now, is_theirs=is_theirs)
    is_near = is_at_short_notice(appointment, appointment.starts_at, now)
    if is_late:
        _mark_late(appointment)
    elif not is_theirs:
        appointment.is_late, appointment.late_fee_cents = False, 0
    appointment.state, appointment.held_until, appointment.unsettled_at = State.CANCELLED, None, None
    appointment.cancelled_at, appointment.cancelled_by = now, by
    appointment.sequence += 1
    attendance.forget(appointment.id)
    answers = placing.answered(appointment.id)
    event = placing.note(appointment, "cancelled", [*answers], by, now, is_late=is_late)
    notices.take_back(appointment.id, now=now, reason="cancelled")
    if is_told:
        notices.tell(appointment, event, [each for each, answer in answers.items() if answer == "yes"], now=now)
    if is_alerted and is_near:
        notices.alert(appointment, event, now=now, kind=notices.CHANGED)
    notices.withdraw(appointment, event, [each for each, answer in answers.items() if answer != "yes"], now=now)
    db.session.flush()
    return appointment


def _is_late(appointment: Appointment, now: datetime, *, is_theirs: bool) -> bool:
    """Whether a client changes it too late, by what was agreed.

    What is only asked for, or has to be confirmed anew by the practice, is not promised.
    """
    is_promised = is_theirs and appointment.state == State.CONFIRMED and appointment.unsettled_at is None
    return is_promised and rules.is_late(appointment.starts_at, now, appointment.late_change_minutes)


def is_at_short_notice(appointment: Appointment, starts_at: datetime, now: datetime) -> bool:
    """Whether a change of what is booked comes so late that who gives it is told at once, whoever makes it."""
    is_booked = appointment.state == State.CONFIRMED
    return is_booked and rules.is_late(starts_at, now, appointment.late_change_minutes)


def _mark_late(appointment: Appointment) -> None:
    """Keep what it may cost; a session that is moved on keeps its mark."""
    appointment.is_late, appointment.late_fee_cents = True, appointment.late_change_cents


def require_changeable(appointment_id: UUID, now: datetime) -> Appointment:
    """The appointment as it stands, locked until the transaction ends; raises unless it is live and yet to begin."""
    appointment = placing.locked(appointment_id)
    if appointment is None or appointment.state not in {State.CONFIRMED, State.REQUESTED}:
        raise WrongStateError
    rules.require_not_begun(appointment.starts_at, now)
    return appointment
