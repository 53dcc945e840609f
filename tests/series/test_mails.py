"""One message about a whole standing session: neutral, in the reader's own time, with a file that others read."""

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar
from sqlalchemy import select, text

from clinic.booking import service as booking
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter
from clinic.series import mails, service
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.series.conftest import NOW, TUESDAY, Planning, Wishing, ahead, at, begin, move, sessions_of

WEEK = timedelta(weeks=1)
LINE = re.compile(rb"^([A-Z-]+)(?:;[^:]*)?:(.*)$")


def message(kind: str, person_id: UUID) -> OutboxMessage:
    """The message of that kind to that person."""
    query = select(OutboxMessage).where(OutboxMessage.kind == kind, OutboxMessage.recipient_id == person_id)
    return db.session.scalars(query).one()


def letter(kind: str, person_id: UUID, now: datetime = NOW) -> Letter:
    """That message as it would be sent."""
    rendered = mails.render(message(kind, person_id), now)
    assert rendered is not None
    return rendered


def by_library(content: bytes) -> list[tuple[str, datetime, int, str]]:
    """Uid, start, sequence and status of each event, as icalendar reads them."""
    return [
        (str(event["UID"]), event.decoded("DTSTART"), int(event.decoded("SEQUENCE")), str(event["STATUS"]))
        for event in Calendar.from_ical(content).walk("VEVENT")
    ]


