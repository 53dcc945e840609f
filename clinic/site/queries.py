"""The next free first calls, for the pages that everybody sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.booking.schedule import starts_by_therapist
from clinic.core.interval import Interval
from clinic.core.zones import wall
from clinic.practice.models import Service, Therapist

LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FreeCall:
    """A free start of the service with one therapist."""

    starts_at: datetime
    therapist: Therapist
    service: Service


def free_calls(service: Service, therapists: Sequence[Therapist], zone: str, now: datetime) -> list[FreeCall]:
    """Every free start of the next two weeks, soonest first."""
    by_id: dict[UUID, Therapist] = {therapist.person_id: therapist for therapist in therapists}
    found = starts_by_therapist(
        service, service.modalities[0], list(by_id), Interval(now, now + LOOK_AHEAD), zone=zone, now=now
    )
    calls = [FreeCall(start, by_id[person_id], service) for person_id, starts in found.items() for start in starts]
    return sorted(calls, key=lambda call: (call.starts_at, call.therapist.position))


def varied(calls: Sequence[FreeCall], zone: str, count: int) -> Iterator[FreeCall]:
    """The soonest of each day, each day with somebody else as far as that goes: a choice, not a queue."""
    seen_days: set[date] = set()
    seen_people: set[UUID] = set()
    everyone = {call.therapist.person_id for call in calls}
    for call in calls:
        day = wall(call.starts_at, zone).date()
        if day in seen_days or (call.therapist.person_id in seen_people and seen_people != everyone):
            continue
        seen_days.add(day)
        seen_people.add(call.therapist.person_id)
        yield call
        if len(seen_days) == count:
            return
