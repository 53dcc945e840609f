"""Everything a client does with JavaScript off: each form is sent, kept, refused and explained by the server alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import PHONE, OpenPage, Tree, sign_in
from tests.journeys.steps import Visitor

pytestmark = pytest.mark.browser


def test_visitor_books_joins_and_begins_the_intake(tree: Tree, open_page: OpenPage) -> None:
    page, visitor = open_page(scripts=False, viewport=PHONE), Visitor("Noor")
    steps.become_client(tree, page, visitor)
    page.goto("/intake")
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("link", name=re.compile("Can anyone else open your mailbox"))).to_be_visible()
    steps.fill_safe_contact(page, visitor)
    page.wait_for_url(re.compile("^(?!.*/safe-contact$)"))
    page.goto("/intake")
    expect(page.get_by_text("1 of ")).to_be_visible()


def test_homework_is_saved_found_again_and_sent(tree: Tree, open_page: OpenPage) -> None:
    work = steps.give_to_alice(open_page(scripts=False), tree.now() + timedelta(days=4))
    page = open_page(scripts=False, viewport=PHONE)
    sign_in(page, steps.ALICE)
    page.goto(work)
    steps.add_person(page, "T. W.", "Someone from work")
    page.get_by_label("A note to yourself").fill("Thursdays are good")
    page.get_by_role("button", name="Save for later").click()
    steps.sign_out(page)
    sign_in(page, steps.ALICE)
    page.goto(work)
    expect(page.get_by_label("A note to yourself")).to_have_value("Thursdays are good")
    page.get_by_role("button", name="Send to ").click()
    expect(page.get_by_text("You have ten seconds")).to_be_visible()
    expect(page.get_by_text("T. W.").first).to_be_visible()


def test_password_form_explains_what_is_wrong(open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    sign_in(page, steps.ALICE)
    page.goto("/account/password")
    page.get_by_label("Current password").fill("not my password at all")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_visible()
    summary.get_by_role("link").first.click()
    expect(page.locator("input[aria-invalid=true]").first).to_be_focused()
