"""A slow, plain oracle for the slot search: it walks minute by minute and asks every question of each minute."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from clinic.booking.slots import Host, Hours, Search, Span
from clinic.core import zones
from clinic.core.interval import Interval

MINUTE = timedelta(minutes=1)


def naive_starts(search: Search, host: Host) -> list[datetime]:
    """What `free_starts` promises, found by trying every whole minute."""
    start = search.between.start.replace(second=0, microsecond=0)
    found = []
    while start < search.between.end:
        if fits(search, host, start):
            found.append(start)
        start += MINUTE
    return found


def fits(search: Search, host: Host, start: datetime) -> bool:
    """True when a session may start at `start`."""
    offer = search.offer
    session = Interval.lasting(start, offer.length_minutes)
    padded = session.padded(timedelta(minutes=offer.before_minutes), timedelta(minutes=offer.after_minutes))
    wall = zones.wall(start, search.zone)
    today = zones.wall(search.now, search.zone).date()
    return (
        start >= search.between.start
        and (wall.hour * 60 + wall.minute) % offer.grid_minutes == 0
        and start - search.now >= timedelta(minutes=offer.notice_minutes)
        and wall.date() <= today + timedelta(days=offer.horizon_days)
        and (offer.daily_cap is None or host.booked.get(wall.date(), 0) < offer.daily_cap)
        and not any(session.overlaps(away) for away in (*host.off, *_times(search.engaged)))
        and not any(padded.overlaps(busy) for busy in _times(host.busy))
        and (search.rooms is None or any(not any(padded.overlaps(b) for b in _times(room)) for room in search.rooms))
        and all(is_working(search, host, start + MINUTE * count) for count in range(offer.length_minutes))
    )


def is_working(search: Search, host: Host, minute: datetime) -> bool:
    """True when the host works in the whole minute that begins at `minute`."""
    if any(extra.start <= minute and minute + MINUTE <= extra.end for extra in host.extra):
        return True
    day = zones.wall(minute, search.zone).date()
    return any(
        is_open(hours, opening_day, minute, search.zone)
        for opening_day in (day - timedelta(days=1), day)
        if opening_day not in search.holidays
        for hours in host.hours
    )


def is_open(hours: Hours, day: date, minute: datetime, zone: str) -> bool:
    """True when the hours that open on `day` hold at `minute`."""
    if day.weekday() != hours.weekday or day < hours.valid_from or (hours.valid_to and day > hours.valid_to):
        return False
    closing_day = day if hours.closes > hours.opens else day + timedelta(days=1)
    return zones.moment(day, hours.opens, zone) <= minute < zones.moment(closing_day, hours.closes, zone)


def _times(spans: Iterable[Span]) -> list[Interval]:
    """Seconds as moments."""
    return [Interval(*(datetime.fromtimestamp(second, UTC) for second in span)) for span in spans]
