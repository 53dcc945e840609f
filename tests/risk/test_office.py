"""The owner's page of hours, duties and the country: what is wrong is said at its place, and nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.risk.conftest import Owner

Open = Callable[..., Browser]
PATH = "/practice/urgent"
_SEEN = re.compile(r'name="seen"[^>]*value="([^"]*)"')


@pytest.fixture
def olga(browser: Open, practice: Practice) -> Browser:
    """The owner, at her page."""
    return browser(practice.owner)


def typed(olga: Browser, **changes: str) -> dict[str, Any]:
    """The form as it stands, with changes."""
    found = _SEEN.search(olga.get(PATH).text)
    assert found is not None
    week = {f"day{day}": "9:00 AM - 5:00 PM" for day in range(5)} | {"day5": "", "day6": ""}
    places = {f"on_call{place}": "" for place in range(1, 7)}
    return week | places | {"country": "US", "lead": "", "seen": found[1]} | changes


def test_the_page_begins_with_usual_hours_and_nobody_named(olga: Browser) -> None:
    page = olga.get(PATH).text
    assert page.count('value="9:00 AM - 5:00 PM"') == 5
    assert '<option selected value="US">United States</option>' in page


def test_hours_lead_and_list_are_kept(olga: Browser, practice: Practice, owner: Owner) -> None:
    sent = typed(
        olga,
        day0="8-12, 1 PM - 6 PM",
        day4="",
        lead=str(practice.erik),
        on_call1=str(practice.dana),
        on_call3=str(practice.erik),
        country="CA",
    )
    assert olga.submit(PATH, **sent).status_code == 303
    hours = owner.execute("SELECT weekday, starts::text FROM office_hours ORDER BY 1, 2").fetchall()
    assert hours == [(0, "08:00:00"), (0, "13:00:00"), (1, "09:00:00"), (2, "09:00:00"), (3, "09:00:00")]
    duties = owner.execute("SELECT role, place, therapist_id FROM duty ORDER BY role, place").fetchall()
    assert duties == [("lead", 0, practice.erik), ("on_call", 1, practice.dana), ("on_call", 2, practice.erik)]
    assert owner.execute("SELECT country FROM practice").fetchone() == ("CA",)
    assert 'value="8:00 AM - 12:00 PM, 1:00 PM - 6:00 PM"' in olga.get(PATH).text


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(olga: Browser, practice: Practice) -> None:
    wrong = {
        "day2": ("when I like", "Please write it like this"),
        "country": ("XX", "Not a valid choice"),
        "lead": (str(practice.alice), "Not a valid choice"),
        "on_call1": ("nobody-at-all", "Invalid"),
    }
    for name, (value, words) in wrong.items():
        answer = olga.submit(PATH, **typed(olga, day3="10:00 AM - 2:00 PM", **{name: value}))
        assert (answer.status_code, words in answer.text) == (422, True), name
        assert 'value="10:00 AM - 2:00 PM"' in answer.text
    assert "when I like" in olga.submit(PATH, **typed(olga, day2="when I like")).text


def test_an_office_that_never_opens_is_refused(olga: Browser) -> None:
    answer = olga.submit(PATH, **typed(olga, **{f"day{day}": "" for day in range(7)}))
    assert (answer.status_code, "Please write hours for at least one day." in answer.text) == (422, True)


def test_nobody_is_on_the_list_twice(olga: Browser, practice: Practice) -> None:
    dana = str(practice.dana)
    answer = olga.submit(PATH, **typed(olga, on_call1=dana, on_call2=dana))
    assert (answer.status_code, "Dana Whitfield is on the list twice." in answer.text) == (422, True)


def test_an_older_page_overwrites_nothing(olga: Browser, practice: Practice, owner: Owner) -> None:
    first, second = typed(olga, lead=str(practice.erik)), typed(olga, lead=str(practice.dana))
    assert olga.submit(PATH, **first).status_code == 303
    assert olga.submit(PATH, **second).status_code == 409
    assert owner.execute("SELECT therapist_id FROM duty").fetchall() == [(practice.erik,)]


def test_somebody_whose_sign_in_is_closed_cannot_be_named(olga: Browser, practice: Practice, acting: Acting) -> None:
    with acting() as session:
        session.execute(text("UPDATE login SET disabled_at = created_at WHERE email LIKE 'erik%'"))
    assert olga.submit(PATH, **typed(olga, lead=str(practice.erik))).status_code == 422
