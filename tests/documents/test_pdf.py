"""A report as PDF: opens, is tagged, says what it was given, runs nothing that people typed."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from clinic.documents.chart import Chart, chart_svg
from clinic.documents.letters import showable
from clinic.documents.pdf import compile_pdf, template_names
from tests.documents.charts import all_charts, wheel

ROOT = Path(__file__).parents[2]
TYPED = '#panic("x") *bold* $x^2$ \\u{41} <label> @ref // no /* comment */ #image("/etc/passwd") = Heading "quoted"'


def drawn(chart: Chart) -> dict[str, Any]:
    words, table = chart.words, chart.table
    return {
        "title": words.title,
        "svg": chart_svg(chart),
        "alt": f"{words.title}. {words.reading}",
        "reading": words.reading,
        "headers": table.headers,
        "rows": table.rows,
    }


def report(said: str = TYPED, charts: list[Chart] | None = None, **changes: Any) -> dict[str, Any]:
    section = {
        "title": "Your words",
        "paragraphs": [said],
        "items": [said],
        "quotes": [{"said": said, "source": "Own circle"}],
        "charts": [drawn(chart) for chart in charts or []],
    }
    return {
        "title": "How March went",
        "language": "en",
        "made_at": "2026-04-01T06:00:00+00:00",
        "practice": "Willow Lane",
        "reader": "Alice Brook",
        "period": "March 2026",
        "footer": "For you alone.",
        "page_words": {"page": "Page", "of": "of"},
        "note": {"title": "A word from Dana", "paragraphs": [said]},
        "sections": [section],
        "closing": "Bring your questions along.",
        **changes,
    }


def opened(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in opened(content).pages).split())


def alternative_texts(content: bytes) -> list[str]:
    found: list[str] = []

    def walk(node: Any) -> None:
        here = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(here, list):
            for part in here:
                walk(part)
        elif isinstance(here, DictionaryObject):
            if "/Alt" in here:
                found.append(str(here["/Alt"]))
            walk(here.get("/K", []))

    walk(opened(content).root_object["/StructTreeRoot"])
    return found


def test_report_is_tagged_and_names_title_and_language() -> None:
    reader = opened(compile_pdf("report", report()))
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title == "How March went"


def test_report_holds_charts_with_alternative_text_and_numbers() -> None:
    content = compile_pdf("report", report(charts=all_charts()))
    assert alternative_texts(content) == [f"{chart.words.title}. {chart.words.reading}" for chart in all_charts()]
    text = text_of(content)
    assert "Home & money" in text
    assert "Page 1 of" in text


def test_typed_text_is_shown_and_never_run() -> None:
    text = text_of(compile_pdf("report", report()))
    assert text.count(TYPED) == 4


def test_library_is_loaded_by_nobody_but_who_prints() -> None:
    program = "import sys, clinic.features; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_same_data_make_the_same_bytes() -> None:
    assert compile_pdf("report", report(charts=[wheel()])) == compile_pdf("report", report(charts=[wheel()]))


def test_pictures_in_text_are_put_into_words() -> None:
    text = text_of(compile_pdf("report", report("I called Mia \U0001f642\ufe0f and said 中文 to her\x00, Ж too.")))
    assert "I called Mia (slightly smiling face) and said […] to her, Ж too." in text


def test_letters_of_our_fonts_stay_as_they_are() -> None:
    assert showable("Zoë’s “café” – 5 × 2 → €3\nĀž") == "Zoë’s “café” – 5 × 2 → €3\nĀž"


@pytest.mark.parametrize("missing", ["title", "language"])
def test_report_without_title_or_language_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match="title and a language"):
        compile_pdf("report", report() | {missing: ""})


def test_unknown_template_or_naive_moment_is_refused() -> None:
    assert template_names() == {"receipt", "report"}
    with pytest.raises(ValueError, match="no such template"):
        compile_pdf("../report", report())
    with pytest.raises(ValueError, match="zone"):
        compile_pdf("report", report(made_at="2026-04-01T06:00:00"))
