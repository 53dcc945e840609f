"""What is typed is saved at once, also beside a save that is still running, and when the page is left."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Request, Route, expect

from tests.look.demo import Demo

pytestmark = pytest.mark.browser
PROMPT_MS = 6_000  # far below the fifteen seconds between two saves
SHARE, NOTE = "One line about your own circle", "A note to yourself"


@pytest.fixture
def sheet(chromium: Chromium, address: str, the_demo: Demo) -> Iterator[Page]:
    """Bob at the homework that he has begun."""
    context = chromium.new_context(base_url=address, locale="en-US", reduced_motion="reduce")
    context.add_cookies([{"name": "clinic", "value": the_demo.cookies["bob"], "url": address}])
    page = context.new_page()
    page.goto(f"/homework/{the_demo.places['bob_work_id']}")
    yield page
    context.close()


@pytest.fixture
def held(sheet: Page) -> list[Route]:
    """The first save of the sheet, under way until it is let go on; later ones pass."""
    first: list[Route] = []
    sheet.route("**/draft", lambda route: route.continue_() if first else first.append(route))
    return first


def test_field_left_during_a_save_is_saved_right_after(sheet: Page, held: list[Route]) -> None:
    sheet.get_by_label(SHARE).fill("I went alone")
    sheet.get_by_label(NOTE).fill("It was raining")
    sheet.get_by_label(SHARE).focus()
    with sheet.expect_request(lambda one: saves(one, "It+was+raining"), timeout=PROMPT_MS):
        held[0].continue_()
    expect(sheet.locator("output[data-save-state]")).to_contain_text("Saved")


def test_page_left_during_a_save_keeps_what_was_typed(sheet: Page, held: list[Route], the_demo: Demo) -> None:
    words = f"Left at {time.time()}"
    sheet.get_by_label(SHARE).fill("I went with M.")
    sheet.get_by_label(NOTE).fill(words)
    assert len(held) == 1
    sheet.goto("/today")
    deadline = time.monotonic() + PROMPT_MS / 1000
    while time.monotonic() < deadline:
        sheet.goto(f"/homework/{the_demo.places['bob_work_id']}")
        if sheet.get_by_label(NOTE).input_value() == words:
            return
        time.sleep(0.2)
    pytest.fail("what was typed is lost")


def saves(request: Request, words: str) -> bool:
    """Whether a request saves a draft that holds these words."""
    return request.url.endswith("/draft") and words in (request.post_data or "")
