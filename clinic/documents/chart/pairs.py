"""Before and after: one row per entry, from the hollow mark (before) to the full one (after)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.documents.chart.shapes import (
    LETTER_WIDTH,
    WIDTH,
    Chart,
    Shape,
    Table,
    Words,
    label,
    line,
    marker,
    points,
    spelled,
)

LEFT, RIGHT, TOP, ROW = 104.0, WIDTH - 16, 30.0, 28.0
BEFORE_TONE, AFTER_TONE = 2, 1


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry by its name (often its date), with the value before and after."""

    label: str
    before: float
    after: float


def pairs_chart(words: Words, pairs: Sequence[Pair], entry_header: str, before: str, after: str) -> Chart:
    """Draws one to twenty entries on a scale from 0 to 10; raises ValueError outside of that."""
    if not 1 <= len(pairs) <= 20:
        raise ValueError("one to twenty pairs fit")
    if any(not 0 <= value <= 10 for pair in pairs for value in (pair.before, pair.after)):
        raise ValueError("values go from 0 to 10")
    shapes = [*_ground(len(pairs))]
    for row, pair in enumerate(pairs):
        shapes += _row(pair, TOP + ROW * row + ROW / 2, before, after)
    foot = TOP + ROW * len(pairs) + 24
    shapes += _legend(foot, before, after)
    rows = tuple((pair.label, spelled(pair.before), spelled(pair.after)) for pair in pairs)
    return Chart(words, foot + 16, tuple(shapes), Table((entry_header, before, after), rows))


def _x(value: float) -> float:
    return LEFT + (RIGHT - LEFT) * value / 10


def _ground(count: int) -> Iterable[Shape]:
    for value in (0, 2, 4, 6, 8, 10):
        yield line("grid", (_x(value), TOP), (_x(value), TOP + ROW * count))
        yield label("axis", (_x(value), TOP - 10), str(value), "middle")


def _row(pair: Pair, y: float, before: str, after: str) -> Iterable[Shape]:
    tip = f"{pair.label}: {before} {spelled(pair.before)}, {after} {spelled(pair.after)}"
    yield label("spoke", (LEFT - 14, y + 5), pair.label, "end")
    start, end = _x(pair.before), _x(pair.after)
    if abs(end - start) > 14:
        way = 1 if end > start else -1
        yield line("line", (start + way * 5, y), (end - way * 9, y), AFTER_TONE)
        head = points(((end - way * 5, y), (end - way * 11, y - 4), (end - way * 11, y + 4)))
        yield Shape("polygon", "head", {"points": head}, tone=AFTER_TONE)
    yield marker((start, y), BEFORE_TONE, tip, "hollow")
    yield marker((end, y), AFTER_TONE, tip)


def _legend(y: float, before: str, after: str) -> Iterable[Shape]:
    yield marker((LEFT + 4, y), BEFORE_TONE, "", "hollow")
    yield label("name", (LEFT + 14, y + 5), before)
    second = LEFT + 34 + LETTER_WIDTH * len(before)
    yield marker((second, y), AFTER_TONE, "")
    yield label("name", (second + 10, y + 5), after)
