"""The whole-self wheel: up to twelve areas of life on spokes from 0 to 10, now and at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from clinic.documents.chart.shapes import (
    LETTER_WIDTH,
    WIDTH,
    Chart,
    Shape,
    Table,
    Words,
    dashed,
    label,
    line,
    marker,
    points,
    spelled,
)

CENTRE, RADIUS, HEIGHT, HIGHEST = (WIDTH / 2, 134.0), 92.0, 288.0, 10
ROW, LONGEST = 16.0, 8  # the height of a line of text; how many letters fit beside the wheel
FIRST_TONE, NOW_TONE = 2, 1


@dataclass(frozen=True, slots=True)
class Area:
    """One spoke: its name, the value now and the value at first, each 0 to 10, or None where it was left out."""

    label: str
    now: int | None
    first: int | None = None


def wheel_chart(words: Words, areas: Sequence[Area], area_header: str, now: str, first: str) -> Chart:
    """Draws both outlines, the one at first dashed; `now` and `first` name them in legend and table.

    Raises ValueError for fewer than three areas, more than twelve, or a value outside 0 to 10.
    """
    if not 3 <= len(areas) <= 12:
        raise ValueError("a wheel has three to twelve areas")
    if any(value is not None and not 0 <= value <= HIGHEST for area in areas for value in (area.now, area.first)):
        raise ValueError("a spoke goes from 0 to 10")
    shows_first = any(area.first is not None for area in areas)
    shapes = [*_ground(areas)]
    if shows_first:
        shapes += _outline([(area.label, area.first) for area in areas], FIRST_TONE, first)
    shapes += _outline([(area.label, area.now) for area in areas], NOW_TONE, now)
    shapes += _legend(now, first if shows_first else None)
    return Chart(words, HEIGHT, tuple(shapes), _table(areas, area_header, now, first if shows_first else None))


def _place(index: int, count: int, value: float) -> tuple[float, float]:
    angle = 2 * pi * index / count
    length = RADIUS * value / HIGHEST
    return CENTRE[0] + length * sin(angle), CENTRE[1] - length * cos(angle)


def _ground(areas: Sequence[Area]) -> Iterable[Shape]:
    count = len(areas)
    for ring in (2, 4, 6, 8, 10):
        yield Shape("polygon", "grid", {"points": points(_place(index, count, ring) for index in range(count))})
    for index, area in enumerate(areas):
        yield line("grid", CENTRE, _place(index, count, HIGHEST))
        yield from _spoke_name(area.label, _place(index, count, HIGHEST + 1.1))
    yield label("axis", (CENTRE[0] - 5, _place(0, count, 5)[1] + 4), "5", "end")
    yield label("axis", (CENTRE[0] - 5, _place(0, count, 10)[1] + 13), "10", "end")


def _spoke_name(name: str, at: tuple[float, float]) -> Iterable[Shape]:
    x, y = at
    anchor = "middle" if abs(x - CENTRE[0]) < 1 else "start" if x > CENTRE[0] else "end"
    lines = _lines(name)
    above = y < CENTRE[1] - RADIUS
    first = y - ROW * (len(lines) - 1) if above else y + 5 - ROW / 2 * (len(lines) - 1)
    for row, text in enumerate(lines):
        yield label("spoke", (x, first + ROW * row), text, anchor)


def _lines(name: str) -> list[str]:
    """A name that does not fit beside the wheel goes on two lines."""
    if len(name) <= LONGEST or " " not in name:
        return [name]
    words = name.split(" ")
    cut = min(range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - len(" ".join(words[at:]))))
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _outline(values: Sequence[tuple[str, int | None]], tone: int, when: str) -> Iterable[Shape]:
    count = len(values)
    known = [
        (name, value, _place(index, count, value)) for index, (name, value) in enumerate(values) if value is not None
    ]
    if len(known) > 2:
        outline = dashed({"points": points(place for _, _, place in known)}, tone)
        yield Shape("polygon", "area" if tone == NOW_TONE else "outline", outline, tone=tone)
    for name, value, place in known:
        yield marker(place, tone, f"{name}, {when}: {value}")


def _legend(now: str, first: str | None) -> Iterable[Shape]:
    y = HEIGHT - 14
    entries = [(now, NOW_TONE)] + ([(first, FIRST_TONE)] if first else [])
    widths = [58 + LETTER_WIDTH * len(name) for name, _ in entries]
    x = (WIDTH - sum(widths)) / 2
    for (name, tone), width in zip(entries, widths, strict=True):
        sample = dashed({"x1": x, "y1": y, "x2": x + 28, "y2": y}, tone)
        yield Shape("line", "line", sample, tone=tone)
        yield marker((x + 14, y), tone, "")
        yield label("name", (x + 34, y + 5), name, tone=tone)
        x += width


def _table(areas: Sequence[Area], header: str, now: str, first: str | None) -> Table:
    def told(value: int | None) -> str:
        return "–" if value is None else spelled(value)

    if first is None:
        return Table((header, now), tuple((area.label, told(area.now)) for area in areas))
    return Table((header, first, now), tuple((area.label, told(area.first), told(area.now)) for area in areas))
