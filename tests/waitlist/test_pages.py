"""The pages of the waiting list: joining and its errors, the order that staff see, and one press that takes a time."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.booking import service as booking
from clinic.core import clock
from clinic.database.session import db
from clinic.practice.models import Service
from clinic.waitlist.models import Waiting
from clinic.waitlist.service import Preferences
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice, make_client, make_person
from tests.waitlist.conftest import NOW, THURSDAY, Joining, Run, Wishing, at, free, made, offers

Open = Callable[..., Browser]
JOIN = "/sessions/waiting/individual-session"
MORNINGS: Any = {"weekdays": ["1", "3"], "dayparts": ["morning"]}


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def words(page: str) -> str:
    """The page as one reads it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def wishes() -> list[Waiting]:
    """All of them."""
    return [*db.session.query(Waiting).order_by(Waiting.since)]


def test_from_a_cancelled_session_to_one_press_that_takes_it(
    acting: Acting, practice: Practice, browser: Open, full_morning: dict[int, UUID], run: Run
) -> None:
    alice, carol = browser(practice.alice), browser(practice.carol)
    times = words(alice.get(f"/book/individual-session/dana?day={THURSDAY}").text)
    assert "Nothing that fits? We can tell you when something opens." in times
    joined = alice.submit(JOIN, follow_redirects=True, weekdays=["3"], dayparts=["morning"], until=f"{THURSDAY}")
    assert "You are on the waiting list." in words(joined.text)
    assert "Thu: Morning · until Nov 26, 2026" in words(joined.text)
    assert carol.submit(f"/sessions/{full_morning[10]}/cancel").status_code == 303
    run()
    today = words(alice.get("/today").text)
    assert "A time has become free Thursday, November 26, 10:00" in today
    assert "It is kept for you until Tuesday, November 24, 2:00" in today
    with acting():
        path, appointment_id = f"/offers/{offers()[0].id}", offers()[0].hold_id
    assert (alice.get(f"{path}/take").status_code, alice.get(f"{path}/pass").status_code) == (405, 405)
    taken = alice.submit(f"{path}/take")
    assert (taken.status_code, taken.location) == (303, f"/sessions/{appointment_id}")
    assert "Booked. We have sent you a confirmation." in words(alice.get(taken.location).text)
    assert alice.submit(f"{path}/take").location == f"/sessions/{appointment_id}"
    assert "A time has become free" not in words(alice.get("/today").text)
    assert "You are on no waiting list" in words(alice.get("/sessions/waiting").text)


