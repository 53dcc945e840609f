"""A client books a session, moves it and cancels it: on a phone by touch, and by keyboard alone; mailed files agree."""

import re

import pytest
from icalendar import Event
from playwright.sync_api import Page, expect

from clinic.standalone.inbox import Message
from tests.journeys import keys, steps
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, Tree, sign_in

pytestmark = pytest.mark.browser
RUTH = "ruth.abrams@elm-street.example"


def next_but_one(page: Page) -> None:
    """Her session after the next, far enough ahead to be moved in time."""
    page.goto("/sessions")
    page.get_by_label("Next", exact=True).get_by_role("link").nth(1).click()
    expect(page.get_by_text("without it counting as late")).to_be_visible()


def event_of(message: Message) -> Event:
    """The event that it brings to the reader's calendar."""
    [file] = message.attachments
    return steps.event_in(file.content)


def test_a_client_moves_a_session_on_a_phone_and_again_by_keyboard(tree: Tree, open_page: OpenPage) -> None:
    page, arrived = open_page(viewport=PHONE), len(tree.mail(RUTH))
    sign_in(page, RUTH)
    next_but_one(page)
    before = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Move", exact=True).click()
    expect(page.get_by_text("You keep your time until the new one is yours.")).to_be_visible()
    steps.assert_clean(page)
    page.locator("label.tick").first.click()
    page.get_by_role("button", name="Move to this time").click()
    expect(page.get_by_text("Moved. Everyone who is coming is told")).to_be_visible()
    after = page.get_by_role("heading", level=1).inner_text()
    assert after != before
    steps.assert_clean(page)
    told = event_of(tree.wait_for_mail(RUTH, arrived + 1)[0])

    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a plain mapping of the two sides
    keys.press(page, page.get_by_role("link", name="Move", exact=True))
    page.wait_for_url("**/move")
    keys.tab_to(page, page.locator("input[name=slot]").first)
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=slot]:checked")).to_be_focused()
    keys.press(page, page.get_by_role("button", name="Move to this time"))
    expect(page.get_by_text("Moved. Everyone who is coming is told")).to_be_visible()
    assert page.get_by_role("heading", level=1).inner_text() not in {before, after}
    told_again = event_of(tree.wait_for_mail(RUTH, arrived + 2)[0])
    assert steps.start_of(told) != steps.start_of(told_again)
    assert told["UID"] == told_again["UID"]
    assert int(str(told["SEQUENCE"])) < int(str(told_again["SEQUENCE"]))


def test_a_client_books_and_cancels_a_session_on_a_phone(tree: Tree, open_page: OpenPage) -> None:
    page, arrived = open_page(viewport=PHONE), len(tree.mail(RUTH))
    sign_in(page, RUTH)
    page.goto("/book/individual-session")
    page.locator("label.tick").first.click()
    page.get_by_role("button", name="Keep this time").click()
    steps.assert_clean(page)
    expect(page.get_by_text("Free to change until")).to_be_visible()
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_text("Booked. We have sent you a confirmation.")).to_be_visible()
    booked = event_of(tree.wait_for_mail(RUTH, arrived + 1)[0])
    page.get_by_role("link", name="Cancel", exact=True).click()
    steps.assert_clean(page)
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_text(re.compile("^cancelled( late)?$"))).to_be_visible()
    cancelled = event_of(tree.wait_for_mail(RUTH, arrived + 2)[0])
    assert (cancelled["UID"], str(cancelled["STATUS"])) == (booked["UID"], "CANCELLED")
