"""A report in words for its reader: the same parts for the page and for the PDF. Uses the current locale."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale

from clinic.core.zones import wall
from clinic.documents.chart import Chart
from clinic.progress import drawing
from clinic.progress.body import Body, Kept
from clinic.progress.names import area_name, line_name
from clinic.progress.rules import Moved, Movement, by_movement
from clinic.progress.translation import _, ngettext


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the client, with where they stand."""

    key: str
    said: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a report as a reader meets it."""

    key: str
    title: str
    paragraphs: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)


def title_of(body: Body) -> str:
    """Such as "How March went"."""
    return _("How %(month)s went", month=format_date(body.period.start_on, "LLLL", locale=get_locale()))


def period_of(body: Body) -> str:
    """Such as "March 1 to March 31, 2026"."""
    start = format_date(body.period.start_on, "long", locale=get_locale())
    return _("%(start)s to %(end)s", start=start, end=format_date(body.period.end_on, "long", locale=get_locale()))


def month(day: date) -> str:
    """Such as "March 2026"."""
    return str(format_skeleton("yMMMM", day, locale=get_locale()))


def short_day(day: date) -> str:
    """Such as "Mar 2"."""
    return format_skeleton("MMMd", day, locale=get_locale())


def parts_of(body: Body, zone: str, held_back: Collection[str] = ()) -> list[Part]:
    """The sections that the report has and that are not held back, in order; dates in the reader's zone."""
    makers: dict[str, Callable[[Body, str], Part]] = {
        "did": _did,
        "moved": _moved,
        "said": _said,
        "next": _next,
    }
    shown = [make(body, zone) for key, make in makers.items() if key in body.parts and key not in held_back]
    for part in shown:
        part.quotes[:] = [quote for quote in part.quotes if quote.key not in held_back]
    return [part for part in shown if part.key != "said" or part.quotes]


def _did(body: Body, _zone: str) -> Part:
    part = Part("did", _("What you did"))
    if body.sessions:
        part.paragraphs.append(
            ngettext("You came to one session.", "You came to %(num)d sessions.", body.sessions),
        )
    part.items.extend(_deed(deed.title, deed.times, deed.entries) for deed in body.deeds)
    if not body.deeds:
        part.paragraphs.append(
            _("There was little room for homework this month. That is worth knowing too: it can be made smaller.")
        )
    if any(week.due for week in body.weeks):
        part.charts.append(drawing.weeks_chart(body, short_day))
    return part


def _deed(title: str, times: int, entries: int) -> str:
    sent = ngettext("done and sent", "done and sent %(num)d times", times) if times else ""
    count = ngettext("one entry", "%(num)d entries", entries) if entries else ""
    return _("%(title)s: %(what)s", title=title, what=", ".join(part for part in (count, sent) if part))


def _moved(body: Body, _zone: str) -> Part:
    part = Part("moved", _("What moved"))
    if body.moved:
        part.items.extend(movement_lines(body.moved))
    else:
        part.paragraphs.append(_("This is where you start from. Next time there will be something to compare it with."))
    if body.wheels:
        part.charts.append(drawing.wheel_of(body))
    if body.pulses:
        part.charts.append(drawing.pulse_of(body.pulses, short_day))
    return part


def movement_lines(moved: Iterable[Moved]) -> list[str]:
    """A line for each movement, areas of the wheel first: "Clearly higher since Mar 2: Friends, Play"."""
    every = list(moved)
    pulse = [one for one in every if line_name(one.key)]
    wheel = [one for one in every if not line_name(one.key)]
    return [_movement_line(kind, same) for part in (wheel, pulse) for kind, same in by_movement(part).items()]


def _movement_line(kind: Movement, same: Sequence[Moved]) -> str:
    names = ", ".join(name_of(one.key) for one in same)
    return f"{_movement_since(kind, min(one.since for one in same))} {names}"


def _movement_since(kind: Movement, since: date) -> str:
    day = short_day(since)
    match kind:
        case Movement.HIGHER:
            return _("Clearly higher since %(day)s:", day=day)
        case Movement.LOWER:
            return _("Clearly lower since %(day)s:", day=day)
        case Movement.SAME:
            return _("About the same since %(day)s:", day=day)


def name_of(key: str) -> str:
    """The name of a wheel's area or of a pulse's line."""
    return line_name(key) or area_name(key)


def _said(body: Body, _zone: str) -> Part:
    part = Part("said", _("What you wrote that is worth keeping"))
    part.quotes.extend(_quote(one) for one in body.kept)
    return part


def _quote(one: Kept) -> Quote:
    return Quote(one.key, one.text, _("%(source)s, %(day)s", source=one.source, day=short_day(one.on)))


def _next(body: Body, zone: str) -> Part:
    part = Part("next", _("What is next"))
    for task in body.upcoming:
        if task.due_on:
            part.items.append(_("%(title)s, by %(day)s", title=task.title, day=short_day(task.due_on)))
        else:
            part.items.append(task.title)
    if body.next_session_at:
        day = format_date(wall(body.next_session_at, zone).date(), "full", locale=get_locale())
        part.paragraphs.append(_("Your next session is on %(day)s.", day=day))
    return part
