"""NUL in what a browser sends: PostgreSQL takes none, so none gets that far."""

from collections.abc import Callable

import pytest

from tests.browser import Browser
from tests.factories import PASSWORD, Practice
from tests.web.conftest import Effects

OpenBrowser = Callable[..., Browser]


@pytest.mark.parametrize(
    "path",
    [
        "/book/%00",
        "/book/first-call/da%00na",
        "/therapists/%00",
        "/therapists/dana%00",
        "/static/%00",
        "/%00",
        "/nul%00",
    ],
)
def test_address_with_nul_leads_nowhere(practice: Practice, browser: OpenBrowser, path: str) -> None:
    assert browser().get(path).status_code == 404
    assert browser(practice.alice).get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/book/first-call/dana?day=%00&zone=%00&start=%00",
        "/book?x=%00&%00=x",
        "/therapists?focus=%00&language=%00&format=%00",
        "/sign-in?next=%00",
    ],
)
def test_query_with_nul_is_read_without_it(practice: Practice, browser: OpenBrowser, path: str) -> None:
    assert browser().get(path, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("path", ["/lost-password", "/sign-in"])
def test_form_with_nul_is_read_without_it(practice: Practice, browser: OpenBrowser, path: str) -> None:
    address = "alice.hart\0@example.org"
    assert browser().submit(path, email=address, password=f"{PASSWORD}\0").status_code == 303


def test_search_with_nul_finds_whom_it_would_without(practice: Practice, browser: OpenBrowser) -> None:
    assert "Carol Stone" in browser(practice.desk).submit("/people", q="St\0one").text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_no_form_hands_nul_to_a_view(browser: OpenBrowser, effects: Effects, kind: str) -> None:
    visitor = browser()
    form = {"note": ["a\0b\0", "c"], "\0csrf_token": visitor.token()}
    assert visitor.client.post("/scratch/effects", data=form, content_type=kind).status_code == 303
    assert effects() == [b"ab"]
