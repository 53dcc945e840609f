"""A therapist leaves: what fits goes over at its time, everyone is told once, and nobody is ever in two at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from psycopg import Connection
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.booking import schedule
from clinic.booking import service as booking
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, Attendee, Claim
from clinic.booking.wishes import Wish
from clinic.clients.models import CareRelationship, Couple
from clinic.clients.queries import primary_of
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.desk import hand_over as handing
from clinic.desk import hand_over_mails
from clinic.desk.errors import NothingToHandOverError
from clinic.desk.hand_over import STANDS_IN_AFTERWARDS, Obstacle
from clinic.desk.models import HandOver
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service, TherapistService
from clinic.practice.queries import terms_with
from clinic.reminders import queries as reminders
from clinic.series import service as series
from clinic.series.models import Series
from clinic.series.service import Plan
from tests.booking.asking import ask_bob
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_therapist

Open = Callable[..., Browser]
Book = Callable[..., UUID]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DAY = date(2026, 11, 26)


def at(hour: int, days: int = 0) -> datetime:
    """That hour, a number of days after a Thursday."""
    return zones.moment(DAY + timedelta(days=days), time(hour), ZONE)


@pytest.fixture
def book(acting: Acting, practice: Practice) -> Book:
    """`book(at(10), client_id, ...)` books them with Dana."""

    def booked(starts_at: datetime, *clients: UUID, therapist: UUID | None = None, modality: str = "video") -> UUID:
        is_joint = len(clients) > 1
        with acting():
            service = db.session.get_one(Service, practice.couple_session if is_joint else practice.individual)
            wish = Wish(service, therapist or practice.dana, starts_at, modality, ZONE, "USD")
            couple = practice.couple if is_joint else None
            return booking.book(wish, clients, by=practice.desk, now=NOW, couple_id=couple).id

    return booked


def hand_over(acting: Acting, practice: Practice, since: datetime = NOW) -> UUID:
    """Dana leaves, and Erik takes over."""
    with acting():
        return handing.hand_over(practice.dana, practice.erik, since, by=practice.owner, zone=ZONE, now=NOW).id


def with_whom(*appointment_ids: UUID) -> list[UUID]:
    """Who gives each of these."""
    return [db.session.get_one(Appointment, each).therapist_id for each in appointment_ids]


def told() -> list[UUID]:
    """To whom a message about a hand-over is queued."""
    query = select(OutboxMessage.recipient_id).where(OutboxMessage.kind == handing.HANDED_OVER)
    return [*db.session.scalars(query.order_by(OutboxMessage.moment))]


def letter_to(person_id: UUID) -> str:
    """The text of that message."""
    message = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == handing.HANDED_OVER, OutboxMessage.recipient_id == person_id)
    ).one()
    assert hand_over_mails.still_wanted(message, NOW) is None
    letter = hand_over_mails.render(message, NOW)
    assert letter is not None
    return letter.text


def test_what_is_free_goes_over_at_its_time_and_a_clash_stays(acting: Acting, practice: Practice, book: Book) -> None:
    free, clash = book(at(10), practice.alice_client, modality="office"), book(at(14), practice.bob_client)
    book(at(14), practice.carol_client, therapist=practice.erik)
    hand_over(acting, practice)
    with acting():
        assert with_whom(free, clash) == [practice.erik, practice.dana]
        session = db.session.get_one(Appointment, free)
        assert (session.starts_at, session.state, session.room_id) == (at(10), "confirmed", practice.room)
        claimed = select(Claim.resource).where(Claim.appointment_id == free)
        assert {*db.session.scalars(claimed)} == {practice.erik, practice.room, practice.alice_client}
        assert told() == [practice.alice]


def test_what_the_other_cannot_give_stays_and_says_why(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(9), practice.alice_client)
    book(at(11), practice.alice_client, practice.bob_client)
    book(at(20), practice.alice_client, practice.bob_client)
    with acting():
        joint = db.session.get_one(Service, practice.couple_session)
        ask_bob(practice, Wish(joint, practice.dana, at(13), "video", ZONE, "USD"), NOW)
        db.session.delete(db.session.get_one(TherapistService, (practice.erik, practice.individual)))
    with acting():
        found = handing.fates(practice.dana, practice.erik, NOW, ZONE, NOW)
        assert [each.obstacle for each in found] == [Obstacle.SERVICE, None, Obstacle.ASKED, Obstacle.HOURS]


def test_longer_pauses_of_the_other_keep_two_from_going_over(acting: Acting, practice: Practice, book: Book) -> None:
    first, second = book(at(10), practice.alice_client), book(at(11), practice.bob_client)
    with acting():
        own = db.session.get_one(TherapistService, (practice.erik, practice.individual))
        own.buffer_after_minutes = 30
    hand_over(acting, practice)
    with acting():
        assert with_whom(first, second) == [practice.erik, practice.dana]


def test_a_session_without_a_free_room_stays(acting: Acting, practice: Practice, book: Book) -> None:
    other, own = book(at(10), practice.alice_client), book(at(14), practice.bob_client, modality="office")
    with acting() as session:
        third = make_therapist(session, "Grace", "Osei", [practice.individual], NOW)
        db.session.get_one(TherapistService, (practice.erik, practice.individual)).buffer_before_minutes = 30
    # Erik's longer pause reaches into what somebody else has in the one room.
    book(at(13), practice.carol_client, modality="office", therapist=third)
    hand_over(acting, practice)
    with acting():
        assert with_whom(other, own) == [practice.erik, practice.dana]


def test_a_standing_session_goes_on_with_the_other_and_its_past_stays(
    acting: Acting, practice: Practice, book: Book
) -> None:
    with acting():
        plan = Plan(
            service=db.session.get_one(Service, practice.individual),
            modality="video",
            therapist_id=practice.dana,
            client_ids=[practice.alice_client],
            couple_id=None,
            recurrence=Recurrence.weekly(DAY, time(10), ZONE, weeks=1, count=4),
            currency="USD",
        )
        old = series.begin(plan, dict(enumerate(plan.recurrence.starts())), by=practice.dana, now=NOW).id
    book(at(10, 14), practice.carol_client, therapist=practice.erik)
    hand_over(acting, practice, at(0, 1))
    with acting():
        query = select(Appointment).join(Attendee).where(Attendee.client_id == practice.alice_client)
        first, second, clash, last = db.session.scalars(query.order_by(Appointment.starts_at))
        new = db.session.scalars(select(Series).where(Series.follows_id == old)).one()
        assert [each.series_id for each in (first, second, clash, last)] == [old, new.id, None, new.id]
        assert [each.therapist_id for each in (first, second, clash, last)] == [
            practice.dana,
            practice.erik,
            practice.dana,
            practice.erik,
        ]
        assert new.therapist_id == practice.erik
        assert new.recurrence.starts() == [at(10, days) for days in (7, 14, 21)]
        assert db.session.get_one(Series, old).ends_before == at(10, 7)
        assert told() == [practice.alice]
        assert letter_to(practice.alice).count("10:00") == 2


def test_the_record_goes_along_once_nothing_is_left(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(10), practice.alice_client)
    book(at(12), practice.alice_client, practice.bob_client)
    left = book(at(14), practice.bob_client)
    blocking = book(at(14), practice.carol_client, therapist=practice.erik)
    hand_over(acting, practice)

    def primaries() -> list[UUID | None]:
        found = (primary_of(each, NOW + timedelta(seconds=1)) for each in (practice.alice_client, practice.bob_client))
        return [each.therapist_id if each else None for each in found]

    with acting():
        assert primaries() == [practice.erik, practice.dana]
        cover = db.session.scalars(select(CareRelationship).where(CareRelationship.kind == "cover")).one()
        assert (cover.client_id, cover.therapist_id) == (practice.bob_client, practice.erik)
        assert cover.ends_at == at(12) + timedelta(minutes=80) + STANDS_IN_AFTERWARDS
        assert db.session.get_one(Couple, practice.couple).therapist_id == practice.dana
        booking.cancel(db.session.get_one(Appointment, blocking), by=practice.erik, now=NOW, is_staff=True)
    hand_over(acting, practice)
    with acting():
        assert primaries() == [practice.erik, practice.erik]
        assert db.session.get_one(Couple, practice.couple).therapist_id == practice.erik
        assert with_whom(left) == [practice.erik]


def test_a_partner_learns_nothing_of_the_other_ones_session(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(14), practice.alice_client, practice.bob_client)
    book(at(9), practice.bob_client)
    hand_over(acting, practice)
    with acting():
        assert told() == [practice.bob, practice.alice]
        alices, bobs = letter_to(practice.alice), letter_to(practice.bob)
        assert (re.findall(r"\d+:00", alices), re.findall(r"\d+:00", bobs)) == (["2:00"], ["9:00", "2:00"])
        for name in ("Bob", "Dana", "Erik"):
            assert name not in alices


def test_whoever_is_handed_over_is_reminded_once(acting: Acting, practice: Practice, book: Book) -> None:
    book(at(10, 5), practice.alice_client)
    hand_over(acting, practice)
    with acting():
        due = reminders.sessions(at(11, 4), "session.reminder.24h")
        assert [each.person_id for each in due] == [practice.alice]


def test_booking_with_the_other_at_that_moment_never_leads_to_two_at_once(
    acting: Acting, practice: Practice, book: Book
) -> None:
    session = book(at(10), practice.alice_client)

    def rival() -> str:
        try:
            book(at(10), practice.carol_client, therapist=practice.erik)
        except SlotTaken:
            return "taken"
        return "booked"

    def press() -> str:
        try:
            hand_over(acting, practice)
        except NothingToHandOverError:
            return "stayed"
        return "went"

    with ThreadPoolExecutor(2) as pool:
        outcome = pool.submit(rival), pool.submit(press)
        assert (outcome[0].result(), outcome[1].result()) in {("taken", "went"), ("booked", "stayed")}
    with acting():
        eriks = db.session.scalars(select(Appointment).where(Appointment.therapist_id == practice.erik)).all()
        assert len(eriks) == 1
        assert with_whom(session)[0] in {practice.dana, practice.erik}


def test_the_desk_sees_names_the_owner_initials_and_both_hand_over(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    free, clash = book(at(10), practice.alice_client), book(at(14), practice.bob_client)
    book(at(14), practice.carol_client, therapist=practice.erik)
    with acting():
        db.session.get_one(Person, practice.alice).email = None
    desk, olga, path = browser(practice.desk), browser(practice.owner), f"/hand-over/{practice.dana}"
    shown = {who: who.get(f"{path}?to={practice.erik}&day={DAY}").text for who in (desk, olga)}
    assert ("Alice Hart" in shown[desk], "Alice Hart" in shown[olga], "A. H." in shown[olga]) == (True, False, True)
    assert "1 person is to be called." in shown[desk]
    assert (f"/schedule/{clash}" in shown[desk], f"/schedule/{clash}" in shown[olga]) == (True, False)
    assert "Hand over 1 session to Erik Lindqvist" in shown[olga]
    assert desk.submit(path, to="", day="").status_code == 422
    assert desk.get(f"{path}?to={practice.erik}&day=9999-12-31").status_code == 200
    answer = olga.submit(path, to=str(practice.erik), day=str(DAY))
    assert answer.status_code == 303
    after = desk.get(answer.location).text
    assert "1 session ahead is with Erik Lindqvist now." in after
    assert "Please call" in after
    assert "Alice Hart" in after
    assert "Alice Hart" not in olga.get(answer.location).text
    # Pressed once more, nothing fits any more: it says so, and changes nothing.
    again = olga.submit(path, to=str(practice.erik), day=str(DAY))
    assert again.status_code == 409
    assert "nothing was changed" in again.text
    with acting():
        assert with_whom(free, clash) == [practice.erik, practice.dana]
        assert len(db.session.scalars(select(HandOver)).all()) == 1


def test_the_page_takes_as_many_statements_for_many_as_for_one(
    browser: Open,
    practice: Practice,
    book: Book,
    statements: list[str],
    owner: Connection[tuple[object, ...]],
) -> None:
    desk, path = browser(practice.desk), f"/hand-over/{practice.dana}?to={practice.erik}"

    def count() -> int:
        statements.clear()
        assert desk.get(path).status_code == 200
        return len(statements)

    book(at(9), practice.alice_client)
    before = count()
    for number in range(1, 6):
        book(at(9, number), practice.alice_client)
        book(at(11, number), practice.alice_client, practice.bob_client)
    assert count() == before


def test_nothing_new_is_booked_with_who_leaves_and_what_stayed_stays(
    acting: Acting, practice: Practice, book: Book
) -> None:
    """Dana leaves on Friday. What Erik cannot take stays where it is, and moves with her only to before that day."""
    book(at(10, 1), practice.alice_client)
    stayed = book(at(14, 1), practice.bob_client)
    book(at(14, 1), practice.carol_client, therapist=practice.erik)
    hand_over(acting, practice, at(0, 1))
    last = book(at(12), practice.carol_client)
    with pytest.raises(SlotTaken):
        book(at(16, 1), practice.carol_client)
    with acting():
        service = db.session.get_one(Service, practice.individual)
        assert with_whom(last, stayed) == [practice.dana, practice.dana]
        offered = schedule.starts_by_therapist(
            service, "video", terms_with(service, [practice.dana]), Interval(at(0), at(0, 30)), zone=ZONE, now=NOW
        )[practice.dana]
        assert offered
        assert max(offered) < at(0, 1)
        session = db.session.get_one(Appointment, stayed)
        with pytest.raises(SlotTaken):
            booking.move(session, Wish(service, practice.dana, at(15, 1), "video", ZONE, "USD"), by=None, now=NOW)
        earlier = Wish(service, practice.dana, at(15), "video", ZONE, "USD")
        assert booking.move(session, earlier, by=practice.desk, now=NOW, is_staff=True).starts_at == at(15)


def test_a_caller_who_races_the_hand_over_is_handed_over_or_refused(
    acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(10), practice.alice_client)

    def rival() -> str:
        try:
            book(at(12), practice.carol_client)
        except SlotTaken:
            return "refused"
        return "booked"

    with ThreadPoolExecutor(2) as pool:
        outcome = pool.submit(rival), pool.submit(lambda: hand_over(acting, practice))
        assert (outcome[0].result(), bool(outcome[1].result())) in {("booked", True), ("refused", True)}
    with acting():
        assert {*db.session.scalars(select(Appointment.therapist_id))} == {practice.erik}


def test_whoever_stays_after_all_can_be_booked_again(
    browser: Open, acting: Acting, practice: Practice, book: Book
) -> None:
    book(at(10), practice.alice_client)
    hand_over(acting, practice)
    desk, path = browser(practice.desk), f"/hand-over/{practice.dana}"
    assert "Takes no new session from Tuesday, November 24 on" in desk.get(path).text
    assert desk.submit(f"{path}/stay").location == path
    shown = desk.get(path).text
    assert ("Dana Whitfield can be booked again." in shown, "Takes no new session" in shown) == (True, False)
    assert book(at(16), practice.carol_client)
