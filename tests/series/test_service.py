"""Standing sessions on the real PostgreSQL: all or nothing, the past untouched, nobody told twice."""

import hashlib
import time as stopwatch
from collections import Counter
from datetime import date, datetime, time, timedelta

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from clinic.booking import attendance, holds
from clinic.booking import service as booking
from clinic.booking.models import Appointment, AppointmentEvent
from clinic.clients import couples
from clinic.clients.errors import NotActiveError
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Room, TherapistService
from clinic.reminders import service as reminders
from clinic.series import queries, service
from clinic.series.errors import NothingChosenError, OccurrenceTakenError, SeriesChangedError, SeriesEndedError
from clinic.series.models import Series
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.series.conftest import NOW, TUESDAY, Planning, Wishing, ahead, at, begin, move, sessions_of

Owner = psycopg.Connection[tuple[object, ...]]
WEEK = timedelta(weeks=1)
PAST = {
    "appointment": "SELECT * FROM appointment WHERE starts_at <= %(now)s",
    "attendee": "SELECT attendee.* FROM attendee JOIN appointment ON id = appointment_id WHERE starts_at <= %(now)s",
    "claim": "SELECT claim.* FROM claim JOIN appointment ON id = appointment_id WHERE starts_at <= %(now)s",
    "appointment_event": "SELECT appointment_event.* FROM appointment_event"
    " JOIN appointment ON appointment.id = appointment_id WHERE appointment.starts_at <= %(now)s",
    "account_link": "SELECT account_link.* FROM account_link"
    " JOIN appointment ON appointment.id = subject_id WHERE starts_at <= %(now)s",
}


def fingerprint(owner: Owner, now: datetime) -> dict[str, tuple[int, str]]:
    """By table, how many rows belong to the past, and a hash over every byte of them."""
    found = {}
    for table, query in PAST.items():
        rows = owner.execute(f"SELECT past::text FROM ({query}) past ORDER BY 1".encode(), {"now": now}).fetchall()
        found[table] = (len(rows), hashlib.sha256("\n".join(str(row) for row in rows).encode()).hexdigest())
    return found


def said() -> Counter[tuple[str, str]]:
    """What is in the outbox, by kind and state."""
    rows = db.session.execute(select(OutboxMessage.kind, OutboxMessage.state))
    return Counter((kind, state) for kind, state in rows)


