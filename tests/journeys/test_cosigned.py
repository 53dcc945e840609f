"""An intern's note in two browsers: written, signed, given back with a word, signed again, and final once co-signed."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from clinic.core import clock
from clinic.practice.models import Therapist
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import book
from tests.journeys import keys, steps
from tests.journeys.conftest import sign_in
from tests.journeys.test_away import page

__all__ = ["page"]
pytestmark = pytest.mark.browser


@pytest.fixture
def supervisor(page: Page, chromium: Chromium) -> Iterator[Page]:
    """Another browser, in front of the same practice."""
    page.goto("/sign-in")
    context = chromium.new_context(base_url=page.url.removesuffix("/sign-in"), locale="en-US", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def yesterday(acting: Acting, practice: Practice) -> None:
    """Dana is Erik's intern, and had a session with Alice."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting() as session:
        session.get_one(Therapist, practice.dana).supervisor_id = practice.erik
        book(practice, [practice.alice_client], hour - timedelta(hours=24))


def sign(page: Page, name: str, button: str) -> None:
    """Type one's name, and press the button, by keyboard."""
    keys.type_into(page, page.get_by_label("Your full name, typed as your signature"), name)
    keys.press(page, page.get_by_role("button", name=button, exact=True))


def test_an_interns_note_is_given_back_signed_again_and_co_signed(
    page: Page, supervisor: Page, yesterday: None
) -> None:
    intern = page
    sign_in(intern, "dana.whitfield@example.org")
    keys.press(intern, intern.get_by_role("link", name="Open the sessions without a note"))
    keys.press(intern, intern.get_by_role("button", name=re.compile("^Write the note")))
    expect(intern.get_by_text("This enters Alice Hart's own record.")).to_be_visible()
    with intern.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        intern.get_by_label("Note", exact=True).fill("She came back to the river.")
        intern.keyboard.press("Tab")
    expect(intern.get_by_text(re.compile("^Saved "))).to_be_visible()
    steps.assert_clean(intern)
    sign(intern, "Dana Whitfield", "Sign the note")
    expect(intern.get_by_text("Not final yet: it waits for a co-signature.")).to_be_visible()

    sign_in(supervisor, "erik.lindqvist@example.org")
    keys.press(supervisor, supervisor.get_by_label("To co-sign").get_by_role("link", name="A. H."))
    expect(supervisor.get_by_text("She came back to the river.")).to_be_visible()
    keys.type_into(supervisor, supervisor.get_by_label("What should change?"), "Please add the plan.")
    keys.press(supervisor, supervisor.get_by_role("button", name="Give it back"))
    expect(supervisor.get_by_role("heading", name="Nothing waits for you")).to_be_visible()

    intern.goto("/notes/missing")
    keys.press(intern, intern.get_by_role("link", name=re.compile("^Go on writing")))
    expect(intern.get_by_text("Please add the plan.")).to_be_visible()
    intern.get_by_label("Note", exact=True).fill("She came back to the river. Plan: go on walking.")
    sign(intern, "Dana Whitfield", "Sign the note")
    expect(intern.get_by_text("Plan: go on walking.")).to_be_visible()

    supervisor.goto("/notes/to-cosign")
    expect(supervisor.get_by_text("signed again")).to_be_visible()
    keys.press(supervisor, supervisor.get_by_role("link", name=re.compile("^Alice Hart")))
    expect(supervisor.get_by_text("Plan: go on walking.")).to_be_visible()
    steps.assert_clean(supervisor)
    sign(supervisor, "Erik Lindqvist", "Co-sign the note")
    expect(supervisor.get_by_text("Co-signed by Erik Lindqvist")).to_be_visible()
    intern.reload()
    expect(intern.get_by_text("Co-signed by Erik Lindqvist")).to_be_visible()
    expect(intern.get_by_text("Add an amendment")).to_be_visible()
