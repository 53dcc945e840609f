"""Free times as a page shows them: three days at a time, each in its dayparts, on the reader's own wall clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Final
from uuid import UUID

from babel.core import get_global
from flask_babel import gettext
from markupsafe import Markup

from clinic.booking import schedule
from clinic.booking.dayparts import (
    ALL_TIMES,
    PARTS,
    WEEKDAYS,
    Day,
    Narrowing,
    by_day,
    next_day_with_a_start,
    repeated_walls,
)
from clinic.booking.errors import Alternative
from clinic.booking.slots import first_available, last_day
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.practice.models import Service, Therapist
from clinic.practice.terms import Terms
from clinic.web.filters import clock_of, clock_time, date_words, day, zone_label

DAYS_SHOWN: Final = 3
_MONDAY: Final = date(2024, 1, 1)
_FIRST_LOOK: Final = timedelta(days=10)
_FIRST_LOOK_AT_MANY: Final = timedelta(days=5)  # somebody is free on each, but for a weekend
_ABROAD: Final = (
    "Europe/London",
    "Europe/Berlin",
    "Asia/Jerusalem",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Africa/Johannesburg",
)
Choice = tuple[str, str | Markup, str]
"""A radio button: its value, its words, its id."""


@dataclass(frozen=True)
class Question:
    """What is asked for: a service, how, with any of some therapists, in the reader's zone, from a day on.

    `terms` are the service as each of them gives it, and `narrowing` is what of each day would do.
    """

    service: Service
    therapists: Sequence[Therapist]
    terms: Mapping[UUID, Terms]
    modality: str
    zone: str
    practice_zone: str
    from_day: date
    client_ids: Collection[UUID] = ()
    ignoring: Collection[UUID] = ()
    narrowing: Narrowing = ALL_TIMES

    @cached_property
    def names(self) -> dict[UUID, str]:
        """Given names by therapist."""
        return {each.person_id: each.person.given_name for each in self.therapists}


@dataclass(slots=True)
class DayWords:
    """A day's heading and its dayparts: (words, radio buttons)."""

    date: date
    heading: str
    parts: list[tuple[str, list[Choice]]]


@dataclass(slots=True)
class Offers:
    """What the page of times shows. `empty_day` is the day that was asked for, where it has nothing.

    `fuller_day` is the first with free times where all of them were left out on request.
    """

    days: list[DayWords] = field(default_factory=list)
    empty_day: date | None = None
    next_day: date | None = None
    earlier_day: date | None = None
    later_day: date | None = None
    first_start: datetime | None = None
    fuller_day: date | None = None
    is_narrowed: bool = False

    def value_at(self, start: datetime) -> str | None:
        """What the radio button of that start sends, where the page has one."""
        wanted = f"{start.astimezone(UTC).isoformat()}~"
        values = (choice[0] for each in self.days for _, choices in each.parts for choice in choices)
        return next((value for value in values if value.startswith(wanted)), None)


def find(question: Question, now: datetime, *, is_day_asked: bool = False) -> Offers:
    """The next days with free times from the asked day on, and where the reader may go from there."""
    today = zones.wall(now, question.zone).date()
    from_day = max(question.from_day, today)
    final = last_day(schedule.offer_of(question.service), now, question.practice_zone) + timedelta(days=1)
    first_day = max(from_day, zones.wall(now + _notice(question.service), question.zone).date())
    look = _FIRST_LOOK if len(question.therapists) == 1 else _FIRST_LOOK_AT_MANY
    hosts, free = _days(question, first_day, min(first_day + look, final), now)
    days = question.narrowing.of(free) if question.narrowing else free
    if len(days) <= DAYS_SHOWN:
        hosts, free = _days(question, first_day, final, now)
        days = question.narrowing.of(free) if question.narrowing else free
    shown = days[:DAYS_SHOWN]
    is_empty = is_day_asked and not (shown and shown[0].date == from_day)
    return Offers(
        days=_words(shown, question, hosts),
        empty_day=from_day if is_empty else None,
        next_day=next_day_with_a_start(days, from_day) if is_empty else None,
        earlier_day=max(today, from_day - timedelta(days=DAYS_SHOWN)) if from_day > today else None,
        later_day=days[DAYS_SHOWN].date if len(days) > DAYS_SHOWN else None,
        first_start=shown[0].starts[0] if shown else None,
        fuller_day=free[0].date if free and not days else None,
        is_narrowed=bool(question.narrowing),
    )


