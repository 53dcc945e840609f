"""A standing session from its first day to its end, with JavaScript off: pages, workers and mail as they run."""

import re
import time
from datetime import timedelta

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from clinic.standalone.inbox import Message
from tests.journeys.conftest import OpenPage, Tree, sign_in
from tests.journeys.steps import DANA

pytestmark = pytest.mark.browser
KOFI, KOFI_ADDRESS = "Kofi Mensah", "kofi.mensah@elm-street.example"


def open_client(page: Page) -> None:
    """The page of the client."""
    page.goto("/caseload")
    page.get_by_role("link", name=KOFI).first.click()


def summaries(tree: Tree, count: int) -> list[Message]:
    """What has arrived about a standing session as a whole, the newest first, once there are so many."""
    found: list[Message] = []
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.25)
        found = [each for each in tree.mail(KOFI_ADDRESS) if each.subject == "Your appointments"]
    assert len(found) == count
    return found


def test_therapist_moves_cancels_and_begins_standing_sessions_and_the_client_hears_once_of_each(
    tree: Tree, open_page: OpenPage
) -> None:
    page = open_page(scripts=False)
    sign_in(page, DANA)
    open_client(page)
    page.get_by_role("link", name=re.compile("^Standing: ")).click()
    page.get_by_role("link", name="Change this one and those that follow").click()
    page.get_by_label("At", exact=True).fill("20:00")
    page.get_by_role("button", name="Show each of them").click()
    expect(page.get_by_text("So far: ").first).to_be_visible()
    page.get_by_role("button", name="Move all that are chosen").click()
    expect(page.get_by_text("Moved. Whoever is coming has been told")).to_be_visible()
    (moved,) = summaries(tree, 1)
    assert re.search(r"has a new time:\s+\w+days, 8:00\sPM", moved.text)

    page.get_by_role("link", name="Change this one and those that follow").click()
    page.get_by_role("link", name="Cancel them").click()
    page.get_by_role("button", name="Cancel all of them").click()
    expect(page.get_by_text("Cancelled. Whoever was coming has been told")).to_be_visible()
    assert "is cancelled. It was to be:" in summaries(tree, 2)[0].text

    open_client(page)
    expect(page.get_by_role("link", name=re.compile("^Standing: "))).to_have_count(0)
    page.get_by_role("link", name="Standing session").click()
    page.get_by_role("button", name="Show each of them").click()
    expect(page.get_by_text("Please choose a day.").first).to_be_visible()
    page.get_by_label("From").fill(str((tree.now() + timedelta(days=9)).date()))
    page.get_by_label("At", exact=True).fill("20:30")
    page.get_by_label("Every two weeks").check()
    page.get_by_label("How many times").fill("3")
    page.get_by_role("button", name="Show each of them").click()
    for number, choice in enumerate(("Book it", "Leave it out", "Book it")):
        # Said for each, since a holiday or leave of the demo may lie on any of them and is left out unless said.
        offered = page.locator(f"[name=choice-{number}]")
        page.get_by_role("radio", name=re.compile(f"^{choice}")).and_(offered).check()
    page.get_by_role("button", name="Book all that are chosen").click()
    expect(page.get_by_text("Booked. Whoever is coming has been told")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Standing: Every other "))).to_be_visible()
    newest = summaries(tree, 3)[0]
    assert "2 times, first " in newest.text
    assert "Except on:" in newest.text
    assert len(Calendar.from_ical(newest.attachments[0].content).walk("VEVENT")) == 2
