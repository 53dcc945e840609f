"""The next free first calls, for the pages that everybody sees."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice, repeat
from uuid import UUID

from clinic.booking.schedule import starts_by_therapist
from clinic.core.interval import Interval
from clinic.core.zones import wall
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import terms_with

LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FreeCall:
    """A free start of the service with one therapist."""

    starts_at: datetime
    therapist: Therapist
    service: Service


def free_calls(service: Service, therapists: Sequence[Therapist], zone: str, now: datetime) -> Iterator[FreeCall]:
    """Every free start of the next two weeks, soonest first, one at a time as they are asked for."""
    by_id: dict[UUID, Therapist] = {therapist.person_id: therapist for therapist in therapists}
    found = starts_by_therapist(
        service,
        service.modalities[0],
        terms_with(service, list(by_id)),
        Interval(now, now + LOOK_AHEAD),
        zone=zone,
        now=now,
    )
    of_each = (zip(starts, repeat(by_id[person_id])) for person_id, starts in found.items())
    soonest_first = merge(*of_each, key=lambda free: (free[0], free[1].position))
    return (FreeCall(start, therapist, service) for start, therapist in soonest_first)


def varied(calls: Iterable[FreeCall], zone: str, count: int) -> Iterator[FreeCall]:
    """One call of each of the next `count` days, with somebody not yet named where there is one: not a queue."""
    seen: set[UUID] = set()
    by_day = groupby(calls, key=lambda call: wall(call.starts_at, zone).date())
    for _, of_day in islice(by_day, count):
        offered = list(of_day)
        chosen = next((call for call in offered if call.therapist.person_id not in seen), offered[0])
        seen.add(chosen.therapist.person_id)
        yield chosen
