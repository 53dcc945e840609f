"""The calendar as its pages show it, in a fixed number of statements whatever the range and however many sessions."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import request
from flask_babel import format_date, gettext

from clinic.booking import attendance, queries, schedule
from clinic.booking.calendar_grid import Away, Column, Grid, lay_out
from clinic.booking.calendar_span import Span, View, span_of
from clinic.booking.forms import FARTHEST
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.booking.waiting import waits_for_practice
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.practice.models import Therapist, TimeOff
from clinic.web.filters import day as day_words
from clinic.web.filters import zone_label

WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Links:
    """Where the page leads: to a session, to booking at a free place, to another view or day, to moving a session."""

    session: Callable[[Appointment], str]
    book: Callable[[datetime, UUID], str]
    show: Callable[[View, date], str]
    move: Callable[[Appointment], str]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a list or a month: a column, the name of the holiday where it is one, and for a list what is off."""

    column: Column
    holiday: str | None
    cancelled: Sequence[Appointment] = ()

    @property
    def listed(self) -> list[Appointment]:
        """The sessions in order, those that are cancelled among them."""
        return sorted([*self.column.sessions, *self.cancelled], key=lambda each: each.starts_at)

    @property
    def is_closed(self) -> bool:
        """True when nobody works and nothing is booked."""
        return not self.column.opens and not self.column.sessions


@dataclass(frozen=True, slots=True)
class Calendar:
    """What one page shows. `grid` for a day or a week, `days` for a month or a list.

    `conflicts` are sessions whose therapist is busy elsewhere as well; nobody else reads of that.
    """

    span: Span
    today: date
    now: datetime
    zone: str
    zone_words: str
    title: str
    count: int
    asked_for: int
    names: Mapping[UUID, str]
    holidays: Mapping[date, str]
    links: Links
    grid: Grid | None
    days: Sequence[Day]
    conflicts: Collection[UUID] = ()

    def weekday(self, day: date) -> str:
        """Such as "Thu"."""
        return str(format_date(day, "EEE"))

    def is_awaited(self, appointment: Appointment) -> bool:
        """Whether who comes can say that they will be there."""
        return attendance.is_awaited(appointment, self.now)


def asked_view(otherwise: View) -> View:
    """The view that the address names, or the usual one."""
    try:
        return View(request.args.get("view", ""))
    except ValueError:
        return otherwise


def asked_day(today: date) -> date:
    """The day that the address names, or today where it names none that makes sense."""
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return asked if abs(asked - today) < FARTHEST else today


def gather(
    view: View,
    therapists: Sequence[Therapist],
    zone: str,
    now: datetime,
    links: Links,
    *,
    is_own: bool = False,
) -> Calendar:
    """Everything that the calendar of these therapists shows around the asked day; `is_own` for who looks at theirs."""
    today = zones.wall(now, zone).date()
    span = span_of(view, asked_day(today))
    bounds = span.bounds(zone)
    ids = [each.person_id for each in therapists]
    states = (*queries.LIVE, State.CANCELLED) if view is View.AGENDA else queries.LIVE
    found = queries.sessions_between(ids, bounds, states)
    sessions = [each for each in found if each.state != State.CANCELLED]
    cancelled = defaultdict(list)
    for each in found:
        if each.state == State.CANCELLED:
            cancelled[zones.wall(each.starts_at, zone).date()].append(each)
    holidays = queries.holidays_between(span.first, span.last)
    elsewhere = schedule.busy_elsewhere(ids, bounds)
    names = {each.person_id: each.person.name for each in therapists}
    columns = _columns(span, names, sessions, elsewhere, zone, now)
    shown = _worth_showing(columns, span, today)
    has_grid = view in {View.DAY, View.WEEK}
    return Calendar(
        span=span,
        today=today,
        now=now,
        zone=zone,
        zone_words=zone_label(zone, bounds.end),
        title=title_of(span),
        count=sum(len(each.sessions) for each in columns if span.has(each.day)),
        asked_for=sum(waits_for_practice(each, now) for each in sessions),
        names=names,
        holidays=holidays,
        links=links,
        grid=lay_out(shown, zone, now) if has_grid else None,
        days=[] if has_grid else [Day(each, holidays.get(each.day), cancelled[each.day]) for each in columns],
        conflicts=_conflicts(sessions, elsewhere) if is_own else (),
    )


