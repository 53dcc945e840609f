"""Rooms that office sessions claim, and days on which the whole practice is closed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.practice import rules
from clinic.practice.errors import (
    ChangedMeanwhileError,
    FarDayError,
    HolidayTakenError,
    PastDayError,
    RoomNameTakenError,
)
from clinic.practice.models import Holiday, Room


def all_rooms() -> Sequence[Room]:
    """Every room, in use or not."""
    return db.session.scalars(select(Room).order_by(Room.name)).all()


def room_of(room_id: UUID) -> Room:
    """That room. Raises NotVisibleError."""
    room = db.session.get(Room, room_id)
    if room is None:
        raise NotVisibleError
    return room


def add_room(name: str) -> Room:
    """Have one more room. Raises RoomNameTakenError."""
    _require_free(name, None)
    room = Room(id=new_id(), name=name)
    db.session.add(room)
    db.session.flush()
    audit.record("room.add", "room", room.id)
    return room


def rename_room(room_id: UUID, name: str, seen: str) -> None:
    """Call it something else, for sessions that are booked already as well. `seen` is the name that the page showed.

    Raises RoomNameTakenError and ChangedMeanwhileError.
    """
    room = _locked(room_id)
    if room.name != seen:
        raise ChangedMeanwhileError
    _require_free(name, room_id)
    room.name = name
    db.session.flush()
    audit.record("room.update", "room", room_id)


def switch_room(room_id: UUID, *, is_active: bool) -> None:
    """Take a room out of use or back in; sessions that have it keep it until somebody moves them."""
    room = _locked(room_id)
    if room.is_active != is_active:
        room.is_active = is_active
        audit.record("room.switch_on" if is_active else "room.switch_off", "room", room_id)


def holidays(first: date, last: date | None = None) -> Sequence[Holiday]:
    """The holidays from a day on, in order."""
    query = select(Holiday).where(Holiday.on >= first)
    if last is not None:
        query = query.where(Holiday.on <= last)
    return db.session.scalars(query.order_by(Holiday.on)).all()


def add_holiday(on: date, name: str, today: date) -> None:
    """Close the practice on a day. Raises PastDayError, FarDayError or HolidayTakenError."""
    require_near(on, today)
    if db.session.get(Holiday, on) is not None:
        raise HolidayTakenError
    db.session.add(Holiday(on=on, name=name))
    db.session.flush()
    audit.record("holiday.add", detail=on.isoformat())


def remove_holiday(on: date, today: date) -> None:
    """Open on that day after all; once it has come it stays. Doing it again changes nothing."""
    holiday = db.session.get(Holiday, on)
    if holiday is not None and on > today:
        db.session.delete(holiday)
        db.session.flush()
        audit.record("holiday.remove", detail=on.isoformat())


def require_near(on: date, today: date) -> None:
    """Raise PastDayError or FarDayError unless the day is today or comes within three years."""
    if on < today:
        raise PastDayError
    if on - today > rules.FARTHEST:
        raise FarDayError


def _locked(room_id: UUID) -> Room:
    room = db.session.get(Room, room_id, with_for_update=True, populate_existing=True)
    if room is None:
        raise NotVisibleError
    return room


def _require_free(name: str, room_id: UUID | None) -> None:
    other = db.session.scalar(select(Room.id).where(Room.name == name))
    if other not in {None, room_id}:
        raise RoomNameTakenError
