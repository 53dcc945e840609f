"""A therapist sets hours, takes a day off and moves what it strands, by the links of the page that warns of it."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from clinic.demo.hours import HOLIDAYS
from clinic.demo.sessions import working_day
from tests.journeys import keys, steps
from tests.journeys.conftest import OpenPage, Tree, sign_in
from tests.journeys.steps import NEW_YORK

pytestmark = pytest.mark.browser
MARA = "mara.osei@elm-street.example"
STRANDED = "Before you save: what is booked then"


def set_hours(page: Page, today: date) -> None:
    """Open on a free day of the weekend from tomorrow on: look first, then save."""
    day = "Sunday" if f"{today:%A}" == "Saturday" else "Saturday"
    page.get_by_role("link", name="Hours", exact=True).first.click()
    page.get_by_role("link", name="Change weekly hours").click()
    page.get_by_label(day).fill("10:00 AM - 1:00 PM")
    page.get_by_label("From", exact=True).fill(f"{today + timedelta(days=1)}")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("row", name=re.compile(f"^{day}")).first).to_contain_text("10:00")
    page.get_by_role("button", name="Save the hours").click()
    expect(page.get_by_text("Saved. This is how the next two weeks look.")).to_be_visible()


def a_busy_day(today: date) -> date:
    """Two weeks ahead or four, on no holiday: two people come to Mara then."""
    days = [working_day(today, 2) + timedelta(weeks=weeks) for weeks in (2, 4)]
    return next(day for day in days if (day.month, day.day) not in {(month, at) for month, at, _ in HOLIDAYS})


def type_leave(page: Page, day: date) -> None:
    """By keyboard: one whole day away, with Jonas as the cover."""
    keys.press(page, page.get_by_role("link", name="Take time off"))
    for label in ("First day away", "Last day away"):
        keys.type_into(page, page.get_by_label(label), f"{day:%m%d%Y}")
    keys.type_into(page, page.get_by_label("Who stands in"), "Jonas")
    keys.press(page, page.get_by_role("button", name="Save the time off"))


def move_away(page: Page, link: Locator) -> None:
    """Follow one link of the warning into a tab of its own, and move the session by keyboard to a later day."""
    with page.context.expect_page() as opened:
        keys.tab_to(page, link)
        page.keyboard.press("Control+Enter")
    tab = opened.value
    keys.press(tab, tab.get_by_role("link", name="Move", exact=True))
    keys.press(tab, tab.get_by_role("link", name="Later days"))
    keys.tab_to(tab, tab.locator("input[name=slot]").first)
    tab.keyboard.press("Space")
    keys.press(tab, tab.get_by_role("button", name="Go on").first)
    keys.press(tab, tab.get_by_role("button", name=re.compile("^Move it")))
    expect(tab.get_by_text("Moved. Everyone who is coming is told")).to_be_visible()
    tab.close()


def test_a_therapist_sets_hours_takes_a_day_off_and_moves_what_it_strands(tree: Tree, open_page: OpenPage) -> None:
    page, today = open_page(), tree.now().astimezone(NEW_YORK).date()
    sign_in(page, MARA)
    set_hours(page, today)
    type_leave(page, a_busy_day(today))
    stranded = page.get_by_label(STRANDED).get_by_role("link")
    expect(stranded).to_have_count(2)
    steps.assert_clean(page)
    for left in (1, 0):
        move_away(page, stranded.first)
        keys.press(page, page.get_by_role("button", name="Look at it first"))
        expect(stranded).to_have_count(left)
    keys.press(page, page.get_by_role("button", name="Save the time off"))
    expect(page.get_by_text("Noted. Whoever stands in")).to_be_visible()
    page.get_by_role("link", name="Cancel what is booked then").first.click()
    expect(page.get_by_text("No sessions lie ahead.")).to_be_visible()
