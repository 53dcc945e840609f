"""What the pages are made of: allowed by the content policy, readable, light, licensed."""

import gzip
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import clinic

ROOT = Path(clinic.__file__).parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted(STATIC.rglob("*.css"))
SCRIPT = STATIC / "clinic.js"
SPRITE = STATIC / "icons" / "sprite.svg"

FIRST_VISIT_BYTES = 150_000
PAGE_BYTES = 25_000

# WCAG 2.2: 4.5 for text, 3 for the lines of controls and the focus ring.
TEXT, LINES = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")
WASHES = ("green-wash", "clay-wash", "honey-wash", "sky-wash")
PAIRS = [
    *[("ink", ground, TEXT) for ground in (*GROUNDS, *WASHES)],
    *[("soft", ground, TEXT) for ground in GROUNDS],
    *[(tone, ground, TEXT) for tone in ("green", "green-strong", "clay", "sky") for ground in GROUNDS],
    *[("honey", ground, TEXT) for ground in ("paper", "surface")],
    *[(tone, f"{tone}-wash", TEXT) for tone in ("green", "clay", "honey", "sky")],
    ("green-strong", "green-wash", TEXT),
    ("on-green", "green", TEXT),
    ("on-green", "green-strong", TEXT),
    ("plum", "surface", TEXT),
    *[("line-strong", ground, LINES) for ground in GROUNDS],
    *[("focus", ground, LINES) for ground in (*GROUNDS, *WASHES)],
]


def _tokens(scheme: str) -> dict[str, str]:
    """The colours of the tokens layer as that scheme sees them."""
    layer = (STATIC / "clinic.css").read_text().partition("@layer tokens {")[2].partition("@layer base {")[0]
    light, _, rest = layer.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", rest))
    return found


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme: str) -> None:
    tokens = _tokens(scheme)
    short = {
        (a, b): round(_contrast(tokens[a], tokens[b]), 2)
        for a, b, least in PAIRS
        if _contrast(tokens[a], tokens[b]) < least
    }
    assert not short


def test_dark_gives_every_colour_again() -> None:
    light, dark = _tokens("light"), _tokens("dark")
    assert not [name for name in light if dark[name] == light[name]]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "style attribute"
    assert not re.search(r"<style\b", text), "style element"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "handler attribute"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "script without a file"
    assert not re.search(r"[\"'(]data:", text), "data address"
    assert not re.search(r"\b(href|action)=[\"']javascript:", text), "script address"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_hold_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "data:" not in text
    assert "@import" not in text, "a second file behind the first one waits twice"
    assert not re.findall(r"url\([\"']?(?:https?:)?//", text)


def test_styles_point_at_files_that_are_there() -> None:
    missing = [
        address
        for path in STYLES
        for address in re.findall(r"url\([\"']?([^\"')]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / address).is_file()
    ]
    assert not missing


def test_styles_keep_to_the_layers() -> None:
    text = (STATIC / "clinic.css").read_text()
    assert text.startswith("@layer pico, tokens, base, layout, components, utilities;")
    assert "@layer pico{" in (VENDOR / "pico" / "pico.min.css").read_text(encoding="utf-8")


def test_script_builds_no_code_and_no_style() -> None:
    text = SCRIPT.read_text()
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|\beval\b|new Function|\.style\b|localStorage|sessionStorage", text
    )


def test_first_visit_is_light() -> None:
    fonts = sum(path.stat().st_size for path in VENDOR.rglob("*-latin-wght-*.woff2"))
    parts = [*STYLES, SCRIPT, SPRITE, STATIC / "icons" / "favicon.svg"]
    assert fonts + sum(len(gzip.compress(path.read_bytes(), 6)) for path in parts) < FIRST_VISIT_BYTES - PAGE_BYTES


def test_vendored_files_have_their_licence_and_origin() -> None:
    read_me = (VENDOR / "README.md").read_text()
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert (folder / "LICENSE").stat().st_size > 500, folder.name
        assert f"`{folder.name}/`" in read_me


def test_nothing_is_served_that_no_page_asks_for() -> None:
    named = "".join(path.read_text(encoding="utf-8") for path in [*STYLES, *TEMPLATES])
    assert [path.name for path in VENDOR.iterdir() if path.is_dir() and f"vendor/{path.name}/" not in named] == []
    assert [path.name for path in (STATIC / "icons").iterdir() if f"icons/{path.name}" not in named] == []


def test_every_picture_that_is_named_exists() -> None:
    ids = {element.get("id") for element in ElementTree.parse(SPRITE).getroot()}
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\b(?:icon|picture)\(\"([a-z]+(?:-[a-z]+)*)\"[,)]", path.read_text())
    }
    assert named
    assert named <= ids
    assert {"wheel", "circle", "turns", "trace", "pause", "horizon"} <= ids
    assert {"empty-sessions", "empty-homework", "empty-calm", "empty-lost"} <= ids


def test_pictures_take_the_colour_of_the_text() -> None:
    text = SPRITE.read_text()
    assert not re.search(r"#[0-9a-f]{3,6}\"", text)
    assert "style" not in text
