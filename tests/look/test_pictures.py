"""The pictures in docs/pictures, taken from the pages as they are on the demo day."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.look.demo import Demo

pytestmark = [pytest.mark.pictures, pytest.mark.browser, pytest.mark.slow]
FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST_BYTES: Final = 200_000
DESK: Final = (1280, 900)
PHONE: Final = (390, 844)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on it: whose page, at which address, how large, from which element on."""

    who: str
    address: str
    size: tuple[int, int] = DESK
    start: str = ""


PICTURES: Final = {
    "home": Picture("visitor", "/"),
    "therapists": Picture("visitor", "/therapists"),
    "booking-times": Picture("visitor", "/book/first-call/dana-whitfield"),
    "today-client-phone": Picture("alice", "/today", PHONE),
    "homework-phone": Picture("alice", "/homework/{assignment_id}", PHONE, "#group-meetings"),
    "intake-phone": Picture("alice", "/intake/form/safe-contact", PHONE),
    "today-therapist": Picture("dana", "/today", (1280, 1010)),
    "caseload": Picture("dana", "/caseload"),
    "client": Picture("dana", "/clients/{client_id}"),
    "review": Picture("dana", "/review/{sent_id}"),
    "brief": Picture("dana", "/briefs/{appointment_id}", (1280, 1400)),
    "report": Picture("bob", "/progress/reports/{bob_report_id}", (1280, 1180)),
}


@pytest.mark.parametrize("name", list(PICTURES))
def test_picture_is_taken(name: str, chromium: Chromium, address: str, the_demo: Demo) -> None:
    picture = PICTURES[name]
    width, height = picture.size
    context = chromium.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        device_scale_factor=2 if picture.size == PHONE else 1,
        locale="en-US",
        timezone_id="America/New_York",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "clinic", "value": the_demo.cookies[picture.who], "url": address}])
    page = context.new_page()
    answer = page.goto(picture.address.format(**the_demo.places))
    assert answer is not None
    assert answer.ok
    file = FOLDER / f"{name}.png"
    take(page, picture, file)
    context.close()
    assert file.stat().st_size < LARGEST_BYTES


def take(page: Page, picture: Picture, file: Path) -> None:
    """Write the picture, once the faces have arrived."""
    page.evaluate("() => document.fonts.ready.then(() => true)")
    if picture.start:
        page.locator(picture.start).evaluate("(one) => scrollTo(0, one.getBoundingClientRect().top + scrollY - 24)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)
