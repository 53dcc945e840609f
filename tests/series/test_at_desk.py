"""The front desk's way to standing sessions: for anyone, with who sees them, through pages that say only when."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from clinic.clients import care
from clinic.core import clock
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.series.test_pages import WEEK, Open, Owner, action, asked, at, busy, choices, first_day, usual, words


@pytest.fixture
def desk(browser: Open, practice: Practice) -> Browser:
    return browser(practice.desk)


@pytest.fixture
def path(practice: Practice) -> str:
    return f"/clients/{practice.alice_client}/standing"


def first_session(owner: Owner) -> UUID:
    row = owner.execute("SELECT id FROM appointment WHERE series_id IS NOT NULL ORDER BY starts_at").fetchone()
    assert row is not None
    assert isinstance(row[0], UUID)
    return row[0]


def test_a_caller_who_wants_tuesdays_at_three_has_ten_less_one_that_collides_and_hears_once(
    acting: Acting, practice: Practice, desk: Browser, path: str, owner: Owner
) -> None:
    busy(acting, practice, at(15, first_day() + 2 * WEEK))
    found = desk.submit("/callers/book", q="Hart", looked_for="", go="find").text
    assert str(practice.alice_client) in found
    chosen = desk.submit("/callers/book", q="Hart", looked_for="Hart", who=str(practice.alice_client), go="times").text
    assert f'href="{path}"' in chosen
    page = desk.get(path).text
    assert ("Individual session with Dana" in page, "Alice Hart" in page) == (True, True)
    shown = desk.get(path, query_string=asked(count="10")).text
    assert "Individual session with Dana" in words(shown)
    assert "Dana has another session" in words(shown)
    booked = desk.submit(action(shown), **(usual(shown) | {"choice-2": "skip"}))
    assert booked.status_code == 303
    assert booked.location == f"/schedule/{first_session(owner)}"
    landed = desk.get(booked.location).text
    assert "Booked. Whoever is coming has been told, once for all of them." in words(landed)
    starts = owner.execute("SELECT starts_at FROM appointment WHERE series_id IS NOT NULL ORDER BY 1").fetchall()
    assert [each for (each,) in starts] == [at(15, first_day() + week * WEEK) for week in range(10) if week != 2]
    whose = "SELECT DISTINCT therapist_id FROM appointment WHERE series_id IS NOT NULL"
    assert owner.execute(whose).fetchall() == [(practice.dana,)]
    told = owner.execute("SELECT kind, recipient_id FROM outbox_message").fetchall()
    assert told == [("series.booked", practice.alice)]


def test_the_desk_moves_and_cancels_what_follows_and_stays_on_its_own_pages(
    practice: Practice, desk: Browser, path: str, owner: Owner
) -> None:
    shown = desk.get(path, query_string=asked()).text
    session_page = desk.submit(action(shown), **usual(shown)).location
    following = f"/sessions/{first_session(owner)}/following"
    page = desk.get(session_page).text
    assert (following in page, f'href="{path}"' in page) == (True, True)
    pages = [desk.get(following).text, desk.get(following, query_string={"day": first_day(), "at": "18:00"}).text]
    assert "outside Dana's hours" in words(pages[1])
    moved = desk.submit(action(pages[1]), **usual(pages[1]))
    assert (moved.status_code, moved.location) == (303, session_page)
    pages.append(desk.get(f"{following}/cancel").text)
    assert session_page in pages[0]
    assert session_page in pages[2]
    for page in pages:
        links = re.findall(r'href="([^"]+)"', page)
        assert [each for each in links if re.fullmatch(r"/sessions/[^/]+|/clients/[^/]+", each)] == []
    assert desk.submit(f"{following}/cancel").location == session_page
    kinds = owner.execute("SELECT kind, recipient_id FROM outbox_message ORDER BY id").fetchall()
    assert kinds == [(f"series.{what}", practice.alice) for what in ("booked", "changed", "cancelled")]


def test_a_couple_stands_with_the_therapist_of_the_couple(
    acting: Acting, practice: Practice, desk: Browser, path: str, owner: Owner
) -> None:
    """Erik sees Alice alone, Dana sees the two of them."""
    with acting():
        care.hand_over(practice.alice_client, practice.erik, clock.now())
    page = desk.get(path).text
    assert "Individual session with Erik" in page
    assert "Couple session with Dana" in page
    for service, therapist in (("couple-session", practice.dana), ("individual-session", practice.erik)):
        owner.execute("UPDATE appointment SET state = 'cancelled', cancelled_at = now()")
        owner.execute("DELETE FROM claim")
        shown = desk.get(path, query_string=asked(service=service, count="2", at="11:00")).text
        assert desk.submit(action(shown), **usual(shown)).status_code == 303
        row = owner.execute("SELECT therapist_id FROM series ORDER BY created_at DESC LIMIT 1").fetchone()
        assert row == (therapist,)


def test_what_is_said_of_a_couples_time_names_nobody(
    acting: Acting, practice: Practice, desk: Browser, path: str
) -> None:
    pages = []
    for client, therapist in (("alice", "erik"), ("bob", "erik"), ("carol", "dana")):
        busy(acting, practice, at(15, first_day() + WEEK), client=client, therapist=therapist)
        page = desk.get(path, query_string=asked(service="couple-session")).text
        pages.append((words(page), choices(page)))
        with acting() as session:
            session.execute(text("UPDATE appointment SET state = 'cancelled', cancelled_at = now()"))
    assert "not free" in pages[0][0]
    assert pages[0][1] == pages[1][1]
    assert pages[0][0] == pages[1][0]
    assert "another session" not in pages[2][0]


def test_nothing_stands_for_a_client_who_has_no_therapist(
    acting: Acting, practice: Practice, desk: Browser, owner: Owner
) -> None:
    owner.execute("UPDATE care_relationship SET ends_at = now() WHERE client_id = %s", [practice.carol_client])
    path = f"/clients/{practice.carol_client}/standing"
    assert path not in desk.get(f"/callers/book?client={practice.carol_client}").text
    assert desk.get(path).status_code == 404


def test_the_desks_page_asks_the_database_a_fixed_number_of_times(
    statements: list[str], desk: Browser, path: str
) -> None:
    def cost(count: str) -> int:
        statements.clear()
        desk.get(path, query_string=asked(count=count))
        return len(statements)

    cost("2")
    assert cost("2") == cost("52")
