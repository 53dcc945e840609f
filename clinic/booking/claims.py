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
from sqlalchemy import ARRAY, DateTime, Text, Uuid, bindparam, delete, or_, select, text
from sqlalchemy.dialects.postgresql import Range
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
_CLAIM = text(
    """
    INSERT INTO claim (appointment_id, resource, kind, during)
    SELECT :appointment, resource, kind, tstzrange(starts_at, ends_at)
    FROM unnest(:resources, :kinds, :starts, :ends) AS wanted (resource, kind, starts_at, ends_at)
    """
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
    statement = _CLAIM.bindparams(
        bindparam("resources", [*wishes], ARRAY(Uuid())),
        bindparam("kinds", [kind for kind, _ in wishes.values()], ARRAY(Text())),
        bindparam("starts", [during.start for _, during in wishes.values()], ARRAY(DateTime(timezone=True))),
        bindparam("ends", [during.end for _, during in wishes.values()], ARRAY(DateTime(timezone=True))),
        appointment=appointment_id,
    )
    db.session.execute(statement)


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
    theirs = select(Claim.appointment_id).where(Claim.resource.in_(resources))
    is_over = or_(Appointment.state != State.HELD, Appointment.held_until <= now - GRACE)
    if wanted:
        overlaps = (Claim.during.overlaps(Range(each.start, each.end)) for each in wanted)
        is_over = or_(is_over, Appointment.id.in_(theirs.where(or_(*overlaps))))
    expired = db.session.execute(
        select(Appointment.id, Appointment.state)
        .where(
            Appointment.held_until <= now,
            Appointment.id.is_distinct_from(keeping),
            Appointment.id.in_(theirs),
            is_over,
        )
        .order_by(Appointment.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not expired:
        return
    holds = [row.id for row in expired if row.state == State.HELD]
    db.session.execute(delete(Appointment).where(Appointment.id.in_(holds)))
    endings.expire([row.id for row in expired if row.state == State.REQUESTED], now)