def test_a_year_of_sessions_is_booked_at_one_wall_time_in_one_go(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        plan = planning(count=52, is_joint=True, modality="office")
        began = stopwatch.perf_counter()
        series = begin(plan)
        db.session.flush()
        took = stopwatch.perf_counter() - began
    with acting():
        made = sessions_of(series)
        assert [each.starts_at for each in made] == plan.recurrence.starts()
        assert {wall(each.starts_at, ZONE).time() for each in made} == {time(15)}
        assert {each.starts_at.hour for each in made} == {19, 20}
        assert {each.room_id for each in made} == {practice.room}
        assert {each.couple_id for each in made} == {practice.couple}
        assert {each.state for each in made} == {"confirmed"}
        assert [each.occurs_at for each in made] == [each.starts_at for each in made]
        assert db.session.scalar(text("SELECT count(*) FROM claim")) == 52 * 4
        assert said() == {("series.booked", "queued"): 2}
    assert took < 10


def test_one_that_is_taken_leaves_nothing_booked_and_is_named(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    with acting():
        third = TUESDAY + 2 * WEEK
        booking.book(wishing(at(15, 30, third)), [practice.bob_client], by=practice.dana, now=NOW)
    with acting(), pytest.raises(OccurrenceTakenError) as refusal:
        begin(planning())
    assert refusal.value.starts_at == at(15, 0, third)
    with acting():
        assert db.session.scalar(text("SELECT count(*) FROM appointment")) == 1
        assert db.session.scalar(text("SELECT count(*) FROM series")) == 0
        assert said() == {("booking.confirmed", "queued"): 1}


def test_left_out_and_moved_ones_keep_their_original_start(acting: Acting, planning: Planning) -> None:
    with acting():
        plan = planning()
        originals = plan.recurrence.starts()
        chosen = {0: originals[0], 2: originals[2] + timedelta(days=1), 3: originals[3]}
        made = sessions_of(service.begin(plan, chosen, by=plan.therapist_id, now=NOW).id)
        assert [each.starts_at for each in made] == [*chosen.values()]
        assert [each.occurs_at for each in made] == [originals[0], originals[2], originals[3]]
        with pytest.raises(NothingChosenError):
            service.begin(plan, {}, by=plan.therapist_id, now=NOW)


def test_two_chosen_times_that_overlap_each_other_are_refused(acting: Acting, planning: Planning) -> None:
    with acting():
        plan = planning()
        first, second, *_ = plan.recurrence.starts()
        with pytest.raises(OccurrenceTakenError):
            service.begin(plan, {0: first, 1: first + timedelta(minutes=30)}, by=plan.therapist_id, now=NOW)
        service.begin(plan, {0: first, 1: second}, by=plan.therapist_id, now=NOW)


def test_it_keeps_its_room_and_takes_another_where_that_is_taken(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    with acting() as session:
        other = Room(id=new_id(), name="Room 3")
        session.add(other)
        session.flush()
        wish = wishing(at(15, 0, TUESDAY + WEEK), therapist=practice.erik, modality="office")
        booking.book(wish, [practice.carol_client], by=practice.erik, now=NOW)
        rooms = [each.room_id for each in sessions_of(begin(planning(modality="office")))]
        assert rooms == [practice.room, other.id, other.id, other.id]


def test_the_agreed_fee_holds_for_each(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET fee_cents = 9000 WHERE id = :id"), {"id": practice.alice_client})
        assert {each.price_cents for each in sessions_of(begin(planning()))} == {9000}


def test_it_is_given_as_its_therapist_gives_the_service_and_moves_at_its_length(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        own = db.session.get_one(TherapistService, (practice.dana, practice.individual))
        own.minutes, own.price_cents = 70, 16_000
        db.session.flush()
        series = begin(planning())
        assert {(each.minutes, each.price_cents) for each in sessions_of(series)} == {(70, 16_000)}
        own.minutes = 30
        db.session.flush()
        moved = move(ahead(series, at(15, day=TUESDAY)), planning(clock=time(10)))
        assert {(each.minutes, each.price_cents) for each in sessions_of(moved)} == {(70, 16_000)}


def test_a_couple_that_has_ended_gets_none(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting():
        couples.dissolve(practice.couple, NOW)
    with acting(), pytest.raises(NotActiveError):
        begin(planning(is_joint=True))


def test_the_database_refuses_two_live_ones_at_one_original_start(acting: Acting, planning: Planning) -> None:
    with acting():
        series = begin(planning())
    statement = text("UPDATE appointment SET occurs_at = :at WHERE series_id = :series")
    with acting() as session, pytest.raises(IntegrityError, match="uq_appointment_series_occurs_at"):
        session.execute(statement, {"at": at(15, 0, TUESDAY), "series": series})


@pytest.mark.parametrize("couple", [False, True], ids=["of nobody", "of half a couple"])
def test_the_database_refuses_a_series_that_is_for_nobody(
    acting: Acting, practice: Practice, planning: Planning, couple: bool
) -> None:
    with acting():
        series = begin(planning(is_joint=couple))
    with acting() as session:
        columns = ", ".join(each.key for each in Series.__table__.columns if each.key != "id")
        copied = text(f"INSERT INTO series (id, {columns}) SELECT :id, {columns} FROM series WHERE id = :series")
        session.execute(copied, {"id": new_id(), "series": series})
        with pytest.raises(IntegrityError, match="is for nobody"):
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.rollback()


def test_the_database_refuses_a_live_session_after_the_end(acting: Acting, planning: Planning) -> None:
    with acting():
        begin(planning())
    with acting() as session:
        session.execute(text("UPDATE series SET ended_at = :at, ends_before = :at"), {"at": NOW})
        with pytest.raises(IntegrityError, match="goes on after its end"):
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.rollback()


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_a_changed_series_leaves_the_past_as_it_was_byte_for_byte(
    acting: Acting, practice: Practice, planning: Planning, owner: Owner, change: str
) -> None:
    then = at(15, 30, TUESDAY + WEEK)  # in the middle of the second session
    with acting():
        series = begin(planning(count=6, is_joint=True))
    with acting():
        attendance.mark_attendance(sessions_of(series)[0].id, practice.alice_client, "late", now=then)
    before = fingerprint(owner, then)
    assert {table: count for table, (count, _) in before.items()} == {
        "appointment": 2,
        "attendee": 4,
        "claim": 6,
        "appointment_event": 2,
        "account_link": 4,
    }
    with acting():
        following = ahead(series, sessions_of(series)[0].starts_at, then)
        assert len(following.appointments) == 4
        if change == "cancel":
            service.cancel_following(series, following.point, by=practice.dana, now=then)
        else:
            plan = planning(TUESDAY + timedelta(days=2), time(11), count=6, is_joint=True)
            move(following, plan, now=then, without=5)
    assert fingerprint(owner, then) == before
    with acting():
        assert db.session.scalar(text("SELECT count(*) FROM appointment WHERE state = 'confirmed'")) == (
            2 if change == "cancel" else 5
        )


def test_those_that_follow_go_on_as_a_new_series_under_their_own_names(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning())
        first, *names = [each.id for each in sessions_of(series)]
        plan = planning(TUESDAY + WEEK + timedelta(days=1), time(10), count=3)
        following = ahead(series, at(15, 0, TUESDAY + WEEK))
        moved = move(following, plan)
    with acting():
        old, new = db.session.get_one(Series, series), db.session.get_one(Series, moved)
        assert (old.ends_before, new.follows_id) == (at(15, 0, TUESDAY + WEEK), old.id)
        assert [each.id for each in sessions_of(series)] == [first]
        made = sessions_of(moved)
        assert [each.id for each in made] == names
        assert [each.starts_at for each in made] == plan.recurrence.starts()
        assert [each.occurs_at for each in made] == plan.recurrence.starts()
        assert {each.sequence for each in made} == {1}
        assert said() == {("series.booked", "queued"): 1, ("series.changed", "queued"): 1}
        kinds = select(AppointmentEvent.kind).where(AppointmentEvent.appointment_id == names[0])
        assert [*db.session.scalars(kinds.order_by(AppointmentEvent.id))] == ["booked", "moved"]


def test_a_series_moves_by_a_week_into_its_own_old_times(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning(modality="office"))
        plan = planning(TUESDAY + WEEK, modality="office")
        following = ahead(series, sessions_of(series)[0].starts_at, NOW)
        moved = move(following, plan)
    with acting():
        assert [each.starts_at for each in sessions_of(moved)] == plan.recurrence.starts()


def test_one_that_was_cancelled_or_left_out_before_does_not_come_back(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning())
        booking.cancel(sessions_of(series)[1], by=practice.alice, now=NOW)
        plan = planning(TUESDAY, time(10))
        following = ahead(series, plan.recurrence.starts()[0] + timedelta(hours=5), NOW)
        assert [*sorted(following.appointments)] == [0, 2, 3]
        moved = move(following, plan)
        starts = plan.recurrence.starts()
        assert [each.starts_at for each in sessions_of(moved)] == [starts[0], starts[2], starts[3]]


def test_a_move_that_meets_another_session_changes_nothing(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    blocked = TUESDAY + WEEK
    with acting():
        series = begin(planning())
        booking.book(wishing(at(10, 0, blocked)), [practice.bob_client], by=practice.dana, now=NOW)
    with acting():
        plan = planning(TUESDAY, time(10))
        following = ahead(series, at(15, 0, TUESDAY), NOW)
        with pytest.raises(OccurrenceTakenError) as refusal:
            move(following, plan)
        assert refusal.value.starts_at == at(10, 0, blocked)
    with acting():
        assert [each.starts_at for each in sessions_of(series)] == planning().recurrence.starts()
        assert db.session.get_one(Series, series).ended_at is None


def test_a_page_that_is_older_than_the_series_is_refused(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning())
        plan = planning(TUESDAY, time(10))
        point = at(15, 0, TUESDAY)
        chosen = {number: plan.recurrence.starts()[number] for number in ahead(series, point).appointments}
        booking.cancel(sessions_of(series)[1], by=practice.alice, now=NOW)
    with acting(), pytest.raises(SeriesChangedError):
        service.move_following(series, point, planning(TUESDAY, time(10)), chosen, by=practice.dana, now=NOW)
    with acting():
        assert service.cancel_following(series, point, by=practice.dana, now=NOW) == 3
    with acting(), pytest.raises(SeriesEndedError):
        service.cancel_following(series, point, by=practice.dana, now=NOW)


def test_cancelling_all_that_follow_tells_each_client_once_and_costs_nobody(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    then = at(14, 50, TUESDAY)  # within the window in which a client would be late
    with acting():
        series = begin(planning(is_joint=True))
    with acting():
        assert service.cancel_following(series, at(15, 0, TUESDAY), by=practice.dana, now=then) == 4
    with acting():
        assert {(each.state, each.is_late) for each in sessions_of(series)} == {("cancelled", False)}
        assert db.session.scalar(text("SELECT count(*) FROM claim")) == 0
        assert said() == {("series.booked", "queued"): 2, ("series.cancelled", "queued"): 2}


@pytest.mark.parametrize("what", ["move", "cancel"])
@pytest.mark.parametrize(("by", "told"), [("desk", 1), ("dana", 0)])
def test_who_gives_it_is_told_of_what_others_change_at_short_notice(
    acting: Acting, practice: Practice, planning: Planning, what: str, by: str, told: int
) -> None:
    """Of the first one alone, which was to be in ten minutes; the others are days away."""
    then, point, desk = at(14, 50, TUESDAY), at(15, 0, TUESDAY), getattr(practice, by)
    with acting():
        series = begin(planning())
    with acting():
        if what == "cancel":
            service.cancel_following(series, point, by=desk, now=then)
        else:
            plan = planning(TUESDAY + timedelta(days=2))
            chosen = dict[int, datetime | None](enumerate(plan.recurrence.starts()))
            service.move_following(series, point, plan, chosen, by=desk, now=then)
        alerts = select(OutboxMessage.recipient_id).where(OutboxMessage.kind == "booking.staff.changed")
        assert [*db.session.scalars(alerts)] == [practice.dana] * told


def test_who_ends_it_lets_the_database_look_at_its_key(acting: Acting, planning: Planning, owner: Owner) -> None:
    """A session that is moved holds its own row and looks at the series: to let it wait for us would stop both."""
    with acting():
        series = begin(planning())
    with acting():
        queries.locked(series)
        owner.execute("SELECT FROM series WHERE id = %s FOR KEY SHARE NOWAIT", (series,))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            owner.execute("SELECT FROM series WHERE id = %s FOR UPDATE NOWAIT", (series,))


def test_a_moved_series_tells_each_once_also_of_one_that_is_left_out(
    acting: Acting, practice: Practice, planning: Planning
) -> None:
    with acting():
        series = begin(planning())
        move(ahead(series, at(15, 0, TUESDAY)), planning(TUESDAY, time(10)), without=1)
        assert said() == {("series.booked", "queued"): 1, ("series.changed", "queued"): 1}


def test_a_moved_series_leaves_no_stale_reminder(acting: Acting, practice: Practice, planning: Planning) -> None:
    point, day_before = at(15, 0, TUESDAY), at(15, 0, TUESDAY) - timedelta(hours=24)
    with acting():
        series = begin(planning())
    with acting():
        assert reminders.queue_due(day_before) == 1
    with acting():
        plan = planning(TUESDAY + timedelta(days=2))
        move(ahead(series, point, day_before), plan, now=day_before)
    with acting():
        assert said()["session.reminder.24h", "skipped"] == 1
        assert reminders.queue_due(day_before + timedelta(hours=1)) == 0
    with acting():
        assert reminders.queue_due(day_before + timedelta(days=2)) == 1
        query = select(OutboxMessage.moment).where(
            OutboxMessage.kind == reminders.SESSION, OutboxMessage.state == "queued"
        )
        assert [*db.session.scalars(query)] == [at(15, 0, TUESDAY + timedelta(days=2))]


def test_each_session_is_reminded_of_a_day_before_as_any_other(acting: Acting, planning: Planning) -> None:
    with acting():
        begin(planning(is_joint=True))
    for week in range(4):
        with acting():
            assert reminders.queue_due(at(15, 0, TUESDAY + week * WEEK) - timedelta(hours=24)) == 2


def test_a_client_cancels_one_and_the_others_stay(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting():
        series = begin(planning())
        second = sessions_of(series)[1]
        late = second.starts_at - timedelta(hours=3)
        booking.cancel(second, by=practice.alice, now=late)
        assert [each.state for each in sessions_of(series)] == ["confirmed", "cancelled", "confirmed", "confirmed"]
        assert second.is_late


def test_a_therapist_sees_what_stands_and_until_when(acting: Acting, practice: Practice, planning: Planning) -> None:
    with acting():
        series = begin(planning())
        begin(planning(date(2026, 12, 2), time(10), count=2, is_joint=True))
        found = queries.standing_of(practice.alice_client, practice.dana, at(15, 1, TUESDAY))
        assert [(each.next_at, each.last_at) for each in found] == [
            (at(10, 0, date(2026, 12, 2)), at(10, 0, date(2026, 12, 9))),
            (at(15, 0, TUESDAY + WEEK), at(15, 0, TUESDAY + 3 * WEEK)),
        ]
        assert found[1].next_id == sessions_of(series)[1].id
        assert queries.standing_of(practice.alice_client, practice.erik, NOW) == []
        bobs = queries.standing_of(practice.bob_client, practice.dana, NOW)
        assert [each.series.couple_id for each in bobs] == [practice.couple]


def test_an_expired_hold_gives_way_where_it_is_in_the_way_and_stays_elsewhere(
    acting: Acting, practice: Practice, planning: Planning, wishing: Wishing
) -> None:
    with acting():
        holds.hold(wishing(at(15, 0, TUESDAY + WEEK)), holds.Browser(b"one"), now=NOW)
        stays = holds.hold(wishing(at(11, 0, TUESDAY + WEEK)), holds.Browser(b"two"), now=NOW).id
    with acting():
        begin(planning(), NOW + timedelta(minutes=11))
        left = db.session.scalars(select(Appointment.id).where(Appointment.state == "held")).all()
        assert [*left] == [stays]
