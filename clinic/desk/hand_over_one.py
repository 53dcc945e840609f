"""One session is given to another therapist at its time, as when somebody is ill for an hour. Nothing else goes over.

Whoever takes it stands in for the clients' own therapist from now on until some days after it, and not longer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.audit import service as audit
from clinic.booking import attendance, schedule
from clinic.booking.models import Appointment
from clinic.booking.queries import appointment_shown
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.desk import hand_over as handing
from clinic.desk.away import reached_by
from clinic.desk.errors import CannotTakeOverError
from clinic.desk.models import HandOver
from clinic.outbox import service as outbox
from clinic.practice.models import Therapist, TherapistService
from clinic.practice.queries import colleagues, terms_with

TO_STAFF: Final = "session.handed_over.staff"
_MARGIN = timedelta(days=1)  # more than any buffer


def can_be_given(session: Appointment, now: datetime) -> bool:
    """True for what is booked, lies ahead and waits for nobody's word."""
    return attendance.is_awaited(session, now)


def takers(session: Appointment, zone: str, now: datetime) -> Sequence[Therapist]:
    """The colleagues who offer this service and are at work and free then, listed or not; `zone` is the practice's."""
    offer = select(TherapistService.therapist_id).where(TherapistService.service_id == session.service_id)
    offering = set(db.session.scalars(offer))
    others = {each.person_id: each for each in colleagues(session.therapist_id, session.ends_at)}
    ids = [each for each in others if each in offering]
    terms = terms_with(session.service, ids, session.minutes)
    around = Interval(session.starts_at, session.ends_at).padded(_MARGIN, _MARGIN)
    opened, busy = schedule.open_hours(ids, around, zone), schedule.busy_times(ids, around, now=now)
    return [
        others[each]
        for each in ids
        if handing.obstacle_then(session, terms[each].padded(session.starts_at), opened[each], busy[each]) is None
    ]


def give(session_id: UUID, successor_id: UUID, *, by: UUID, zone: str, now: datetime) -> HandOver:
    """Give the session to a colleague; tell everyone who comes, in one message each, and both therapists.

    Raises CannotTakeOverError where it has changed, or the colleague is not free, by now.
    """
    seen = appointment_shown(session_id)
    former_id, starts_at = seen.therapist_id, seen.starts_at
    handing.hold([seen], {former_id, successor_id}, (), now)
    db.session.expire(seen)
    session = appointment_shown(session_id)
    if (session.therapist_id, session.starts_at) != (former_id, starts_at) or not can_be_given(session, now):
        raise CannotTakeOverError
    if successor_id not in {each.person_id for each in takers(session, zone, now)}:
        raise CannotTakeOverError
    if not handing.give(session, successor_id, by, now):
        raise CannotTakeOverError
    # One of a standing session is on its own from now on: whoever takes it has no say in the others, nor they in it.
    session.series_id = session.occurs_at = None
    done = HandOver(
        id=new_id(), therapist_id=former_id, successor_id=successor_id, since=starts_at, done_at=now, done_by=by
    )
    db.session.add(done)
    db.session.flush()
    handing.let_in([session], successor_id, now)
    _tell(done, session, now)
    audit.record("session.hand_over", "appointment", session.id)
    return done


def _tell(done: HandOver, session: Appointment, now: datetime) -> None:
    for reached in reached_by([session]):
        if reached.person.email:
            outbox.queue(handing.HANDED_OVER, done.id, session.starts_at, reached.person.id, now=now)
    for therapist_id in (done.therapist_id, done.successor_id):
        outbox.queue(TO_STAFF, done.id, session.starts_at, therapist_id, now=now)
