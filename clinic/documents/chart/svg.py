"""A chart as a file of its own, for PDF: colours are attributes, since no style sheet reaches it."""

from xml.sax.saxutils import escape, quoteattr

from clinic.documents.chart.shapes import LETTERS, SMALL_LETTERS, Chart, Shape, spelled

# The light tokens of the product, each at least 4.5 : 1 on white for text and 3 : 1 for lines.
INK, SOFT, LINE, STRONG, SUNKEN = "#23302c", "#55605a", "#e2d9cb", "#8c8069", "#f3eee5"
GREEN, WHITE = "#1f5c4d", "#ffffff"
TONES = (GREEN, "#a8472a", "#2f5d86", "#8a6100", INK, "#6b4a78")
FONT = "Atkinson Hyperlegible Next"

_SOLID = {"marker", "head"}


def chart_svg(chart: Chart) -> str:
    """The chart as an SVG document that needs nothing around it."""
    box = f'viewBox="{chart.view_box}" width="{chart.width:g}" height="{chart.height:g}"'
    body = "".join(_element(shape) for shape in chart.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {box} font-family="{FONT}" font-size="{spelled(LETTERS)}">'
        f"<title>{escape(chart.words.title)}</title><desc>{escape(chart.words.reading)}</desc>{body}</svg>"
    )


def _element(shape: Shape) -> str:
    attributes = {**shape.attributes, **_paint(shape)}
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{shape.tag} {written}>{escape(shape.text)}</{shape.tag}>"


def _paint(shape: Shape) -> dict[str, str]:
    tone = TONES[shape.tone - 1] if shape.tone else INK
    if shape.tag == "text":
        return _letters(shape, tone)
    if shape.role in _SOLID:
        return {"fill": tone, "stroke": WHITE, "stroke-width": "1"}
    paints: dict[str, dict[str, str]] = {
        "band": {"fill": SUNKEN},
        "level": {"stroke": STRONG, "stroke-width": "1.2", "stroke-dasharray": "5 3"},
        "bracket": {"fill": "none", "stroke": STRONG, "stroke-width": "1.6"},
        "grid": {"fill": "none", "stroke": LINE, "stroke-width": "0.8"},
        "leader": {"stroke": tone, "stroke-width": "0.6"},
        "area": {"fill": tone, "fill-opacity": "0.14", "stroke": tone, "stroke-width": "2.2"},
        "hollow": {"fill": WHITE, "stroke": tone, "stroke-width": "1.6"},
        "box": {"fill": WHITE, "stroke": STRONG, "stroke-width": "1"},
        "fill": {"fill": GREEN},
    }
    return paints.get(shape.role, {"fill": "none", "stroke": tone, "stroke-width": "2.2"})


def _letters(shape: Shape, tone: str) -> dict[str, str]:
    is_small = shape.role in {"axis", "band-label"}
    weight = {"count": "600", "name": "600"}.get(shape.role)
    paint = {"fill": tone}
    if is_small:
        paint = {"fill": SOFT, "font-size": spelled(SMALL_LETTERS)}
    if weight:
        paint["font-weight"] = weight
    return paint
