"""The demo practice's notes: of nearly all sessions so far, some that wait for a co-signature, and a draft."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Final

from sqlalchemy import exists, insert, select, text
from sqlalchemy.orm import Session, selectinload

from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.demo import cast, writings
from clinic.demo.caseload import Caseload
from clinic.demo.practice import ZONE, Ground
from clinic.notes import psychotherapy, service, vaulting
from clinic.notes.models import SessionNote
from clinic.notes.queries import Record
from clinic.notes.rules import SECTIONS, Written
from clinic.notes.service import About
from clinic.practice.models import Therapist

FORMATS: Final = ("dap", "soap", "birp", "free")
"""Of each therapist, in their order."""
SUPERVISOR, INTERN = 0, 2
STILL_TO_WRITE, STILL_TO_COSIGN = timedelta(days=5), timedelta(days=7)


def write_notes(session: Session, ground: Ground, caseload: Caseload, now: datetime) -> None:
    """The third therapist is an intern of the first; what is older than five days has its note."""
    session.get_one(Therapist, ground.therapists[INTERN]).supervisor_id = ground.therapists[SUPERVISOR]
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))  # they were signed back then, not now
    session.execute(insert(SessionNote), list(_rows(session, ground, now)))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    _by_dana(session, ground, caseload, now)


def _rows(session: Session, ground: Ground, now: datetime) -> Iterator[dict[str, Any]]:
    came = exists().where(Attendee.appointment_id == Appointment.id, Attendee.attendance != "absent")
    took_place = (Appointment.state == "confirmed", Appointment.ends_at < now - STILL_TO_WRITE, came)
    query = select(Appointment).where(*took_place).options(selectinload(Appointment.attendees))
    words = {key: cycle(said) for key, said in writings.NOTES.items()}
    for each in session.scalars(query.order_by(Appointment.starts_at, Appointment.id)):
        place = ground.therapists.index(each.therapist_id)
        yield _row(each, place, {key: next(words[key]) for key in SECTIONS[FORMATS[place]]}, ground, now)


def _row(appointment: Appointment, place: int, texts: dict[str, str], ground: Ground, now: datetime) -> dict[str, Any]:
    note = SessionNote(
        id=new_id(),
        author_id=appointment.therapist_id,
        couple_id=appointment.couple_id,
        client_id=None if appointment.couple_id else appointment.attendees[0].client_id,
    )
    signed_at = appointment.ends_at + timedelta(minutes=25)
    is_waiting = place == INTERN and appointment.ends_at > now - STILL_TO_COSIGN
    is_cosigned = place == INTERN and not is_waiting
    return {
        **{name: getattr(note, name) for name in ("id", "author_id", "couple_id", "client_id")},
        "appointment_id": appointment.id,
        "held_on": wall(appointment.starts_at, ZONE).date(),
        "format": FORMATS[place],
        "state": "signed" if is_waiting else "final",
        "body": vaulting.seal_body(note, texts),
        "created_at": appointment.ends_at,
        "saved_at": signed_at,
        "signed_at": signed_at,
        "signed_name": _name(place),
        "cosigned_at": signed_at + timedelta(days=1) if is_cosigned else None,
        "cosigned_by": ground.therapists[SUPERVISOR] if is_cosigned else None,
        "cosigned_name": _name(SUPERVISOR) if is_cosigned else None,
    }


def _by_dana(session: Session, ground: Ground, caseload: Caseload, now: datetime) -> None:
    """About Alice: one of a phone call with something added to it, a draft, and one that is Dana's alone."""
    dana, alice = ground.therapists[SUPERVISOR], caseload.clients[0].id

    def begin(days: int, chosen: str) -> SessionNote:
        at = now - timedelta(days=days)
        about = About(Record(session.get_one(Client, alice), None), None, wall(at, ZONE).date())
        return session.get_one(SessionNote, service.start(about, chosen, dana, at))

    call, draft = begin(9, "free"), begin(1, "dap")
    then = now - timedelta(days=9)
    service.sign(call, Written("free", {"text": writings.PHONE_NOTE}), _name(SUPERVISOR), then)
    added = (writings.ADDED, writings.ADDED_WHY, _name(SUPERVISOR))
    service.amend(call, dana, *added, then + timedelta(days=1))
    service.save(draft, Written("dap", {"data": writings.BEGUN_NOTE}), now - timedelta(days=1))
    psychotherapy.add(alice, dana, writings.KEPT_APART, now - timedelta(days=3))


def _name(place: int) -> str:
    sketch = cast.THERAPISTS[place]
    return f"{sketch.given} {sketch.family}"
