"""Another room for a session, as it happens on the day. The claim is updated in place; the database says if it fits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from clinic.audit import service as audit
from clinic.booking import claims, placing, schedule
from clinic.booking.errors import RoomChangedError, RoomTakenError, SlotTaken, WrongStateError
from clinic.booking.models import Appointment, Claim
from clinic.booking.queries import LIVE
from clinic.core.errors import NotVisibleError
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Room
from clinic.practice.queries import rooms


def free_rooms(appointment: Appointment, now: datetime) -> list[Room]:
    """The other rooms that are free for as long as the session takes its own, buffers included."""
    wanted = placing.time_claimed(appointment)
    others = [each for each in rooms() if each.id != appointment.room_id]
    busy = schedule.busy_times([each.id for each in others], wanted, now=now, ignoring=[appointment.id])
    return [each for each in others if not busy[each.id]]


def can_change(appointment: Appointment, now: datetime) -> bool:
    """True for a session in a room that is not over."""
    return appointment.state in LIVE and appointment.room_id is not None and appointment.ends_at > now


def change_room(appointment: Appointment, room_id: UUID, *, seen: UUID | None, now: datetime) -> None:
    """Let a session take place in another room than the one `seen`; nobody is told, since its time stays.

    Raises RoomTakenError, RoomChangedError where it is in yet another one by now, WrongStateError for a session that is
    over or has no room, NotVisibleError for no such room.
    """
    if room_id not in {each.id for each in rooms()}:
        raise NotVisibleError
    try:
        with claims.or_taken():
            _change(appointment.id, room_id, seen, now)
    except SlotTaken as error:
        raise RoomTakenError from error


def _change(appointment_id: UUID, room_id: UUID, seen: UUID | None, now: datetime) -> None:
    before = db.session.get_one(Appointment, appointment_id)
    claims.lock({room_id, *placing.resources_of(before)}, now=now, wanted=placing.time_claimed(before))
    appointment = placing.locked(appointment_id)
    if appointment is None or not can_change(appointment, now):
        raise WrongStateError
    if appointment.room_id == room_id:
        return
    if appointment.room_id != seen:
        raise RoomChangedError
    # Locked as it is, whatever is found holds; the constraint has the last word all the same.
    _require_free(room_id, placing.time_claimed(appointment), appointment_id, now)
    db.session.execute(
        update(Claim).where(Claim.appointment_id == appointment_id, Claim.kind == "room").values(resource=room_id)
    )
    appointment.room_id = room_id
    db.session.flush()
    audit.record("appointment.room", "appointment", appointment_id, detail=str(room_id))


def _require_free(room_id: UUID, during: Interval, appointment_id: UUID, now: datetime) -> None:
    if schedule.busy_times([room_id], during, now=now, ignoring=[appointment_id])[room_id]:
        raise SlotTaken
