"""One to six lines over dates, with bands behind them where a scale has some."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.documents.chart.shapes import (
    LETTER_WIDTH,
    TONES,
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

LEFT, TOP, PLOT_HEIGHT, LABEL_GAP = 26.0, 12.0, 170.0, 17.0


@dataclass(frozen=True, slots=True)
class Point:
    """A value on a day."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and its points, by date."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the upright axis shows, from `low` to `high` with a line at every `step`."""

    low: float = 0
    high: float = 10
    step: float = 2


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of the scale, drawn behind the lines; neighbours are told apart by shading every other one."""

    low: float
    high: float
    label: str
    is_shaded: bool = True


@dataclass(frozen=True, slots=True)
class Level:
    """A value of the scale that is marked right across, such as a cut-off."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Bracket:
    """A stretch of the scale at the beginning of the lines, such as what can be chance around the first value."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class _Plane:
    scale: Scale
    first: date
    last: date
    right: float

    def x(self, on: date) -> float:
        days = (self.last - self.first).days
        share = (on - self.first).days / days if days else 0.5
        return LEFT + 8 + share * (self.right - LEFT - 16)

    def y(self, value: float) -> float:
        share = (value - self.scale.low) / (self.scale.high - self.scale.low)
        return TOP + PLOT_HEIGHT * (1 - share)


def line_chart(
    words: Words,
    series: Sequence[Series],
    spell: Callable[[date], str],
    day_header: str,
    scale: Scale | None = None,
    bands: Sequence[Band] = (),
    marks: Sequence[Level | Bracket] = (),
) -> Chart:
    """Draws the lines, names each at its end, and tells them apart by dash and mark; `spell` writes a date.

    Raises ValueError for no line, for more than six, or for a line without points.
    """
    if not 1 <= len(series) <= TONES or not all(one.points for one in series):
        raise ValueError("a line chart has one to six lines, each with a point")
    days = sorted({point.on for one in series for point in one.points})
    room = min(150.0, 14 + LETTER_WIDTH * max(len(_ending(one)) for one in series))
    plane = _Plane(scale or Scale(), days[0], days[-1], WIDTH - room)
    shapes = [
        *_ground(plane, bands),
        *(shape for mark in marks for shape in _marked(plane, mark)),
        *_days(plane, days, spell),
        *(shape for tone, one in enumerate(series, 1) for shape in _drawn(plane, one, tone, spell)),
        *_endings(plane, series),
    ]
    return Chart(words, TOP + PLOT_HEIGHT + 30, tuple(shapes), _table(series, days, spell, day_header))


def _ground(plane: _Plane, bands: Iterable[Band]) -> Iterable[Shape]:
    for band in bands:
        top, bottom = plane.y(band.high), plane.y(band.low)
        if band.is_shaded:
            box = {"x": LEFT, "y": top, "width": plane.right - LEFT, "height": bottom - top}
            yield Shape("rect", "band", box)
        yield label("band-label", (LEFT + 6, top + 14), band.label)
    value = plane.scale.low
    while value <= plane.scale.high:
        y = plane.y(value)
        yield line("grid", (LEFT, y), (plane.right, y))
        yield label("axis", (LEFT - 6, y + 4.5), spelled(value), "end")
        value += plane.scale.step


def _marked(plane: _Plane, mark: Level | Bracket) -> Iterable[Shape]:
    if isinstance(mark, Level):
        y = plane.y(mark.value)
        yield line("level", (LEFT, y), (plane.right, y))
        yield label("band-label", (plane.right - 4, y - 4), mark.label, "end")
        return
    x, low, high = LEFT - 1, plane.y(max(mark.low, plane.scale.low)), plane.y(min(mark.high, plane.scale.high))
    ends = points([(x + 4, high), (x, high), (x, low), (x + 4, low)])
    yield Shape("polyline", "bracket", {"points": ends}, tip=mark.label)


def _days(plane: _Plane, days: Sequence[date], spell: Callable[[date], str]) -> Iterable[Shape]:
    foot = TOP + PLOT_HEIGHT + 20
    if len(days) == 1:
        yield label("axis", (plane.x(days[0]), foot), spell(days[0]), "middle")
        return
    yield label("axis", (LEFT, foot), spell(days[0]))
    yield label("axis", (plane.right, foot), spell(days[-1]), "end")


def _drawn(plane: _Plane, one: Series, tone: int, spell: Callable[[date], str]) -> Iterable[Shape]:
    places = [(plane.x(point.on), plane.y(point.value)) for point in one.points]
    if len(places) > 1:
        yield Shape("polyline", "line", dashed({"points": points(places)}, tone), tone=tone)
    for point, place in zip(one.points, places, strict=True):
        yield marker(place, tone, f"{one.label}, {spell(point.on)}: {spelled(point.value)}")


def _ending(one: Series) -> str:
    return f"{one.label} {spelled(one.points[-1].value)}"


def _endings(plane: _Plane, series: Sequence[Series]) -> Iterable[Shape]:
    """The names at the line ends, pushed apart until none covers another."""
    wished = [plane.y(one.points[-1].value) for one in series]
    heights = _apart(wished, TOP + 2, TOP + PLOT_HEIGHT)
    for tone, (one, height) in enumerate(zip(series, heights, strict=True), 1):
        end = one.points[-1]
        start = (plane.x(end.on) + 5, plane.y(end.value))
        yield line("leader", start, (plane.right + 6, height), tone)
        yield label("name", (plane.right + 9, height + 5), _ending(one), tone=tone)


def _apart(wished: Sequence[float], top: float, bottom: float) -> list[float]:
    """Heights as near to the wished ones as they can be with room between them: what collides shares its middle."""
    groups: list[list[int]] = []
    for index in sorted(range(len(wished)), key=lambda at: wished[at]):
        groups.append([index])
        while len(groups) > 1 and _start(groups[-1], wished, top, bottom) < (
            _start(groups[-2], wished, top, bottom) + LABEL_GAP * len(groups[-2])
        ):
            last = groups.pop()
            groups[-1] += last
    heights = [0.0] * len(wished)
    for group in groups:
        start = _start(group, wished, top, bottom)
        for place, index in enumerate(group):
            heights[index] = start + LABEL_GAP * place
    return heights


def _start(group: Sequence[int], wished: Sequence[float], top: float, bottom: float) -> float:
    """Where the first of a group stands when the group is centred on what its members wish."""
    length = LABEL_GAP * (len(group) - 1)
    middle = sum(wished[index] for index in group) / len(group)
    return max(top, min(middle - length / 2, bottom - length))


def _table(series: Sequence[Series], days: Sequence[date], spell: Callable[[date], str], header: str) -> Table:
    values = [{point.on: spelled(point.value) for point in one.points} for one in series]
    rows = tuple((spell(day), *(known.get(day, "–") for known in values)) for day in days)
    return Table((header, *(one.label for one in series)), rows)
