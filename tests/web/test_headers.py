"""Headers and cookies (R18, R19)."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from clinic.app import create_app
from clinic.database.session import db
from clinic.settings import Settings
from tests.browser import Browser
from tests.factories import PASSWORD, Practice

OpenBrowser = Callable[..., Browser]
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


@pytest.mark.parametrize("path", ["/sign-in", "/no/such/page", "/static/clinic.css", "/healthz", "/account"])
def test_every_answer_carries_the_security_headers(browser: OpenBrowser, path: str) -> None:
    with browser().get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers


def test_personal_pages_are_never_stored(practice: Practice, browser: OpenBrowser) -> None:
    for path in ("/account", "/sign-in", "/no/such/page"):
        assert browser(practice.alice).get(path).headers["Cache-Control"] == "no-store"
    assert browser().submit("/sign-in", email="x").headers["Cache-Control"] == "no-store"


def test_plain_http_promises_no_tls(browser: OpenBrowser) -> None:
    assert "Strict-Transport-Security" not in browser().get("/sign-in").headers


@pytest.fixture
def over_tls(settings: Settings) -> Iterator[Flask]:
    """The application as people reach it over TLS."""
    app = create_app(replace(settings, base_url="https://clinic.example"))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_tls_is_promised_and_cookies_are_bound_to_the_host(over_tls: Flask, practice: Practice) -> None:
    client = over_tls.test_client()
    page = client.get("/sign-in", base_url="https://clinic.example")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    (cookie,) = page.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-clinic=")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(
        "/sign-in",
        base_url="https://clinic.example",
        data={"csrf_token": token, "email": "alice.hart@example.org", "password": PASSWORD},
    )
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(each.split("=")[0] for each in cookies) == ["__Host-clinic", "__Host-known"]
    for each in cookies:
        attributes = {part.strip() for part in each.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
        assert "Domain" not in each


def test_pages_hold_nothing_that_the_content_policy_forbids(
    app: Flask, practice: Practice, browser: OpenBrowser
) -> None:
    for person in (None, practice.alice, practice.dana):
        for path in ("/", "/sign-in", "/account", "/lost-password", "/no/such/page"):
            text = browser(person).get(path).text
            for forbidden in ("<style", " style=", "javascript:", "data:", " onclick", " onload"):
                assert forbidden not in text
            assert text.count("<script") == text.count("<script src=")
