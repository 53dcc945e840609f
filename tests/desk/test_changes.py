"""What others have changed: on Today since the last working day, on its page for thirty days, and for whom."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.clients import care
from clinic.core import clock
from clinic.desk.changes import day_before
from tests.booking.conftest import Wishing, settings_clock, wishing
from tests.booking.test_sessions import at, booked, joint
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

__all__ = ["booked", "joint", "settings_clock", "wishing"]
Open = Callable[..., Browser]
LINK, PILL = r'href="/(?:sessions|schedule)/([\w-]+)">([^<]+)<', r'class="pill[^"]*">([^<]+)<'
LINE = re.compile(f"{LINK}.*?{PILL}", re.S)


def lines(page: str) -> list[tuple[str, str, str]]:
    """Session, names and word of each line of the card or the page."""
    return LINE.findall(page.partition("Change")[2].partition("All changes")[0])


def test_a_late_cancellation_is_on_today_of_the_therapist_and_of_the_desk(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    soon = clock.now().replace(second=0, microsecond=0) + timedelta(hours=5)
    with acting():
        session = booking.book(wishing(soon), [practice.alice_client], by=practice.dana, now=clock.now()).id
    dana, fay = browser(practice.dana), browser(practice.desk)
    assert "Nobody else has changed a session." in dana.get("/today").text
    browser(practice.alice).submit(f"/sessions/{session}/cancel")
    for page in ("/today", "/changes"):
        assert lines(dana.get(page).text) == [(str(session), "A. H.", "cancelled late")]
        assert lines(fay.get(page).text) == [(str(session), "Alice Hart", "cancelled late")]
        assert lines(browser(practice.erik).get(page).text) == []
    assert dana.get(f"/sessions/{session}").status_code == 200
    for who in (practice.alice, practice.bob, practice.owner):
        assert "Changed since" not in browser(who).get("/today").text


def test_of_each_session_the_last_step_counts_unless_it_is_ones_own(
    browser: Open, practice: Practice, booked: UUID, joint: UUID, acting: Acting, wishing: Wishing
) -> None:
    dana, fay = browser(practice.dana), browser(practice.desk)
    assert lines(dana.get("/today").text) == []  # she booked both herself
    assert [each[2] for each in lines(fay.get("/today").text)] == ["booked", "booked"]
    with acting() as session:
        found = session.get_one(Appointment, joint)
        wish = wishing(at(15), service=practice.couple_session)
        booking.move(found, wish, by=practice.desk, now=clock.now(), is_staff=True)
    assert lines(dana.get("/today").text) == [(str(joint), "A. H. &amp; B. H.", "moved")]
    assert lines(fay.get("/today").text) == [(str(booked), "Alice Hart", "booked")]
    dana.submit(f"/sessions/{joint}/cancel")
    assert lines(dana.get("/today").text) == []
    assert lines(fay.get("/today").text)[0] == (str(joint), "Alice Hart, Bob Hart", "cancelled")


def test_who_does_not_care_for_them_any_more_reads_of_no_change(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    browser(practice.alice).submit(f"/sessions/{booked}/cancel")
    assert len(lines(browser(practice.dana).get("/changes").text)) == 1
    with acting():
        care.hand_over(practice.alice_client, practice.erik, clock.now())
    for who in (practice.dana, practice.erik):
        assert lines(browser(who).get("/changes").text) == []


@pytest.mark.parametrize(
    ("today", "reaches"), [(24, "2026-11-23"), (23, "2026-11-20"), (22, "2026-11-20"), (21, "2026-11-20")]
)
def test_today_reaches_back_over_a_weekend(today: int, reaches: str) -> None:
    assert day_before(datetime(2026, 11, today, 15, tzinfo=UTC), ZONE).isoformat() == reaches


def test_what_is_older_leaves_today_and_after_thirty_days_the_list(
    browser: Open, practice: Practice, booked: UUID, settings_clock: Callable[[timedelta], None]
) -> None:
    browser(practice.alice).submit(f"/sessions/{booked}/cancel")
    for days, on_today, on_page in ((0, 1, 1), (5, 0, 1), (26, 0, 0)):
        settings_clock(timedelta(days=days))
        dana = browser(practice.dana)
        assert (len(lines(dana.get("/today").text)), len(lines(dana.get("/changes").text))) == (on_today, on_page)


@pytest.mark.parametrize("who", ["dana", "desk"])
def test_thirty_changes_take_as_many_statements_as_one_and_come_in_pages(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing, statements: list[str], who: str
) -> None:
    looks = browser(getattr(practice, who))

    def fill(count: int, hour: int) -> None:
        with acting():
            for number in range(count):
                wish = wishing(at(hour) + timedelta(minutes=20 * number), service=practice.first_call, modality="phone")
                booking.book(wish, [practice.alice_client], by=None, now=clock.now(), is_told=False)

    def cost(path: str) -> int:
        statements.clear()
        assert looks.get(path).status_code == 200
        return len(statements)

    fill(1, 1)
    looks.get("/today")
    few = [cost(path) for path in ("/today", "/changes")]
    fill(29, 3)
    assert [cost(path) for path in ("/today", "/changes")] == few
    today = looks.get("/today").text
    assert len(lines(today)) == 5
    assert "All changes, there are more" in today
    assert len(lines(looks.get("/changes?page=2").text)) == 10
