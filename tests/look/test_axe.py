"""axe-core finds nothing on any page, for anyone who may see it, in light and dark, on a phone and on a desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.look.demo import Demo
from tests.look.pages import ELSEWHERE, FURTHER, NO_PAGES, PAGES, WHO, pages_of, visits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST, TARGET = 320, 44
WITH_ERRORS = [
    ("visitor", "/sign-in", "Sign in"),
    ("visitor", "{held}/details", "Go on to review"),
    ("alice", "/homework/{assignment_id}/entries/new/meetings", "Save"),
    ("bob", "/sessions/{appointment_id}", "Save and go on"),
    ("maya", "/intake/text/electronic-records", "Sign and go on"),
    ("dana", "/review/{sent_id}", "Return it"),
    ("dana", "/notes/{draft_note_id}/write", "Sign the note"),
    ("dana", "/notes/{waiting_note_id}", "Co-sign the note"),
    ("dana", "/hours/{dana_id}/off", "Save the time off"),
    ("dana", "/alerts/{taken_alert_id}", "Close the alert"),
    ("dana", "/calendar/outside", "Look at what it would block"),
    ("owner", "/practice/services/{service_id}", "Save"),
    ("owner", "/practice/messages/session.reminder.24h", "Save"),
]
EMPTIED = """() => {
  document.querySelectorAll("form").forEach((form) => { form.noValidate = true; });
  document.querySelectorAll("main input:not([type=hidden], [type=radio], [type=checkbox])")
    .forEach((input) => { input.value = ""; });
}"""
# One page, reached in three ways.
BY_LINK = ("/appointment/<token>", "/sessions/<uuid:appointment_id>")
BY_DESK = ("/schedule/<uuid:appointment_id>", "/sessions/<uuid:appointment_id>")
AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const reason = (node) => [...node.any, ...node.all, ...node.none][0]?.message ?? "";
  return found.violations.flatMap(({id, nodes}) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.target.join(" ")}: ${reason(node)}`));
}"""
# Links in sentences and in the words of a list are exempt from the size of targets (WCAG 2.5.8, inline).
TARGETS = """(least) => [...document.querySelectorAll(
    "nav a, button, summary, .button, select, textarea, label.choice, label.tick," +
    "input:not([type=radio], [type=checkbox], [type=hidden])")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(".skip"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([one, box]) => `target ${Math.round(box.width)} x ${Math.round(box.height)}: ${one.outerHTML.slice(0, 90)}`)"""
SHAPE = """() => {
  const said = [];
  const heads = document.querySelectorAll("h1").length;
  if (document.documentElement.lang !== "en") said.push(`lang is ${document.documentElement.lang}`);
  if (heads !== 1) said.push(`${heads} h1`);
  return said;
}"""
SIDEWAYS = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((one) =>
    one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".table-wrap")).slice(0, 2);
  return [`scrolls sideways, ${root.scrollWidth} px: ${wide.map((one) => one.outerHTML.slice(0, 90)).join(" and ")}`];
}"""


def test_every_route_that_answers_get_has_its_pages(demo_app: Flask) -> None:
    routes = {rule.rule for rule in demo_app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert routes == set(PAGES) | NO_PAGES | ELSEWHERE
    empty = {route for who in WHO for route in pages_of(who) if not PAGES[route]}
    assert empty <= {"/book/<service>/<therapist>/<start>/details"}, "only a visitor fills in details"
    assert set().union(*map(pages_of, WHO)) == set(PAGES)


@pytest.mark.parametrize("who", list(FURTHER))
def test_pages_are_clean_for(who: str, chromium: Chromium, address: str, the_demo: Demo) -> None:
    complaints: list[str] = []
    titled: dict[str, set[str]] = {}
    with page_of(who, chromium, address, the_demo, complaints) as page:
        for visit in visits(who):
            already = len(complaints)
            wanted = visit.address.format(**the_demo.places)
            complaints += look_at(page, wanted)
            complaints[already:] = [f"{visit.address}: {said}" for said in complaints[already:]]
            if page.url.removeprefix(address) == wanted and not is_gone(wanted):
                titled.setdefault(page.title(), set()).add(visit.route.replace(*BY_LINK).replace(*BY_DESK))
    complaints += [f"one title for {sorted(routes)}: {title}" for title, routes in titled.items() if len(routes) > 1]
    assert complaints == []


@pytest.mark.parametrize(("who", "path", "button"), WITH_ERRORS)
def test_page_with_errors_is_clean(
    who: str, path: str, button: str, chromium: Chromium, address: str, the_demo: Demo
) -> None:
    complaints: list[str] = []
    with page_of(who, chromium, address, the_demo, complaints) as page:
        page.goto(path.format(**the_demo.places))
        page.evaluate(EMPTIED)
        page.get_by_role("button", name=button, exact=True).click()
        page.locator("[data-error-summary]").wait_for()
        page.evaluate(AXE_SCRIPT)
        complaints += in_every_light(page)
    assert complaints == []


@contextmanager
def page_of(who: str, chromium: Chromium, address: str, the_demo: Demo, complaints: list[str]) -> Iterator[Page]:
    """A page of that person's browser; what its console complains about joins `complaints`."""
    context = chromium.new_context(
        base_url=address, locale="en-US", timezone_id="America/New_York", reduced_motion="reduce"
    )
    context.add_cookies([{"name": "clinic", "value": the_demo.cookies[who], "url": address}])
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if is_complaint(said.type, said.text) else None)
    yield page
    context.close()


def is_complaint(kind: str, text: str) -> bool:
    """An error in the console, such as a refusal by the content policy; not that a missing page is missing."""
    return kind == "error" and "status of 4" not in text


def is_gone(path: str) -> bool:
    """An address that leads nowhere, or no longer: its page says so."""
    return path.endswith(("/gone", "/nowhere"))


def look_at(page: Page, path: str) -> list[str]:
    """Open one page and look at it in every light and width; returns what is wrong with it."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    answer = page.goto(path)
    assert answer is not None
    found: list[str] = [] if answer.ok or (is_gone(path) and answer.status in {404, 410}) else [f"{answer.status}"]
    page.evaluate(AXE_SCRIPT)
    found += page.evaluate(SHAPE)
    found += in_every_light(page)
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    return found + list(page.evaluate(SIDEWAYS))


def in_every_light(page: Page) -> list[str]:
    """What is wrong with the page in each width and scheme."""
    found: list[str] = []
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        found += page.evaluate(TARGETS, TARGET)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {said}" for said in violations(page)]
    return found


def violations(page: Page) -> Any:
    """What axe-core finds on the page as it stands."""
    return page.evaluate(AXE)
