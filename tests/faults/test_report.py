"""The table of a section is replaced, and nothing else in the file."""

from pathlib import Path

import pytest

from faults import report
from faults.report import Line


def test_table_goes_between_the_marks_of_its_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    marks = "<!-- pages -->\n<!-- end of pages -->\n\n<!-- race -->\n<!-- end of race -->\n"
    readme.write_text(f"# Faults\n\n{marks}\nThe end.\n", encoding="utf-8")
    monkeypatch.setattr(report, "README", readme)
    report.write([Line("F1", "a race", "one", is_well=True)], "A machine.", "race")
    report.write([Line("F3", "a kill", "2 lost", is_well=False)], "A machine.", "pages")
    report.write([Line("F3", "a kill", "0 lost", is_well=True)], "A machine.", "pages")
    text = readme.read_text(encoding="utf-8")
    assert text.count("| F1 | a race | one | yes |") == 1
    assert text.count("| F3 |") == 1
    assert text.index("0 lost") < text.index("<!-- race -->") < text.index("| F1 |") < text.index("The end.")


def test_bad_line_stands_out() -> None:
    assert str(Line("F3", "a kill", "2 lost", is_well=False)).startswith("BAD ")
