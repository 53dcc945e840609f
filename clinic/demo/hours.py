"""What the demo practice has planned: an extra evening, a week off with a cover, two holidays, own terms."""

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from clinic.core.zones import day_bounds
from clinic.demo.practice import ZONE, Ground
from clinic.demo.sessions import WEEKS_AHEAD
from clinic.desk.leave import take_leave
from clinic.practice.models import ExtraHours, Holiday, TherapistService

HOLIDAYS = ((1, 1, "New Year's Day"), (12, 25, "Christmas Day"))


def plan_hours(session: Session, ground: Ground, now: datetime, today: date) -> None:
    """Plan it, the week off after the last sessions that are booked."""
    dana, erik = ground.therapists[:2]
    session.add(ExtraHours(therapist_id=dana, on=_weekday(today, 3), starts=time(18), ends=time(20)))
    session.add_all(Holiday(on=_next(today, month, day), name=name) for month, day, name in HOLIDAYS)
    own = session.get_one(TherapistService, (erik, ground.services["individual-session"].id))
    own.minutes, own.price_cents = 60, 16_000
    session.flush()
    monday = _weekday(today + timedelta(weeks=WEEKS_AHEAD + 1), 0)
    starts_at, ends_at = day_bounds(monday, ZONE)[0], day_bounds(monday + timedelta(days=6), ZONE)[1]
    take_leave(dana, starts_at, ends_at, erik, day_began_at=day_bounds(today, ZONE)[0], now=now)


def _weekday(today: date, weekday: int) -> date:
    """The next such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _next(today: date, month: int, day: int) -> date:
    this_year = date(today.year, month, day)
    return this_year if this_year > today else date(today.year + 1, month, day)
