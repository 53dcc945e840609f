"""When somebody is busy, by a calendar file: plain times out, sorted and apart. It keeps no title, knows no table."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from icalendar import Calendar, Component

from clinic.core.interval import Interval
from clinic.outside.errors import CannotReadError, Problem
from clinic.outside.foreign_zones import ToMoment, Zones
from clinic.outside.steps import Steps
from clinic.outside.trimming import ZONE, trimmed

MOST_TIMES: Final = 5_000
_DAY: Final = timedelta(days=1)
# A session of this practice, which came back by way of an invitation or a feed.
_OWN: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@clinic")


@dataclass(frozen=True, slots=True)
class _When:
    """A value of the file: naive wall time with the way to a moment, and whether it is a whole day."""

    wall: datetime
    to_moment: ToMoment
    is_day: bool

    @property
    def moment(self) -> datetime:
        """The moment in UTC."""
        return self.to_moment(self.wall)


@dataclass(frozen=True, slots=True)
class _Length:
    """How long something takes: days by the calendar, and time by the clock."""

    days: int = 0
    exact: timedelta = timedelta()

    def end(self, wall: datetime, to_moment: ToMoment) -> datetime:
        """The moment at which it ends when it starts then."""
        return to_moment(wall + timedelta(days=self.days)) + self.exact


def busy_times(data: bytes, home: str, between: Interval) -> list[Interval]:
    """When the file says that its owner is busy within `between`; joined, sorted, never touching.

    Whole days and times without a zone are those of `home`. What is free, cancelled or one of our own sessions does
    not count. Raises CannotReadError rather than leave out what it cannot read.
    """
    text = trimmed(data)
    try:
        return _Reader(Calendar.from_ical(text, multiple=True), home, between).busy_times()
    except CannotReadError:
        raise
    except Exception as error:  # whatever a hostile file makes the parser raise, it is a broken file
        raise CannotReadError(Problem.BROKEN) from error


class _Reader:
    """One file, in one stretch of time, with a bound on the work."""

    def __init__(self, calendars: Iterable[Component], home: str, between: Interval) -> None:
        self._components = [each for calendar in calendars for each in calendar.subcomponents]
        self._between, self._steps = between, Steps()
        self._last = between.end.replace(tzinfo=None) + _DAY  # on any wall clock
        definitions = [each for each in self._components if each.name == ZONE]
        self._zones = Zones(definitions, home, self._last, self._steps)

    def busy_times(self) -> list[Interval]:
        """All of them together."""
        series: defaultdict[str, list[Component]] = defaultdict(list)
        found: list[Interval] = []
        for number, each in enumerate(self._components):
            if each.errors:
                raise CannotReadError(Problem.BROKEN)
            if each.name == "VEVENT":
                series[str(each.get("UID") or number)].append(each)
            elif each.name == "VFREEBUSY":
                found += self._periods(each)
        for uid, events in series.items():
            if not _OWN.fullmatch(uid):
                found += self._of_series(events)
        times = _joined(self._clipped(found))
        if len(times) > MOST_TIMES:
            raise CannotReadError(Problem.TOO_MUCH)
        return times

    def _of_series(self, events: Sequence[Component]) -> Iterator[Interval]:
        """An event with what replaces single ones of its times."""
        replaced = {self._replaces(each) for each in events if "RECURRENCE-ID" in each}
        for each in events:
            self._steps.take()
            if not _is_busy(each):
                continue
            for interval in self._occurrences(each):
                if "RECURRENCE-ID" in each or interval.start not in replaced:
                    yield interval

    def _replaces(self, event: Component) -> datetime:
        value = event["RECURRENCE-ID"]
        if isinstance(value, list) or "RANGE" in value.params:
            raise CannotReadError(Problem.UNSUPPORTED)
        return self._when(value).moment

    def _occurrences(self, event: Component) -> Iterator[Interval]:
        if "EXRULE" in event or isinstance(event.get("RRULE"), list):
            raise CannotReadError(Problem.UNSUPPORTED)
        first = self._when(event["DTSTART"])
        length = self._length(event, first)
        starts = {first.moment: first.wall}
        for wall in self._by_rule(event, first):
            starts.setdefault(first.to_moment(wall), wall)
        moments, days = self._exceptions(event, first)
        for start, wall in starts.items():
            end = length.end(wall, first.to_moment)
            if start not in moments and wall.date() not in days and start < end:
                yield Interval(start, end)
        yield from self._further(event, first, length, moments)

    def _by_rule(self, event: Component, first: _When) -> Iterator[datetime]:
        """The walls of the rule, up to its UNTIL, which may name a moment, a wall time or a day."""
        rule = event.get("RRULE")
        if rule is None or "RECURRENCE-ID" in event:
            return
        until = rule.get("UNTIL", [None])[0]
        last = self._last
        if until is not None:
            end = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
            last = min(last, end.replace(tzinfo=None) + _DAY)
        for wall in self._steps.walls(rule, first.wall, last):
            if until is None or _is_within(wall, first.to_moment, until):
                yield wall

    def _exceptions(self, event: Component, first: _When) -> tuple[set[datetime], set[date]]:
        """Moments that are left out, and whole days."""
        values = [self._when(each, first.to_moment) for each in _listed(event.get("EXDATE"))]
        days = {each.wall.date() for each in values if each.is_day}
        return {each.moment for each in values if not each.is_day}, days

    def _further(self, event: Component, first: _When, length: _Length, moments: set[datetime]) -> Iterator[Interval]:
        """What RDATE adds, as starts or as periods."""
        for each in _listed(event.get("RDATE")):
            if isinstance(each.dt, tuple):
                yield self._period(each)
                continue
            added = self._when(each, first.to_moment)
            end = length.end(added.wall, added.to_moment)
            if added.moment not in moments and added.moment < end:
                yield Interval(added.moment, end)

    def _length(self, event: Component, first: _When) -> _Length:
        """By its end, by its duration, or a day for what is a day; of what says nothing, no time at all."""
        if "DTEND" in event:
            end = self._when(event["DTEND"])
            if first.is_day:
                return _Length(days=max(1, (end.wall - first.wall).days))
            return _Length(exact=end.moment - first.moment)
        if "DURATION" in event:
            lasts: Any = event["DURATION"]
            return _Length(days=lasts.dt.days) if first.is_day else _Length(exact=lasts.dt)
        return _Length(days=1 if first.is_day else 0)

    def _periods(self, component: Component) -> Iterator[Interval]:
        """Busy time that is published as such."""
        values = component.get("FREEBUSY", [])
        for each in values if isinstance(values, list) else [values]:
            self._steps.take()
            if str(each.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                yield self._period(each)

    def _period(self, value: Any) -> Interval:
        start, end = value.dt if hasattr(value, "dt") else (value.start, value.end)
        begins = self._moment(start, value.params)
        return Interval(begins, begins + end if isinstance(end, timedelta) else self._moment(end, value.params))

    def _moment(self, value: datetime, params: Any) -> datetime:
        return self._read(value, params, None).moment

    def _when(self, value: Any, otherwise: ToMoment | None = None) -> _When:
        if isinstance(value, list):
            raise CannotReadError(Problem.BROKEN)
        return self._read(value.dt, value.params, otherwise)

    def _read(self, value: date, params: Any, otherwise: ToMoment | None) -> _When:
        """A value by the zone that it names; one that names none is UTC, or `otherwise`, or at home."""
        if not isinstance(value, datetime):
            return _When(datetime.combine(value, time(0)), self._zones.home, is_day=True)
        wall = value.replace(tzinfo=None)
        if value.tzinfo is not None:  # only UTC is written into the time itself, and wins over any name beside it
            return _When(wall, lambda each: each.replace(tzinfo=UTC), is_day=False)
        if ZONE in params:
            return _When(wall, self._zones.named(str(params[ZONE])), is_day=False)
        return _When(wall, otherwise or self._zones.home, is_day=False)

    def _clipped(self, intervals: Iterable[Interval]) -> Iterator[Interval]:
        for each in intervals:
            start, end = max(each.start, self._between.start), min(each.end, self._between.end)
            if start < end:
                yield Interval(start, end)


def _is_busy(event: Component) -> bool:
    """False for what is free, cancelled, or free by Outlook's word."""
    return (
        str(event.get("TRANSP", "")).upper() != "TRANSPARENT"
        and str(event.get("STATUS", "")).upper() != "CANCELLED"
        and str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"
    )


def _is_within(wall: datetime, to_moment: ToMoment, until: date) -> bool:
    if not isinstance(until, datetime):
        return wall.date() <= until
    return wall <= until if until.tzinfo is None else to_moment(wall) <= until


def _listed(value: Any) -> list[Any]:
    """Every value of a property that comes never, once or often, each time with one or many."""
    some = [] if value is None else value if isinstance(value, list) else [value]
    return [each for part in some for each in part.dts]


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Overlapping and touching ones as one, sorted."""
    joined: list[Interval] = []
    for each in sorted(intervals):
        if joined and each.start <= joined[-1].end:
            if each.end > joined[-1].end:
                joined[-1] = Interval(joined[-1].start, each.end)
        else:
            joined.append(each)
    return joined