def by_hand(content: bytes) -> list[tuple[str, datetime, int, str]]:
    """The same by the letter of RFC 5545: lines unfolded, split at the colon, taken between BEGIN and END."""
    found, event = [], dict[str, str]()
    for line in re.sub(rb"\r\n[ \t]", b"", content).split(b"\r\n"):
        match = LINE.match(line)
        if match is None:
            continue
        name, value = match[1].decode(), match[2].decode()
        if (name, value) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value) == ("END", "VEVENT"):
            start = datetime.strptime(event["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            found.append((event["UID"], start, int(event["SEQUENCE"]), event["STATUS"]))
        else:
            event[name] = value
    return found


def test_one_message_to_each_says_when_how_often_and_what_is_different(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        plan = planning(count=6, is_joint=True)
        chosen = dict(enumerate(plan.recurrence.starts()))
        del chosen[3]
        chosen[1] = at(11, 30, TUESDAY + WEEK + timedelta(days=1))
        service.begin(plan, chosen, by=practice.dana, now=NOW)
        sent = letter(mails.BOOKED, practice.alice)
        assert sent.subject == "Your appointments"
        assert "Your standing appointment is booked:\nTuesdays, 3:00" in sent.text
        assert "New York (EST)\n5 times, first Dec 1, 2026, last Jan 5, 2027" in sent.text
        assert "At another time:\nWednesday, December 9, 11:30" in sent.text
        assert "Except on:\nTuesday, December 22\n" in sent.text
        assert "or to cancel one (for another time, please call us):" in sent.text
        assert "move" not in sent.text
        assert sent.text.replace("Alice", "Bob") == letter(mails.BOOKED, practice.bob).text
        for word in ("therap", "session ", "couple", "Couple", "Dana", "Bob", "joint"):
            assert word not in sent.text


def test_it_is_told_by_the_readers_own_clock_also_where_that_changes_on_another_day(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    """New York changes on March 14, Berlin on March 28: for two weeks a reader in Berlin comes an hour earlier."""
    with acting() as session:
        session.execute(text("UPDATE person SET zone = 'Europe/Berlin' WHERE id = :id"), {"id": practice.alice})
        begin(planning(date(2027, 3, 2), count=8))
        sent = letter(mails.BOOKED, practice.alice)
        words = re.sub(r"\s", " ", sent.text)
        assert "Tuesdays, 9:00 PM, Berlin (UTC+1)" in words
        assert "At another time: Tuesday, March 16, 8:00 PM Tuesday, March 23, 8:00 PM" in words
        assert "Except" not in words


def test_every_other_week_says_so(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting():
        begin(planning(weeks=2))
        sent = letter(mails.BOOKED, practice.alice).text
        assert "Every other Tuesday, 3:00" in sent
        assert "or to move or cancel one:" in sent


def test_a_shared_mailbox_learns_nothing(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET is_mailbox_shared = true"))
        series = begin(planning())
        moved = move(ahead(series, at(15, 0, TUESDAY)), planning(TUESDAY, time(10)))
        told = [letter(mails.CHANGED, practice.alice)]
        service.cancel_following(moved, at(10, 0, TUESDAY), by=practice.dana, now=NOW)
        told.append(letter(mails.CANCELLED, practice.alice))
        assert {each.subject for each in told} == {"Please sign in"}
        assert [each.attachments for each in told] == [(), ()]
        assert not any(word in each.text for each in told for word in ("tanding", "Tuesday", "December"))


def test_the_file_gives_the_instants_of_the_rule_to_two_readers(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    """RRULE and EXDATE, expanded by dateutil, come to the same as the events, read by icalendar and by hand."""
    with acting():
        plan = planning(date(2027, 2, 23), count=8)
        chosen = dict(enumerate(plan.recurrence.starts()))
        left_out = chosen.pop(2)
        series = service.begin(plan, chosen, by=practice.dana, now=NOW)
        content = letter(mails.BOOKED, practice.alice).attachments[0].content
        assert by_library(content) == by_hand(content)
        assert [uid for uid, *_ in by_hand(content)] == [f"{each.id}@clinic" for each in sessions_of(series.id)]
        rule = rrulestr(f"DTSTART;TZID={ZONE}:20270223T150000\nRRULE:{series.rule}", forceset=True)
        assert isinstance(rule, rruleset)
        rule.exdate(left_out)
        assert [start for _, start, *_ in by_hand(content)] == [each.astimezone(UTC) for each in rule]
        assert {(sequence, status) for *_, sequence, status in by_hand(content)} == {(0, "CONFIRMED")}
        assert Calendar.from_ical(content)["METHOD"] == "PUBLISH"
        assert b"ATTENDEE" not in content


def test_a_change_replaces_the_same_events_and_takes_those_that_go(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning())
        uids = [f"{each.id}@clinic" for each in sessions_of(series)]
        move(ahead(series, at(15, 0, TUESDAY + WEEK)), planning(TUESDAY + WEEK, time(10), count=3), without=1)
        sent = letter(mails.CHANGED, practice.alice)
        assert "Your standing appointment has a new time:\nTuesdays, 10:00" in sent.text
        assert "2 times, first Dec 8, 2026, last Dec 22, 2026" in sent.text
        assert "Except on:\nTuesday, December 15\n" in sent.text
        read = [by_library(each.content) for each in sent.attachments]
        assert read == [by_hand(each.content) for each in sent.attachments]
        assert read == [
            [
                (uids[1], at(10, 0, TUESDAY + WEEK), 1, "CONFIRMED"),
                (uids[3], at(10, 0, TUESDAY + 3 * WEEK), 1, "CONFIRMED"),
            ],
            [(uids[2], at(15, 0, TUESDAY + 2 * WEEK), 1, "CANCELLED")],
        ]
        assert [each.method for each in sent.attachments] == ["PUBLISH", "CANCEL"]


def test_the_end_is_told_once_with_all_that_it_takes_away(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    point = at(15, 0, TUESDAY + WEEK)
    with acting():
        series = begin(planning())
        service.cancel_following(series, point, by=practice.dana, now=NOW)
        sent = letter(mails.CANCELLED, practice.alice)
        assert "Your standing appointment is cancelled. It was to be:\nTuesdays, 3:00" in sent.text
        assert "3 times, first Dec 8, 2026, last Dec 22, 2026" in sent.text
        assert [[status for *_, status in by_hand(each.content)] for each in sent.attachments] == [["CANCELLED"]] * 3
        assert {each.method for each in sent.attachments} == {"CANCEL"}
        assert all(b"mailto:alice.hart@example.org" in each.content.replace(b"\r\n ", b"") for each in sent.attachments)
        booked = letter(mails.BOOKED, practice.alice)
        assert "Once, on Dec 1, 2026" in booked.text


def test_what_has_changed_since_is_told_as_it_stands_or_not_at_all(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    with acting():
        series = begin(planning())
        booked = message(mails.BOOKED, practice.alice)
        assert mails.still_wanted(booked, NOW) is None
        booking.move(sessions_of(series)[0], wishing(at(9, 0, TUESDAY)), by=None, now=NOW, is_staff=True)
        assert "At another time:\nTuesday, December 1, 9:00" in letter(mails.BOOKED, practice.alice).text
        assert mails.still_wanted(booked, at(15, 0, TUESDAY + 3 * WEEK)) == "moved"
        service.cancel_following(series, at(15, 0, TUESDAY), by=None, now=NOW)
        assert mails.still_wanted(booked, NOW) == "moved"
        cancelled = message(mails.CANCELLED, practice.alice)
        assert mails.still_wanted(cancelled, NOW) is None
        assert mails.still_wanted(cancelled, at(15, 0, TUESDAY + 3 * WEEK) - timedelta(seconds=1)) is None
        assert mails.still_wanted(cancelled, at(15, 0, TUESDAY + 3 * WEEK)) == "begun"


def test_the_end_is_told_also_where_the_first_was_moved_from_a_time_that_is_past(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    """The session of Tuesday takes place on Thursday; on Wednesday it is cancelled, with all that follow."""
    thursday, wednesday = TUESDAY + timedelta(days=2), at(9, 0, TUESDAY + timedelta(days=1))
    with acting():
        series = begin(planning())
        booking.move(sessions_of(series)[0], wishing(at(15, 0, thursday)), by=None, now=NOW, is_staff=True)
        service.cancel_following(series, at(15, 0, TUESDAY), by=practice.dana, now=wednesday)
        assert mails.still_wanted(message(mails.CANCELLED, practice.alice), wednesday) is None
        sent = letter(mails.CANCELLED, practice.alice, wednesday)
        assert "4 times, first Dec 3, 2026, last Dec 22, 2026" in sent.text


@pytest.mark.parametrize("change", ["closed", "no address"])
def test_nobody_is_told_who_is_no_client_or_has_no_address(
    acting: Acting, practice: Practice, planning: Planning, change: str
) -> None:
    with acting() as session:
        begin(planning())
        booked = message(mails.BOOKED, practice.alice)
        if change == "closed":
            session.execute(text("UPDATE client SET state = 'closed', closed_at = now()"))
            assert mails.still_wanted(booked, NOW) == "not attending"
        else:
            session.execute(text("UPDATE person SET email = NULL WHERE id = :id"), {"id": practice.alice})
            assert mails.render(booked, NOW) is None


def test_a_rule_is_kept_as_rfc_5545_spells_it(acting: Acting, planning: Planning) -> None:
    with acting():
        series = service.begin(planning(weeks=2), {0: at(15, 0, TUESDAY)}, by=None, now=NOW)
        assert series.rule == "FREQ=WEEKLY;INTERVAL=2;COUNT=4"
        assert series.recurrence == Recurrence(TUESDAY, time(15), ZONE, series.rule)
