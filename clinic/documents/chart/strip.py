"""The adherence strip: one box a week, filled by the share that was done, with the count written over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.documents.chart.shapes import LETTER_WIDTH, WIDTH, Chart, Shape, Table, Words, label

TOP, BOX, GAP, MOST_WIDE = 22.0, 40.0, 6.0, 64.0


@dataclass(frozen=True, slots=True)
class Week:
    """A week by the name of its first day, with how much of its work was done and how much there was."""

    label: str
    done: int
    due: int


def strip_chart(words: Words, weeks: Sequence[Week], week_header: str, done: str, due: str) -> Chart:
    """Draws one to twelve weeks in order; a week without work keeps an empty, dashed box. Raises ValueError else."""
    if not 1 <= len(weeks) <= 12:
        raise ValueError("a strip has one to twelve weeks")
    if any(not 0 <= week.done <= week.due for week in weeks):
        raise ValueError("no more can be done than there was")
    width = min(MOST_WIDE, (WIDTH - 8 - GAP * (len(weeks) - 1)) / len(weeks))
    shapes: list[Shape] = []
    for index, week in enumerate(weeks):
        shapes += _box(week, 4 + index * (width + GAP), width)
    shapes += _feet(weeks, width)
    rows = tuple((week.label, str(week.done), str(week.due)) for week in weeks)
    return Chart(words, TOP + BOX + 24, tuple(shapes), Table((week_header, done, due), rows))


def _box(week: Week, x: float, width: float) -> Iterable[Shape]:
    tip = f"{week.label}: {week.done}/{week.due}" if week.due else f"{week.label}: –"
    frame: dict[str, str | float] = {"x": x, "y": TOP, "width": width, "height": BOX, "rx": 6}
    if not week.due:
        yield Shape("rect", "box", {**frame, "stroke-dasharray": "3 3"}, tip=tip)
        return
    yield Shape("rect", "box", frame, tip=tip)
    height = BOX * week.done / week.due
    if height:
        yield Shape("rect", "fill", {**frame, "y": TOP + BOX - height, "height": height}, tip=tip)
    yield label("count", (x + width / 2, TOP - 7), f"{week.done}/{week.due}", "middle")


def _feet(weeks: Sequence[Week], width: float) -> Iterable[Shape]:
    """As many week names as fit; first and last always, others evenly."""
    widest = LETTER_WIDTH * max(len(week.label) for week in weeks) + 8
    every = max(1, -(-int(widest) // int(width + GAP)))
    last = len(weeks) - 1
    for index, week in enumerate(weeks):
        if index not in {0, last} and (index % every or last - index < every):
            continue
        left = 4 + index * (width + GAP)
        if index == 0:
            yield label("axis", (left, TOP + BOX + 18), week.label)
        elif index == last:
            yield label("axis", (left + width, TOP + BOX + 18), week.label, "end")
        else:
            yield label("axis", (left + width / 2, TOP + BOX + 18), week.label, "middle")
