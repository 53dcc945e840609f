"""What the log says, and what it never does (R28)."""

import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import structlog

from tests.browser import Browser
from tests.factories import Practice

OpenBrowser = Callable[..., Browser]
CANARY = "canary4711"


@pytest.fixture
def written(practice: Practice) -> Iterator[StringIO]:
    """What the application writes into its log, byte by byte."""
    stream, usual = StringIO(), structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    yield stream
    structlog.configure(**usual)


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_request_is_one_line_that_names_route_and_person(
    practice: Practice, browser: OpenBrowser, written: StringIO
) -> None:
    visitor = browser(practice.alice)
    visitor.get("/account?q=secret")
    (line,) = lines(written)
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "GET", "/account", 200)
    assert line["person"] == str(practice.alice)
    assert UUID(line["request"])
    assert line["ms"] >= 0


def test_address_with_a_token_is_named_by_its_route(browser: OpenBrowser, written: StringIO) -> None:
    for path in (f"/join/{CANARY}", f"/reset/{CANARY}", f"/no/such/{CANARY}"):
        browser().get(path)
    routes = [line["route"] for line in lines(written)]
    assert routes == ["/join/<token>", "/reset/<token>", None]


def test_nothing_typed_reaches_the_log(practice: Practice, browser: OpenBrowser, written: StringIO) -> None:
    visitor, signed_in = browser(), browser(practice.alice)
    visitor.submit("/sign-in", email=f"{CANARY}@example.org", password=f"{CANARY} {CANARY}", next=f"/{CANARY}")
    visitor.submit("/lost-password", email=f"{CANARY}@example.org")
    visitor.submit(f"/reset/{CANARY}", password=CANARY)
    signed_in.submit("/account", given_name=CANARY, family_name=CANARY, phone=CANARY, zone=CANARY)
    signed_in.submit("/account", given_name=CANARY, family_name=CANARY, phone=CANARY, zone="Europe/Berlin")
    signed_in.submit("/account/password", current=CANARY, password=f"{CANARY} walks by the river")
    signed_in.get(f"/account?{CANARY}", headers={"User-Agent": CANARY, "Referer": f"http://127.0.0.1/{CANARY}"})
    text = written.getvalue()
    assert text.count('"event": "request"') == 7
    assert CANARY not in text
    assert "alice" not in text.lower()


def test_failure_is_logged_by_its_place_and_without_its_message(browser: OpenBrowser, written: StringIO) -> None:
    browser().get("/scratch/errors/bug")
    text = written.getvalue()
    assert "a canary in a traceback" not in text
    (error,) = [json.loads(line) for line in text.splitlines() if "unexpected error" in line]
    assert error["kind"] == "RuntimeError"
    assert re.search(r"conftest\.py:\d+ fail$", error["where"][-1])


def test_health_checks_do_not_fill_the_log(browser: OpenBrowser, written: StringIO) -> None:
    browser().get("/healthz")
    with browser().get("/static/clinic.css") as file:
        assert file.status_code == 200
    assert lines(written) == []
