"""When the office is open, who is named for what is urgent, and in which country the practice is."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from babel import Locale
from sqlalchemy import delete, select

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.core import zones
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.practice.errors import ChangedMeanwhileError
from clinic.practice.models import Practice
from clinic.practice.places import holidays
from clinic.practice.queries import the_practice
from clinic.practice.rules import mark_of
from clinic.risk import queries, rules
from clinic.risk.errors import NeverOpenError, NotATherapistError, TwiceOnCallError, UnknownCountryError
from clinic.risk.models import Duty, OfficeHours
from clinic.risk.rules import Office, Week


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner says: `country` is a code of two letters, `on_call` is in the order in which they are told."""

    country: str
    week: Week
    lead: UUID | None
    on_call: Sequence[UUID]


def office(now: datetime) -> Office:
    """The office as it stands, with the holidays that count around this moment."""
    practice = the_practice()
    zone = practice.zone if practice is not None else "UTC"
    first = zones.wall(now, zone).date() - timedelta(days=rules.FARTHEST)
    return Office(_week(), frozenset(each.on for each in holidays(first)), zone)


def settings() -> Settings:
    """As they stand. Raises NotVisibleError before the practice is open."""
    practice = _practice(is_locked=False)
    lead, on_call = queries.duties()
    return Settings(practice.country, _week(), lead, on_call)


def mark_of_settings(standing: Settings) -> str:
    """A short mark of how they stand, by which a page knows its age."""
    return mark_of(astuple(standing))


def update(new: Settings, seen: str, now: datetime) -> None:
    """Say it otherwise from now on.

    Raises ChangedMeanwhileError, NeverOpenError, TwiceOnCallError, NotATherapistError or UnknownCountryError.
    """
    practice = _practice(is_locked=True)
    if mark_of_settings(settings()) != seen:
        raise ChangedMeanwhileError
    _check(new, now)
    practice.country = new.country
    db.session.execute(delete(OfficeHours))
    db.session.execute(delete(Duty))
    db.session.add_all(
        OfficeHours(weekday=weekday, starts=starts, ends=ends)
        for weekday, stretches in new.week.items()
        for starts, ends in stretches
    )
    if new.lead is not None:
        db.session.add(Duty(role="lead", place=0, therapist_id=new.lead))
    db.session.add_all(
        Duty(role="on_call", place=place, therapist_id=each) for place, each in enumerate(new.on_call, start=1)
    )
    db.session.flush()
    audit.record("practice.update", "practice")


def countries() -> Mapping[str, str]:
    """The name of each country by its code."""
    names = Locale("en").territories
    return {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code != "ZZ"}


def _check(new: Settings, now: datetime) -> None:
    if new.country not in countries():
        raise UnknownCountryError
    if not any(new.week.values()):
        raise NeverOpenError
    named = [*new.on_call] if new.lead is None else [new.lead, *new.on_call]
    if not set(named) <= set(queries.able(now)):
        raise NotATherapistError
    twice = next((each for each in new.on_call if list(new.on_call).count(each) > 1), None)
    if twice is not None:
        raise TwiceOnCallError(name=db.session.get_one(Person, twice).name)


def _week() -> Week:
    rows = db.session.scalars(select(OfficeHours).order_by(OfficeHours.weekday, OfficeHours.starts)).all()
    if not rows:
        return rules.USUAL_WEEK
    return {day: [(row.starts, row.ends) for row in rows if row.weekday == day] for day in range(7)}


def _practice(*, is_locked: bool) -> Practice:
    query = select(Practice)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    practice = db.session.scalar(query)
    if practice is None:
        raise NotVisibleError
    return practice