def test_no_thank_you_goes_to_the_next_and_a_late_press_is_told(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    alice, bob = browser(practice.alice), browser(practice.bob)
    with acting():
        joining(practice.alice_client, now=NOW - timedelta(days=1))
        joining(practice.bob_client)
        free(full_morning[10])
    run()
    with acting():
        path = f"/offers/{offers()[0].id}"
    answer = alice.submit(f"{path}/pass", follow_redirects=True)
    assert "You stay on the list" in words(answer.text)
    assert "A time has become free" in words(bob.get("/sessions/waiting").text)
    late = alice.submit(f"{path}/take", follow_redirects=True)
    assert "This time is not kept any more, so nothing was changed." in words(late.text)
    with acting():
        assert [each[2] for each in made()] == ["passed", "open"]


def test_what_was_typed_stays_when_something_is_missing(practice: Practice, browser: Open, acting: Acting) -> None:
    alice = browser(practice.alice)
    refused = alice.submit(JOIN, weekdays=["1"], until="2026-11-20")
    assert refused.status_code == 422
    said = words(refused.text)
    assert "Please choose one part of the day at least." in said
    assert "Please choose a day that lies ahead." in said
    assert 'value="2026-11-20"' in refused.text
    assert re.search(r'value="1"\s+checked', refused.text) or re.search(r'value="1"\s+selected', refused.text)
    assert alice.submit(JOIN, weekdays=["9"], dayparts=["night"]).status_code == 422
    assert alice.submit(JOIN, **MORNINGS, until="9999-12-31").status_code == 422
    assert alice.submit(JOIN, **MORNINGS, therapist=str(practice.erik)).status_code == 422
    assert alice.submit(JOIN, **MORNINGS, modality="phone").status_code == 422
    with acting():
        assert wishes() == []


def test_all_that_was_wished_for_is_said_and_today_is_not_over(practice: Practice, browser: Open) -> None:
    wanted = MORNINGS | {"therapist": str(practice.dana), "modality": "video", "until": f"{NOW.date()}"}
    mine = words(browser(practice.alice).submit(JOIN, follow_redirects=True, **wanted).text)
    assert "Tue, Thu: Morning · with Dana Whitfield · by video · until Nov 24, 2026" in mine
    everyone = words(browser(practice.desk).get("/waiting").text)
    assert "Tue, Thu: Morning · Dana Whitfield · by video · until Nov 24, 2026" in everyone


def test_joining_twice_says_so(practice: Practice, browser: Open, acting: Acting) -> None:
    alice = browser(practice.alice)
    alice.submit(JOIN, **MORNINGS)
    again = alice.submit(JOIN, follow_redirects=True, **MORNINGS)
    assert "This is on the waiting list already." in words(again.text)
    with acting():
        found = [(*each.weekdays, *each.dayparts, each.therapist_id) for each in wishes()]
        assert found == [(1, 3, "morning", None)]


def test_what_a_client_cannot_book_they_cannot_wait_for(practice: Practice, browser: Open, acting: Acting) -> None:
    carol = browser(practice.carol)
    assert carol.get("/sessions/waiting/couple-session").status_code == 404
    assert carol.submit("/sessions/waiting/couple-session", **MORNINGS).status_code == 404
    with acting():
        db.session.get_one(Service, practice.individual).booked_by = "staff"
    assert carol.get(JOIN).status_code == 404
    assert carol.get("/sessions/waiting/nothing").status_code == 404


def test_staff_see_the_order_and_what_is_offered_to_whom(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    with acting():
        joining(practice.carol_client, Preferences((6,), ("evening",)))
        joining(practice.bob_client, now=NOW - timedelta(days=1))
        joining(practice.alice_client, now=NOW - timedelta(days=2))
        free(full_morning[10])
    run()
    everyone = words(browser(practice.desk).get("/waiting").text)
    order = [everyone.index(name) for name in ("1 Alice Hart", "2 Bob Hart", "3 Carol Stone")]
    assert order == sorted(order)
    assert re.search(
        r"1 Alice Hart [^·]*· until Nov 26, 2026 Nov 22, 2026 Nov 26, 2026, 10:00.AM until Nov 24, 2026, 2:00.PM",
        everyone,
    )
    dana = words(browser(practice.dana).get("/waiting").text)
    assert "1 Alice Hart" in dana
    assert "Carol Stone" not in dana  # she is in Erik's care alone
    assert "3 Carol Stone" in words(browser(practice.erik).get("/waiting").text)


def test_staff_put_somebody_on_the_list_and_take_them_off(acting: Acting, practice: Practice, browser: Open) -> None:
    desk, path = browser(practice.desk), f"/clients/{practice.carol_client}/waiting"
    page = words(desk.get(path).text)
    assert "Individual session" in page
    assert "Couple session" not in page
    refused = desk.submit(path, service="individual-session", weekdays=["2"])
    assert refused.status_code == 422
    assert "Please choose one part of the day at least." in words(refused.text)
    put = desk.submit(path, service="individual-session", follow_redirects=True, **MORNINGS)
    assert "1 Carol Stone Tue, Thu: Morning" in words(put.text)
    twice = desk.submit(path, service="individual-session", **MORNINGS)
    assert twice.status_code == 409
    assert "This is on the waiting list already." in words(twice.text)
    assert "You wait for Individual session" in words(browser(practice.carol).get("/sessions/waiting").text)
    with acting():
        remove = f"/waiting/{wishes()[0].id}/remove"
    assert "Removed." in words(desk.submit(remove, follow_redirects=True).text)
    assert "Nobody waits" in words(desk.get("/waiting").text)


def test_the_list_has_pages_and_a_fixed_number_of_statements(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, statements: list[str]
) -> None:
    desk, counts = browser(practice.desk), []
    for amount in (1, 29):
        with acting() as session:
            for number in range(amount):
                person = make_person(session, f"C{amount}x{number}", "Waits", ["client"], NOW)
                joining(make_client(session, person, practice.dana, NOW))
        desk.get("/waiting")
        before = len(statements)
        page = desk.get("/waiting")
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]
    assert 'href="/waiting?page=2"' in page.text
    assert desk.get("/waiting?page=2").status_code == 200


def test_a_place_is_counted_by_service(acting: Acting, practice: Practice, browser: Open, joining: Joining) -> None:
    with acting():
        joining(practice.alice_client)
        joining(practice.bob_client, service_id=practice.couple_session)
    page = words(browser(practice.desk).get("/waiting").text)
    assert "Individual session 1 Alice Hart" in page
    assert "Couple session 1 Bob Hart" in page


def test_the_own_page_shows_what_is_kept_until_when(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, full_morning: dict[int, UUID], run: Run
) -> None:
    alice = browser(practice.alice)
    with acting():
        joining(practice.alice_client)
        free(full_morning[10])
    assert "A time has become free" not in words(alice.get("/sessions/waiting").text)
    run()
    shown = words(alice.get("/sessions/waiting").text)
    assert "A time has become free Thursday, November 26, 10:00" in shown
    assert "with Dana Whitfield" in shown
    with acting():
        leave = f"/sessions/waiting/{offers()[0].waiting_id}/leave"
    left = words(alice.submit(leave, follow_redirects=True).text)
    assert "You are off the waiting list." in left
    assert "A time has become free" not in left


def test_joint_press_sends_a_request(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, run: Run
) -> None:
    alice = browser(practice.alice)
    with acting():
        joining(practice.alice_client, service_id=practice.couple_session)
    run()
    with acting():
        path = f"/offers/{offers()[0].id}"
    said = words(alice.submit(f"{path}/take", follow_redirects=True).text)
    assert "We have received your request." in said
    asked = "Alice asks for a session for both of you: Thursday, November 26, 9:00"
    assert asked in words(browser(practice.bob).get("/today").text)


def test_a_booking_in_between_keeps_the_page_honest(
    acting: Acting, practice: Practice, browser: Open, joining: Joining, wishing: Wishing, run: Run
) -> None:
    """Who books another time by themself keeps what is offered until the next run, which takes it back."""
    alice = browser(practice.alice)
    with acting():
        joining(practice.alice_client, Preferences((3,), ("morning",)), now=NOW - timedelta(days=1))
    run()
    with acting():
        booking.book(wishing(at(9, 0, date(2026, 11, 30))), [practice.alice_client], by=None, now=NOW)
        path = f"/offers/{offers()[0].id}/take"
    run()
    late = words(alice.submit(path, follow_redirects=True).text)
    assert "This time is not kept any more" in late
