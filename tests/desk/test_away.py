"""Away today: a therapist's day cancelled by one press, everyone told once, and a list of whom to call."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from psycopg import Connection
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.booking import service as booking
from clinic.booking.models import Appointment, Claim
from clinic.booking.wishes import Wish
from clinic.clients.models import Client
from clinic.clients.service import close
from clinic.core import clock, zones
from clinic.core.interval import Interval
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.desk import away, away_mails
from clinic.desk.leave import come_back, take_leave
from clinic.desk.models import DayAway, ToldAway
from clinic.outbox.models import OutboxMessage
from clinic.practice.errors import CoverAwayError, StandsInError
from clinic.practice.models import Service, TimeOff
from clinic.series import service as series
from clinic.series.service import Plan
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Open = Callable[..., Browser]
Book = Callable[..., UUID]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DAY = date(2026, 11, 26)


def at(hour: int) -> datetime:
    """That hour of the day that is cancelled."""
    return zones.moment(DAY, time(hour), ZONE)


@pytest.fixture
def book(acting: Acting, practice: Practice) -> Book:
    """`book(at(10), client_id, ...)` books them with Dana."""

    def booked(starts_at: datetime, *clients: UUID) -> UUID:
        is_joint = len(clients) > 1
        with acting():
            service = db.session.get_one(Service, practice.couple_session if is_joint else practice.individual)
            wish = Wish(service, practice.dana, starts_at, "video", ZONE, "USD")
            couple = practice.couple if is_joint else None
            return booking.book(wish, clients, by=practice.dana, now=NOW, couple_id=couple).id

    return booked


def go_away(therapist_id: UUID, cover_id: UUID, now: datetime = NOW) -> DayAway:
    """They are away for what is left of that day."""
    start, end = zones.day_bounds(DAY, ZONE)
    began, stretch = zones.day_bounds(zones.wall(now, ZONE).date(), ZONE)[0], Interval(max(start, now), end)
    return away.go_away(therapist_id, stretch, cover_id, by=therapist_id, day_began_at=began, now=now)


def leave(acting: Acting, practice: Practice, now: datetime = NOW) -> UUID:
    """Dana is away that day, and Erik stands in."""
    with acting():
        return go_away(practice.dana, practice.erik, now).id


def queued(kind: str = away.AWAY) -> list[UUID]:
    """To whom messages of that kind are queued, in the order in which they go out."""
    query = select(OutboxMessage.recipient_id).where(OutboxMessage.kind == kind, OutboxMessage.state == "queued")
    return [*db.session.scalars(query.order_by(OutboxMessage.moment))]


def test_the_day_is_cancelled_without_a_fee_and_each_person_told_once_the_first_session_first(
    acting: Acting, practice: Practice, book: Book
) -> None:
    joint, own = book(at(14), practice.alice_client, practice.bob_client), book(at(9), practice.bob_client)
    leave(acting, practice, at(8))
    with acting():
        for each in (joint, own):
            appointment = db.session.get_one(Appointment, each)
            assert (appointment.state, appointment.is_late) == ("cancelled", False)
        assert db.session.scalars(select(Claim)).all() == []
        assert queued() == [practice.bob, practice.alice]
        # Nothing else goes out about these sessions: what was still queued is taken back, and none is told apart.
        assert queued("booking.confirmed") == queued("booking.cancelled") == []
        off = db.session.scalars(select(TimeOff)).one()
        assert (off.starts_at, off.cover_id) == (at(8), practice.erik)


def test_a_partner_learns_nothing_of_the_other_ones_session(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(14), practice.alice_client, practice.bob_client)
    book(at(9), practice.bob_client)
    leave(acting, practice)
    with acting():
        messages = {
            each.recipient_id: each for each in db.session.scalars(select(OutboxMessage)) if each.kind == away.AWAY
        }
        alices, bobs = (away_mails.render(messages[each], NOW) for each in (practice.alice, practice.bob))
        assert alices is not None
        assert bobs is not None
        assert re.findall(r"\d+:00", alices.text) == ["2:00"]
        assert re.findall(r"\d+:00", bobs.text) == ["9:00", "2:00"]
        assert [[each.method for each in letter.attachments] for letter in (alices, bobs)] == [
            ["CANCEL"],
            ["CANCEL"] * 2,
        ]
        for letter, other in ((alices, b"bob.hart"), (bobs, b"alice.hart")):
            assert {each.content.count(b"BEGIN:VEVENT") for each in letter.attachments} == {1}
            assert not any(other in each.content.replace(b"\r\n ", b"") for each in letter.attachments)
        assert "Bob" not in alices.text + alices.subject


def test_a_session_that_has_begun_stays(acting: Acting, practice: Practice, book: Book) -> None:
    begun, later = book(at(9), practice.alice_client), book(at(14), practice.alice_client)
    # At its very start somebody has come for it.
    leave(acting, practice, at(9))
    with acting():
        states = [db.session.get_one(Appointment, each).state for each in (begun, later)]
        assert states == ["confirmed", "cancelled"]


def test_one_time_of_a_standing_session_is_cancelled_and_the_others_stay(acting: Acting, practice: Practice) -> None:
    with acting():
        plan = Plan(
            service=db.session.get_one(Service, practice.individual),
            modality="video",
            therapist_id=practice.dana,
            client_ids=[practice.alice_client],
            couple_id=None,
            recurrence=Recurrence.weekly(DAY, time(10), ZONE, weeks=1, count=3),
            currency="USD",
        )
        series.begin(plan, dict(enumerate(plan.recurrence.starts())), by=practice.dana, now=NOW)
    leave(acting, practice)
    with acting():
        states = db.session.scalars(select(Appointment.state).order_by(Appointment.starts_at)).all()
        assert states == ["cancelled", "confirmed", "confirmed"]
        assert queued() == [practice.alice]


def test_nothing_is_cancelled_where_the_cover_is_away_too(acting: Acting, practice: Practice, book: Book) -> None:
    kept = book(at(9), practice.alice_client)
    with acting():
        go_away(practice.erik, practice.dana)
    with pytest.raises((CoverAwayError, StandsInError)):
        leave(acting, practice)
    with acting():
        assert db.session.get_one(Appointment, kept).state == "confirmed"


def test_a_shared_mailbox_and_one_that_failed_before_are_called(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(9), practice.alice_client)
    book(at(11), practice.bob_client)
    with acting():
        db.session.get_one(Client, practice.alice_client).is_mailbox_shared = True
        lost = db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient_id == practice.bob)).one()
        lost.state, lost.reason, lost.handed_over_at, lost.finished_at = "failed", "550", NOW, NOW
    leave(acting, practice)
    with acting():
        told = db.session.scalars(select(ToldAway).order_by(ToldAway.first_starts_at)).all()
        assert [(each.person_id, each.how) for each in told] == [(practice.alice, "call"), (practice.bob, "call")]
        message = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == away.AWAY, OutboxMessage.recipient_id == practice.alice)
        ).one()
        letter = away_mails.render(message, NOW)
        assert letter is not None
        assert "cancel" not in letter.text


def test_the_desk_cancels_a_day_and_calls_whom_no_mail_reaches(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(9), practice.alice_client)
    with acting():
        client = db.session.get_one(Client, practice.alice_client)
        client.is_mailbox_shared = True
    desk, path = browser(practice.desk), f"/away/{practice.dana}?day={DAY}"
    assert path in desk.get(f"/day-sheet?day={DAY}").text
    before = desk.get(path).text
    assert "Alice Hart" in before
    assert "please call" in before
    assert desk.submit(path).status_code == 422
    answer = desk.submit(path, cover=str(practice.erik))
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert "Erik Lindqvist stands in" in page
    called = re.search(r'action="([^"]+/called)"', page)
    assert called is not None
    desk.submit(called[1])
    assert "Fay Moreau" in desk.get(answer.location).text
    # Said again by somebody else, it stays with who called first.
    browser(practice.dana).submit(called[1])
    with acting():
        assert db.session.scalars(select(ToldAway.called_by)).one() == practice.desk
        assert db.session.scalars(select(DayAway)).one().announced_at <= clock.now()


def test_pressed_twice_everyone_is_told_once(browser: Open, acting: Acting, practice: Practice, book: Book) -> None:
    book(at(9), practice.alice_client)
    dana, path = browser(practice.dana), f"/away/{practice.dana}?day={DAY}"
    first, second = (dana.submit(path, cover=str(practice.erik)) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert "This is cancelled already" in dana.get(path).text
    with acting():
        assert queued() == [practice.alice]
        assert queued(away.STANDS_IN) == [practice.erik]


def test_what_is_booked_after_the_press_is_cancelled_by_another(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(9), practice.alice_client)
    leave(acting, practice)
    late = book(at(14), practice.bob_client)
    leave(acting, practice, NOW + timedelta(minutes=5))
    with acting():
        assert db.session.get_one(Appointment, late).state == "cancelled"
        assert queued() == [practice.alice, practice.bob]


def test_two_presses_at_the_same_moment_cancel_once(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(9), practice.alice_client)
    with ThreadPoolExecutor(2) as pool:
        made = {each.result() for each in [pool.submit(leave, acting, practice) for _ in range(2)]}
    with acting():
        assert [*db.session.scalars(select(DayAway.id))] == [*made]
        assert queued() == [practice.alice]


def test_a_client_who_cancels_at_that_moment_is_waited_for(
    acting: Acting, practice: Practice, book: Book, owner: Connection[tuple[object, ...]]
) -> None:
    own, other = book(at(9), practice.alice_client), book(at(11), practice.bob_client)
    with ThreadPoolExecutor(1) as pool:
        with owner.transaction():
            owner.execute("UPDATE appointment SET state = 'cancelled', cancelled_at = %s WHERE id = %s", (NOW, own))
            press = pool.submit(leave, acting, practice, NOW + timedelta(minutes=1))
            while not owner.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
                assert not press.done()
        press.result()
    with acting():
        assert queued() == [practice.bob]
        assert db.session.get_one(Appointment, other).state == "cancelled"


def test_whoever_stands_in_is_told_and_sees_for_whom_only_meanwhile(
    browser: Open, acting: Acting, practice: Practice
) -> None:
    now = clock.now()
    with acting():
        stretch = Interval(now, now + timedelta(hours=3))
        away.go_away(practice.dana, stretch, practice.erik, by=practice.desk, day_began_at=now, now=now)
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == away.STANDS_IN)).one()
        letter = away_mails.render_to_cover(message, now)
        assert letter is not None
        assert letter.to == "erik.lindqvist@example.org"
        assert "Dana" not in letter.text + letter.subject
        assert away_mails.cover_still_wanted(message, now) is None
        assert away_mails.cover_still_wanted(message, stretch.end) == "over"
        message_id = message.id
    assert "Dana Whitfield is away:" in browser(practice.erik).get("/today").text
    with acting():
        come_back(db.session.scalars(select(TimeOff)).one(), by=practice.dana, now=now + timedelta(seconds=1))
        message = db.session.get_one(OutboxMessage, message_id)
        assert away_mails.cover_still_wanted(message, now + timedelta(seconds=2)) == "over"
    assert "You stand in" not in browser(practice.dana).get("/today").text


def test_whom_no_mail_reaches_is_on_the_call_list(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(9), practice.alice_client)
    book(at(11), practice.bob_client)
    with acting():
        db.session.get_one(Person, practice.alice).email = None
    path, dana = f"/away/told/{leave(acting, practice)}", browser(practice.dana)
    calls, _, by_mail = dana.get(path).text.partition("Told by mail")
    assert ("Alice Hart" in calls, "Bob Hart" in calls, "Bob Hart" in by_mail) == (True, False, True)
    with acting():
        assert queued() == [practice.bob]
        lost = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == away.AWAY)).one()
        lost.state, lost.reason, lost.finished_at = "failed", "550", NOW
        lost_id = lost.id
    page = dana.get(path).text
    assert "the mail may not have arrived" in page
    assert "Told by mail" not in page
    dana.submit(f"{path}/people/{practice.bob}/called")
    with acting():
        assert db.session.get_one(OutboxMessage, lost_id).dealt_with_by == practice.dana


def test_a_mail_that_failed_long_ago_is_forgotten_once_another_arrived(
    acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(9), practice.alice_client)
    book(at(11), practice.alice_client)
    with acting():
        old, new = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.moment))
        old.state, old.reason, old.finished_at = "failed", "450", NOW
        new.state, new.finished_at = "sent", NOW + timedelta(minutes=1)
    leave(acting, practice)
    with acting():
        assert db.session.scalars(select(ToldAway.how)).all() == ["mail"]


def test_nobody_is_told_of_a_record_that_is_closed(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(9), practice.alice_client)
    with acting():
        close(practice.alice_client, clock.now())
    assert "the record is closed" in browser(practice.desk).get(f"/away/{practice.dana}?day={DAY}").text
    leave(acting, practice)
    with acting():
        assert db.session.scalars(select(ToldAway)).all() == []
        assert queued() == []


def test_what_was_only_asked_for_leaves_no_calendar_file(
    acting: Acting, practice: Practice, book: Book, owner: Connection[tuple[object, ...]]
) -> None:
    book(at(9), practice.alice_client)
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE appointment_event SET kind = 'requested'")
    leave(acting, practice)
    with acting():
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == away.AWAY)).one()
        letter = away_mails.render(message, NOW)
        assert letter is not None
        assert letter.attachments == ()


def test_leave_that_was_taken_before_can_be_cleared_at_once(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    within, after = book(at(9), practice.alice_client), book(at(9) + timedelta(days=7), practice.bob_client)
    dana, start = browser(practice.dana), zones.day_bounds(DAY, ZONE)[0]
    with acting():
        ends = start + timedelta(days=5)
        off_id = take_leave(practice.dana, start, ends, practice.erik, day_began_at=start, now=NOW).id
    path = f"/away/{practice.dana}/leave/{off_id}"
    assert path in dana.get("/hours").text
    page = dana.get(path).text
    assert "Erik Lindqvist stands in" in page
    assert "Bob Hart" not in page
    # The cover stays whoever it was, whatever a page from before says.
    assert dana.submit(path, cover=str(practice.dana)).status_code == 303
    with acting():
        assert [db.session.get_one(Appointment, each).state for each in (within, after)] == ["cancelled", "confirmed"]
        assert db.session.scalars(select(DayAway.cover_id)).one() == practice.erik
        assert db.session.scalars(select(TimeOff.id)).one() == off_id


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    browser: Open,
    acting: Acting,
    practice: Practice,
    book: Book,
    statements: list[str],
    owner: Connection[tuple[object, ...]],
) -> None:
    dana, path = browser(practice.dana), f"/away/{practice.dana}?day={DAY}"

    def count(url: str) -> int:
        statements.clear()
        assert dana.get(url).status_code == 200
        return len(statements)

    book(at(9), practice.alice_client)
    before = count(path)
    book(at(11), practice.bob_client)
    book(at(13), practice.alice_client, practice.bob_client)
    assert count(path) == before
    told = f"/away/told/{leave(acting, practice)}"
    many = count(told)
    owner.execute("DELETE FROM told_away WHERE person_id = %s", (practice.bob,))
    assert count(told) == many
