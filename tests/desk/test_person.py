"""One client's sessions at the front desk: what they come to, what can be done, and nothing of their partner's own."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.clients.service import close
from clinic.core import clock, zones
from clinic.practice.models import Service
from tests.booking.asking import ask_bob
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Open = Callable[..., Browser]
Booked = Callable[..., UUID]


def day(number: int, minutes: int = 0) -> datetime:
    """A full hour so many days from now."""
    return clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=number, minutes=minutes)


def noon_of_a_working_day() -> datetime:
    """Noon, three days from now or on the Monday after, when Dana can be asked for whatever the hour is now."""
    on = zones.wall(clock.now(), ZONE).date() + timedelta(days=3)
    weekend = 7 - on.weekday() if on.weekday() > 4 else 0
    return zones.moment(on + timedelta(days=weekend), time(12), ZONE)


@pytest.fixture
def booked(acting: Acting, practice: Practice) -> Booked:
    """Books a session by video with Dana; a joint one for two."""

    def book(at: datetime, *client_ids: UUID) -> UUID:
        with acting() as session:
            is_joint = len(client_ids) > 1
            what = session.get_one(Service, practice.couple_session if is_joint else practice.individual)
            couple = practice.couple if is_joint else None
            wish = Wish(what, practice.dana, at, "video", ZONE, "USD")
            return booking.book(wish, client_ids, by=practice.dana, now=clock.now(), couple_id=couple, is_told=False).id

    return book


def test_the_desk_sees_when_a_client_comes_next_and_what_can_be_done(
    browser: Open, practice: Practice, booked: Booked
) -> None:
    own, joint = booked(day(3), practice.alice_client), booked(day(2), practice.alice_client, practice.bob_client)
    gone, bobs = booked(day(5), practice.alice_client), booked(day(4), practice.bob_client)
    desk, path = browser(practice.desk), f"/people/{practice.alice_client}"
    desk.submit(f"/schedule/{gone}/cancel")
    page, past = desk.get(path).text, desk.get(f"{path}?show=past").text
    assert page.index(f"/schedule/{joint}") < page.index(f"/schedule/{own}")
    for each in (own, joint):
        assert f'href="/schedule/{each}/move"' in page
        assert f'href="/schedule/{each}/cancel"' in page
    assert (str(gone) in page, str(gone) in past, str(own) in past) == (False, True, False)
    assert str(bobs) not in page + past
    client = practice.alice_client
    for onward in (
        f"/callers/book?client={client}",
        *(f"/clients/{client}/{to}" for to in ("standing", "waiting", "fee")),
    ):
        assert f'href="{onward}"' in page
        assert desk.get(onward).status_code == 200
    assert f'href="{path}"' in desk.get("/people").text
    assert f'href="{path}"' in desk.get(f"/schedule/{own}").text


def test_a_question_shows_with_who_asks_and_not_with_who_is_asked(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    with acting() as session:
        what = session.get_one(Service, practice.couple_session)
        wish = Wish(what, practice.dana, noon_of_a_working_day(), "video", ZONE, "USD")
        asked = ask_bob(practice, wish, clock.now()).id
    desk = browser(practice.desk)
    alices, bobs = (desk.get(f"/people/{each}").text for each in (practice.alice_client, practice.bob_client))
    assert "asked for" in alices
    assert f'href="/schedule/{asked}/move"' not in alices
    assert str(asked) not in bobs


def test_how_a_joint_session_came_to_nothing_reads_alike_whoever_said_no(
    browser: Open, practice: Practice, booked: Booked, acting: Acting
) -> None:
    joint = booked(day(3), practice.alice_client, practice.bob_client)
    with acting() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.id == joint)).one()
        booking.cancel(appointment, by=practice.bob, now=clock.now())
    desk = browser(practice.desk)
    pages = (desk.get(f"/people/{each}?show=past").text for each in (practice.alice_client, practice.bob_client))
    alices, bobs = (each.partition('<ul class="rows card"')[2].partition("</ul>")[0] for each in pages)
    assert str(joint) in alices
    assert alices == bobs


def test_many_sessions_take_as_many_statements_as_one_and_come_in_pages(
    browser: Open, practice: Practice, booked: Booked, statements: list[str]
) -> None:
    desk, path = browser(practice.desk), f"/people/{practice.alice_client}"

    def count() -> int:
        statements.clear()
        assert desk.get(path).status_code == 200
        return len(statements)

    booked(day(1), practice.alice_client)
    desk.get(path)
    before = count()
    for number in range(21):
        booked(day(number + 2), practice.alice_client)
    assert count() == before
    assert f'href="{path}?page=2"' in desk.get(path).text
    assert desk.get(f"{path}?page=2").text.count('class="row-link"') == 2


def test_a_closed_record_offers_nothing_to_book(browser: Open, practice: Practice, acting: Acting) -> None:
    with acting():
        close(practice.carol_client, clock.now())
    page = browser(practice.desk).get(f"/people/{practice.carol_client}").text
    assert "Carol Stone" in page
    assert "/callers/book?client" not in page
