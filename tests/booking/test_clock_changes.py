"""Sessions on both sides of a clock change: what two calendar programs read is what stands in the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from types import ModuleType
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, text
from vobject import readOne

from clinic.booking import feeds, mails, notices, service
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from clinic.reminders import service as reminders
from clinic.series import mails as series_mails
from clinic.series import service as series
from clinic.series.service import Plan
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice, make_practice

Owner = psycopg.Connection[tuple[object, ...]]
Open = Callable[..., Browser]
WEEK, DAY, HOUR, MINUTE = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LENGTH: Final = 20 * MINUTE
THREE: Final = time(15)


@dataclass(frozen=True, slots=True)
class Change:
    """Clocks in `zone` go on by `by` at the moment `at`, or back where that is less than nothing."""

    zone: str
    at: datetime
    by: timedelta

    @property
    def odd(self) -> tuple[time, datetime]:
        """A wall time of that day that does not exist, or that comes twice; and the moment that it means."""
        before = zones.wall(self.at - MINUTE, self.zone).replace(tzinfo=None) + MINUTE
        if self.by > timedelta():
            return (before + self.by / 2).time(), self.at + self.by / 2
        return (before + self.by).time(), self.at + self.by


CHANGES: Final = (
    Change("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC), -HOUR),
    Change("America/New_York", datetime(2027, 3, 14, 7, tzinfo=UTC), HOUR),
    Change("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC), -HOUR),
    Change("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC), HOUR),
    Change("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), HOUR / 2),
    Change("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC), -HOUR / 2),
    Change("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC), HOUR),
    Change("America/Sao_Paulo", datetime(2019, 2, 17, 2, tzinfo=UTC), -HOUR),
)
Read = tuple[str, int, datetime, datetime, str]
"""Uid, sequence, start, end and status of an event."""


def by_icalendar(content: bytes) -> list[Read]:
    """The events as one library reads them."""
    found: list[Any] = Calendar.from_ical(content).events
    return [(str(each["UID"]), int(each["SEQUENCE"]), each.start, each.end, str(each["STATUS"])) for each in found]


def by_vobject(content: bytes) -> list[Read]:
    """The events as the other one reads them."""
    found: list[Any] = readOne(content.decode()).vevent_list
    return [
        (each.uid.value, int(each.sequence.value), each.dtstart.value, each.dtend.value, each.status.value)
        for each in found
    ]


def read(content: bytes) -> list[Read]:
    """The events as both of them read them: in UTC, and alike."""
    one = by_icalendar(content)
    assert by_vobject(content) == one
    assert {each.utcoffset() for _, _, start, end, _ in one for each in (start, end)} == {timedelta()}
    return one


def kept(owner: Owner, person_id: UUID) -> list[Read]:
    """What the database holds for a client or a therapist, asked behind everything that is tested here."""
    rows = owner.execute(
        "SELECT DISTINCT appointment.id::text || '@clinic', sequence, starts_at, ends_at, upper(appointment.state)"
        " FROM appointment JOIN attendee ON appointment_id = appointment.id JOIN client ON client.id = client_id"
        " WHERE (person_id = %(id)s OR therapist_id = %(id)s) AND appointment.state = 'confirmed' ORDER BY 3, 1",
        {"id": person_id},
    ).fetchall()
    return [*rows]  # type: ignore[list-item]  # what the columns are


@dataclass(slots=True)
class Town:
    """A practice in one of the zones, in the weeks of the change."""

    practice: Practice
    change: Change
    now: datetime
    standing: UUID = field(init=False)
    odd: UUID = field(init=False)

    def wish(self, starts_at: datetime, therapist: UUID | None = None) -> Wish:
        """A session for one."""
        individual = db.session.get_one(Service, self.practice.individual)
        return Wish(individual, therapist or self.practice.dana, starts_at, "video", self.change.zone, "USD")

    def plan(self, at: time, first: datetime, *, is_joint: bool = False) -> Plan:
        """Three weeks at one wall time, with the change in the middle one."""
        practice, zone = self.practice, self.change.zone
        return Plan(
            db.session.get_one(Service, practice.couple_session if is_joint else practice.individual),
            "video",
            practice.dana,
            [practice.alice_client, practice.bob_client] if is_joint else [practice.alice_client],
            practice.couple if is_joint else None,
            Recurrence.weekly(zones.wall(first, zone).date(), at, zone, weeks=1, count=3),
            "USD",
        )


@pytest.fixture(params=CHANGES, ids=lambda each: f"{each.zone}-{each.at:%Y-%m}")
def town(request: pytest.FixtureRequest, acting: Acting, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Around the change: one session that runs across it, one in each of two hours of the same name or just before the
    hour that is missing, 12 hours on either side of it, and two that stand weekly, at three and at the odd time."""
    change: Change = request.param
    now = change.at - 12 * DAY
    monkeypatch.setattr(clock, "now", lambda: now)
    with acting() as session:
        practice = make_practice(session, now)
        session.execute(text("UPDATE practice SET zone = :zone"), {"zone": change.zone})
        session.execute(text("UPDATE person SET zone = :zone"), {"zone": change.zone})
        individual = session.get_one(Service, practice.individual)
        individual.minutes, individual.buffer_after_minutes = LENGTH // MINUTE, 10
        made = Town(practice, change, now)
        book_singly(made)
        made.standing = stand(made, made.plan(THREE, change.at + HOUR - WEEK, is_joint=True))
        made.odd = stand(made, made.plan(change.odd[0], change.odd[1] - WEEK))
    return made


