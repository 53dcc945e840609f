"""A client locks their account twice: with an authenticator app, and with a passkey of a (virtual) device."""

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DEMO_PASSWORD, OpenPage, Tree

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HANNAH = "hannah.weiss@elm-street.example"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_password(page: Page, address: str) -> None:
    """The first step."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(HANNAH)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_client_signs_in_with_a_code_and_with_a_passkey(open_page: OpenPage, tree: Tree) -> None:
    page = open_page()
    # A passkey belongs to a name, and a number such as 127.0.0.1 is none.
    address = tree.url.replace("127.0.0.1", "localhost")
    give_password(page, address)
    page.wait_for_url("**/today")
    page.goto(f"{address}/account")
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("button", name="Set up an app").click()
    expect(page.locator(".qr svg")).to_be_visible()
    app = pyotp.TOTP((page.locator("code.secret").text_content() or "").replace(" ", ""))
    page.get_by_role("textbox", name="Code").fill(app.at(tree.now(), counter_offset=-1))
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    recovery = codes.first.text_content() or ""

    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto(f"{address}/account/factors")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()

    page.goto(f"{address}/sign-out")
    page.locator("main").get_by_role("button", name="Sign out").click()
    give_password(page, address)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/today")

    plain = open_page(scripts=False)
    give_password(plain, address)
    expect(plain.get_by_role("button", name="Use a passkey")).to_be_hidden()
    plain.goto(f"{address}/today")
    expect(plain).to_have_url(f"{address}/sign-in?next=/today")
    plain.goto(f"{address}/sign-in/second")
    plain.get_by_role("textbox", name="Code").fill(app.at(tree.now()))
    plain.get_by_role("button", name="Sign in").click()
    plain.wait_for_url("**/today")

    lost = open_page()
    give_password(lost, address)
    lost.get_by_role("textbox", name="Code").fill(recovery)
    lost.get_by_role("button", name="Sign in").click()
    lost.wait_for_url("**/today")
