"""The exercise in a real browser: questions that appear, drafts that save themselves, sending and taking back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from clinic.core import clock
from clinic.database.session import db
from tests.browser import Browser
from tests.conftest import NOW, Acting
from tests.factories import Practice
from tests.homework.conftest import Given, client, the
from tests.journeys.conftest import ARGUMENTS, CHROMIUM, DESKTOP, PHONE

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One Chromium for this module; skipped, and counted, where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the application answers for this module."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_as(chromium: Chromium, address: str, app: Flask, browser: Callable[..., Browser]) -> Iterator[OpenAs]:
    """`open_as(person, scripts=False)` is a page of that person's browser."""
    contexts = []

    def open_page(person: UUID, *, scripts: bool = True, viewport: dict[str, int] | None = None) -> Page:
        cookie = browser(person).client.get_cookie("clinic")
        assert cookie is not None
        context = chromium.new_context(
            base_url=address,
            java_script_enabled=scripts,
            viewport=viewport or DESKTOP,  # type: ignore[arg-type]  # a plain mapping of the two sides
            locale="en-US",
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "clinic", "value": cookie.value, "url": address}])
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    _await_quiet(app)


def _await_quiet(app: Flask) -> None:
    """A page that is left saves once more; let that end before its database is emptied."""
    with app.app_context():
        pool = db.engine.pool
    deadline = time.monotonic() + 10
    still = 0
    while still < 5 and time.monotonic() < deadline:
        still = still + 1 if pool.checkedout() == 0 else 0  # type: ignore[attr-defined]  # a QueuePool
        time.sleep(0.05)


@pytest.fixture
def wheel(given: Given) -> UUID:
    """A wheel for Alice, due in five days from the running clock."""
    return given("whole_self_wheel", due_at=max(clock.now(), NOW) + timedelta(days=5))


def saved(page: Page, part: str) -> AbstractContextManager[object]:
    """Wait for a save that carries `part`; one that finds another under way comes fifteen seconds later."""
    return page.expect_response(
        lambda answer: answer.url.endswith("/draft") and part in (answer.request.post_data or ""), timeout=30_000
    )


def fill_wheel(page: Page) -> None:
    for area in ("Work and learning", "Friends", "Family", "Body", "Meaning", "Play", "Home and money", "Inner life"):
        page.get_by_role("radiogroup", name=area, exact=True).get_by_role("radio", name="5", exact=True).check()
    for area in ("Body", "Play"):
        page.get_by_role("group", name="Which two areas do you want to feed?").get_by_text(area).click()
    page.get_by_label("One small action").fill("A walk on Sunday")


def test_question_appears_with_the_answer_that_it_hangs_on(open_as: OpenAs, practice: Practice, wheel: UUID) -> None:
    page = open_as(practice.alice, viewport=PHONE)
    page.goto(f"/homework/{wheel}")
    expect(page.get_by_text("Where would you like body to be")).to_be_hidden()
    page.get_by_role("group", name="Which two areas do you want to feed?").get_by_text("Body").click()
    expect(page.get_by_text("Where would you like body to be")).to_be_visible()
    expect(page.get_by_text("Where would you like play to be")).to_be_hidden()
    page.get_by_role("group", name="Which two areas do you want to feed?").get_by_text("Body").click()
    expect(page.get_by_text("Where would you like body to be")).to_be_hidden()


def test_draft_saves_itself_and_an_answer_can_be_cleared(open_as: OpenAs, practice: Practice, wheel: UUID) -> None:
    page = open_as(practice.alice)
    page.goto(f"/homework/{wheel}")
    body = page.get_by_role("radiogroup", name="Body", exact=True)
    body.get_by_role("radio", name="7", exact=True).check()
    page.get_by_label("One small action").fill("A walk on Sunday")
    with saved(page, "a_action=A+walk"):
        page.get_by_label("A note to yourself").focus()
    expect(page.locator("output[data-save-state]")).to_contain_text("Saved")
    page.goto(f"/homework/{wheel}")
    expect(page.get_by_label("One small action")).to_have_value("A walk on Sunday")
    expect(body.locator("input[value='7']")).to_be_checked()
    with saved(page, "a_action=A+walk"):
        body.get_by_role("radio", name="clear").click()
        page.get_by_label("A note to yourself").focus()
    page.goto(f"/homework/{wheel}")
    expect(body.locator("input[value='7']")).not_to_be_checked()


def test_sending_names_the_reader_and_can_be_taken_back(
    open_as: OpenAs, practice: Practice, wheel: UUID, acting: Acting
) -> None:
    page = open_as(practice.alice)
    page.goto(f"/homework/{wheel}")
    fill_wheel(page)
    page.get_by_role("button", name="Send to Dana").click()
    expect(page.get_by_role("alert")).to_contain_text("Where would you like body to be in four weeks")
    for area in ("body", "play"):
        group = page.get_by_role("radiogroup", name=f"Where would you like {area} to be in four weeks?")
        group.get_by_role("radio", name="8", exact=True).check()
    page.get_by_role("button", name="Send to Dana").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back. Nobody has read it.")).to_be_visible()
    page.get_by_role("button", name="Send to Dana").click()
    expect(page.get_by_text("You have ten seconds")).to_be_visible()
    with acting(client(practice.alice)):
        assert the(wheel).state == "submitted"


def test_everything_works_without_scripts(open_as: OpenAs, practice: Practice, wheel: UUID, acting: Acting) -> None:
    page = open_as(practice.alice, scripts=False, viewport=PHONE)
    page.goto(f"/homework/{wheel}")
    fill_wheel(page)
    page.get_by_role("button", name="Save for later").click()
    for area in ("body", "play"):
        group = page.get_by_role("radiogroup", name=f"Where would you like {area} to be in four weeks?")
        group.get_by_role("radio", name="8", exact=True).check()
    page.get_by_role("button", name="Add a line").click()
    page.get_by_role("radiogroup", name="Did it happen?").get_by_text("Yes").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 of 4 lines")).to_be_visible()
    page.get_by_role("button", name="Send to Dana").click()
    expect(page.get_by_text("You have ten seconds")).to_be_visible()
    with acting(client(practice.alice)):
        assert the(wheel).state == "submitted"