def book_singly(town: Town) -> None:
    """Book all that does not stand, within a transaction."""
    practice, change, now = town.practice, town.change, town.now
    beside = change.at - HOUR / 2 if change.by > timedelta() else change.at
    service.book(town.wish(beside), [practice.alice_client], by=practice.dana, now=now)
    for start in (change.at - 12 * HOUR, change.at - LENGTH / 2, change.at + 12 * HOUR):
        service.book(town.wish(start, practice.erik), [practice.carol_client], by=practice.erik, now=now)


def stand(town: Town, plan: Plan) -> UUID:
    """Book all of a plan, within a transaction; the id of the series."""
    return series.begin(plan, dict(enumerate(plan.recurrence.starts())), by=plan.therapist_id, now=town.now).id


def events_of(mails_of: ModuleType, message: OutboxMessage, now: datetime) -> tuple[str, list[Read]]:
    """The method of the file that goes with a message, and what both programs read in it."""
    letter = mails_of.render(message, now)
    files = [(str(Calendar.from_ical(each.content)["METHOD"]), each) for each in letter.attachments]
    assert [each.method for _, each in files] == [method for method, _ in files]
    (method,) = {method for method, _ in files}
    # What asks for more than to be added names one event alone (RFC 5546, 3.2).
    assert method == "PUBLISH" or all(len(read(each.content)) == 1 for _, each in files)
    return method, [event for _, each in files for event in read(each.content)]


def messages(kind: str, person_id: UUID) -> list[OutboxMessage]:
    """Every message of that kind to a person, in the order of what they tell."""
    query = select(OutboxMessage).where(OutboxMessage.kind == kind, OutboxMessage.recipient_id == person_id)
    return [*db.session.scalars(query.order_by(OutboxMessage.moment))]


def appointment(uid: str) -> Appointment:
    """The session that an event is of."""
    return db.session.get_one(Appointment, UUID(uid.removesuffix("@clinic")))


def test_feeds_give_two_programs_the_moments_of_the_database(
    town: Town, acting: Acting, browser: Open, owner: Owner
) -> None:
    counts = {}
    for name in ("alice", "bob", "carol", "dana", "erik"):
        person_id = getattr(town.practice, name)
        with acting():
            token = feeds.token_of(feeds.open_feed(person_id, town.now))
        events = read(browser().get(f"/feeds/{token}.ics").data)
        assert events == kept(owner, person_id)
        counts[name] = len(events)
    assert counts == {"alice": 7, "bob": 3, "carol": 3, "dana": 7, "erik": 3}


def test_what_stands_weekly_keeps_its_wall_time_and_its_length(
    town: Town, acting: Acting, browser: Open, owner: Owner
) -> None:
    change = town.change
    with acting():
        token = feeds.token_of(feeds.open_feed(town.practice.alice, town.now))
        uids = {name: uids_of(getattr(town, name)) for name in ("standing", "odd")}
    events = {uid: (start, end) for uid, _, start, end, _ in read(browser().get(f"/feeds/{token}.ics").data)}
    standing, odd = ([events.pop(uid) for uid in uids[name]] for name in ("standing", "odd"))
    assert {zones.wall(start, change.zone).time() for start, _ in standing} == {THREE}
    assert {end - start for start, end in standing} == {80 * MINUTE}
    gone_by = {later - sooner for (sooner, _), (later, _) in pairwise(standing)}
    assert gone_by == {WEEK, WEEK - change.by}
    wall, moment = change.odd
    assert [start == moment for start, _ in odd] == [False, True, False]
    assert {zones.wall(start, change.zone).time() for start, _ in (odd[0], odd[2])} == {wall}
    assert {end - start for start, end in odd} == {LENGTH}
    ((beside, _),) = events.values()
    is_twice = change.by < timedelta()
    assert (zones.wall(beside, change.zone).time() == wall) is is_twice
    assert beside == (moment - change.by if is_twice else change.at - HOUR / 2)


