"""Somebody calls: the front desk books them on one page while they speak, by mouse or by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import keys, steps
from tests.journeys.conftest import OpenPage, Tree, sign_in

pytestmark = pytest.mark.browser
FAY = "fay.moreau@elm-street.example"
ROBIN = "robin.lane@elm-street.example"


def begin(page: Page) -> None:
    """From what the front desk sees first to the page on which a call is booked."""
    sign_in(page, FAY)
    page.get_by_role("link", name="Book a caller").first.click()
    expect(page.get_by_role("heading", name="Book a session")).to_be_visible()


def test_a_new_caller_is_booked_on_one_page(tree: Tree, open_page: OpenPage) -> None:
    page = open_page()
    begin(page)
    steps.assert_clean(page)
    page.get_by_label("First name").fill("Robin")
    page.get_by_label("Last name").fill("Lane")
    page.get_by_label("Phone number").fill("(212) 555-0177")
    page.get_by_label("E-mail address").fill(ROBIN)
    page.locator("label.tick").first.click()
    page.get_by_role("button", name="Book it").last.click()
    expect(page.get_by_role("link", name="Robin Lane")).to_be_visible()
    expect(page.get_by_role("link", name="+12125550177")).to_be_visible()
    steps.assert_clean(page)
    assert tree.wait_for_mail(ROBIN, 1)[0].subject == "Please sign in"  # nobody has said whose mailbox it is


def test_somebody_known_is_found_and_booked_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    begin(page)
    keys.type_into(page, page.locator("#q"), "Ruth")
    keys.press(page, page.get_by_role("button", name="Find"))
    page.wait_for_url("**/callers/book?*")
    keys.tab_to(page, page.locator("input[name=who]:checked"))
    page.keyboard.press("ArrowUp")  # from a new caller to the one who was found
    expect(page.get_by_label("Ruth Abrams")).to_be_checked()
    keys.press(page, page.get_by_role("button", name="Show times"))  # of those who see her
    expect(page.locator("#therapist option")).to_have_count(2)  # first available, and the one
    keys.tab_to(page, page.locator("input[name=slot]").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Ruth Abrams")).to_be_visible()