def title_of(span: Span) -> str:
    """Such as "Thursday, November 26" or "November 2026", or the first and the last day."""
    if span.view is View.DAY:
        return str(day_words(span.day))
    if span.view is View.MONTH:
        return str(format_date(span.day, "LLLL y"))
    first = format_date(span.first, "MMMM d")
    last = format_date(span.last, "d, y" if span.first.month == span.last.month else "MMMM d, y")
    return str(gettext("%(first)s – %(last)s", first=first, last=last))


def _conflicts(sessions: Sequence[Appointment], elsewhere: Mapping[UUID, Sequence[Interval]]) -> set[UUID]:
    return {
        each.id
        for each in sessions
        if any(Interval(each.starts_at, each.ends_at).overlaps(busy) for busy in elsewhere[each.therapist_id])
    }


def _columns(
    span: Span,
    names: Mapping[UUID, str],
    sessions: Sequence[Appointment],
    elsewhere: Mapping[UUID, Sequence[Interval]],
    zone: str,
    now: datetime,
) -> list[Column]:
    """A column for each day; the agenda and the month have one for all, and the day one for each therapist."""
    bounds, ids = span.bounds(zone), list(names)
    hours = schedule.working_hours(ids, bounds, zone)
    busy = schedule.busy_times(ids, bounds, now=now)
    leave = queries.leave_between(ids, bounds)
    groups = (
        [{each: ""} for each in ids] if span.view is View.DAY else [names if len(ids) > 1 else dict.fromkeys(ids, "")]
    )
    return [
        _column(day, Interval(*zones.day_bounds(day, zone)), group, sessions, hours, busy, leave, elsewhere)
        for day in span.days
        for group in groups
    ]


def _column(
    day: date,
    bounds: Interval,
    group: Mapping[UUID, str],
    sessions: Sequence[Appointment],
    hours: Mapping[UUID, Sequence[Interval]],
    busy: Mapping[UUID, Sequence[Interval]],
    leave: Sequence[tuple[TimeOff, str]],
    elsewhere: Mapping[UUID, Sequence[Interval]],
) -> Column:
    away = [
        Away(within, _of(group[each.therapist_id], _leave_words(cover)))
        for each, cover in leave
        if each.therapist_id in group and (within := _within(Interval(each.starts_at, each.ends_at), bounds))
    ]
    return Column(
        day=day,
        therapist_id=next(iter(group)) if len(group) == 1 else None,
        opens=[within for each in group for stretch in hours.get(each, ()) if (within := _within(stretch, bounds))],
        away=away,
        elsewhere=[
            Away(within, _of(group[each], str(gettext("Busy elsewhere"))))
            for each in group
            for taken in elsewhere[each]
            if (within := _within(taken, bounds))
        ],
        sessions=[
            each
            for each in sessions
            if each.therapist_id in group and each.starts_at < bounds.end and each.ends_at > bounds.start
        ],
        busy=[taken for each in group for taken in busy.get(each, ()) if taken.overlaps(bounds)],
    )


def _worth_showing(columns: list[Column], span: Span, today: date) -> list[Column]:
    """A weekend without work stays out of the week, and so does who is not there from the practice's day."""
    full = [each for each in columns if each.opens or each.sessions or each.away]
    if span.view is View.DAY:
        return full or columns[:1]
    return [each for each in columns if each in full or each.day.weekday() < WEEKEND or each.day == today]


def _within(stretch: Interval, bounds: Interval) -> Interval | None:
    start, end = max(stretch.start, bounds.start), min(stretch.end, bounds.end)
    return Interval(start, end) if start < end else None


def _of(name: str, words: str) -> str:
    """Whose it is, where a column stands for several."""
    return f"{name}: {words}" if name else words


def _leave_words(cover: str) -> str:
    return str(gettext("Time off, %(name)s stands in", name=cover))
