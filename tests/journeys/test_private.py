"""Alice writes in private of grave danger, on her phone; nothing that Bob, the desk or a mailbox sees is another."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import PHONE, OpenPage, Tree, sign_in

pytestmark = pytest.mark.browser
BOB, FAY = "bob.hart@elm-street.example", "fay.moreau@elm-street.example"
SEEN = {
    BOB: ("/today", "/sessions", "/homework", "/progress", "/record", "/intake", "/intake/private"),
    FAY: ("/today", "/people?q=hart", "/people", "/changes", "/requests", "/undelivered"),
}
_ANEW = re.compile(r'(name="(?:csrf_token|idempotency_key)"[^>]*value=")[^"]*')


def bytes_of(page: Page, who: str) -> dict[str, str]:
    """What the server sends to whoever is signed in on this page, without the tokens of each showing."""
    asked = page.context.request
    return {path: _ANEW.sub(r"\1", asked.get(path).text()) for path in SEEN[who]}


def write_in_private(alice: Page) -> None:
    """The gate, the questions, and once more the question whether to send."""
    expect(alice.get_by_role("heading", name="Are you alone?")).to_be_visible()
    expect(alice.get_by_role("link", name="Leave this page now")).to_be_visible()
    alice.get_by_role("link", name="Yes, I am alone").click()
    alice.locator("[name=a_choked_year][value=once]").check()
    alice.locator("[name=a_free][value=no]").check()
    alice.get_by_label("Which way is that, and when?").fill("At the library, Tuesdays")
    alice.locator("summary", has_text="Send to Dana").click()
    alice.get_by_role("button", name="Yes, send it").click()
    expect(alice.get_by_text("This page is closed, and nothing of it shows again.")).to_be_visible()


def test_what_is_written_in_private_shows_nowhere_but_to_the_therapist(tree: Tree, open_page: OpenPage) -> None:
    alice, bob, fay = open_page(viewport=PHONE), open_page(viewport=PHONE), open_page()
    sign_in(bob, BOB)
    sign_in(fay, FAY)
    before = {who: bytes_of(page, who) for who, page in ((BOB, bob), (FAY, fay))}
    mails = {who: len(tree.mail(who)) for who in (BOB, steps.ALICE, FAY)}

    sign_in(alice, steps.ALICE)
    alice.goto("/intake")
    alice.get_by_role("link", name="Your story and your hopes").click()
    alice.get_by_label("What brings you here?").fill("We talk past each other.")
    alice.get_by_label("If our work goes well, what will be different?").fill("I say what I want.")
    alice.get_by_role("button", name="Save and go on").click()
    write_in_private(alice)
    alice.go_back()
    expect(alice.get_by_text("library")).to_have_count(0)
    assert not [
        key for key in alice.evaluate("Object.values(localStorage).concat(Object.values(sessionStorage))") if key
    ]

    assert {who: bytes_of(page, who) for who, page in ((BOB, bob), (FAY, fay))} == before
    assert {who: len(tree.mail(who)) for who in mails} == mails
    dana = open_page()
    sign_in(dana, steps.DANA)
    dana.get_by_role("main").get_by_role("listitem").filter(has_text="read alone").filter(has_text="A. H.").get_by_role(
        "link"
    ).click()
    expect(dana.get_by_text("Please reach them today, alone")).to_be_visible()
    expect(dana.get_by_text("At the library, Tuesdays")).to_be_visible()
