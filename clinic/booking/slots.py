"""Where a session still fits: plain intervals in, sorted starts out. It knows no framework and no table."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import inf
from operator import itemgetter
from typing import TypeVar

from clinic.core import zones
from clinic.core.interval import Interval

Whom = TypeVar("Whom")
DAY_SECONDS = 86_400
Span = tuple[float, float]
"""Seconds since 1970: numbers compare and add several times as fast as moments do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a service asks of a slot. Buffers lie outside the session; `daily_cap` None means no limit."""

    length_minutes: int
    before_minutes: int = 0
    after_minutes: int = 0
    notice_minutes: int = 24 * 60
    horizon_days: int = 60
    daily_cap: int | None = None
    grid_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall time on one weekday (Monday is 0), from `valid_from` to `valid_to` (included; None is for ever).

    A closing time that is not after the opening one lies on the next day, so 00:00 closes at midnight.
    """

    weekday: int
    opens: time
    closes: time
    valid_from: date = date.min
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when the practice keeps these hours on `day`."""
        ends_before = self.valid_to is not None and self.valid_to < day
        return day.weekday() == self.weekday and self.valid_from <= day and not ends_before


@dataclass(frozen=True, slots=True)
class Host:
    """One therapist's time. `busy` holds sessions with their buffers; `booked` counts sessions per day, for the cap.

    `elsewhere` is what calendars outside say; a session keeps its buffers free of it, as of another session.
    `offer` is the service as they give it, where that is not as the search says.
    """

    hours: Sequence[Hours]
    extra: Sequence[Interval] = ()
    off: Sequence[Interval] = ()
    busy: Sequence[Span] = ()
    elsewhere: Sequence[Interval] = ()
    booked: Mapping[date, int] = field(default_factory=dict)
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What is common to all hosts: the service, the zone of the practice, and the stretch of starts that is asked for.

    `engaged` are sessions of the client, who needs no buffer. `rooms` holds the busy time of each room that would do,
    one of which must be free; None means that no room is needed.
    """

    offer: Offer
    zone: str
    between: Interval
    now: datetime
    holidays: frozenset[date] = frozenset()
    engaged: Sequence[Span] = ()
    rooms: Sequence[Sequence[Span]] | None = None


def free_starts(search: Search, host: Host) -> list[datetime]:
    """Every start on the grid at which the session fits, sorted, in UTC.

    The session lies in the working hours and outside time off; with its buffers it touches nothing busy.
    """
    if host.offer is not None:
        search = replace(search, offer=host.offer)
    first, last = _limits(search)
    if first > last:
        return []
    length = search.offer.length_minutes * 60
    blocked = _blocked(search, host)
    seconds, moments = _grid(search, first, last)
    starts: list[datetime] = []
    position = 0
    for opens, closes in _open(search, host, first, last):
        low, high = max(opens, first), min(closes - length, last)
        while position < len(blocked) and blocked[position][1] <= low:
            position += 1
        ahead = position
        while low <= high and ahead < len(blocked) and blocked[ahead][0] < high:
            collides, free = blocked[ahead]
            if low <= collides:
                starts += moments[bisect_left(seconds, low) : bisect_right(seconds, collides)]
            low = max(low, free)
            ahead += 1
        if low <= high:
            starts += moments[bisect_left(seconds, low) : bisect_right(seconds, high)]
    return starts


def spans(intervals: Iterable[Interval]) -> list[Span]:
    """The same stretches in seconds."""
    return [(each.start.timestamp(), each.end.timestamp()) for each in intervals]


def working_times(host: Host, zone: str, holidays: frozenset[date], between: Interval) -> list[Interval]:
    """When the host works within `between`, sorted and separate. Holidays are left out, time off is not."""
    search = Search(Offer(0), zone, between, between.start, holidays)
    first, last = between.start.timestamp(), between.end.timestamp()
    opens = ((max(start, first), min(end, last)) for start, end in _open(search, host, first, last))
    return [Interval(_moment(start), _moment(end)) for start, end in opens if start < end]


def open_times(host: Host, zone: str, holidays: frozenset[date], between: Interval) -> list[Interval]:
    """When the host works within `between`, without holidays and time off, whoever is booked then."""
    opened = spans(working_times(host, zone, holidays, between))
    for away_from, away_until in spans(host.off):
        opened = [part for span in opened for part in _without(span, away_from, away_until)]
    return [Interval(_moment(start), _moment(end)) for start, end in opened]


def first_available(starts: Mapping[Whom, Sequence[datetime]]) -> list[tuple[datetime, Whom]]:
    """Each start that anyone has free, once, with the first host in the order of `starts` who has it."""
    first: dict[datetime, Whom] = {}
    for host, free in reversed([*starts.items()]):
        first.update(dict.fromkeys(free, host))
    return sorted(first.items(), key=itemgetter(0))


