"""How a message would arrive is shown while its words are typed."""

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from tests.look.demo import Demo
from tests.look.test_axe import page_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_preview_follows_what_is_typed(chromium: Chromium, address: str, the_demo: Demo) -> None:
    complaints: list[str] = []
    with page_of("owner", chromium, address, the_demo, complaints) as page:
        page.goto("/practice/messages/booking.confirmed")
        arriving = page.locator("#arriving")
        page.get_by_label("Text").fill("Dear {first_name},\n\n{when}\n\n{link}\n\n{account}")
        expect(arriving).to_contain_text("Dear Robin,")
        page.get_by_label("Text").fill("Dear {nobody}")
        expect(arriving).to_contain_text("There is no placeholder {nobody} here.")
        page.reload()
        expect(arriving).to_contain_text("Hello Robin,")
    assert complaints == []
