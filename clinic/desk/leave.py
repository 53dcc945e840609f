"""Being away: the hours close, and whoever stands in may open the caseload for just that time."""

from datetime import datetime
from typing import Final
from uuid import UUID

from clinic.clients import care
from clinic.database import locks
from clinic.outbox import service as outbox
from clinic.practice import hours
from clinic.practice.models import TimeOff

STANDS_IN: Final = "leave.stands_in"
ENDED: Final = "leave.ended"


def plan_leave(
    therapist_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    cover_id: UUID,
    *,
    by: UUID,
    day_began_at: datetime,
    now: datetime,
) -> TimeOff:
    """Be away with a cover, who is told once. Raises what `hours.take_off` raises."""
    off = take_leave(therapist_id, starts_at, ends_at, cover_id, day_began_at=day_began_at, now=now)
    if by != cover_id:
        outbox.queue(STANDS_IN, off.id, starts_at, cover_id, now=now)
    return off


def take_leave(
    therapist_id: UUID, starts_at: datetime, ends_at: datetime, cover_id: UUID, *, day_began_at: datetime, now: datetime
) -> TimeOff:
    """Be away with a cover. Raises what `hours.take_off` raises."""
    hold(therapist_id, cover_id, now)
    off = hours.take_off(therapist_id, starts_at, ends_at, cover_id, day_began_at=day_began_at, now=now)
    care.cover_caseload(therapist_id, cover_id, starts_at, ends_at, now)
    return off


def hold(therapist_id: UUID, cover_id: UUID, now: datetime) -> None:
    """Keep both and the caseload from changing under us.

    All at once and sorted: a booking that holds a client and waits for the therapist must not be waited for in turn.
    """
    locks.take({therapist_id, cover_id, *care.caseload(therapist_id, now)})


def come_back(off: TimeOff, *, by: UUID, now: datetime) -> None:
    """End time off before its end, or before it begins, and the cover with it; who has read of it is told."""
    if not outbox.skip(off.id, now=now, reason="over", kinds=(STANDS_IN,)) and by != off.cover_id:
        outbox.queue(ENDED, off.id, off.starts_at, off.cover_id, now=now)
    care.end_caseload_cover(off.cover_id, off.starts_at, off.ends_at, now)
    hours.end_leave(off, now)