def nearest(starts: Sequence[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The `count` of the sorted `starts` closest to `wanted` by elapsed time (of two as close, the earlier), sorted."""
    right = bisect_left(starts, wanted)
    left = right - 1
    chosen: list[datetime] = []
    while len(chosen) < count and (left >= 0 or right < len(starts)):
        if right == len(starts) or (left >= 0 and wanted - starts[left] <= starts[right] - wanted):
            chosen.append(starts[left])
            left -= 1
        else:
            chosen.append(starts[right])
            right += 1
    return sorted(chosen)


def last_day(offer: Offer, now: datetime, zone: str) -> date:
    """The last day on which the service can be booked now: the horizon counts days on the practice's wall calendar."""
    return zones.wall(now, zone).date() + timedelta(days=offer.horizon_days)


def _limits(search: Search) -> Span:
    """The first and the last second at which a session may start, by the question, the notice and the horizon."""
    notice = search.now + timedelta(minutes=search.offer.notice_minutes)
    _, horizon = zones.day_bounds(last_day(search.offer, search.now, search.zone), search.zone)
    first = max(search.between.start, notice)
    last = min(search.between.end, horizon) - timedelta(microseconds=1)
    return first.timestamp(), last.timestamp()


def _open(search: Search, host: Host, first: float, last: float) -> list[Span]:
    """The sorted, separate stretches of work that touch the seconds from `first` to `last`."""
    by_weekday: list[list[Hours]] = [[] for _ in range(7)]
    for hours in host.hours:
        by_weekday[hours.weekday].append(hours)
    found = spans(host.extra)
    # Hours may run past midnight, so those of the evening before count too.
    day = zones.wall(_moment(first), search.zone).date() - timedelta(days=1)
    final = zones.wall(_moment(last), search.zone).date()
    while day <= final:
        if day not in search.holidays:
            found += [
                _hours_span(day, h.opens, h.closes, search.zone) for h in by_weekday[day.weekday()] if h.holds_on(day)
            ]
        day += timedelta(days=1)
    return _merged(found, joins_touching=True)


def _without(span: Span, away_from: float, away_until: float) -> Iterator[Span]:
    """What is left of a stretch when another is taken out of it."""
    start, end = span
    if start < min(end, away_from):
        yield start, min(end, away_from)
    if max(start, away_until) < end:
        yield max(start, away_until), end


def _blocked(search: Search, host: Host) -> list[Span]:
    """Sorted, separate stretches of starts that collide; `(low, high)` means what lies strictly between them."""
    offer = search.offer
    length, before, after = offer.length_minutes * 60, offer.before_minutes * 60, offer.after_minutes * 60
    found = [(start - length - after, end + before) for start, end in (*host.busy, *spans(host.elsewhere))]
    found += [(start - length, end) for start, end in (*spans(host.off), *search.engaged)]
    if offer.daily_cap is not None:
        full = (day for day, count in host.booked.items() if count >= offer.daily_cap)
        days = (Interval(*zones.day_bounds(day, search.zone)) for day in full)
        found += [(start - 1, end) for start, end in spans(days)]
    if search.rooms is not None:
        found += _roomless(search.rooms, length + after, before)
    return _merged(found)


def _roomless(rooms: Sequence[Sequence[Span]], ahead: float, behind: float) -> list[Span]:
    """Stretches of starts that collide in every one of `rooms`; with no room at all that is all of time."""
    common: list[Span] = [(-inf, inf)]
    for busy in rooms:
        taken = _merged((start - ahead, end + behind) for start, end in busy)
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in taken if c < b and a < d]
    return common


def _merged(spans: Iterable[Span], *, joins_touching: bool = False) -> list[Span]:
    """Overlapping spans joined, sorted.

    Of collisions, two that only touch stay apart, since the moment between them is free; of working hours, they
    become one, since a session may run from one into the next.
    """
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and (start < result[-1][1] or (joins_touching and start == result[-1][1])):
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def _grid(search: Search, first: float, last: float) -> tuple[list[int], list[datetime]]:
    """The marks at which the practice's wall clock stands on the grid, on all days that the seconds touch."""
    seconds: list[int] = []
    moments: list[datetime] = []
    for utc_day in range(int(first // DAY_SECONDS), int(last // DAY_SECONDS) + 1):
        day_seconds, day_moments = _marks(utc_day, search.zone, search.offer.grid_minutes)
        seconds += day_seconds
        moments += day_moments
    return seconds, moments


@lru_cache(maxsize=1024)
def _marks(utc_day: int, zone: str, grid_minutes: int) -> tuple[list[int], list[datetime]]:
    """The marks of the grid in one UTC day since 1970, as seconds and as moments; the same day is asked for often."""
    grid = grid_minutes * 60
    low = utc_day * DAY_SECONDS
    seconds: list[int] = []
    for offset, until in _offsets(utc_day, zone):
        seconds += range(low + -(low + offset) % grid, until, grid)
        low = until
    return seconds, [_moment(second) for second in seconds]


def _offsets(utc_day: int, zone: str) -> list[tuple[int, int]]:
    """The offsets of one UTC day since 1970 in order, each with the second at which it ends."""
    start, end = utc_day * DAY_SECONDS, (utc_day + 1) * DAY_SECONDS
    before, after = _offset_at(start, zone), _offset_at(end - 1, zone)
    if before == after:
        return [(before, end)]
    low, high = start, end - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_at(middle, zone) == before else (low, middle)
    return [(before, high), (after, end)]


def _offset_at(second: int, zone: str) -> int:
    offset = zones.wall(_moment(second), zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


@lru_cache(maxsize=8192)
def _hours_span(day: date, opens: time, closes: time, zone: str) -> Span:
    """The seconds between two wall times, the second on the next day unless it is the later one."""
    closing_day = day if closes > opens else day + timedelta(days=1)
    start = zones.moment(day, opens, zone).timestamp()
    # Hours that a clock change skips altogether open and close at once.
    return start, max(start, zones.moment(closing_day, closes, zone).timestamp())


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)
