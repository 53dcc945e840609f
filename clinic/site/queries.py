"""The next free first calls, for the pages that everybody sees.

Each process keeps what it found for a few seconds: a page that says when somebody is free is looked at for longer, and
a time that is gone meanwhile is refused by whoever books it, with others offered. The pages of times ask each time.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from clinic.booking.schedule import starts_by_therapist
from clinic.core.interval import Interval
from clinic.core.zones import day_bounds, wall
from clinic.database.session import catalogue_version
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import terms_with

FIRST_LOOK = timedelta(days=5)
LOOK_AHEAD = timedelta(days=14)
KEPT_FOR: Final = timedelta(seconds=5)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FreeCall:
    """A free start of the service of that address with one therapist."""

    starts_at: datetime
    therapist: Therapist
    service: str


@dataclass(frozen=True, slots=True)
class FreeCalls:
    """The free starts of the service of that address with each of these therapists, sorted."""

    service: str
    therapists: Sequence[Therapist]
    starts: Mapping[UUID, Sequence[datetime]]

    def of(self, therapist: Therapist) -> Iterator[FreeCall]:
        """Those with that therapist."""
        return (FreeCall(start, therapist, self.service) for start in self.starts.get(therapist.person_id, ()))

    def varied(self, zone: str, count: int) -> Iterator[FreeCall]:
        """One of each of the next `count` days, with somebody not yet named where there is one: not a queue."""
        seen: set[UUID] = set()
        since = _LONG_AGO
        for _ in range(count):
            if not (firsts := self._first_since(since)):
                return
            since = day_bounds(wall(firsts[0].starts_at, zone).date(), zone)[1]
            of_day = [each for each in firsts if each.starts_at < since]
            chosen = next((each for each in of_day if each.therapist.person_id not in seen), of_day[0])
            seen.add(chosen.therapist.person_id)
            yield chosen

    def _first_since(self, since: datetime) -> list[FreeCall]:
        """The first start of each therapist from then on, soonest first."""
        firsts = []
        for therapist in self.therapists:
            starts = self.starts.get(therapist.person_id, ())
            if (place := bisect_left(starts, since)) < len(starts):
                firsts.append(FreeCall(starts[place], therapist, self.service))
        return sorted(firsts, key=lambda free: (free.starts_at, free.therapist.position))


Asked = tuple[UUID, UUID, tuple[UUID, ...], timedelta]  # which catalogue, the service, of whom, how far ahead
_kept: dict[Asked, tuple[datetime, FreeCalls]] = {}


def free_calls(
    service: Service | None, therapists: Sequence[Therapist], zone: str, now: datetime, ahead: timedelta = LOOK_AHEAD
) -> FreeCalls:
    """What is free within that time, as of the last few seconds; nothing without such a service, or who gives it."""
    if service is None or not therapists:
        return FreeCalls("", (), {})
    stamp = catalogue_version()
    if stamp is None:  # this transaction changes what is on offer
        return _found(service, therapists, zone, now, ahead)
    asked = (stamp, service.id, tuple(each.person_id for each in therapists), ahead)
    at, found = _kept.get(asked, (_LONG_AGO, None))
    if found is None or not at <= now < at + KEPT_FOR:
        found = _found(service, therapists, zone, now, ahead)
        _keep(asked, now, found)
    return found


def _keep(asked: Asked, now: datetime, found: FreeCalls) -> None:
    for each in list(_kept):
        if each[0] != asked[0]:  # of a catalogue that is no more
            _kept.pop(each, None)
    _kept[asked] = now, found


def _found(service: Service, therapists: Sequence[Therapist], zone: str, now: datetime, ahead: timedelta) -> FreeCalls:
    terms = terms_with(service, [each.person_id for each in therapists])
    between = Interval(now, now + ahead)
    starts = starts_by_therapist(service, service.modalities[0], terms, between, zone=zone, now=now)
    return FreeCalls(service.slug, therapists, starts)
