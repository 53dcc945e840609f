"""A time that opens reaches the waiting list: whoever waits longest finds it on Today and takes it with one press."""

import time
from datetime import date, datetime

import pytest
from playwright.sync_api import Page, expect

from clinic.demo.hours import HOLIDAYS
from tests.journeys import keys, steps
from tests.journeys.conftest import PHONE, OpenPage, sign_in
from tests.journeys.steps import NEW_YORK

pytestmark = pytest.mark.browser
# All three come to Erik, whose mornings are full on the day on which Vera's session is.
VERA, CAROL, MAYA = (f"{name}@elm-street.example" for name in ("vera.novak", "carol.stone", "maya.levin"))
OFFER = "A time has become free"


def a_later_session(page: Page) -> datetime:
    """Open her first session after the next that lies on no holiday; returns when it begins."""
    page.goto("/sessions")
    links = page.get_by_label("Next", exact=True).get_by_role("link").all()
    for path in [str(link.get_attribute("href")) for link in links[1:]]:
        file = page.request.get(f"{path}/appointment.ics").body()
        starts_at = steps.start_of(steps.event_in(file)).astimezone(NEW_YORK)
        if (starts_at.month, starts_at.day) not in {(month, day) for month, day, _ in HOLIDAYS}:
            page.goto(path)
            return starts_at
    raise AssertionError("no session on a working day")


def wait_for(page: Page, day: date) -> None:
    """Join the list for just that morning."""
    page.goto("/book/individual-session/erik-lindqvist")
    page.get_by_role("link", name="We can tell you when something opens.").click()
    days, parts = (page.get_by_role("group", name=question) for question in ("Which days", "Which part of the day"))
    for box in [*days.get_by_role("checkbox").all(), *parts.get_by_role("checkbox").all()]:
        box.uncheck()
    days.get_by_label(f"{day:%A}").check()
    parts.get_by_label("Morning").check()
    page.get_by_label("Until which day?").fill(str(day))
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("You are on the waiting list.")).to_be_visible()


def await_offer(page: Page, seconds: float = 60) -> None:
    """Look at Today until something is kept for them."""
    deadline = time.monotonic() + seconds
    page.goto("/today")
    while not page.get_by_label(OFFER).count():
        assert time.monotonic() < deadline, "nothing was offered"
        page.wait_for_timeout(250)
        page.reload()


def test_a_time_that_opens_is_taken_by_who_waits_longest(open_page: OpenPage) -> None:
    vera, carol, maya = open_page(viewport=PHONE), open_page(), open_page(viewport=PHONE)
    sign_in(vera, VERA)
    starts_at = a_later_session(vera)
    for page, who in ((carol, CAROL), (maya, MAYA)):
        sign_in(page, who)
        wait_for(page, starts_at.date())

    vera.get_by_role("link", name="Cancel").click()
    vera.get_by_role("button", name="Cancel the appointment").click()
    expect(vera.get_by_text("Cancelled. Everyone who was coming is told")).to_be_visible()
    await_offer(carol)
    expect(carol.get_by_label(OFFER)).to_contain_text(f"{starts_at:%A, %B} {starts_at.day}")
    steps.assert_clean(carol)
    maya.goto("/today")
    expect(maya.get_by_label(OFFER)).to_have_count(0)

    keys.press(carol, carol.get_by_role("button", name="Take it"))
    expect(carol.get_by_text("Booked. We have sent you a confirmation.")).to_be_visible()
    steps.assert_clean(carol)
    carol.goto("/sessions/waiting")
    expect(carol.get_by_text("You are on no waiting list")).to_be_visible()
    maya.goto("/sessions/waiting")
    expect(maya.get_by_label(OFFER)).to_have_count(0)
    expect(maya.locator("summary", has_text="Leave the list")).to_be_visible()
