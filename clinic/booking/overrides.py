"""Which rules of booking a time would break. Clients are never offered such a time; staff are told, and may go on."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.booking import schedule
from clinic.booking.errors import PastStartError
from clinic.booking.slots import Host, Offer, last_day, working_times
from clinic.booking.wishes import Wish
from clinic.core import zones
from clinic.core.interval import Interval

_AROUND = timedelta(days=1)
STEP = timedelta(minutes=15)


class Broken(StrEnum):
    """A rule that staff may overrule."""

    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"
    TIME_OFF = "time_off"
    ELSEWHERE = "elsewhere"
    NOTICE = "notice"
    HORIZON = "horizon"
    DAILY_CAP = "daily_cap"
    SAME_NAME = "same_name"  # of a new caller, who may be in the practice's list already


def require_coming(starts_at: datetime, now: datetime) -> None:
    """Raise PastStartError for a time that is over; who stands at the desk is booked into the quarter that runs."""
    if starts_at <= now - STEP:
        raise PastStartError


def broken_by(wish: Wish, *, now: datetime, ignoring: Collection[UUID] = ()) -> list[Broken]:
    """The rules that a wish breaks; whether its time is taken is not asked, since that nobody overrules."""
    host, holidays = schedule.host_around(
        wish.service, wish.therapist_id, wish.starts_at, zone=wish.zone, now=now, ignoring=ignoring
    )
    return broken(schedule.offer_of(wish.service, wish.terms), host, holidays, wish.starts_at, zone=wish.zone, now=now)


def broken(
    offer: Offer, host: Host, holidays: frozenset[date], starts_at: datetime, *, zone: str, now: datetime
) -> list[Broken]:
    """The same on plain facts. On a holiday nobody keeps hours, so that alone is said."""
    session = Interval.lasting(starts_at, offer.length_minutes)
    around = Interval(session.start - _AROUND, session.end + _AROUND)
    day = zones.wall(starts_at, zone).date()
    is_open = any(
        hours.start <= session.start and session.end <= hours.end
        for hours in working_times(host, zone, holidays, around)
    )
    facts = {
        Broken.HOLIDAY: day in holidays,
        Broken.OUTSIDE_HOURS: day not in holidays and not is_open,
        Broken.TIME_OFF: any(each.overlaps(session) for each in host.off),
        Broken.ELSEWHERE: any(each.overlaps(session) for each in host.elsewhere),
        Broken.NOTICE: starts_at < now + timedelta(minutes=offer.notice_minutes),
        Broken.HORIZON: day > last_day(offer, now, zone),
        Broken.DAILY_CAP: offer.daily_cap is not None and host.booked.get(day, 0) >= offer.daily_cap,
    }
    return [rule for rule, is_broken in facts.items() if is_broken]
