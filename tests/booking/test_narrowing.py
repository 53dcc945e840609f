"""Only some times: what an address leaves out holds where a session is moved and where the next one is booked."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.accounts import links
from clinic.accounts.models import AccountLink
from clinic.core import clock
from clinic.database.session import db
from tests.booking.test_sessions import booked
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

__all__ = ["booked"]
Open = Callable[..., Browser]
Page = tuple[Browser, str]
ASKED = "part=morning&weekday=tue&weekday=thu"
SLOT = re.compile(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"')


@pytest.fixture(params=["client", "link", "therapist", "desk", "next"])
def page(request: pytest.FixtureRequest, browser: Open, practice: Practice, booked: UUID, acting: Acting) -> Page:
    """Each page of times that is not the way in: who opens it, and its address."""
    if request.param == "link":
        with acting():
            query = select(AccountLink).where(AccountLink.purpose == links.APPOINTMENT)
            token = links.token_for(db.session.scalars(query).one())
        return browser(), f"/appointment/{token}/move"
    return {
        "client": (browser(practice.alice), f"/sessions/{booked}/move"),
        "therapist": (browser(practice.dana), f"/sessions/{booked}/move"),
        "desk": (browser(practice.desk), f"/schedule/{booked}/move"),
        "next": (browser(practice.dana), f"/clients/{practice.alice_client}/book"),
    }[request.param]


def test_only_some_times_are_shown_and_the_choice_stays_in_the_address(page: Page) -> None:
    who, path = page
    plain, shown = who.get(path).text, who.get(f"{path}?{ASKED}").text
    assert set(re.findall(r'class="daypart">(\w+)', plain)) == {"Morning", "Afternoon"}
    assert set(re.findall(r'class="daypart">(\w+)', shown)) == {"Morning"}
    assert set(re.findall(r'id="day-[^>]*>(\w+),', shown)) == {"Tuesday", "Thursday"}
    assert re.findall(r'type="checkbox"[^>]*value="(\w+)"\s+checked', shown) == ["morning", "tue", "thu"]
    assert "Only some times: Morning, Tue, Thu" in shown
    later = re.search(r'rel="next"\s+href="([^"]+)"', shown)
    assert later
    assert ASKED.replace("&", "&amp;") in later[1]


def test_nothing_as_chosen_leads_to_the_first_day_with_other_times(page: Page) -> None:
    who, path = page
    shown = who.get(f"{path}?part=evening&weekday=sun").text
    assert "Nothing that is free is as you chose." in shown
    assert SLOT.findall(shown) == []
    there = re.search(r'href="([^"]+)">At other times, the first free day is', shown)
    assert there
    assert SLOT.findall(who.get(there[1].replace("&amp;", "&")).text) != []


def test_a_day_with_nothing_that_was_chosen_offers_the_next_one(page: Page) -> None:
    who, path = page
    today = clock.now().date()
    monday = today + timedelta(days=-today.weekday() % 7 + 7)
    shown = who.get(f"{path}?day={monday}&weekday=tue").text
    assert "Nothing that you chose is free on Monday" in shown
    there = re.search(r'href="([^"]+)">The next free day is Tuesday', shown)
    assert there
    again = who.get(there[1].replace("&amp;", "&")).text
    assert set(re.findall(r'id="day-[^>]*>(\w+),', again)) == {"Tuesday"}


@pytest.mark.parametrize("page", ["client", "link", "next"], indirect=True)
def test_a_refused_choice_keeps_what_was_left_out(page: Page) -> None:
    who, path = page
    action = re.search(r'action="([^"]*part=morning[^"]*)"', who.get(f"{path}?{ASKED}").text)
    assert action
    refused = who.submit(action[1].replace("&amp;", "&"))
    assert refused.status_code == 422
    assert set(re.findall(r'class="daypart">(\w+)', refused.text)) == {"Morning"}


def test_another_time_from_the_last_look_is_one_of_those_that_were_wanted(
    browser: Open, practice: Practice, booked: UUID
) -> None:
    desk = browser(practice.desk)
    shown = desk.get(f"/schedule/{booked}/move?{ASKED}").text
    assert re.findall(r'type="hidden" name="(part|weekday)" value="(\w+)"', shown) == [
        ("part", "morning"),
        ("weekday", "tue"),
        ("weekday", "thu"),
    ]
    slot, *_ = SLOT.findall(shown)
    last_look = desk.get(f"/schedule/{booked}/move/confirm", query_string=f"{ASKED}&slot={slot.replace('+', '%2B')}")
    assert f'/schedule/{booked}/move?{ASKED.replace("&", "&amp;")}"' in last_look.text
