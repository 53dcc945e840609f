"""The charts of a report and of "How I am doing", each with its one-sentence reading."""

from collections.abc import Callable, Sequence
from datetime import date

from clinic.documents import chart
from clinic.documents.chart import Chart, Words
from clinic.progress.body import Body
from clinic.progress.material import Pulse, Wheel
from clinic.progress.names import AREAS, LINES, area_name, line_name
from clinic.progress.rules import Moved, Movement, by_movement, moves
from clinic.progress.translation import _, ngettext

Spell = Callable[[date], str]


def weeks_chart(body: Body, spell: Spell) -> Chart:
    """One box a week: what was due, and how much of it is done."""
    due, done = sum(week.due for week in body.weeks), sum(week.done for week in body.weeks)
    reading = ngettext(
        "One piece of homework was due, and %(done)s is done.",
        "%(num)d pieces of homework were due, and %(done)s are done.",
        due,
        done=done or _("none"),
    )
    words = Words("weeks", _("Homework, week by week"), reading)
    boxes = [chart.Week(spell(week.on), week.done, week.due) for week in body.weeks]
    return chart.strip_chart(words, boxes, _("Week of"), _("Done"), _("Due"))


def wheel_of(body: Body) -> Chart:
    """The wheel now, and at first where there is more than one."""
    return wheel_chart(body.wheels)


def wheel_chart(wheels: Sequence[Wheel]) -> Chart:
    """The latest of one or more wheels (by date) against the first."""
    now, first = wheels[-1].values, wheels[0].values if len(wheels) > 1 else {}
    keys = [key for key in AREAS if key in now or key in first]
    areas = [chart.Area(area_name(key), _whole(now.get(key)), _whole(first.get(key))) for key in keys]
    reading = reading_of(moves(wheels), area_name) or _("The first wheel: there is nothing to compare it with yet.")
    return chart.wheel_chart(Words("wheel", _("Your wheel"), reading), areas, _("Area"), _("Now"), _("At first"))


def pulse_of(pulses: Sequence[Pulse], spell: Spell, name: str = "pulse") -> Chart:
    """Six lines, never one number; `name` is unique on its page."""
    series = []
    for key in LINES:
        points = tuple(chart.Point(pulse.on, pulse.values[key]) for pulse in pulses if key in pulse.values)
        if points:
            series.append(chart.Series(line_name(key) or key, points))
    reading = reading_of(moves(pulses), lambda key: line_name(key) or key) or _(
        "The first pulse: there is nothing to compare it with yet."
    )
    return chart.line_chart(Words(name, _("Weekly pulse"), reading), series, spell, _("Week of"))


def reading_of(moved: Sequence[Moved], name: Callable[[str], str]) -> str:
    """One sentence: what is clearly higher, what clearly lower, or that all is about the same; empty for nothing."""
    if not moved:
        return ""
    groups = {kind: _listed([name(one.key) for one in members]) for kind, members in by_movement(moved).items()}
    higher, lower = groups.get(Movement.HIGHER), groups.get(Movement.LOWER)
    if higher and lower:
        return _("Clearly higher than at first: %(higher)s. Clearly lower: %(lower)s.", higher=higher, lower=lower)
    if higher:
        return _("Clearly higher than at first: %(higher)s.", higher=higher)
    if lower:
        return _("Clearly lower than at first: %(lower)s.", lower=lower)
    return _("All of it is about the same as at first.")


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(most)s and %(last)s", most=", ".join(names[:-1]), last=names[-1])


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
