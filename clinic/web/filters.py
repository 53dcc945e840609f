"""How templates write days, times, lengths and money: in the reader's language and in a named zone."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Protocol

from babel import Locale
from babel.dates import format_date, format_interval, format_time, get_timezone_name
from babel.numbers import format_currency
from flask import Flask
from flask_babel import gettext, ngettext

from clinic.core.zones import wall, zone
from clinic.web.language import spoken


class Stretch(Protocol):
    """What has a beginning and an end."""

    @property
    def starts_at(self) -> datetime:
        """Its first moment."""

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""


def clock_time(at: datetime, zone_name: str) -> str:
    """Such as "4:15 PM"."""
    return clock_of(zone_name)(at)


def clock_of(zone_name: str) -> Callable[[datetime], str]:
    """`clock_time` for many moments: the zone and the language are looked up once."""
    there, language = zone(zone_name), spoken()

    def write(at: datetime) -> str:
        local = at.astimezone(there)
        return _clock_words(local.hour, local.minute, language)

    return write


def wall_time(at: time) -> str:
    """A time on the wall as it is, such as "4:15 PM"."""
    return _clock_words(at.hour, at.minute, spoken())


def day(at: datetime | date, zone_name: str | None = None) -> str:
    """Such as "Tuesday, November 24"; a moment needs the zone whose day is meant."""
    return date_words(_local_date(at, zone_name), "EEEE, MMMM d")


def weekday_and_day(at: date) -> str:
    """Such as "Tue, Nov 24", for the head of a narrow column."""
    return date_words(at, "EEE, MMM d")


def short_day(at: datetime | date, zone_name: str | None = None) -> str:
    """Such as "Nov 24, 2026"."""
    return date_words(_local_date(at, zone_name), "medium")


def date_words(at: date, pattern: str) -> str:
    """A date as one of Babel's patterns says it."""
    return _date_words(at, pattern, spoken())


def days_off(stretch: Stretch, zone_name: str) -> str:
    """Such as "December 1-2", or with times where it does not begin and end with whole days."""
    start = wall(stretch.starts_at, zone_name)
    end = wall(stretch.ends_at, zone_name)
    if start.time() != time() or end.time() != time():
        moments = (f"{short_day(each, zone_name)}, {clock_time(each, zone_name)}" for each in (start, end))
        return " – ".join(moments)
    first, last = start.date(), end.date() - timedelta(days=1)
    return format_interval(first, last, "MMMMd", locale=spoken()) if first != last else day(first)


def zone_label(zone_name: str, at: datetime) -> str:
    """Such as "New York (EST)" or "Berlin (UTC+1)": where, and what its clocks are called at that moment."""
    place = zone_name.rpartition("/")[2].replace("_", " ")
    local = wall(at, zone_name)
    name = get_timezone_name(local, width="short", locale=spoken())
    # Where the language has no short name, Babel gives a bare number.
    return f"{place} ({_offset(local) if name.startswith(('+', '-')) else name})"


def money(cents: int, currency: str) -> str:
    """Such as "$140.00", or "$140" where the cents are none; "free" for nothing."""
    if cents == 0:
        return str(gettext("free"))
    if cents % 100 == 0:
        return format_currency(cents // 100, currency, format="¤#,##0", locale=spoken(), currency_digits=False)
    return format_currency(cents / 100, currency, locale=spoken())


def minutes(count: int) -> str:
    """Such as "50 minutes"."""
    return str(ngettext("%(num)d minute", "%(num)d minutes", count))


def add_filters(app: Flask) -> None:
    """Make the filters known to every template."""
    for function in (clock_time, wall_time, day, weekday_and_day, short_day, days_off, zone_label, money, minutes):
        app.add_template_filter(function)


@cache
def _clock_words(hour: int, minute: int, language: Locale | None) -> str:
    """A page of free times writes dozens of them, and there are 1,440 in a language."""
    return format_time(time(hour, minute), "short", locale=language or "en")


@lru_cache(maxsize=4096)
def _date_words(at: date, pattern: str, language: Locale | None) -> str:
    """A calendar writes dozens of them. Kept is a day of the calendar, not whose."""
    return format_date(at, pattern, locale=language)


def _offset(local: datetime) -> str:
    """How far the clocks stand from UTC, such as "UTC+1" or "UTC-3:30"."""
    seconds = (local.utcoffset() or timedelta()).total_seconds()
    hours, minutes = divmod(abs(int(seconds)) // 60, 60)
    return f"UTC{'-' if seconds < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def _local_date(at: datetime | date, zone_name: str | None) -> date:
    if not isinstance(at, datetime):
        return at
    if zone_name is None:
        raise ValueError("a moment falls on a day only in a zone")
    return at.astimezone(zone(zone_name)).date()
