"""A therapist's way through the pages of standing sessions, by forms alone: begin, look, decide, change, cancel."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.practice.models import Holiday, Service
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Owner = psycopg.Connection[tuple[object, ...]]
Open = Callable[..., Browser]
RADIO = re.compile(
    r'<input type="radio"\s+name="(choice-\d+)"\s+id="[^"]+"\s+value="([^"]+)"\s+required\s*(checked="")?'
)
ADDRESS = re.compile(r'<form method="post"\s+class="form full"\s+action="([^"]+)"')
WEEK = timedelta(weeks=1)


def first_day() -> date:
    """A Tuesday that is some days away, and more than a week from the end of the year's first holidays."""
    today = zones.wall(clock.now(), ZONE).date()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


def at(hour: int, day: date) -> datetime:
    return zones.moment(day, time(hour), ZONE)


def asked(**changes: object) -> dict[str, str]:
    """The query of the first form."""
    plan: dict[str, object] = {
        "service": "individual-session",
        "modality": "video",
        "day": first_day(),
        "at": "15:00",
        "weeks": "1",
        "count": "4",
    }
    return {name: str(value) for name, value in (plan | changes).items()}


def words(page: str) -> str:
    """The page as one reads it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def choices(page: str) -> dict[str, dict[str, bool]]:
    """By occurrence, each value that can be chosen and whether it is."""
    found: dict[str, dict[str, bool]] = {}
    for name, value, checked in RADIO.findall(page):
        found.setdefault(name, {})[value] = bool(checked)
    return found


def usual(page: str) -> dict[str, Any]:
    """What a form sends that nobody touches."""
    return {name: value for name, values in choices(page).items() for value, is_chosen in values.items() if is_chosen}


def action(page: str) -> str:
    found = ADDRESS.search(page)
    assert found is not None, page
    return html.unescape(found[1])


def busy(
    acting: Acting, practice: Practice, start: datetime, *, client: str = "carol", therapist: str = "dana"
) -> None:
    """Somebody else has a session then."""
    with acting():
        service = db.session.get_one(Service, practice.individual)
        wish = Wish(service, getattr(practice, therapist), start, "video", ZONE, "USD")
        booking.book(wish, [getattr(practice, f"{client}_client")], by=None, now=clock.now(), is_told=False)


@pytest.fixture
def dana(browser: Open, practice: Practice) -> Browser:
    return browser(practice.dana)


@pytest.fixture
def path(practice: Practice) -> str:
    return f"/clients/{practice.alice_client}/standing"


def test_a_therapist_books_changes_and_cancels_a_standing_session_through_the_pages(
    acting: Acting, practice: Practice, dana: Browser, path: str, owner: Owner
) -> None:
    second = first_day() + WEEK
    busy(acting, practice, at(15, second))
    with acting() as session:
        session.add(Holiday(on=second + WEEK, name="Founders' day"))
    client_page = f"/clients/{practice.alice_client}"
    assert path in dana.get(client_page).text
    assert "You see each of them before anything is booked" in words(dana.get(path).text)
    shown = dana.get(path, query_string=asked()).text
    assert "Tuesdays, 3:00" in words(shown)
    assert [*choices(shown)] == ["choice-0", "choice-1", "choice-2", "choice-3"]
    assert "you have another session" in words(shown)
    assert "the practice is closed" in words(shown)
    assert usual(shown) == {"choice-0": "book", "choice-2": "skip", "choice-3": "book"}
    moves = [value for value in choices(shown)["choice-1"] if value != "skip"]
    assert len(moves) == 3
    unanswered = dana.submit(action(shown), **usual(shown))
    assert unanswered.status_code == 422
    assert "Please choose for each of them." in words(unanswered.text)
    booked = dana.submit(action(shown), **(usual(shown) | {"choice-1": moves[0]}))
    assert (booked.status_code, booked.location) == (303, client_page)
    assert owner.execute("SELECT count(*) FROM outbox_message").fetchone() == (1,)
    assert "Standing: Tuesdays, 3:00" in words(dana.get(client_page).text)

    row = owner.execute("SELECT id FROM appointment WHERE series_id IS NOT NULL ORDER BY starts_at").fetchone()
    assert row is not None
    session_page = f"/sessions/{row[0]}"
    assert "This is one of a standing session." in words(dana.get(session_page).text)
    following = f"{session_page}/following"
    assert following in dana.get(session_page).text
    assert "3 sessions are still to come" in words(dana.get(following).text)
    shown = dana.get(following, query_string={"day": first_day(), "at": "11:00"}).text
    assert "Tuesdays, 11:00" in words(shown)
    assert "So far: Tuesday" in words(shown)
    assert [*choices(shown)] == ["choice-0", "choice-1", "choice-3"]
    moved = dana.submit(action(shown), **usual(shown))
    assert (moved.status_code, moved.location) == (303, session_page)
    starts = owner.execute("SELECT starts_at FROM appointment WHERE series_id IS NOT NULL ORDER BY 1").fetchall()
    assert [each for (each,) in starts] == [at(11, first_day()), at(11, second), at(11, first_day() + 3 * WEEK)]

    asks = dana.get(f"{following}/cancel").text
    assert "3 sessions are cancelled, the first on" in words(asks)
    assert dana.submit(f"{following}/cancel").location == session_page
    live = "SELECT count(*) FROM appointment WHERE series_id IS NOT NULL AND state = 'confirmed'"
    assert owner.execute(live).fetchone() == (0,)
    assert "can be changed any more" in words(dana.get(following).text)
    assert owner.execute("SELECT kind FROM outbox_message ORDER BY id").fetchall() == [
        ("series.booked",),
        ("series.changed",),
        ("series.cancelled",),
    ]


def test_a_time_that_was_taken_meanwhile_is_named_and_nothing_is_booked(
    acting: Acting, practice: Practice, dana: Browser, path: str, owner: Owner
) -> None:
    shown = dana.get(path, query_string=asked()).text
    third = first_day() + 2 * WEEK
    busy(acting, practice, at(15, third))
    refused = dana.submit(action(shown), **(usual(shown) | {"choice-0": "skip"}))
    assert refused.status_code == 409
    assert f"{third:%B} {third.day}, 3:00 PM is not free any more." in words(refused.text)
    assert owner.execute("SELECT count(*) FROM series").fetchone() == (0,)
    assert choices(refused.text)["choice-0"] == {"book": False, "skip": True}
    assert "book" not in choices(refused.text)["choice-2"]
    again = dana.submit(action(refused.text), **(usual(refused.text) | {"choice-2": "skip"}))
    assert again.status_code == 303
    assert owner.execute("SELECT count(*) FROM appointment WHERE series_id IS NOT NULL").fetchone() == (2,)


def test_outside_hours_and_away_are_warnings_that_staff_may_override(
    acting: Acting, practice: Practice, dana: Browser, path: str, owner: Owner
) -> None:
    with acting() as session:
        session.execute(
            text("INSERT INTO time_off (id, therapist_id, starts_at, ends_at, cover_id) VALUES (:id, :d, :s, :e, :c)"),
            {
                "id": practice.room,
                "d": practice.dana,
                "s": at(0, first_day() + WEEK),
                "e": at(23, first_day() + WEEK),
                "c": practice.erik,
            },
        )
    shown = dana.get(path, query_string=asked(at="18:00", count="2")).text
    assert "outside your hours" in words(shown)
    assert "you are away" in words(shown)
    assert usual(shown) == {"choice-0": "book", "choice-1": "skip"}
    assert dana.submit(action(shown), **(usual(shown) | {"choice-1": "book"})).status_code == 303
    assert owner.execute("SELECT count(*) FROM appointment").fetchone() == (2,)


def test_for_a_couple_the_page_is_the_same_whoever_is_busy(
    acting: Acting, practice: Practice, dana: Browser, path: str
) -> None:
    """Whether it is Alice or Bob who has something else then, the page reads the same, and so where it is Dana."""
    pages = []
    for client, therapist in (("alice", "erik"), ("bob", "erik"), ("carol", "dana")):
        busy(acting, practice, at(15, first_day() + WEEK), client=client, therapist=therapist)
        page = dana.get(path, query_string=asked(service="couple-session")).text
        assert "not free" in words(page)
        assert "For Alice and Bob. Both are told." in words(page)
        pages.append(re.sub(r'name="(csrf_token|idempotency_key)"[^>]*>|nonce="[^"]+"', "", page))
        with acting() as session:
            session.execute(text("UPDATE appointment SET state = 'cancelled', cancelled_at = now()"))
    assert words(pages[0]) == words(pages[1])
    assert choices(pages[0]) == choices(pages[1])
    assert "book" not in choices(pages[0])["choice-1"]
    assert "you have another session" not in words(pages[2])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": "soon"}, "Please choose a day."),
        ({"day": "2020-01-07"}, "Please choose a first time that lies ahead."),
        ({"day": "9999-12-28"}, "Please choose a day in the coming years."),
        ({"at": "3 PM"}, "Please choose a time."),
        ({"at": "15:07"}, "Please choose a time such as 3:00 or 3:05."),
        ({"count": "53"}, "Please choose a number from 2 to 52."),
        ({"count": "1"}, "Please choose a number from 2 to 52."),
        ({"count": "many"}, ""),
        ({"weeks": "3"}, ""),
        ({"modality": "phone"}, "This service is not held that way."),
        ({"service": "first-call"}, ""),
    ],
)
def test_what_makes_no_sense_is_explained_and_kept(
    dana: Browser, path: str, owner: Owner, changes: dict[str, str], said: str
) -> None:
    for page in (dana.get(path, query_string=asked(**changes)), dana.client.get(path, query_string=asked(**changes))):
        assert page.status_code == 422
        assert said in words(page.text)
        assert "Please look at this first" in words(page.text)
    assert dana.submit(path + "?" + "&".join(f"{k}={v}" for k, v in asked(**changes).items())).status_code == 422
    assert owner.execute("SELECT count(*) FROM series").fetchone() == (0,)


@pytest.mark.parametrize("sent", ["", "tomorrow", "20200101T150000Z", "20990101T150000Z"])
def test_a_choice_that_is_none_books_nothing(dana: Browser, path: str, owner: Owner, sent: str) -> None:
    shown = dana.get(path, query_string=asked()).text
    answer = dana.submit(action(shown), **(usual(shown) | {"choice-2": sent}))
    assert answer.status_code == 422
    assert owner.execute("SELECT count(*) FROM series").fetchone() == (0,)


def test_leaving_all_of_them_out_is_refused(dana: Browser, path: str) -> None:
    shown = dana.get(path, query_string=asked()).text
    none: dict[str, Any] = dict.fromkeys(usual(shown), "skip")
    answer = dana.submit(action(shown), **none)
    assert answer.status_code == 422
    assert "Please keep at least one." in words(answer.text)


def test_the_way_back_keeps_what_was_typed(dana: Browser, path: str) -> None:
    page = dana.get(path, query_string=asked(count="9", change="1")).text
    assert 'value="9"' in page
    assert 'value="15:00"' in page


def test_sessions_that_move_keep_their_length_whatever_the_service_has_become(
    acting: Acting, practice: Practice, dana: Browser, path: str, owner: Owner
) -> None:
    shown = dana.get(path, query_string=asked(count="2")).text
    assert dana.submit(action(shown), **usual(shown)).status_code == 303
    row = owner.execute("SELECT id FROM appointment ORDER BY starts_at").fetchone()
    assert row is not None
    owner.execute("UPDATE service SET minutes = 30 WHERE slug = 'individual-session'")
    busy(acting, practice, at(9, first_day()) + timedelta(minutes=45))
    following = f"/sessions/{row[0]}/following"
    shown = dana.get(following, query_string={"day": first_day(), "at": "09:00"}).text
    assert "you have another session" in words(shown)
    shown = dana.get(following, query_string={"day": first_day(), "at": "11:00"}).text
    assert dana.submit(action(shown), **usual(shown)).status_code == 303
    lengths = "SELECT DISTINCT ends_at - starts_at FROM appointment WHERE series_id IS NOT NULL"
    assert owner.execute(lengths).fetchall() == [(timedelta(minutes=50),)]


def test_a_session_that_is_none_of_a_series_has_nothing_that_follows(
    acting: Acting, practice: Practice, dana: Browser, owner: Owner
) -> None:
    busy(acting, practice, at(15, first_day()), client="alice")
    row = owner.execute("SELECT id FROM appointment").fetchone()
    assert row is not None
    assert dana.get(f"/sessions/{row[0]}/following").status_code == 404
    assert "standing" not in dana.get(f"/sessions/{row[0]}").text


def test_the_partner_of_a_client_sees_nothing_of_their_standing_session(
    practice: Practice, browser: Open, dana: Browser, path: str
) -> None:
    bob = browser(practice.bob)

    def seen() -> list[str]:
        pages = ("/today", "/sessions", "/book/individual-session/dana", "/record")
        return [re.sub(r'value="[^"~]{30,}"', "", bob.get(page).text) for page in pages]

    before = seen()
    shown = dana.get(path, query_string=asked(modality="video", at="19:00")).text
    assert dana.submit(action(shown), **usual(shown)).status_code == 303
    assert seen() == before


def test_the_page_asks_the_database_a_fixed_number_of_times(statements: list[str], dana: Browser, path: str) -> None:
    def cost(count: str) -> int:
        statements.clear()
        dana.get(path, query_string=asked(count=count))
        return len(statements)

    cost("2")
    assert cost("2") == cost("52")
