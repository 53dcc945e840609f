"""A report as a tagged PDF. Runs in the worker, outside of every transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import force_locale

from clinic.documents.chart import Chart, chart_svg
from clinic.documents.pdf import compile_pdf
from clinic.progress.body import Body
from clinic.progress.translation import _
from clinic.progress.wording import Part, parts_of, period_of, title_of

LETTER_COUNTRIES = {"US", "CA", "MX"}


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """Everything that one PDF needs, read in one transaction; it is never logged or sent anywhere."""

    report_id: UUID
    client_id: UUID
    body: Body
    held_back: Collection[str]
    note: str
    therapist: str
    reader: str
    zone: str
    locale: str
    practice: str
    country: str
    released_at: datetime


def printed(order: PaperOrder) -> bytes:
    """The PDF in the reader's language; raises `typst.TypstError` when it cannot be made."""
    with force_locale(order.locale):
        parts = parts_of(order.body, order.zone, order.held_back)
        return compile_pdf(
            "report",
            {
                "title": title_of(order.body),
                "language": order.locale.partition("_")[0],
                "made_at": order.released_at.isoformat(),
                "paper": "us-letter" if order.country in LETTER_COUNTRIES else "a4",
                "practice": order.practice,
                "reader": order.reader,
                "period": period_of(order.body),
                "footer": _("Written for you alone. Nobody else gets it from us."),
                "page_words": {"page": _("Page"), "of": _("of")},
                "note": _note(order),
                "sections": [_section(part) for part in parts],
                "closing": _("Something here does not sound right? Bring it along to your next session."),
            },
        )


def _note(order: PaperOrder) -> dict[str, object] | None:
    if not order.note:
        return None
    title = _("A word from %(therapist)s", therapist=order.therapist)
    return {"title": title, "paragraphs": [line for line in order.note.splitlines() if line.strip()]}


def _section(part: Part) -> dict[str, object]:
    return {
        "title": part.title,
        "paragraphs": part.paragraphs,
        "items": part.items,
        "quotes": [{"said": quote.said, "source": quote.source} for quote in part.quotes],
        "charts": [_drawn(chart) for chart in part.charts],
    }


def _drawn(chart: Chart) -> dict[str, object]:
    return {
        "title": chart.words.title,
        "svg": chart_svg(chart),
        "alt": f"{chart.words.title}. {chart.words.reading}",
        "reading": chart.words.reading,
        "headers": chart.table.headers,
        "rows": chart.table.rows,
    }