def uids_of(series_id: UUID) -> list[str]:
    """The names that a standing session's events bear, in order."""
    query = select(Appointment.id).where(Appointment.series_id == series_id).order_by(Appointment.occurs_at)
    return [f"{each}@clinic" for each in db.session.scalars(query)]


def test_invite_update_and_cancel_files_give_two_programs_the_moments_of_the_database(
    town: Town, acting: Acting, browser: Open, owner: Owner
) -> None:
    carol, now = town.practice.carol, town.now
    booked = kept(owner, carol)
    with acting():
        sent = [events_of(mails, each, now) for each in messages(notices.CONFIRMED, carol)]
        assert sent == [("REQUEST", [each]) for each in booked]
        for uid, _, start, *_ in reversed(booked):  # the last one first: each goes where another one was
            wish = town.wish(start + DAY, town.practice.erik)
            service.move(appointment(uid), wish, by=None, now=now, is_staff=True)
    moved = kept(owner, carol)
    assert moved == [(uid, 1, start + DAY, end + DAY, status) for uid, _, start, end, status in booked]
    signed_in = browser(carol)
    for each in moved:
        assert read(signed_in.get(f"/sessions/{each[0].removesuffix('@clinic')}/appointment.ics").data) == [each]
    with acting():
        sent = [events_of(mails, each, now) for each in messages(notices.MOVED, carol)]
        assert sent == [("REQUEST", [each]) for each in moved]
        for uid, *_ in moved:
            service.cancel(appointment(uid), by=None, now=now)
        sent = [events_of(mails, each, now) for each in messages(notices.CANCELLED, carol)]
        assert sent == [("CANCEL", [(uid, 2, start, end, "CANCELLED")]) for uid, _, start, end, _ in moved]
    assert kept(owner, carol) == []


def test_files_of_what_stands_weekly_give_two_programs_the_moments_of_the_database(
    town: Town, acting: Acting, owner: Owner
) -> None:
    now, bob, dana = town.now, town.practice.bob, town.practice.dana
    booked = kept(owner, bob)
    with acting():
        sent = [events_of(series_mails, each, now) for each in messages(series_mails.BOOKED, bob)]
        assert sent == [("PUBLISH", booked)]
        plan = town.plan(time(16), booked[0][2], is_joint=True)
        going = dict(enumerate(plan.recurrence.starts()))
        later = series.move_following(town.standing, booked[0][2], plan, going, by=dana, now=now).id
    moved = kept(owner, bob)
    assert {zones.wall(start, town.change.zone).time() for _, _, start, *_ in moved} == {time(16)}
    assert [(uid, sequence, end - start) for uid, sequence, start, end, _ in moved] == [
        (uid, 1, 80 * MINUTE) for uid, *_ in booked
    ]
    with acting():
        sent = [events_of(series_mails, each, now) for each in messages(series_mails.CHANGED, bob)]
        assert sent == [("PUBLISH", moved)]
        series.cancel_following(later, moved[0][2], by=dana, now=now)
        sent = [events_of(series_mails, each, now) for each in messages(series_mails.CANCELLED, bob)]
        assert sent == [("CANCEL", [(uid, 2, start, end, "CANCELLED") for uid, _, start, end, _ in moved])]


@pytest.fixture
def abroad(app: Flask, town: Town, owner: Owner) -> Iterator[None]:
    """The database itself goes by the clocks of the practice."""
    name = owner.info.dbname
    owner.execute(f"ALTER DATABASE {name} SET timezone = '{town.change.zone}'".encode())
    with app.app_context():
        db.engine.dispose()
    yield
    owner.execute(f"ALTER DATABASE {name} RESET timezone".encode())


def test_reminder_goes_by_24_elapsed_hours(town: Town, abroad: None, acting: Acting) -> None:
    start, second, erik, carol = (
        town.change.at + 9 * HOUR,
        timedelta(seconds=1),
        town.practice.erik,
        town.practice.carol,
    )
    with acting():
        for begins, ahead in ((start, DAY), (start + HOUR, DAY - second)):
            service.book(town.wish(begins, erik), [town.practice.carol_client], by=erik, now=begins - ahead)
        for moment, expected in ((start - DAY - second, 0), (start - DAY, 1), (start + HOUR - DAY + second, 1)):
            reminders.queue_due(moment)
            sent = [each.moment for each in messages(notices.REMINDER, carol)]
            assert sent.count(start) == expected
            assert start + HOUR not in sent
