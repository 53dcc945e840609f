"""Static files come small and are never stale; pages of a signed-in person are not compressed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clinic.web.assets import asset_version
from tests.browser import Browser
from tests.factories import Practice

OpenBrowser = Callable[..., Browser]
ACCEPTS = {"Accept-Encoding": "br, gzip"}


def test_style_sheet_is_compressed_and_kept_for_a_year(browser: OpenBrowser) -> None:
    answer = browser().get("/static/clinic.css", headers=ACCEPTS)
    assert answer.headers["Content-Encoding"] == "br"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_page_of_a_signed_in_person_is_not_compressed(browser: OpenBrowser, practice: Practice) -> None:
    answer = browser(practice.alice).get("/account", headers=ACCEPTS)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_public_page_is_compressed(browser: OpenBrowser, practice: Practice) -> None:
    assert browser().get("/services", headers=ACCEPTS).headers["Content-Encoding"] == "br"


def test_address_of_a_static_file_changes_with_any_of_them(tmp_path: Path) -> None:
    (tmp_path / "one.css").write_text("a", encoding="utf-8")
    before = asset_version(tmp_path)
    (tmp_path / "one.css").write_text("b", encoding="utf-8")
    assert asset_version(tmp_path) != before


@pytest.mark.parametrize("path", ["/", "/services", "/therapists"])
def test_page_names_its_assets_with_the_version(browser: OpenBrowser, practice: Practice, path: str) -> None:
    assert b"clinic.css?v=" in browser().get(path).data
