"""Taking time: sorted locks first, then what has expired is cleared, then the claims; the database has the last word.

The order keeps racing bookings from deadlocking: everyone who wants one of the resources waits for its lock, so that an
insert never waits inside the exclusion constraint.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.errors import ExclusionViolation
from sqlalchemy import ARRAY, DateTime, Text, Uuid, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, Range
from sqlalchemy.exc import IntegrityError

from clinic.booking import endings, schedule
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, Claim
from clinic.booking.rules import GRACE, State
from clinic.core.interval import Interval
from clinic.database import locks
from clinic.database.session import db
from clinic.practice.terms import Terms

NEVER_OVERLAPS: Final = "claim_never_overlaps"
Wishes = dict[UUID, tuple[str, Interval]]
"""By resource: what kind of claim, and when."""
_IDS, _MOMENTS = ARRAY(Uuid()), ARRAY(DateTime(timezone=True))
_CLAIM = text(
    """
    INSERT INTO claim (appointment_id, resource, kind, during)
    SELECT :appointment, resource, kind, tstzrange(starts_at, ends_at)
    FROM unnest(:resources, :kinds, :starts, :ends) AS wanted (resource, kind, starts_at, ends_at)
    """
).bindparams(
    bindparam("resources", type_=_IDS),
    bindparam("kinds", type_=ARRAY(Text())),
    bindparam("starts", type_=_MOMENTS),
    bindparam("ends", type_=_MOMENTS),
)
_EXPIRED = text(
    """
    SELECT id, state
    FROM appointment
    WHERE held_until <= :now AND id IS DISTINCT FROM :keeping AND EXISTS (
        SELECT FROM claim
        WHERE appointment_id = appointment.id AND resource = ANY (:resources)
          AND (state <> 'held' OR held_until <= :given_up OR during && :wanted)
    )
    ORDER BY id
    FOR UPDATE SKIP LOCKED
    """
).bindparams(
    bindparam("keeping", type_=Uuid()),
    bindparam("resources", type_=_IDS),
    bindparam("wanted", type_=TSTZMULTIRANGE()),
)


def lock(
    resources: Collection[UUID],
    *,
    now: datetime,
    wanted: Interval | Collection[Interval] = (),
    keeping: UUID | None = None,
) -> None:
    """Hold everyone else off these resources until the transaction ends, and clear what has expired on them.

    Booking clears expired holds itself, since the workers may be down: those in the way of `wanted` at once, others
    after their grace. The hold `keeping` stays, expired or not. Inside `or_taken`, a refusal gives the locks back.
    """
    locks.take(resources)
    _clear_expired(resources, now, [wanted] if isinstance(wanted, Interval) else wanted, keeping)


def choose_room(
    rooms: Sequence[UUID], wishes: Wishes, *, now: datetime, ignoring: Collection[UUID] = (), first: UUID | None = None
) -> UUID | None:
    """Look whether all that is wished for is free, and which of `rooms` is (`first` before others), in one statement.

    Everything is locked, so what it finds holds. None where no room is needed. Raises SlotTaken.
    """
    around = max((during for _, during in wishes.values()), key=lambda during: during.end - during.start)
    busy = schedule.busy_times((*wishes, *rooms), around, now=now, ignoring=ignoring)
    if any(during.overlaps(taken) for each, (_, during) in wishes.items() for taken in busy[each]):
        raise SlotTaken
    free = [room_id for room_id in rooms if not busy[room_id]]
    if rooms and not free:
        raise SlotTaken
    return first if first in free else next(iter(free), None)


def wanted(terms: Terms, starts_at: datetime, therapist_id: UUID, client_ids: Collection[UUID]) -> Wishes:
    """What an appointment claims beside a room: its therapist with the buffers, each client for the session alone."""
    session = ("client", terms.session(starts_at))
    return {therapist_id: ("therapist", terms.padded(starts_at))} | dict.fromkeys(client_ids, session)


def insert(appointment_id: UUID, wishes: Wishes) -> None:
    """Claim it all in one statement, and let the database answer now; call it inside `or_taken`."""
    claimed = {
        "appointment": appointment_id,
        "resources": [*wishes],
        "kinds": [kind for kind, _ in wishes.values()],
        "starts": [during.start for _, during in wishes.values()],
        "ends": [during.end for _, during in wishes.values()],
    }
    db.session.execute(_CLAIM, claimed)


def replace(appointment_id: UUID, wishes: Wishes) -> None:
    """Let an appointment claim other time: what stays is updated in place, so that it may overlap its own old time."""
    query = select(Claim).where(Claim.appointment_id == appointment_id)
    existing = {claim.resource: claim for claim in db.session.scalars(query)}
    for resource, claim in existing.items():
        if resource in wishes:
            _, during = wishes[resource]
            claim.during = Range(during.start, during.end)
        else:
            db.session.delete(claim)
    db.session.flush()
    insert(appointment_id, {each: wish for each, wish in wishes.items() if each not in existing})


@contextmanager
def or_taken() -> Iterator[None]:
    """A savepoint: what happens inside is undone, and SlotTaken raised, when the database finds an overlap."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, ExclusionViolation) and cause.diag.constraint_name == NEVER_OVERLAPS:
            raise SlotTaken from error
        raise


def _clear_expired(
    resources: Collection[UUID], now: datetime, wanted: Collection[Interval], keeping: UUID | None
) -> None:
    """Holds vanish, requests end and are told. Rows that somebody is changing this moment are theirs to settle."""
    asked = {
        "resources": [*resources],
        "wanted": [Range(each.start, each.end) for each in wanted],
        "now": now,
        "given_up": now - GRACE,
        "keeping": keeping,
    }
    expired = db.session.execute(_EXPIRED, asked).all()
    if not expired:
        return
    holds = [row.id for row in expired if row.state == State.HELD]
    db.session.execute(delete(Appointment).where(Appointment.id.in_(holds)))
    endings.expire([row.id for row in expired if row.state == State.REQUESTED], now)
