"""What a calendar page is about, and where one goes from there."""

from datetime import date, timedelta

import pytest

from clinic.booking.calendar_span import View, span_of

THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("view", "first", "last", "before", "after"),
    [
        (View.DAY, THURSDAY, THURSDAY, date(2026, 11, 25), date(2026, 11, 27)),
        (View.WEEK, date(2026, 11, 23), date(2026, 11, 29), date(2026, 11, 19), date(2026, 12, 3)),
        (View.MONTH, date(2026, 10, 26), date(2026, 12, 6), date(2026, 10, 1), date(2026, 12, 1)),
        (View.AGENDA, THURSDAY, date(2026, 12, 9), date(2026, 11, 12), date(2026, 12, 10)),
    ],
)
def test_a_view_shows_its_days_and_leads_to_the_next(
    view: View, first: date, last: date, before: date, after: date
) -> None:
    span = span_of(view, THURSDAY)
    assert (span.first, span.last, span.before, span.after) == (first, last, before, after)
    assert (span.days[0], span.days[-1], len(span.days)) == (first, last, (last - first).days + 1)


@pytest.mark.parametrize("day", [date(2027, 1, 31), date(2026, 12, 31), date(2028, 2, 29)])
def test_months_follow_each_other_from_any_day(day: date) -> None:
    span = span_of(View.MONTH, day)
    assert span_of(View.MONTH, span.after).before == day.replace(day=1)
    assert (span.first.weekday(), span.last.weekday()) == (0, 6)
    assert {each for each in span.days if span.has(each)} == {
        day.replace(day=1) + timedelta(days=number) for number in range((span.after - day.replace(day=1)).days)
    }


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 169), ("Europe/Berlin", 168)])
def test_a_week_is_as_long_as_its_clocks_make_it(zone: str, hours: int) -> None:
    bounds = span_of(View.WEEK, date(2026, 11, 1)).bounds(zone)
    assert bounds.end - bounds.start == timedelta(hours=hours)