def value_of(start: datetime, therapist_id: UUID) -> str:
    """What the radio button of a time sends."""
    return f"{start.isoformat()}~{therapist_id}"


def moment_words(start: datetime, zone: str) -> str:
    """Such as "Thursday, November 26, 10:00 AM"."""
    return f"{day(start, zone)}, {clock_time(start, zone)}"


def alternative_choices(nearest: Sequence[Alternative], names: dict[UUID, str], zone: str) -> list[Choice]:
    """The times that are free instead, as radio buttons."""
    return [
        (
            value_of(each.starts_at, each.therapist_id),
            gettext(
                "%(when)s with %(name)s",
                when=moment_words(each.starts_at, zone),
                name=names.get(each.therapist_id, ""),
            ),
            f"nearest-{number}",
        )
        for number, each in enumerate(nearest)
    ]


@lru_cache
def zone_choices(country: str, *more: str) -> tuple[tuple[str, str], ...]:
    """The zones of the practice's country, a few from elsewhere, and those named: (name, words)."""
    at_home = {name for name, territory in get_global("zone_territories").items() if territory == country}
    names = ((at_home | set(_ABROAD)) & zones.zone_names()) | set(more)
    return tuple(sorted(((name, _zone_name(name)) for name in names), key=itemgetter(1)))


def part_choices() -> list[tuple[str, str]]:
    """The parts of a day: (name, words)."""
    return list(zip(PARTS, (gettext("Morning"), gettext("Afternoon"), gettext("Evening")), strict=True))


def narrowing_words(question: Question) -> dict[str, object]:
    """What the page of times says of what may be left out."""
    return {
        "narrowing": question.narrowing,
        "parts_of_day": part_choices(),
        "weekdays": weekday_choices(),
    }


def weekday_choices() -> list[tuple[str, str]]:
    """The days of the week: (name, words)."""
    return [(name, date_words(_MONDAY + timedelta(days=number), "EEE")) for number, name in enumerate(WEEKDAYS)]


def _notice(service: Service) -> timedelta:
    """How soon nothing is offered."""
    return timedelta(minutes=service.notice_minutes)


def _zone_name(name: str) -> str:
    region, _, place = name.replace("_", " ").rpartition("/")
    return f"{place} ({region})"


def _days(question: Question, first: date, last: date, now: datetime) -> tuple[dict[datetime, UUID], list[Day]]:
    if last < first:
        return {}, []
    between = Interval(zones.day_bounds(first, question.zone)[0], zones.day_bounds(last, question.zone)[1])
    starts = schedule.starts_by_therapist(
        question.service,
        question.modality,
        question.terms,
        between,
        zone=question.practice_zone,
        now=now,
        client_ids=question.client_ids,
        ignoring=question.ignoring,
    )
    hosts = dict(first_available(starts))
    # Beyond the days that are shown, one tells that there are more; of the others nothing is asked.
    return hosts, by_day(hosts, question.zone, None if question.narrowing else DAYS_SHOWN + 1)


def _words(shown: Sequence[Day], question: Question, hosts: dict[datetime, UUID]) -> list[DayWords]:
    labels = part_choices()
    write = clock_of(question.zone)
    days = []
    for each in shown:
        twice = repeated_walls(each.starts, question.zone)
        parts = [
            (words, [_choice(start, question, hosts[start], write(start), start in twice) for start in starts])
            for name, words in labels
            if (starts := getattr(each, name))
        ]
        days.append(DayWords(each.date, day(each.date), parts))
    return days


def _choice(start: datetime, question: Question, therapist_id: UUID, clock: str, is_twice: bool) -> Choice:
    words: str | Markup = f"{clock} {zones.wall(start, question.zone):%Z}" if is_twice else clock
    if len(question.therapists) > 1:
        words = Markup("%s<span class='tick-note'>%s</span>") % (words, question.names[therapist_id])
    return value_of(start, therapist_id), words, f"t{start:%Y%m%d%H%M}"


def zone_words(zone: str, practice_zone: str, at: datetime) -> tuple[str, str | None]:
    """The reader's zone in words, and the practice's where its clocks show another time then."""
    differs = zones.wall(at, zone).utcoffset() != zones.wall(at, practice_zone).utcoffset()
    return zone_label(zone, at), zone_label(practice_zone, at) if differs else None
