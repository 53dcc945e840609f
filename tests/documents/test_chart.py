"""Charts: right places, never told by colour alone, never a shape outside the picture."""

import re
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, FileSystemLoader, select_autoescape

import clinic
from clinic.documents.chart import (
    Area,
    Chart,
    Pair,
    Point,
    Series,
    Shape,
    Week,
    Words,
    chart_svg,
    line_chart,
    pairs_chart,
    strip_chart,
    wheel_chart,
)
from clinic.documents.chart.shapes import LETTER_WIDTH
from tests.documents.charts import START, all_charts, banded, pairs, pulse, spell, strip, wheel

WORDS = Words("one", "One", "It is one.")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(clinic.__file__).parent / "templates"), autoescape=select_autoescape()
)


def page(chart: Chart) -> str:
    asked = '{% from "charts/charts.html" import chart as drawn %}{{ drawn(chart, "Show the numbers") }}'
    return TEMPLATES.from_string(asked).render(chart=chart)


def of_role(chart: Chart, role: str) -> list[Shape]:
    return [shape for shape in chart.shapes if shape.role == role]


def reach(shape: Shape) -> tuple[float, float, float, float]:
    """The box that a shape covers."""
    numbers = {name: float(value) for name, value in shape.attributes.items() if re.fullmatch(r"-?[\d.]+", value)}
    if shape.tag == "text":
        length = LETTER_WIDTH * len(shape.text)
        left = numbers["x"] - {"start": 0, "middle": length / 2, "end": length}[shape.attributes["text-anchor"]]
        return left, numbers["y"] - 11, left + length, numbers["y"] + 3
    if shape.tag == "rect":
        return numbers["x"], numbers["y"], numbers["x"] + numbers["width"], numbers["y"] + numbers["height"]
    if shape.tag == "circle":
        cx, cy, r = numbers["cx"], numbers["cy"], numbers["r"]
        return cx - r, cy - r, cx + r, cy + r
    if shape.tag == "line":
        across, up = sorted((numbers["x1"], numbers["x2"])), sorted((numbers["y1"], numbers["y2"]))
        return across[0], up[0], across[1], up[1]
    corners = [tuple(map(float, pair.split(","))) for pair in shape.attributes["points"].split(" ")]
    return (
        min(c[0] for c in corners),
        min(c[1] for c in corners),
        max(c[0] for c in corners),
        max(c[1] for c in corners),
    )


