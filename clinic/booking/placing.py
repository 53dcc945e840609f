"""Where an appointment stands: its time, its room, who attends, what it claims, and a note of each step."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from clinic.audit import service as audit
from clinic.booking import claims, freed, rules
from clinic.booking.claims import Wishes
from clinic.booking.models import Appointment, AppointmentEvent, Attendee, Claim
from clinic.booking.rules import State
from clinic.booking.wishes import Wish
from clinic.clients.models import Client, Couple
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.adding import add_now, add_only
from clinic.database.session import db
from clinic.practice.queries import active_rooms


def new(wish: Wish, now: datetime, by: UUID | None) -> Appointment:
    """A row for the wish, not placed yet."""
    return Appointment(
        id=new_id(),
        service_id=wish.service.id,
        therapist_id=wish.therapist_id,
        modality=wish.modality,
        state=State.HELD,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        zone=wish.zone,
        price_cents=wish.terms.price_cents,
        currency=wish.currency,
        sequence=0,
        created_at=now,
        created_by=by,
        is_late=False,
        late_change_minutes=wish.service.late_change_minutes,
        late_change_cents=wish.service.late_fee_cents,
    )


def place(
    appointment: Appointment, wish: Wish, client_ids: Sequence[UUID], rooms: Sequence[UUID], now: datetime
) -> None:
    """Put the appointment at the wished time, in a free room where it needs one, with its claims. Raises SlotTaken."""
    is_new = appointment not in db.session
    wishes = claims.wanted(wish.terms, wish.starts_at, wish.therapist_id, client_ids)
    room_id = claims.choose_room(rooms, wishes, now=now, ignoring=[appointment.id], first=appointment.room_id)
    if room_id is not None:
        wishes[room_id] = ("room", time_of(wish))
    appointment.therapist_id, appointment.modality, appointment.room_id = wish.therapist_id, wish.modality, room_id
    appointment.starts_at, appointment.ends_at = wish.starts_at, wish.ends_at
    if is_new:
        add_now(appointment)
        _attend(appointment.id, client_ids, ())
        claims.insert(appointment.id, wishes)
    else:
        _attend(appointment.id, client_ids, attending(appointment.id))
        claims.replace(appointment.id, wishes)


def claim_clients(appointment: Appointment, client_ids: Sequence[UUID], now: datetime) -> None:
    """Claim the time of clients who were not known while it was held. Raises SlotTaken."""
    added = _attend(appointment.id, client_ids, attending(appointment.id))
    session = Interval(appointment.starts_at, appointment.ends_at)
    wishes: Wishes = dict.fromkeys(added, ("client", session))
    if wishes:
        claims.choose_room((), wishes, now=now, ignoring=[appointment.id])
        db.session.flush()
        claims.insert(appointment.id, wishes)


def settle(
    appointment: Appointment,
    state: State,
    clients: Sequence[Client],
    now: datetime,
    by: UUID | None,
    *,
    couple_id: UUID | None = None,
) -> None:
    """Turn a hold, or a row that is new, into a session of these clients or the couple, at the fee agreed with them."""
    appointment.couple_id = couple_id
    appointment.state, appointment.booked_at, appointment.created_by = state, now, by
    appointment.hold_owner = appointment.hold_address = None
    appointment.held_until = rules.requested_until(now, appointment.starts_at) if state is State.REQUESTED else None
    appointment.price_cents = rules.fee_cents(appointment.price_cents, _agreed_with(couple_id, clients))


def _agreed_with(couple_id: UUID | None, clients: Sequence[Client]) -> int | None:
    """A couple's fee for what is joint, a client's for what is theirs alone: no partner's own says anything there."""
    if couple_id is not None:
        return db.session.get_one(Couple, couple_id).fee_cents
    return clients[0].fee_cents if len(clients) == 1 else None


def _attend(appointment_id: UUID, client_ids: Sequence[UUID], known: Sequence[UUID]) -> list[UUID]:
    """Let these attend and nobody else, such as who held the time in this browser before; returns who is added."""
    if gone := set(known).difference(client_ids):
        for table, client_id in ((Attendee, Attendee.client_id), (Claim, Claim.resource)):
            db.session.execute(delete(table).where(table.appointment_id == appointment_id, client_id.in_(gone)))
    added = [each for each in client_ids if each not in known]
    add_only(*(Attendee(appointment_id=appointment_id, client_id=each) for each in added))
    return added


def ask(appointment: Appointment, client_ids: Sequence[UUID]) -> None:
    """Let these be asked whether they come: they attend once they say yes, and claim nothing before."""
    db.session.add_all(Attendee(appointment_id=appointment.id, client_id=each, answer="waiting") for each in client_ids)
    db.session.flush()


def attending(appointment_id: UUID) -> list[UUID]:
    """The clients of an appointment, those who are only asked among them."""
    query = select(Attendee.client_id).where(Attendee.appointment_id == appointment_id)
    return [*db.session.scalars(query.order_by(Attendee.client_id))]


def answered(appointment_id: UUID) -> dict[UUID, str]:
    """What each client of an appointment has answered, as it stands now."""
    query = select(Attendee.client_id, Attendee.answer).where(Attendee.appointment_id == appointment_id)
    return dict(db.session.execute(query.order_by(Attendee.client_id)).all())


def locked(appointment_id: UUID) -> Appointment | None:
    """The appointment as it stands, locked until the transaction ends; None where it is gone."""
    query = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def resources_of(appointment: Appointment | None) -> Sequence[UUID]:
    """What an appointment claims now."""
    if appointment is None:
        return ()
    return db.session.scalars(select(Claim.resource).where(Claim.appointment_id == appointment.id)).all()


def time_of(wish: Wish) -> Interval:
    """The widest time that the wish claims."""
    return wish.terms.padded(wish.starts_at)


def time_claimed(appointment: Appointment) -> Interval:
    """The time that its therapist is taken for it, buffers included; the session alone where it claims none."""
    during = db.session.scalar(
        select(Claim.during).where(Claim.appointment_id == appointment.id, Claim.resource == appointment.therapist_id)
    )
    if during is None or during.lower is None or during.upper is None:
        return Interval(appointment.starts_at, appointment.ends_at)
    return Interval(during.lower, during.upper)


def rooms_for(modality: str) -> list[UUID]:
    """The rooms of which a session held in that way needs one; none where it needs none."""
    return active_rooms() if modality == "office" else []


def note(
    appointment: Appointment,
    kind: str,
    clients: Sequence[UUID],
    by: UUID | None,
    now: datetime,
    *,
    is_late: bool = False,
) -> AppointmentEvent:
    """Keep the step in the appointment's history and in the trail of each client; time that it frees is offered on."""
    event = AppointmentEvent(
        id=new_id(),
        appointment_id=appointment.id,
        at=now,
        kind=kind,
        person_id=by,
        starts_at=appointment.starts_at,
        is_late=is_late,
    )
    add_only(event)
    freed.by_step(kind)
    audit.record_for_each(clients, f"appointment.{kind}", "appointment", appointment.id)
    return event
