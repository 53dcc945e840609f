"""Wall-clock time and moments. A time that a clock change skips moves forward; one that comes twice is the first."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def zone(name: str) -> ZoneInfo:
    """The IANA zone called `name`; raises ValueError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {name!r}") from error


@cache
def zone_names() -> frozenset[str]:
    """Every name a person may choose, for example Europe/Berlin."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


def moment(day: date, wall: time, zone_name: str) -> datetime:
    """The UTC moment at which a clock on the wall of that zone shows `wall` on `day`."""
    # With fold=0 a skipped time is read with the offset before the change, which lands as far behind the gap (PEP 495).
    return datetime.combine(day, wall.replace(tzinfo=None, fold=0), tzinfo=zone(zone_name)).astimezone(UTC)


def wall(at: datetime, zone_name: str) -> datetime:
    """What the clock on the wall of that zone shows at the moment `at` (aware)."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is not a moment")
    return at.astimezone(zone(zone_name))


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """The UTC moments at which that day begins and the next one does; 23 to 25 hours apart."""
    return moment(day, time(0), zone_name), moment(day + timedelta(days=1), time(0), zone_name)
