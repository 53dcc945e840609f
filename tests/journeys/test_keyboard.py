"""The journeys by keyboard alone: nothing is out of reach, and it is always plain where one is."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import keys, steps
from tests.journeys.conftest import DEMO_PASSWORD, OpenPage, Tree
from tests.journeys.steps import Visitor

pytestmark = pytest.mark.browser


def test_skip_link_leads_past_the_navigation(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/services")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_first_call_is_booked_by_keyboard(open_page: OpenPage) -> None:
    page, visitor = open_page(), Visitor("Kay")
    page.goto("/book/first-call")
    keys.press(page, page.get_by_role("link", name="See all times"))
    keys.tab_to(page, page.locator("input[name=slot]").first)
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=slot]:checked")).to_be_focused()
    keys.press(page, page.get_by_role("button", name="Keep this time"))
    keys.type_into(page, page.get_by_label("First name"), visitor.given)
    keys.type_into(page, page.get_by_label("Last name"), visitor.family)
    keys.type_into(page, page.get_by_label("E-mail address"), visitor.email)
    keys.type_into(page, page.get_by_label("Phone number"), "212 555 0147")
    keys.tab_to(page, page.get_by_label("No, only I read it"))
    page.keyboard.press("Space")
    keys.press(page, page.get_by_role("button", name="Go on to review"))
    keys.press(page, page.get_by_role("button", name="Book it"))
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()


def test_homework_is_handed_in_by_keyboard(tree: Tree, open_page: OpenPage) -> None:
    work = steps.give_to_alice(open_page(), tree.now() + timedelta(days=4))
    page = open_page()
    _sign_in_by_keyboard(page)
    keys.press(page, page.get_by_role("link", name="Homework", exact=True).first)
    keys.press(page, page.locator(f"a[href='{work}']"))
    _add_person_by_keyboard(page)
    keys.type_into(page, page.get_by_label("A note to yourself"), "It was easier than I had thought")
    keys.press(page, page.get_by_role("button", name="Send to "))
    keys.press(page, page.get_by_role("button", name="Take it back"))
    expect(page.get_by_text("Taken back. Nobody has read it.")).to_be_visible()
    keys.press(page, page.get_by_role("button", name="Send to "))
    expect(page.get_by_text("You have ten seconds")).to_be_visible()
    expect(page.get_by_text("It was easier than I had thought")).to_be_visible()


def _sign_in_by_keyboard(page: Page) -> None:
    page.goto("/sign-in")
    keys.type_into(page, page.get_by_label("E-mail"), steps.ALICE)
    keys.type_into(page, page.get_by_label("Password"), DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/today$"))


def _add_person_by_keyboard(page: Page) -> None:
    keys.press(page, page.get_by_role("button", name="Add a person"))
    keys.type_into(page, page.get_by_label("Initials"), "J. B.")
    keys.tab_to(page, page.get_by_role("radio", name="A friend", exact=True))
    page.keyboard.press("Space")
    keys.tab_to(page, page.get_by_role("radiogroup", name="How close do you feel?").get_by_role("radio").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()
    keys.tab_to(page, page.get_by_role("checkbox", name="An honest word"))
    page.keyboard.press("Space")
    keys.press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("J. B.").first).to_be_visible()
