"""Set the address of a therapist or of one session, find the one that counts, and say where one is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.booking.models import Appointment, Attendee
from clinic.booking.rules import State
from clinic.database.session import db
from clinic.distance import rules
from clinic.distance.errors import NotOpenError
from clinic.distance.models import SessionVideo, VideoRoom, Whereabouts
from clinic.vault.service import Owner, decrypt, encrypt

ROOM, SESSION, WHERE = VideoRoom.__tablename__, SessionVideo.__tablename__, Whereabouts.__tablename__


@dataclass(frozen=True, slots=True)
class Said:
    """What a client has said, and when; `phone` is in its international form."""

    place: str
    phone: str
    at: datetime


def set_room(therapist_id: UUID, address: str, own_host: str, now: datetime) -> None:
    """Let a therapist meet there from now on. Raises VideoAddressError and OwnVideoAddressError."""
    rules.check_address(address, own_host)
    values = {"address": encrypt(_therapist(therapist_id), ROOM, "address", therapist_id, address), "changed_at": now}
    statement = insert(VideoRoom).values(therapist_id=therapist_id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["therapist_id"], set_=values))
    audit.record("video.set", "therapist", therapist_id)


def remove_room(therapist_id: UUID) -> None:
    """Forget where they meet."""
    db.session.execute(delete(VideoRoom).where(VideoRoom.therapist_id == therapist_id))
    audit.record("video.remove", "therapist", therapist_id)


def room_of(therapist_id: UUID) -> str | None:
    """The address at which a therapist meets."""
    sealed = db.session.scalar(select(VideoRoom.address).where(VideoRoom.therapist_id == therapist_id))
    return decrypt(_therapist(therapist_id), ROOM, "address", therapist_id, sealed) if sealed else None


def set_for_session(appointment: Appointment, address: str, own_host: str, now: datetime) -> None:
    """Let one session take place there. Raises VideoAddressError and OwnVideoAddressError."""
    rules.check_address(address, own_host)
    therapist_id = appointment.therapist_id
    sealed = encrypt(_therapist(therapist_id), SESSION, "address", appointment.id, address)
    values = {"therapist_id": therapist_id, "address": sealed, "changed_at": now}
    statement = insert(SessionVideo).values(appointment_id=appointment.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["appointment_id"], set_=values))
    audit.record("video.set", "appointment", appointment.id)


def remove_for_session(appointment: Appointment) -> None:
    """Let it take place at the therapist's own address again."""
    db.session.execute(delete(SessionVideo).where(SessionVideo.appointment_id == appointment.id))
    audit.record("video.remove", "appointment", appointment.id)


def own_of_session(appointment: Appointment) -> str | None:
    """The address of this session alone, where its present therapist has set one."""
    therapist_id = appointment.therapist_id
    query = select(SessionVideo.address).where(
        SessionVideo.appointment_id == appointment.id, SessionVideo.therapist_id == therapist_id
    )
    sealed = db.session.scalar(query)
    return decrypt(_therapist(therapist_id), SESSION, "address", appointment.id, sealed) if sealed else None


def address_for(appointment: Appointment) -> str | None:
    """Where this session takes place: its own address before that of its therapist."""
    return own_of_session(appointment) or room_of(appointment.therapist_id)


def is_booked(appointment: Appointment) -> bool:
    """True for what is confirmed and does not wait for the practice again, since its couple has ended."""
    return appointment.state == State.CONFIRMED and appointment.unsettled_at is None


def can_join(appointment: Appointment, now: datetime) -> bool:
    """True while a session that is booked, and by video, is open."""
    return (
        is_booked(appointment)
        and appointment.modality == "video"
        and rules.is_open(appointment.starts_at, appointment.ends_at, now)
    )


def say_where(appointment: Appointment, attendee: Attendee, place: str, phone: str, *, now: datetime) -> None:
    """Keep where a client is and how to call them back; saying it again replaces it. Raises NotOpenError."""
    if not can_join(appointment, now) or attendee.answer != "yes":
        raise NotOpenError
    owner, row = Owner("client", attendee.client_id), appointment.id
    values = {
        "starts_at": appointment.starts_at,
        "place": encrypt(owner, WHERE, "place", row, place),
        "phone": encrypt(owner, WHERE, "phone", row, phone),
        "said_at": now,
    }
    statement = insert(Whereabouts).values(appointment_id=row, client_id=attendee.client_id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["appointment_id", "client_id"], set_=values))
    audit.record("whereabouts.update", "appointment", row, client_id=attendee.client_id)


def said(appointment: Appointment, client_ids: Sequence[UUID]) -> dict[UUID, Said]:
    """What these have said for the session as it stands, by client; the wall keeps the rest from whoever asks."""
    query = select(Whereabouts).where(
        Whereabouts.appointment_id == appointment.id,
        Whereabouts.client_id.in_(client_ids),
        Whereabouts.starts_at == appointment.starts_at,
    )
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {each.client_id: _opened(each) for each in rows}


def _opened(row: Whereabouts) -> Said:
    owner, place = Owner("client", row.client_id), row.appointment_id
    return Said(
        decrypt(owner, WHERE, "place", place, row.place), decrypt(owner, WHERE, "phone", place, row.phone), row.said_at
    )


def _therapist(therapist_id: UUID) -> Owner:
    return Owner("therapist", therapist_id)
