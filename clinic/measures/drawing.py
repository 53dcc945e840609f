"""A measure over time: one line for each person, with bands, cut-off, and a bracket for what can be chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask_babel import gettext

from clinic.documents import chart
from clinic.documents.chart import Chart, Words
from clinic.measures.instrument import Instrument, Scale
from clinic.measures.rules import compared, reliable_points
from clinic.measures.wording import number, reading
from clinic.web.filters import short_day

STEPS: Final = (1, 2, 3, 5, 10, 20, 25, 50)
MOST_STEPS: Final = 7


@dataclass(frozen=True, slots=True)
class Line:
    """Whose scores these are, by day, all of one version."""

    name: str
    points: Sequence[tuple[date, float]]


def scale_chart(instrument: Instrument, scale: Scale, own: Line, partner: Line | None = None) -> Chart:
    """The chart of one scale. Bands, cut-off and bracket are those of the scale; the reading is about `own`."""
    low, high = instrument.range_of(scale)
    lines = [own, *([partner] if partner is not None and partner.points else [])]
    series = [chart.Series(line.name, tuple(chart.Point(on, value) for on, value in line.points)) for line in lines]
    since_first, _since_last = compared(scale, own.points)
    return chart.line_chart(
        Words(f"{instrument.key}-{scale.name}", scale.title, reading(scale, since_first)),
        series,
        short_day,
        gettext("Day"),
        chart.Scale(low, high, _step(high - low)),
        _bands(scale, high),
        [*_cut_off(scale), *_bracket(scale, own.points[0][1])],
    )


def _step(span: float) -> float:
    return next((step for step in STEPS if span / step <= MOST_STEPS), STEPS[-1])


def _bands(scale: Scale, high: float) -> list[chart.Band]:
    ends = [*(each.low for each in scale.bands[1:]), high]
    return [
        chart.Band(band.low, end, band.label, is_shaded=place % 2 == 0)
        for place, (band, end) in enumerate(zip(scale.bands, ends, strict=False))
    ]


def _cut_off(scale: Scale) -> list[chart.Level]:
    if scale.cut_off is None:
        return []
    return [chart.Level(scale.cut_off.value, gettext("cut-off %(value)s", value=number(scale.cut_off.value)))]


def _bracket(scale: Scale, first: float) -> list[chart.Bracket]:
    points = reliable_points(scale.change)
    if points is None:
        return []
    words = gettext("Within %(points)s of the first score can be chance", points=number(points))
    return [chart.Bracket(first - points, first + points, words)]
