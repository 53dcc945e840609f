"""What a person reads when something does not go well, also without a database."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from clinic.app import create_app
from clinic.settings import Settings
from clinic.web.error_pages import PAGES, error_page
from tests.browser import Browser
from tests.factories import Practice
from tests.web.conftest import Effects

OpenBrowser = Callable[..., Browser]
CODES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)


@pytest.fixture(scope="module")
def cut_off(settings: Settings) -> Flask:
    """The application with a database that nobody answers at."""
    dead = "postgresql+psycopg://clinic_web@127.0.0.1:1/clinic?connect_timeout=1"
    return create_app(replace(settings, database_url=dead))


@pytest.mark.parametrize("code", CODES)
def test_error_page_renders_without_a_database(cut_off: Flask, code: int) -> None:
    with cut_off.test_request_context("/anything"):
        page, status = error_page(code)
    title, advice = PAGES[code]
    assert status == code
    assert str(title) in page
    assert str(advice) in page
    assert f"Error {code}" in page
    assert page.count("<h1") == 1


def test_pages_say_so_while_the_database_is_away(cut_off: Flask) -> None:
    client = cut_off.test_client()
    for path in ("/sign-in", "/account", "/lost-password"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert "We are not quite there at the moment" in answer.text
    with client.session_transaction() as session:
        session["_user_id"] = "somebody who is signed in"
    assert client.get("/account").status_code == 503
    with client.session_transaction() as session:
        assert session["_user_id"], "nobody is signed out because the database was away"
    assert client.get("/no/such/page").status_code == 404
    assert client.get("/healthz").status_code == 200
    with client.get("/static/clinic.css") as file:
        assert file.status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("rule", 422, "You asked for too much."),
        ("missing", 404, "We cannot find that page"),
        ("forbidden", 403, "You cannot do that here."),
        ("stale", 409, "Please look at it again."),
        ("bug", 500, "Something went wrong on our side"),
    ],
)
def test_error_becomes_a_page_and_nothing_half_done_stays(
    browser: OpenBrowser, effects: Effects, kind: str, status: int, words: str
) -> None:
    answer = browser().get(f"/scratch/errors/{kind}")
    assert answer.status_code == status
    assert words in answer.text
    assert "canary" not in answer.text
    assert effects() == []


def test_wrong_method_and_large_request_get_pages(practice: Practice, browser: OpenBrowser, app: Flask) -> None:
    visitor = browser()
    assert visitor.client.get("/scratch/effects").status_code == 405
    large = visitor.client.post("/scratch/effects", data=b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1))
    assert large.status_code == 413
    assert "That is too large" in large.text


def test_error_page_never_repeats_what_was_typed(browser: OpenBrowser) -> None:
    canary = "canary-7f3a<b>"
    for path in (f"/{canary}", f"/sign-in?next={canary}", f"/reset/{canary}"):
        assert "canary-7f3a" not in browser().get(path).text


def test_error_page_of_a_signed_in_person_leads_back_to_their_pages(practice: Practice, browser: OpenBrowser) -> None:
    assert "Go to your pages" in browser(practice.alice).get("/no/such/page").text
    assert "Go to the first page" in browser().get("/no/such/page").text


@pytest.mark.parametrize(("sqlstate", "status"), [("53100", 503), ("53300", 503), ("57P01", 503), ("23505", 500)])
def test_full_disk_is_said_to_pass_and_a_bug_is_not(app: Flask, sqlstate: str, status: int) -> None:
    cause = psycopg.errors.lookup(sqlstate)("the row's values stand here")
    with app.test_request_context("/"):
        answer = app.make_response(app.handle_user_exception(DBAPIError("statement", {}, cause)))
    assert answer.status_code == status
