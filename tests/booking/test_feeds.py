"""Appointments in a calendar outside: what its secret address tells, to whom, and until when."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from icalendar import Calendar
from vobject import readComponents

from clinic.accounts import people
from clinic.booking import feeds, service
from clinic.booking.models import Appointment
from clinic.clients import couples
from clinic.core import clock
from clinic.practice.models import Service
from tests.booking.conftest import NOW, Wishing, at
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]


@pytest.fixture
def booked(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    """Alice alone at nine, Bob alone at eleven, both together at two."""
    with acting() as session:
        couple = session.get_one(Service, practice.couple_session)
        service.book(wishing(at(9)), [practice.alice_client], by=practice.dana, now=NOW)
        service.book(wishing(at(11)), [practice.bob_client], by=practice.dana, now=NOW)
        service.book(
            wishing(at(14), service=couple.id),
            [practice.alice_client, practice.bob_client],
            by=practice.dana,
            now=NOW,
            couple_id=practice.couple,
        )


def address(browser: Browser) -> str:
    """Make a feed on the page; the path that the page then shows."""
    assert browser.submit("/account/calendar").status_code == 303
    page = browser.get("/account/calendar").text
    return "/feeds/" + page.partition("/feeds/")[2].partition('"')[0]


def events(browser: Browser, path: str) -> list[tuple[str, str]]:
    """(start in UTC, title) of each event at the address."""
    answer = browser.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    found = Calendar.from_ical(answer.data).events
    return [(f"{each.start:%d %H:%M}", str(each["summary"])) for each in found]


def test_client_reads_times_and_a_neutral_word(browser: Open, practice: Practice, booked: None) -> None:
    path = address(browser(practice.alice))
    assert events(browser(), path) == [("26 14:00", "Appointment"), ("26 19:00", "Appointment")]
    text = browser().get(path).text
    assert [word for word in ("Alice", "Bob", "Dana", "couple", "session", "Room", "http") if word in text] == []


def test_partner_reads_nothing_of_what_is_the_others_alone(browser: Open, practice: Practice, booked: None) -> None:
    assert events(browser(), address(browser(practice.bob))) == [
        ("26 16:00", "Appointment"),
        ("26 19:00", "Appointment"),
    ]


def test_therapist_reads_initials(browser: Open, practice: Practice, booked: None) -> None:
    titles = [title for _, title in events(browser(), address(browser(practice.dana)))]
    assert titles == ["A. H.", "B. H.", "A. & B. H."]


def test_two_readers_find_the_same_moments_and_ids(browser: Open, practice: Practice, booked: None) -> None:
    data = browser().get(address(browser(practice.alice))).data
    one = [(str(each["uid"]), each.start, each.end) for each in Calendar.from_ical(data).events]
    (calendar,) = readComponents(data.decode())
    other = [(each.uid.value, each.dtstart.value, each.dtend.value) for each in calendar.vevent_list]
    assert one == other
    assert len(one) == 2


def test_address_stops_when_replaced_ended_or_its_owner_is_shut_out(
    browser: Open, practice: Practice, booked: None, acting: Acting
) -> None:
    alice = browser(practice.alice)
    first = address(alice)
    second = address(alice)
    gone = browser().get("/feeds/nothing.ics")
    assert browser().get(first).data == gone.data
    assert browser().get(second).status_code == 200
    alice.submit("/account/calendar/end")
    assert browser().get(second).status_code == 404
    third = address(alice)
    with acting():
        people.disable_login(practice.alice, clock.now())
    assert browser().get(third).status_code == 404


def test_cancelled_and_moved_sessions_follow(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        stays = service.book(wishing(at(9)), [practice.alice_client], by=practice.dana, now=NOW).id
        goes = service.book(wishing(at(11)), [practice.alice_client], by=practice.dana, now=NOW).id
    path = address(browser(practice.alice))
    with acting() as session:
        moved, cancelled = session.get_one(Appointment, stays), session.get_one(Appointment, goes)
        service.move(moved, wishing(at(15)), by=practice.dana, now=NOW, is_staff=True)
        service.cancel(cancelled, by=practice.dana, now=NOW, is_staff=True)
    assert events(browser(), path) == [("26 20:00", "Appointment")]
    (event,) = Calendar.from_ical(browser().get(path).data).events
    assert event["sequence"] == 1


def test_couple_that_has_ended_keeps_each_their_own(
    browser: Open, practice: Practice, booked: None, acting: Acting
) -> None:
    path = address(browser(practice.bob))
    with acting():
        couples.end(practice.couple, practice.alice, NOW)
    assert ("26 14:00", "Appointment") not in events(browser(), path)


def test_page_says_when_it_was_last_read(browser: Open, practice: Practice) -> None:
    alice = browser(practice.alice)
    path = address(alice)
    assert "Nobody has read it yet." in alice.get("/account/calendar").text
    browser().get(path)
    assert "Last read on" in alice.get("/account/calendar").text


def test_secret_is_neither_stored_nor_logged(
    browser: Open, practice: Practice, acting: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    path = address(browser(practice.alice))
    browser().get(path)
    secret = path.removeprefix("/feeds/").removesuffix(".ics")
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err
    with acting() as session:
        feed = feeds.feed_of(practice.alice)
        assert feed is not None
        assert secret.encode() not in feed.token_digest
        rows = session.connection().exec_driver_sql("SELECT calendar_feed::text FROM calendar_feed").scalars().all()
        assert [row for row in rows if secret in row] == []


def test_feed_holds_a_month_behind_and_a_year_ahead(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        for start in (at(9) - timedelta(days=60), at(9), at(9) + timedelta(days=500)):
            service.book(wishing(start), [practice.alice_client], by=practice.dana, now=NOW, is_told=False)
    assert len(events(browser(), address(browser(practice.alice)))) == 1


def test_feed_asks_as_often_for_thirty_as_for_one(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing, statements: list[str]
) -> None:
    path = address(browser(practice.alice))

    def book(day: int) -> None:
        start = at(9) + timedelta(days=day)
        service.book(wishing(start), [practice.alice_client], by=practice.dana, now=NOW, is_told=False)

    def asked() -> int:
        before = len(statements)
        assert browser().get(path).status_code == 200
        return len(statements) - before

    with acting():
        book(0)
    few = asked()
    with acting():
        for day in range(1, 30):
            book(day)
    assert asked() == few
