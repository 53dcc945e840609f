"""The calendar in a real browser: dragging leads to the last look; all of it by keyboard and without scripts, too."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from clinic.booking import service
from clinic.booking.models import Appointment
from clinic.core import clock
from clinic.database.session import db
from tests.booking.conftest import Wishing
from tests.booking.test_sessions import at, booked, working_day
from tests.conftest import Acting
from tests.factories import Practice
from tests.homework.test_in_chromium import OpenAs, address, chromium, open_as
from tests.journeys.conftest import PHONE

__all__ = ["address", "booked", "chromium", "open_as"]
pytestmark = pytest.mark.browser


def start_of(acting: Acting, appointment_id: UUID) -> object:
    """When the session begins."""
    with acting():
        return db.session.get_one(Appointment, appointment_id).starts_at


def test_dragging_a_session_opens_the_last_look_and_moves_nothing_by_itself(
    open_as: OpenAs, practice: Practice, booked: UUID, acting: Acting
) -> None:
    page = open_as(practice.dana)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"/calendar?day={working_day(3)}")
    block, place = page.locator(".session-block"), page.get_by_role("link", name="Book at 12:00 PM")
    block.drag_to(place, source_position={"x": 20, "y": 6}, target_position={"x": 20, "y": 8})
    page.wait_for_url(re.compile(r"/move/confirm\?start="))
    expect(page.get_by_role("heading", name="Move this appointment?")).to_be_visible()
    expect(page.get_by_text("12:00 PM")).to_be_visible()
    expect(page.get_by_text("Alice Hart gets an e-mail.")).to_be_visible()
    assert start_of(acting, booked) == at(10)
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("Moved.")).to_be_visible()
    assert start_of(acting, booked) == at(12)
    assert complaints == []


def test_a_session_is_dragged_to_another_day_of_the_week(
    open_as: OpenAs, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    monday = working_day(10) - timedelta(days=working_day(10).weekday())
    days = (monday - working_day(0)).days
    with acting():
        made = service.book(wishing(at(10, days)), [practice.alice_client], by=practice.dana, now=clock.now()).id
    page = open_as(practice.dana)
    page.goto(f"/calendar?view=week&day={monday}")
    lane = page.locator(".lane").nth(2)
    place = lane.get_by_role("link", name="Book at 11:00 AM")
    page.locator(".session-block").drag_to(place, source_position={"x": 10, "y": 6}, target_position={"x": 10, "y": 8})
    page.wait_for_url(re.compile(r"/move/confirm\?start="))
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("Moved.")).to_be_visible()
    assert start_of(acting, made) == at(11, days) + timedelta(days=2)


def test_a_therapist_books_and_moves_by_keyboard_without_scripts(
    open_as: OpenAs, practice: Practice, acting: Acting
) -> None:
    page = open_as(practice.dana, scripts=False)
    page.goto(f"/calendar?day={working_day(3)}")
    page.get_by_role("link", name="Book at 11:00 AM").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Alice Hart").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Book it").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Alice Hart gets an e-mail.")).to_be_visible()
    page.get_by_role("link", name="Move", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Time", exact=True).fill("15:00")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3:00 PM").first).to_be_visible()
    with acting():
        assert db.session.scalars(select(Appointment.starts_at)).all() == [at(15)]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_desk_books_a_caller_and_notes_their_arrival_on_a_phone(
    open_as: OpenAs, practice: Practice, acting: Acting, scripts: bool
) -> None:
    page = open_as(practice.desk, scripts=scripts, viewport=PHONE)
    page.goto("/callers/book")
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill("Weiss")
    page.get_by_label("Phone number").fill("212 555 0199")
    page.locator("label.tick").first.click()
    page.get_by_role("button", name="Book it").last.click()
    expect(page.get_by_text("Nora Weiss has no e-mail address. Please call.")).to_be_visible()
    with acting() as session:
        begins = session.scalars(select(Appointment.starts_at)).one()
    clock.move(begins - clock.now() - timedelta(minutes=10))
    page = open_as(practice.desk, scripts=scripts, viewport=PHONE)
    page.goto("/day-sheet")
    page.get_by_role("button", name="Arrived Nora Weiss").click()
    expect(page.get_by_role("button", name="Undo the arrival of Nora Weiss")).to_be_visible()
    page.get_by_role("button", name="Undo the arrival of Nora Weiss").click()
    expect(page.get_by_role("button", name="Arrived Nora Weiss")).to_be_visible()