def covers(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """True when the two boxes share some room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.words.name)
def test_chart_stays_within_its_picture(chart: Chart) -> None:
    outside = [
        shape
        for shape in chart.shapes
        if reach(shape)[0] < 0 or reach(shape)[1] < 0 or reach(shape)[2] > chart.width or reach(shape)[3] > chart.height
    ]
    assert outside == []


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.words.name)
def test_text_covers_no_text(chart: Chart) -> None:
    texts = [shape for shape in chart.shapes if shape.tag == "text"]
    assert [(one.text, other.text) for one, other in combinations(texts, 2) if covers(reach(one), reach(other))] == []


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.words.name)
def test_page_holds_title_reading_and_all_data_without_inline_style(chart: Chart) -> None:
    html = page(chart)
    name = chart.words.name
    assert f'aria-labelledby="chart-{name}-title chart-{name}-reading"' in html
    assert f'<title id="chart-{name}-title">{chart.words.title}</title>' in html
    assert html.count("<td>") == sum(len(row) - 1 for row in chart.table.rows)
    assert html.count('scope="row"') == len(chart.table.rows)
    assert f"<figcaption>{chart.words.reading}</figcaption>" in html
    assert [mark for mark in ("style=", "data:", "onload", "<script") if mark in html] == []


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.words.name)
def test_file_is_whole_svg_with_the_same_shapes(chart: Chart) -> None:
    root = ElementTree.fromstring(chart_svg(chart))
    title, description, *shapes = list(root)
    assert (title.text, description.text) == (chart.words.title, chart.words.reading)
    assert [shape.tag.split("}")[1] for shape in shapes] == [shape.tag for shape in chart.shapes]


def test_lines_differ_without_colour() -> None:
    chart = pulse()
    patterns = [shape.attributes.get("stroke-dasharray", "") for shape in of_role(chart, "line")]
    assert len(set(patterns)) == 6
    assert [shape.text.rsplit(" ", 1)[0] for shape in of_role(chart, "name")] == list(chart.table.headers[1:])


def test_line_names_do_not_cover_each_other() -> None:
    same = [Series(f"Line {at}", (Point(START, 10), Point(START + timedelta(weeks=1), 10))) for at in range(6)]
    heights = sorted(float(shape.attributes["y"]) for shape in of_role(line_chart(WORDS, same, spell, "Date"), "name"))
    gaps = [later - earlier for earlier, later in pairwise(heights)]
    assert min(gaps) >= 16.9


def test_line_goes_up_when_the_value_does() -> None:
    chart = line_chart(WORDS, [Series("A", (Point(START, 0), Point(START + timedelta(7), 10)))], spell, "Date")
    (points,) = [shape.attributes["points"] for shape in of_role(chart, "line")]
    start, end = (tuple(map(float, pair.split(","))) for pair in points.split(" "))
    assert start[0] < end[0]
    assert (start[1], end[1]) == (182.0, 12.0)


def test_line_tells_each_value_on_hover_and_in_the_table() -> None:
    chart = banded()
    assert of_role(chart, "marker")[0].tip == "PHQ-9, 2 Mar: 18"
    assert chart.table.rows[0] == ("2 Mar", "18")
    labels = [shape.text for shape in of_role(chart, "band-label")]
    assert labels == ["minimal", "mild", "moderate", "cut-off 10"]
    assert len(of_role(chart, "band")) == 2  # every other one is shaded


def test_line_marks_a_level_and_what_can_be_chance_within_the_scale() -> None:
    """Of a scale from 0 to 27 on 170 units: 10 is 107 up; from 12 to 30 is drawn to the top and not beyond."""
    (level,), (bracket,) = of_role(banded(), "level"), of_role(banded(), "bracket")
    assert (level.attributes["y1"], level.attributes["y2"]) == ("119", "119")
    heights = [float(pair.partition(",")[2]) for pair in bracket.attributes["points"].split(" ")]
    assert heights == [12, 12, 106.4, 106.4]
    assert bracket.tip == "Within 6 can be chance"


def test_line_of_one_day_stands_in_the_middle() -> None:
    chart = line_chart(WORDS, [Series("A", (Point(date(2026, 3, 2), 5),))], spell, "Date")
    assert of_role(chart, "line") == []
    assert len(of_role(chart, "marker")) == 1


def test_value_missing_on_a_day_is_a_dash_in_the_table() -> None:
    series = [Series("A", (Point(START, 1), Point(START + timedelta(1), 2))), Series("B", (Point(START, 3),))]
    assert line_chart(WORDS, series, spell, "Date").table.rows == (("2 Mar", "1", "3"), ("3 Mar", "2", "–"))


def test_wheel_shows_now_whole_and_first_dashed() -> None:
    chart = wheel()
    (now,), (first,) = of_role(chart, "area"), of_role(chart, "outline")
    assert "stroke-dasharray" not in now.attributes
    assert first.attributes["stroke-dasharray"] == "7 4"
    assert chart.table.rows[3] == ("Body", "–", "3")


def test_wheel_without_a_first_has_no_first_column() -> None:
    chart = wheel_chart(WORDS, [Area("A", 1), Area("B", 2), Area("C", 10)], "Area", "Now", "At first")
    assert chart.table == type(chart.table)(("Area", "Now"), (("A", "1"), ("B", "2"), ("C", "10")))
    assert of_role(chart, "outline") == []


def test_strip_fills_by_share_and_writes_the_count() -> None:
    chart = strip()
    assert [shape.text for shape in of_role(chart, "count")] == ["2/2", "1/2", "0/1", "3/3"]
    assert [shape.attributes["height"] for shape in of_role(chart, "fill")] == ["40", "20", "40"]
    assert len(of_role(chart, "box")) == 5


def test_pairs_point_from_before_to_after() -> None:
    chart = pairs()
    arrow = of_role(chart, "line")[0].attributes
    assert float(arrow["x1"]) < float(arrow["x2"])
    assert len(of_role(chart, "head")) == 3
    assert chart.table.rows[3] == ("28 Mar", "2", "9.5")


def test_words_are_escaped() -> None:
    words = Words("x", "<script>alert(1)</script>", "a & b")
    chart = pairs_chart(words, [Pair('<img src="x">', 1, 2)], "Entry", "Before", "After")
    assert ElementTree.fromstring(chart_svg(chart))[0].text == "<script>alert(1)</script>"
    assert [mark for mark in ("<script", "<img") if mark in page(chart)] == []


def test_what_cannot_be_drawn_is_refused() -> None:
    point = (Point(START, 1),)
    with pytest.raises(ValueError, match="one to six lines"):
        line_chart(WORDS, [Series(str(at), point) for at in range(7)], spell, "Date")
    with pytest.raises(ValueError, match="0 to 10"):
        wheel_chart(WORDS, [Area("A", 11), Area("B", 1), Area("C", 1)], "Area", "Now", "At first")
    with pytest.raises(ValueError, match="no more can be done"):
        strip_chart(WORDS, [Week("a", 2, 1)], "Week", "Done", "Asked")
    with pytest.raises(ValueError, match="one to twenty"):
        pairs_chart(WORDS, [], "Entry", "Before", "After")
