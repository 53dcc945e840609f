"""Tagged PDF (PDF/UA-1) by typst, from a template of ours and data; what people typed is never read as code."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from clinic.core.interval import require_aware
from clinic.documents.letters import spelled_out

if TYPE_CHECKING:
    from typst import Fonts

HERE = Path(__file__).parent
TEMPLATES = HERE / "typst"
FONTS = HERE / "fonts"


def template_names() -> frozenset[str]:
    """Every template that `compile_pdf` knows, without its ending."""
    return frozenset(path.stem for path in TEMPLATES.glob("*.typ"))


def compile_pdf(template_name: str, data: Mapping[str, object]) -> bytes:
    """The filled template as a tagged PDF; the same data make the same bytes.

    `data` is JSON through and through and holds at least `title`, `language` (ISO 639) and `made_at` (ISO 8601, aware).
    Raises ValueError for an unknown template or a naive `made_at`, KeyError where one of the three is missing, and
    `typst.TypstError` where the template finds something else missing. Takes 30-60 ms: never call it in a web process.
    """
    import typst  # noqa: PLC0415 -- 40 MB of library that only a worker needs

    if template_name not in template_names():
        raise ValueError(f"no such template: {template_name!r}")
    made_at = require_aware(datetime.fromisoformat(str(data["made_at"])))
    if not data["title"] or not data["language"]:
        raise ValueError("a tagged document has a title and a language")
    try:
        return _compiled(template_name, data, made_at)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        # PDF/UA allows no letter without a shape; our fonts have no emoji, so their names are written out.
        return _compiled(template_name, spelled_out(data), made_at)


def _compiled(template_name: str, data: Mapping[str, object], made_at: datetime) -> bytes:
    import typst  # noqa: PLC0415 -- see above

    compiler = typst.Compiler(TEMPLATES / f"{template_name}.typ", root=TEMPLATES, font_paths=_fonts())
    made = compiler.compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=int(made_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single file")
    return made


@cache
def _fonts() -> "Fonts":
    """Our own fonts, and the ones within typst for letters that ours do not have; never those of the machine."""
    import typst  # noqa: PLC0415 -- see above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])
