"""Charts as plain geometry: the same shapes become SVG on a page (by Jinja) and in a PDF (by `chart_svg`)."""

from clinic.documents.chart.line import Band, Bracket, Level, Point, Scale, Series, line_chart
from clinic.documents.chart.pairs import Pair, pairs_chart
from clinic.documents.chart.shapes import Chart, Shape, Table, Words
from clinic.documents.chart.strip import Week, strip_chart
from clinic.documents.chart.svg import chart_svg
from clinic.documents.chart.wheel import Area, wheel_chart

__all__ = [
    "Area",
    "Band",
    "Bracket",
    "Chart",
    "Level",
    "Pair",
    "Point",
    "Scale",
    "Series",
    "Shape",
    "Table",
    "Week",
    "Words",
    "chart_svg",
    "line_chart",
    "pairs_chart",
    "strip_chart",
    "wheel_chart",
]
