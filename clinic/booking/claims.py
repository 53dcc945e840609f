"""Taking time: sorted locks first, then what has expired is cleared, then the claims; the database has the last word.

The order keeps racing bookings from deadlocking: everyone who wants one of the resources waits for its lock, so that an
insert never waits inside the exclusion constraint.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg.errors import ExclusionViolation
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from clinic.booking import schedule
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.booking.rules import State
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database import locks
from clinic.database.session import db
from clinic.practice.models import Service

NEVER_OVERLAPS: Final = "claim_never_overlaps"


def lock(resources: Collection[UUID], *, now: datetime, keeping: UUID | None = None) -> None:
    """Hold everyone else off these resources until the transaction ends, and clear what has expired on them.

    Booking clears expired holds itself, since the workers may be down; the hold `keeping` stays, expired or not. Inside
    `or_taken`, a refusal gives the locks back at once.
    """
    locks.take(resources)
    _clear_expired(resources, now, keeping)


def padded(service: Service, starts_at: datetime) -> Interval:
    """The session with its buffers, as therapist and room are claimed for it."""
    session = Interval.lasting(starts_at, service.minutes)
    return session.padded(
        timedelta(minutes=service.buffer_before_minutes), timedelta(minutes=service.buffer_after_minutes)
    )


def free_room(
    rooms: Sequence[UUID],
    during: Interval,
    *,
    now: datetime,
    ignoring: Collection[UUID] = (),
    first: UUID | None = None,
) -> UUID:
    """The first of `rooms` (or `first`, if free) that nobody has then. The rooms are locked. Raises SlotTaken."""
    busy = schedule.busy_times(rooms, during, now=now, ignoring=ignoring)
    free = [room_id for room_id in rooms if not busy[room_id]]
    if not free:
        raise SlotTaken
    return first if first in free else free[0]


def wanted(
    service: Service, starts_at: datetime, therapist_id: UUID, room_id: UUID | None, client_ids: Collection[UUID]
) -> dict[UUID, tuple[str, Interval]]:
    """What an appointment claims: therapist and room with the buffers, each client for the session alone."""
    around = padded(service, starts_at)
    result = {therapist_id: ("therapist", around)}
    if room_id is not None:
        result[room_id] = ("room", around)
    return result | {client_id: ("client", Interval.lasting(starts_at, service.minutes)) for client_id in client_ids}


def insert(appointment_id: UUID, wishes: dict[UUID, tuple[str, Interval]]) -> None:
    """Claim it all. Flushes, so that the database answers now; call it inside `or_taken`."""
    db.session.add_all(
        Claim(appointment_id=appointment_id, resource=resource, kind=kind, during=Range(during.start, during.end))
        for resource, (kind, during) in wishes.items()
    )
    db.session.flush()


def replace(appointment_id: UUID, wishes: dict[UUID, tuple[str, Interval]]) -> None:
    """Let an appointment claim other time: what stays is updated in place, so that it may overlap its own old time."""
    existing = {
        claim.resource: claim for claim in db.session.scalars(select(Claim).filter_by(appointment_id=appointment_id))
    }
    for resource, claim in existing.items():
        if resource not in wishes:
            db.session.delete(claim)
    for resource, (_, during) in wishes.items():
        if resource in existing:
            existing[resource].during = Range(during.start, during.end)
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


def _clear_expired(resources: Collection[UUID], now: datetime, keeping: UUID | None) -> None:
    """Holds vanish, requests end as expired. Rows that somebody is changing this moment are theirs to settle."""
    expired = db.session.execute(
        select(Appointment.id, Appointment.state, Appointment.starts_at)
        .where(
            Appointment.held_until <= now,
            Appointment.id.is_distinct_from(keeping),
            Appointment.id.in_(select(Claim.appointment_id).where(Claim.resource.in_(resources))),
        )
        .order_by(Appointment.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not expired:
        return
    holds = [row.id for row in expired if row.state == State.HELD]
    requests = [row for row in expired if row.state == State.REQUESTED]
    db.session.execute(delete(Appointment).where(Appointment.id.in_(holds)))
    db.session.execute(
        update(Appointment)
        .where(Appointment.id.in_([row.id for row in requests]))
        .values(state=State.EXPIRED, held_until=None)
    )
    db.session.add_all(
        AppointmentEvent(id=new_id(), appointment_id=row.id, at=now, kind="expired", starts_at=row.starts_at)
        for row in requests
    )
