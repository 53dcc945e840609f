"""The pages of calendars outside: add, look, use, pause, remove, and what they never show."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from clinic.core import clock
from clinic.outside.errors import CannotReadError, Problem
from clinic.outside.wording import PROBLEMS
from tests.booking.conftest import NOW
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.outside.conftest import ADDRESS, Add, Round
from tests.outside.files import GOOGLE, calendar, event

Open = Callable[..., Browser]
Used = Callable[..., UUID]
PAGE = "/calendar/outside"


@pytest.fixture(autouse=True)
def _at_now(acting: Acting) -> None:
    """Pages are at NOW."""
    clock.move(NOW - clock.now())


def test_therapist_adds_looks_uses_pauses_and_removes(practice: Practice, browser: Open, go_round: Round) -> None:
    dana = browser(practice.dana)
    added = dana.submit(PAGE, name="Zither", address=ADDRESS)
    assert added.status_code == 303
    path = str(added.location)
    assert "It is being read" in dana.get(path).text
    assert "not been read yet" in dana.submit(f"{path}/use", follow_redirects=True).text
    go_round(GOOGLE, clock.now())
    page = dana.get(path).text
    assert "What it would block" in page
    assert "Last read Nov 24, 2026" in page
    assert "2 busy times until Dec 8, 2026." in page
    assert "Family day" not in page
    dana.submit(f"{path}/use")
    assert "What it blocks" in dana.get(path).text
    dana.submit(f"{path}/pause")
    assert "Paused. It blocks nothing." in dana.get(path).text
    dana.submit(f"{path}/remove")
    assert dana.get(path).status_code == 404
    assert "Zither" not in dana.get(PAGE).text


def test_address_is_never_shown_again(practice: Practice, browser: Open, used: Used) -> None:
    identity, dana = used(GOOGLE), browser(practice.dana)
    for path in (PAGE, f"{PAGE}/{identity}"):
        page = dana.get(path).text
        assert "At calendar.example.org" in page
        assert "kestrel" not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "address": ADDRESS}, "Please give it a name."),
        ({"name": "x" * 41, "address": ADDRESS}, "Please use 40 letters at most."),
        ({"name": "Zither", "address": ""}, "Please paste the address."),
        ({"name": "Zither", "address": "http://calendar.example.org/a.ics"}, "It begins with https://"),
        ({"name": "Zither", "address": "https://127.0.0.1/a.ics"}, "names a calendar on the internet"),
        ({"name": "Zither", "address": "https://a.example/" + "x" * 3_000}, "longer than an address can be"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(
    fields: dict[str, str], words: str, practice: Practice, browser: Open
) -> None:
    answer = browser(practice.dana).submit(PAGE, name=fields["name"], address=fields["address"])
    assert answer.status_code == 422
    assert words in answer.text
    assert all(value in answer.text for value in fields.values())


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_is_said_in_words(
    problem: Problem, practice: Practice, browser: Open, used: Used, go_round: Round
) -> None:
    identity = used(GOOGLE)
    go_round(CannotReadError(problem, "Shire"), NOW)
    page = browser(practice.dana).get(f"{PAGE}/{identity}").text
    assert "It could not be read since Nov 24, 2026" in page
    assert "The last known times still block." in page
    assert ("“Shire”" if problem is Problem.UNKNOWN_ZONE else str(PROBLEMS[problem])[:20]) in page


def test_new_calendar_that_cannot_be_read_says_so(practice: Practice, browser: Open, add: Add, go_round: Round) -> None:
    identity, dana = add(), browser(practice.dana)
    go_round(CannotReadError(Problem.GONE), NOW)
    path = f"{PAGE}/{identity}"
    assert "Nothing is there any more." in dana.get(path).text
    dana.submit(f"{path}/read")
    assert len(go_round(GOOGLE, clock.now() + timedelta(seconds=1))) == 1


def test_long_list_comes_in_pages_and_asks_as_often(
    practice: Practice, browser: Open, used: Used, statements: list[str]
) -> None:
    one = used(calendar(event("DTSTART:20261201T100000Z", "DURATION:PT1H")))
    many = used(calendar(event("DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=30")))
    dana = browser(practice.dana)

    def asked(path: str) -> int:
        before = len(statements)
        assert dana.get(path).status_code == 200
        return len(statements) - before

    asked(PAGE)  # what the practice offers is read once
    assert asked(f"{PAGE}/{one}") == asked(f"{PAGE}/{many}")
    assert "Page 1 of 2, 30 in all" in dana.get(f"{PAGE}/{many}").text
    assert "Page 2 of 2, 30 in all" in dana.get(f"{PAGE}/{many}?page=2").text


def test_list_of_calendars_asks_as_often_for_many_as_for_one(
    practice: Practice, browser: Open, add: Add, statements: list[str]
) -> None:
    dana = browser(practice.dana)

    def asked() -> int:
        before = len(statements)
        assert dana.get(PAGE).status_code == 200
        return len(statements) - before

    add()
    asked()
    few = asked()
    for _ in range(4):
        add()
    assert asked() == few


def test_nobody_else_sees_it(practice: Practice, browser: Open, used: Used) -> None:
    identity = used(GOOGLE)
    for person in (practice.erik, practice.owner, practice.desk, practice.alice):
        assert browser(person).get(f"{PAGE}/{identity}").status_code == 404
    assert "Zither" not in browser(practice.erik).get(PAGE).text
    assert "Calendars outside" not in browser(practice.owner).get(f"/hours/{practice.dana}").text
