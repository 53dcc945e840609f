"""What each occurrence of a standing session meets, and where else it would fit: plain intervals in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from clinic.booking.slots import Host, Offer, Search, Span, free_starts, nearest, spans
from clinic.core import zones
from clinic.core.interval import Interval

NEAR: Final = timedelta(days=3)
FAR: Final = timedelta(days=7)
"""How far from an occurrence another time may lie; beyond that it would be another week's session."""
GRID_MINUTES: Final = 5
"""A standing session begins at a multiple of five minutes."""
_NO_END: Final = 3660  # days: staff book beyond the horizon that clients have


class Meets(StrEnum):
    """What an occurrence meets at its time. Before a warning staff may book it all the same, before a collision not."""

    FREE = "free"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    TIME_OFF = "time_off"
    ELSEWHERE = "elsewhere"
    LEAVES = "leaves"
    THERAPIST = "therapist"
    NO_ROOM = "no_room"
    CLIENT = "client"
    NOT_FREE = "not_free"


WARNINGS: Final = frozenset({Meets.OUTSIDE_HOURS, Meets.HOLIDAY, Meets.TIME_OFF, Meets.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a standing session: which, when, what it meets there, and up to three times that are free instead."""

    number: int
    starts_at: datetime
    meets: Meets
    nearest: Sequence[datetime] = ()

    @property
    def is_warning(self) -> bool:
        """Staff may book it all the same."""
        return self.meets in WARNINGS

    @property
    def is_collision(self) -> bool:
        """It would be a double booking."""
        return self.meets is not Meets.FREE and not self.is_warning


@dataclass(frozen=True, slots=True)
class Ground:
    """The time of everyone whom a standing session needs, over its whole length. `is_joint`: of two, none is named."""

    search: Search
    host: Host
    is_joint: bool
    leaves_at: datetime | None = None
    offer: Offer = field(init=False)

    def __post_init__(self) -> None:
        """Notice, horizon and cap are for those who book by themselves."""
        offer = replace(self.search.offer, notice_minutes=0, horizon_days=_NO_END, daily_cap=None)
        object.__setattr__(self, "offer", offer)

    def session(self, start: datetime) -> Interval:
        """The session alone."""
        return Interval.lasting(start, self.offer.length_minutes)

    def padded(self, start: datetime) -> Interval:
        """The session with its buffers."""
        before, after = timedelta(minutes=self.offer.before_minutes), timedelta(minutes=self.offer.after_minutes)
        return self.session(start).padded(before, after)


def look(ground: Ground, starts: Mapping[int, datetime]) -> list[Occurrence]:
    """Every occurrence with what it meets, in order of its number."""
    found = []
    for number, start in sorted(starts.items()):
        met = meets(ground, start)
        others = [each for each in starts.values() if each != start]
        free = () if met is Meets.FREE else instead(ground, start, others)
        found.append(Occurrence(number, start, met, free))
    return found


def meets(ground: Ground, start: datetime) -> Meets:
    """What the time of one occurrence meets; of a collision and a warning, the collision."""
    [session, padded] = spans([ground.session(start), ground.padded(start)])
    if ground.leaves_at is not None and ground.padded(start).end > ground.leaves_at:
        return Meets.LEAVES
    rooms = ground.search.rooms
    collision = None
    if _meets_any(padded, ground.host.busy):
        collision = Meets.THERAPIST
    elif _meets_any(session, ground.search.engaged):
        collision = Meets.CLIENT
    elif rooms is not None and all(_meets_any(padded, room) for room in rooms):
        collision = Meets.NO_ROOM
    if collision is not None:
        return Meets.NOT_FREE if ground.is_joint else collision
    return _warning(ground, start)


def instead(ground: Ground, start: datetime, others: Sequence[datetime]) -> list[datetime]:
    """The three free times nearest to `start`, none of which overlaps another occurrence."""
    taken = [*ground.host.busy, *spans(ground.padded(each) for each in others)]
    host = replace(ground.host, busy=taken, booked={})
    free: list[datetime] = []
    for reach in (NEAR, FAR):
        between = Interval(start - reach, start + reach)
        search = replace(ground.search, offer=ground.offer, between=between)
        free = [each for each in free_starts(search, host) if each != start]
        if len(free) >= 3:
            break
    return nearest(free, start)


def _warning(ground: Ground, start: datetime) -> Meets:
    """Whether hours, leave, holidays and calendars outside allow that start; who is booked then is not asked."""
    between = Interval(start, start + timedelta(seconds=1))
    offer = replace(ground.offer, grid_minutes=GRID_MINUTES)
    search = replace(ground.search, offer=offer, between=between, engaged=(), rooms=None)
    if free_starts(search, replace(ground.host, busy=(), booked={})) == [start]:
        return Meets.FREE
    if any(ground.session(start).overlaps(off) for off in ground.host.off):
        return Meets.TIME_OFF
    if any(ground.padded(start).overlaps(busy) for busy in ground.host.elsewhere):
        return Meets.ELSEWHERE
    on = zones.wall(start, ground.search.zone).date()
    return Meets.HOLIDAY if on in ground.search.holidays else Meets.OUTSIDE_HOURS


def _meets_any(span: Span, taken: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)
