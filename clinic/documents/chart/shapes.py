"""What a chart is made of. Lengths are units of the viewBox, 320 wide: on a phone about as many pixels.

Everything has room for text of `LETTERS` units; where a chart is drawn larger, its style makes the text smaller.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Tag = Literal["line", "polyline", "polygon", "rect", "circle", "text"]

WIDTH = 320.0
LETTERS, SMALL_LETTERS = 14.0, 13.0
LETTER_WIDTH = 7.1
"""What a letter of the larger size takes, about."""
TONES = 6
# One pattern per tone, told apart without colour; the first is a whole line.
DASHES = ("", "7 4", "2 3", "11 3 2 3", "5 2 1 2 1 2", "14 5")


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one chart, already in the reader's language. `name` is a slug, unique on its page."""

    name: str
    title: str
    reading: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One element: its tag, what it is for (`role`, the CSS class), its geometry, and its words where it has some.

    `tone` 1-6 picks the colour and the dash pattern of a line; 0 is none. `tip` is the value told on hover.
    """

    tag: Tag
    role: str
    geometry: Mapping[str, str | float]
    text: str = ""
    tip: str = ""
    tone: int = 0

    @property
    def attributes(self) -> dict[str, str]:
        """The geometry as SVG attributes, numbers with at most one decimal."""
        return {name: value if isinstance(value, str) else spelled(value) for name, value in self.geometry.items()}

    @property
    def classes(self) -> str:
        """The CSS classes that give the shape its colours on a page."""
        return f"chart-{self.role}" + (f" chart-tone-{self.tone}" if self.tone else "")


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a chart for those who read rather than look; every row begins with its own heading."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished drawing with its title, its one-sentence reading and its data."""

    words: Words
    height: float
    shapes: tuple[Shape, ...]
    table: Table
    width: float = field(default=WIDTH)

    @property
    def view_box(self) -> str:
        """The SVG attribute viewBox."""
        return f"0 0 {spelled(self.width)} {spelled(self.height)}"


def spelled(number: float) -> str:
    """A length or a value with at most one decimal, and no `.0`."""
    return f"{number:.1f}".removesuffix(".0")


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """The attribute `points` of a polyline or polygon."""
    return " ".join(f"{spelled(x)},{spelled(y)}" for x, y in pairs)


def line(role: str, start: tuple[float, float], end: tuple[float, float], tone: int = 0) -> Shape:
    """A straight line."""
    return Shape("line", role, {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}, tone=tone)


def label(role: str, at: tuple[float, float], text: str, anchor: str = "start", tone: int = 0) -> Shape:
    """Text whose baseline starts, ends or is centred `at` a point."""
    return Shape("text", role, {"x": at[0], "y": at[1], "text-anchor": anchor}, text=text, tone=tone)


def dashed(geometry: Mapping[str, str | float], tone: int) -> dict[str, str | float]:
    """`geometry` with the dash pattern of its tone."""
    pattern = DASHES[tone - 1]
    return {**geometry, "stroke-dasharray": pattern} if pattern else dict(geometry)


def marker(at: tuple[float, float], tone: int, tip: str, role: str = "marker") -> Shape:
    """The mark of one value: circle, square, diamond, triangle, small circle or triangle on its head, by tone."""
    x, y = at
    outlines: tuple[Sequence[tuple[float, float]], ...] = (
        (),
        ((x - 2.8, y - 2.8), (x + 2.8, y - 2.8), (x + 2.8, y + 2.8), (x - 2.8, y + 2.8)),
        ((x, y - 4), (x + 4, y), (x, y + 4), (x - 4, y)),
        ((x, y - 4), (x + 3.6, y + 2.8), (x - 3.6, y + 2.8)),
        (),
        ((x, y + 4), (x + 3.6, y - 2.8), (x - 3.6, y - 2.8)),
    )
    outline = outlines[tone - 1]
    if outline:
        return Shape("polygon", role, {"points": points(outline)}, tip=tip, tone=tone)
    return Shape("circle", role, {"cx": x, "cy": y, "r": 3.2 if tone == 1 else 2}, tip=tip, tone=tone)
