"""A session by video in a real browser: the room is set, the clock moves on, two phones answer, and both are led on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Page, Request, Route, expect

from clinic.booking import service as booking
from clinic.core import clock
from clinic.database.session import db
from clinic.practice.models import Service
from tests.booking.conftest import Wishing
from tests.conftest import Acting
from tests.distance.conftest import ROOM
from tests.factories import Practice
from tests.homework.test_in_chromium import OpenAs, address, chromium, open_as
from tests.journeys.conftest import PHONE

__all__ = ["address", "chromium", "open_as"]
pytestmark = pytest.mark.browser
ELSEWHERE: Final = "https://video.example.org/**"


def led_to(page: Page, press: Callable[[], None]) -> str:
    """Where the browser ends up when the link is pressed; the video service learns neither from where nor from whom."""
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(status=200, content_type="text/html", body="<title>The room</title>")

    page.context.route(ELSEWHERE, answer)
    with page.context.expect_page() as opened:
        press()
    expect(opened.value).to_have_title("The room")
    assert opened.value.evaluate("window.opener") is None
    assert "referer" not in asked[0].all_headers()
    return str(opened.value.url)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_couple_and_their_therapist_meet_by_video(
    open_as: OpenAs, practice: Practice, acting: Acting, wishing: Wishing, scripts: bool
) -> None:
    starts_at = clock.now() + timedelta(hours=3)
    with acting():
        wish = wishing(starts_at, service=practice.couple_session)
        assert db.session.get_one(Service, practice.couple_session).attends == "couple"
        both = [practice.alice_client, practice.bob_client]
        path = f"/sessions/{booking.book(wish, both, by=practice.dana, now=clock.now(), couple_id=practice.couple).id}"
    dana = open_as(practice.dana, scripts=scripts)
    dana.goto("/hours")
    dana.get_by_role("link", name="Video address").click()
    dana.get_by_label("Address of the video room").fill("http://video.example.org/room")
    dana.get_by_role("button", name="Save the address").click()
    expect(dana.get_by_role("alert")).to_contain_text("It begins with https://")
    dana.get_by_label("Address of the video room").fill(ROOM)
    dana.get_by_role("button", name="Save the address").click()
    expect(dana.get_by_text("Saved.")).to_be_visible()

    alice = open_as(practice.alice, scripts=scripts, viewport=PHONE)
    alice.goto(path)
    expect(alice.get_by_text("You can join on this page from")).to_be_visible()
    clock.move(timedelta(hours=2, minutes=55))
    alice = open_as(practice.alice, scripts=scripts, viewport=PHONE)
    alice.goto("/today")
    alice.get_by_role("link", name="Join by video").click()
    alice.get_by_label("Where are you now?").fill("In the car, Elm Street 4")
    alice.get_by_role("button", name="Save and go on").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("alert")).to_contain_text("Please give a phone number.")
    expect(alice.get_by_label("Where are you now?")).to_have_value("In the car, Elm Street 4")
    alice.get_by_label("A number to call you back on").fill("212 555 0111")
    alice.get_by_role("button", name="Save and go on").click()
    expect(alice.get_by_text("If the picture fails, Dana calls you at")).to_be_visible()
    assert led_to(alice, alice.get_by_role("link", name="Join by video").click) == ROOM
    expect(alice.get_by_text("If the picture fails")).to_be_visible()

    bob = open_as(practice.bob, viewport=PHONE, scripts=scripts)
    bob.goto(path)
    expect(bob.get_by_label("Where are you now?")).to_have_value("")
    expect(bob.get_by_text("Elm Street 4")).to_have_count(0)
    dana = open_as(practice.dana, scripts=scripts)
    dana.goto(path)
    expect(dana.get_by_text("In the car, Elm Street 4")).to_be_visible()
    expect(dana.get_by_text("Has not said yet where they are.")).to_have_count(1)
    assert led_to(dana, dana.get_by_role("link", name="Open the video room").click) == ROOM
