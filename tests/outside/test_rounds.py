"""The workers' round: whose turn it is, what is replaced, what stays, and what is never kept or said."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from clinic.core.interval import Interval
from clinic.database.session import transaction
from clinic.outside import rounds, rules, service
from clinic.outside.errors import (
    CannotReadError,
    NotReadYetError,
    OwnAddressError,
    Problem,
    TooManyCalendarsError,
)
from clinic.outside.fetching import Answer, Marks
from clinic.outside.models import OutsideCalendar
from tests.booking.conftest import NOW
from tests.conftest import Acting
from tests.factories import Practice
from tests.outside.conftest import ADDRESS, Add, Round
from tests.outside.files import GOOGLE, OUTLOOK, calendar, event

Owner = psycopg.Connection[tuple[object, ...]]
Used = Callable[..., UUID]
MORNING = calendar(event("DTSTART:20261126T150000Z", "DURATION:PT1H", "SUMMARY:Kingfisher", "LOCATION:Kingfisher"))
BROKEN = CannotReadError(Problem.GONE)


def kept(owner: Owner) -> list[tuple[object, ...]]:
    """Each busy time by its start, and whether it blocks."""
    rows = owner.execute("SELECT lower(during), blocks FROM outside_time ORDER BY 1").fetchall()
    return [(f"{start:%m-%d %H:%M}", blocks) for start, blocks in rows]


def state(owner: Owner, *columns: str) -> tuple[object, ...]:
    """Columns of the only calendar."""
    row = owner.execute(f"SELECT {', '.join(columns)} FROM outside_calendar".encode()).fetchone()
    assert row is not None
    return row


def test_new_calendar_is_read_once_and_blocks_nothing(add: Add, go_round: Round, owner: Owner) -> None:
    add()
    assert len(go_round(MORNING)) == 1
    assert go_round(MORNING, NOW + timedelta(days=2)) == []
    assert kept(owner) == [("11-26 15:00", False)]


def test_used_calendar_blocks_and_is_read_again_and_again(used: Used, go_round: Round, owner: Owner) -> None:
    used(MORNING)
    assert kept(owner) == [("11-26 15:00", True)]
    assert len(go_round(GOOGLE, NOW)) == 1
    assert kept(owner) == [("11-24 14:00", True), ("11-27 05:00", True), ("12-08 19:00", True)]
    assert go_round(GOOGLE, NOW + timedelta(minutes=13)) == []
    assert len(go_round(GOOGLE, NOW + timedelta(minutes=17))) == 1


def test_failing_calendar_keeps_its_times_and_is_asked_less_and_less(used: Used, go_round: Round, owner: Owner) -> None:
    used(MORNING)
    now, waits = NOW, []
    for _ in range(8):
        assert len(go_round(BROKEN, now)) == 1
        (following,) = state(owner, "next_read_at")
        waits.append((following - now) / rules.EVERY)  # type: ignore[operator]  # a moment
        now = following  # type: ignore[assignment]  # the same
    assert all(
        low <= wait <= high
        for wait, low, high in zip(
            waits, (1.8, 3.6, 7.2, 14, 21, 21, 21, 21), (2.2, 4.4, 8.8, 18, 27, 27, 27, 27), strict=True
        )
    )
    assert kept(owner) == [("11-26 15:00", True)]
    assert state(owner, "failures", "failing_since", "problem") == (8, NOW, "gone")
    go_round(MORNING, now)
    assert state(owner, "failures", "failing_since", "problem", "detail") == (0, None, None, None)


def test_calendar_that_has_not_changed_keeps_its_times(used: Used, go_round: Round, owner: Owner) -> None:
    used(MORNING)
    go_round(MORNING, marks=Marks('"one"', "then"))
    later = NOW + timedelta(minutes=20)
    ((_, known),) = go_round(None, later, Marks('"one"', "then"))
    assert known == Marks('"one"', "then")
    assert kept(owner) == [("11-26 15:00", True)]
    assert state(owner, "read_at", "whole_at") == (later, NOW)


def test_all_of_it_is_read_once_a_day_since_the_stretch_moves_on(used: Used, go_round: Round) -> None:
    used(MORNING)
    go_round(MORNING, marks=Marks('"one"'))
    ((_, known),) = go_round(MORNING, NOW + timedelta(hours=24))
    assert known == Marks()


def test_zone_that_nobody_knows_is_named(used: Used, go_round: Round, owner: Owner) -> None:
    used(MORNING)
    go_round(calendar(event("DTSTART;TZID=Shire:20261124T090000", "DURATION:PT1H")))
    assert state(owner, "problem", "detail") == ("unknown_zone", "Shire")
    assert kept(owner) == [("11-26 15:00", True)]


def test_paused_calendar_blocks_nothing_and_is_not_read(
    used: Used, go_round: Round, owner: Owner, acting: Acting
) -> None:
    identity = used(MORNING)
    with acting() as session:
        service.pause(session.get_one(OutsideCalendar, identity))
    assert kept(owner) == [("11-26 15:00", False)]
    assert go_round(MORNING, NOW + timedelta(days=1)) == []
    with acting() as session:
        service.use(session.get_one(OutsideCalendar, identity), NOW)
    assert kept(owner) == [("11-26 15:00", True)]


@pytest.mark.parametrize("act", ["pause", "remove"])
def test_what_its_owner_does_while_it_is_read_stands(
    act: str, used: Used, worker_app: Flask, acting: Acting, owner: Owner
) -> None:
    identity = used(MORNING)

    def fetch(*_: object) -> Answer:
        with acting() as session:
            getattr(service, act)(session.get_one(OutsideCalendar, identity))
        return Answer(GOOGLE, Marks())

    with worker_app.app_context():
        rounds.read_due(NOW, fetch)
    assert [blocks for _, blocks in kept(owner)] == ([False] * 3 if act == "pause" else [])
    if act == "pause":
        assert state(owner, "state", "next_read_at") == ("paused", None)


def test_nobody_ever_sees_no_times_in_between(used: Used, worker_app: Flask, owner: Owner) -> None:
    identity = used(MORNING)
    with worker_app.app_context(), transaction(rounds.ACTOR) as session:
        found = rounds.Found([Interval(NOW, NOW + timedelta(hours=1))], Marks())
        rounds.keep(identity, found, NOW)
        session.flush()
        assert kept(owner) == [("11-26 15:00", True)]
    assert kept(owner) == [("11-24 15:00", True)]


def test_one_that_breaks_stops_no_other(add: Add, go_round: Round, owner: Owner, practice: Practice) -> None:
    add()
    add(practice.erik, "https://other.example.org/a.ics")
    owner.execute("UPDATE outside_calendar SET address = '\\x0102' WHERE therapist_id = %s", (practice.dana,))
    assert [target.host for target, _ in go_round(OUTLOOK)] == ["other.example.org"]
    assert len(kept(owner)) == 8


def test_database_refuses_times_of_one_calendar_that_overlap(used: Used, owner: Owner) -> None:
    used(MORNING)
    copy = b"INSERT INTO outside_time SELECT * FROM outside_time"
    with pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute(copy)


def test_database_refuses_times_of_another_therapist_than_the_calendars(
    used: Used, owner: Owner, practice: Practice
) -> None:
    used(MORNING)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        owner.execute("UPDATE outside_time SET therapist_id = %s", (practice.erik,))


def test_only_times_are_kept_and_the_address_is_sealed(
    used: Used, go_round: Round, owner: Owner, capfd: pytest.CaptureFixture[str]
) -> None:
    used(MORNING)
    go_round(BROKEN, NOW + timedelta(hours=1))
    tables = [str(name) for (name,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    rows = [str(row) for table in tables for row in owner.execute(f'SELECT "{table}"::text FROM "{table}"'.encode())]
    printed = capfd.readouterr()
    for word in ("Kingfisher", "kestrel", ADDRESS, "Zither"):
        assert [row for row in [*rows, printed.out, printed.err] if word in row or word.encode().hex() in row] == []


def test_calendar_that_was_never_read_is_not_used(add: Add, acting: Acting) -> None:
    identity = add()
    with acting() as session, pytest.raises(NotReadYetError):
        service.use(session.get_one(OutsideCalendar, identity), NOW)


def test_practice_does_not_read_itself(acting: Acting, practice: Practice) -> None:
    with acting(), pytest.raises(OwnAddressError):
        service.add(practice.dana, "Here", "https://Clinic.example/feeds/a.ics", "clinic.example", NOW)


def test_nobody_adds_more_than_a_few(add: Add) -> None:
    for _ in range(rules.MOST_CALENDARS):
        add()
    with pytest.raises(TooManyCalendarsError):
        add()


def test_worker_adds_no_calendar_and_the_web_no_time(database: None, owner: Owner) -> None:
    rights = owner.execute(
        "SELECT has_table_privilege('clinic_worker', 'outside_calendar', 'INSERT, DELETE'),"
        " has_table_privilege('clinic_web', 'outside_time', 'INSERT, DELETE')"
    ).fetchone()
    assert rights == (False, False)


@pytest.mark.parametrize(
    ("failures", "chance", "minutes"),
    [(0, 0.0, 13.5), (0, 1.0, 16.5), (1, 0.5, 30), (4, 0.5, 240), (5, 0.5, 360), (9_999, 0.5, 360)],
)
def test_readings_part_and_become_rarer_until_there_are_four_a_day(
    failures: int, chance: float, minutes: float
) -> None:
    assert rules.next_reading(NOW, failures, chance) - NOW == timedelta(minutes=minutes)


def test_new_calendar_is_read_before_those_that_were_read_already(
    used: Used, add: Add, worker_app: Flask, practice: Practice
) -> None:
    used(MORNING)
    add(practice.erik, "https://other.example.org/a.ics", NOW + timedelta(minutes=1))
    with worker_app.app_context(), transaction(rounds.ACTOR):
        (errand,) = rounds.take_errands(NOW + timedelta(minutes=2), 1)
        assert errand.target.host == "other.example.org"


def test_who_takes_an_errand_has_it_alone_for_ten_minutes(
    add: Add, go_round: Round, worker_app: Flask, owner: Owner
) -> None:
    add()
    with owner.transaction(force_rollback=True):
        owner.execute("SELECT FROM outside_calendar FOR UPDATE")
        with worker_app.app_context(), transaction(rounds.ACTOR) as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            assert rounds.take_errands(NOW, 5) == []
    with worker_app.app_context(), transaction(rounds.ACTOR):
        assert len(rounds.take_errands(NOW, 5)) == 1
    assert go_round(MORNING, NOW + timedelta(minutes=9)) == []  # whoever has it may be at it still
    assert len(go_round(MORNING, NOW + timedelta(minutes=10))) == 1


def test_who_looks_after_a_calendar_has_it_alone(used: Used, acting: Acting, practice: Practice, owner: Owner) -> None:
    identity = used(MORNING)
    with acting():
        service.calendar_of(practice.dana, identity)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            owner.execute("SELECT FROM outside_calendar FOR UPDATE NOWAIT")


def test_paused_calendar_is_not_read_at_a_press(used: Used, acting: Acting, owner: Owner) -> None:
    identity = used(MORNING)
    with acting() as session:
        calendar = session.get_one(OutsideCalendar, identity)
        service.read_soon(calendar, NOW + timedelta(minutes=1))
        assert calendar.next_read_at == NOW + timedelta(minutes=1)
        service.pause(calendar)
        service.read_soon(calendar, NOW + timedelta(minutes=2))
    assert state(owner, "next_read_at") == (None,)


def test_times_that_are_over_are_not_shown(used: Used, acting: Acting) -> None:
    identity = used(GOOGLE)
    moments = [NOW + timedelta(hours=hours) for hours in (-1, 0, 120)]
    with acting() as session:
        calendar = session.get_one(OutsideCalendar, identity)
        assert [len(session.scalars(service.times(calendar, each)).all()) for each in moments] == [3, 2, 1]
        assert [service.overview(calendar, each).count for each in moments] == [3, 2, 1]


def test_what_is_done_with_a_calendar_is_in_the_trail(used: Used, acting: Acting, owner: Owner) -> None:
    identity = used(MORNING)
    with acting() as session:
        calendar = session.get_one(OutsideCalendar, identity)
        service.pause(calendar)
        service.remove(calendar)
    trail = owner.execute("SELECT action FROM audit_event WHERE action LIKE 'outside.%' ORDER BY id").fetchall()
    assert [action for (action,) in trail] == ["outside.add", "outside.use", "outside.pause", "outside.remove"]
