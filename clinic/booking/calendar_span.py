"""What a calendar shows at once: a day, a week, a month, or a list of what comes; and where one goes from there."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from clinic.core import zones
from clinic.core.interval import Interval

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
AGENDA_DAYS: Final = 14


class View(StrEnum):
    """How the calendar is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    AGENDA = "agenda"


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last` (included), around the day that was asked for."""

    view: View
    day: date
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every one of them."""
        return [self.first + DAY * number for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        """The day that the page before is about."""
        if self.view is View.MONTH:
            return (self.day.replace(day=1) - DAY).replace(day=1)
        return self.day - _STRIDES[self.view]

    @property
    def after(self) -> date:
        """The day that the page after is about."""
        if self.view is View.MONTH:
            return (self.day.replace(day=1) + DAY * 31).replace(day=1)
        return self.day + _STRIDES[self.view]

    def has(self, day: date) -> bool:
        """True when the page is about that day; of a month, the days at its ends belong to their own."""
        if self.view is View.MONTH:
            return (day.year, day.month) == (self.day.year, self.day.month)
        return self.first <= day <= self.last

    def bounds(self, zone: str) -> Interval:
        """From the first midnight to the last, in a zone."""
        return Interval(zones.day_bounds(self.first, zone)[0], zones.day_bounds(self.last, zone)[1])


_STRIDES: Final = {View.DAY: DAY, View.WEEK: WEEK, View.AGENDA: DAY * AGENDA_DAYS}


def span_of(view: View, day: date) -> Span:
    """What that view shows around that day; weeks begin on a Monday, and a month is filled up to whole weeks."""
    if view is View.DAY:
        return Span(view, day, day, day)
    if view is View.AGENDA:
        return Span(view, day, day, day + DAY * (AGENDA_DAYS - 1))
    if view is View.WEEK:
        monday = day - DAY * day.weekday()
        return Span(view, day, monday, monday + DAY * 6)
    first = day.replace(day=1)
    last = (first + DAY * 31).replace(day=1) - DAY
    return Span(view, day, first - DAY * first.weekday(), last + DAY * (6 - last.weekday()))
