"""A couple comes together: one asks, the other answers for themself, and the practice writes to both."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import keys, steps
from tests.journeys.conftest import PHONE, OpenPage, Tree, sign_in

pytestmark = pytest.mark.browser
BOB = "bob.hart@elm-street.example"


def ask(page: Page) -> None:
    """Alice asks for the first time that is offered for the two of them."""
    sign_in(page, steps.ALICE)
    page.goto("/book/couple-session")
    page.locator("label.tick").first.click()
    page.get_by_role("button", name="Keep this time").click()
    expect(page.get_by_text("Bob is asked as well")).to_be_visible()
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("We have received your request.").first).to_be_visible()


def test_two_come_together_on_their_phones(tree: Tree, open_page: OpenPage) -> None:
    alice, bob = open_page(viewport=PHONE), open_page(viewport=PHONE, scripts=False)
    arrived = len(tree.mail(BOB))
    ask(alice)
    question = tree.wait_for_mail(BOB, arrived + 1)[0]
    assert question.subject == "Please sign in"
    assert "There is a question about an appointment." in question.text

    sign_in(bob, BOB)
    bob.get_by_role("link", name="Answer").click()
    expect(bob.get_by_role("heading", name="Will you come as well?")).to_be_visible()
    bob.get_by_role("button", name="Yes, I will come").click()
    expect(bob.get_by_text("You said yes.")).to_be_visible()
    alice.reload()
    expect(alice.get_by_text("confirmed", exact=True)).to_be_visible()
    assert "Your appointment is booked:" in tree.wait_for_mail(BOB, arrived + 2)[0].text

    alice.get_by_role("link", name="Cancel").click()
    alice.get_by_role("button", name="Cancel the appointment").click()
    # The first free time lies about two days ahead: whether that is late hangs on the hour at which this runs.
    expect(alice.get_by_text(re.compile("^cancelled( late)?$"))).to_be_visible()


def test_a_request_is_answered_by_keyboard(open_page: OpenPage) -> None:
    """The couple of the demo practice that waits for Dana's own yes."""
    page = open_page()
    sign_in(page, steps.DANA)
    keys.press(page, page.get_by_role("link", name=re.compile("Open.*the requests")))
    keys.press(page, page.get_by_role("button", name="Accept"))
    expect(page.get_by_text("Whoever asked has been told.")).to_be_visible()
    expect(page.get_by_role("heading", name="No request waits")).to_be_visible()
