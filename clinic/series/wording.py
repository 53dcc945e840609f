"""How a standing session reads: "Tuesdays, 3:00 PM", what an occurrence meets, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from clinic.booking.forms import write_start
from clinic.booking.offers import moment_words
from clinic.core.zones import wall
from clinic.series.queries import Standing
from clinic.series.rules import Meets, Occurrence
from clinic.web.filters import clock_time, short_day

_ = lazy_gettext
BOOK, SKIP = "book", "skip"
_SHORT = 22
_EVERY_WEEK = (
    _("Mondays"),
    _("Tuesdays"),
    _("Wednesdays"),
    _("Thursdays"),
    _("Fridays"),
    _("Saturdays"),
    _("Sundays"),
)
_EVERY_SECOND = (
    _("Every other Monday"),
    _("Every other Tuesday"),
    _("Every other Wednesday"),
    _("Every other Thursday"),
    _("Every other Friday"),
    _("Every other Saturday"),
    _("Every other Sunday"),
)
_MEETS = {
    Meets.FREE: _("free"),
    Meets.OUTSIDE_HOURS: _("outside your hours"),
    Meets.HOLIDAY: _("the practice is closed"),
    Meets.TIME_OFF: _("you are away"),
    Meets.ELSEWHERE: _("you are busy elsewhere, by a calendar outside"),
    Meets.LEAVES: _("after the day from which you take no new session"),
    Meets.THERAPIST: _("you have another session"),
    Meets.NO_ROOM: _("no room is free"),
    Meets.CLIENT: _("your client is not free"),
    Meets.NOT_FREE: _("not free"),
}
_MEETS_AT_DESK = _MEETS | {
    Meets.OUTSIDE_HOURS: _("outside %(name)s's hours"),
    Meets.TIME_OFF: _("%(name)s is away"),
    Meets.ELSEWHERE: _("%(name)s is busy elsewhere, by a calendar outside"),
    Meets.LEAVES: _("%(name)s leaves before then"),
    Meets.THERAPIST: _("%(name)s has another session"),
    Meets.CLIENT: _("the client is not free"),
}
Choice = tuple[str, str, str]
"""A radio button: its value, its words, its id."""


@dataclass(frozen=True, slots=True)
class Row:
    """An occurrence as the page shows it. `was` is its time so far, where it has one."""

    number: int
    when: str
    was: str | None
    state: str
    tone: str
    choices: list[Choice]
    chosen: str | None
    is_missing: bool

    @property
    def is_short(self) -> bool:
        """The choices share a line."""
        return all(len(words) <= _SHORT for _value, words, _id in self.choices)


def pattern(weeks: int, at: datetime, zone: str) -> str:
    """Such as "Tuesdays, 3:00 PM", by the clocks of `zone`."""
    days = _EVERY_WEEK if weeks == 1 else _EVERY_SECOND
    return str(gettext("%(days)s, %(time)s", days=days[wall(at, zone).weekday()], time=clock_time(at, zone)))


def standing_words(standing: Standing) -> str:
    """Such as "Tuesdays, 3:00 PM, until Mar 2, 2027", as it was agreed, whatever single ones were moved to."""
    recurrence = standing.series.recurrence
    when = pattern(recurrence.weeks, recurrence.starts()[0], recurrence.zone)
    until = short_day(standing.last_at, recurrence.zone)
    return str(gettext("%(pattern)s, until %(day)s", pattern=when, day=until))


def row(
    occurrence: Occurrence,
    zone: str,
    sent: Mapping[str, str] | None = None,
    was: datetime | None = None,
    giver: str | None = None,
) -> Row:
    """The occurrence with its choices: as they were sent, or as they are to begin with.

    `giver` is who gives it, where somebody else reads this; otherwise it is "you".
    """
    name, chosen = field_name(occurrence.number), _usual(occurrence)
    choices = _choices(occurrence, zone, is_booked=was is not None)
    if sent is not None and sent.get(name) in {value for value, _words, _id in choices}:
        chosen = sent[name]
    tone = "good" if occurrence.meets is Meets.FREE else "waiting" if occurrence.is_warning else "needs"
    return Row(
        number=occurrence.number,
        when=moment_words(occurrence.starts_at, zone),
        was=None if was is None or was == occurrence.starts_at else moment_words(was, zone),
        state=_meets_words(occurrence.meets, giver),
        tone=tone,
        choices=choices,
        chosen=chosen,
        is_missing=sent is not None and chosen is None,
    )


def field_name(number: int) -> str:
    """What the radio buttons of that occurrence are called in the form."""
    return f"choice-{number}"


def _meets_words(meets: Meets, giver: str | None) -> str:
    return str(_MEETS[meets]) if giver is None else str(_MEETS_AT_DESK[meets] % {"name": giver})


def _usual(occurrence: Occurrence) -> str | None:
    """What is chosen to begin with; what would be a double booking is for the therapist to decide."""
    if occurrence.is_collision:
        return None
    return SKIP if occurrence.meets in {Meets.HOLIDAY, Meets.TIME_OFF, Meets.ELSEWHERE} else BOOK


def _choices(occurrence: Occurrence, zone: str, *, is_booked: bool) -> list[Choice]:
    name, choices = field_name(occurrence.number), []
    if not occurrence.is_collision:
        words = gettext("Book it all the same") if occurrence.is_warning else gettext("Book it")
        choices.append((BOOK, gettext("Take this time") if is_booked else words, f"{name}-book"))
    for place, start in enumerate(occurrence.nearest):
        is_same_day = wall(start, zone).date() == wall(occurrence.starts_at, zone).date()
        when = clock_time(start, zone) if is_same_day else moment_words(start, zone)
        words = gettext("Move it to %(when)s", when=when)
        choices.append((write_start(start), words, f"{name}-{place}"))
    choices.append((SKIP, gettext("Cancel this one") if is_booked else gettext("Leave it out"), f"{name}-skip"))
    return choices
