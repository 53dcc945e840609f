"""Hold, book, move and cancel on the real database."""

from datetime import date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from clinic.booking import holds, placing, service
from clinic.booking.errors import (
    AlreadyBegunError,
    Alternative,
    HoldExpiredError,
    SlotTaken,
    TooManyHoldsError,
    WrongStateError,
)
from clinic.booking.holds import HOLDS_PER_ADDRESS, Browser
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.database import locks
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Room
from clinic.practice.models import Service as ServiceRow
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import Practice

TEN_MINUTES = timedelta(minutes=10)
ONE = Browser(b"one")
OTHER = Browser(b"other")


def claims() -> dict[UUID, tuple[datetime, datetime]]:
    """Every claim there is, by its resource."""
    rows = db.session.execute(select(Claim.resource, func.lower(Claim.during), func.upper(Claim.during)))
    return {resource: (start, end) for resource, start, end in rows}


def messages(state: str = "queued") -> list[str]:
    """The kinds of the messages in that state, sorted."""
    return sorted(db.session.scalars(select(OutboxMessage.kind).where(OutboxMessage.state == state)))


def found(first: UUID, second: UUID) -> tuple[Appointment, Appointment]:
    """Two appointments as they stand."""
    return db.session.get_one(Appointment, first), db.session.get_one(Appointment, second)


def events(appointment_id: UUID) -> list[tuple[str, bool]]:
    """The steps of an appointment in order, and whether each was late."""
    query = select(AppointmentEvent).where(AppointmentEvent.appointment_id == appointment_id)
    return [(each.kind, each.is_late) for each in db.session.scalars(query.order_by(AppointmentEvent.id))]


def test_a_hold_claims_the_therapist_with_buffers(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), ONE, now=NOW)
        assert (held.state, held.held_until) == ("held", NOW + TEN_MINUTES)
        assert claims() == {practice.dana: (at(10), at(11))}


def test_a_second_hold_of_a_browser_frees_the_first(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        first = holds.hold(wishing(at(10)), ONE, now=NOW)
        second = holds.hold(wishing(at(14), therapist=practice.erik), ONE, now=NOW)
        assert second.id == first.id
        assert claims() == {practice.erik: (at(14), at(15))}


def test_who_comes_too_late_is_refused_without_waiting_for_a_lock(
    acting: Acting, practice: Practice, wishing: Wishing, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    with acting():
        holds.hold(wishing(at(10)), ONE, now=NOW)
    with owner.transaction(), acting() as session:
        owner.execute("SELECT pg_advisory_xact_lock(%s)", (locks.lock_key(practice.dana),))
        session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(SlotTaken) as refused:
            holds.hold(wishing(at(10)), OTHER, now=NOW)
    assert len(refused.value.nearest) == 3


@pytest.mark.parametrize("is_held_again", [True, False])
def test_a_hold_of_one_person_that_another_takes_over_leaves_the_first_outside(
    acting: Acting, practice: Practice, wishing: Wishing, is_held_again: bool
) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), ONE, now=NOW, by=practice.alice, client_ids=[practice.alice_client])
        if is_held_again:
            held = holds.hold(wishing(at(10)), ONE, now=NOW)
            assert placing.attending(held.id) == []
        booked = service.confirm(held, [practice.carol_client], by=None, now=NOW)
        assert placing.attending(booked.id) == [practice.carol_client]
        assert claims() == {practice.dana: (at(10), at(11)), practice.carol_client: (at(10), at(10, 50))}


def test_a_refused_hold_keeps_the_earlier_one(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        holds.hold(wishing(at(14)), OTHER, now=NOW)
        holds.hold(wishing(at(10)), ONE, now=NOW)
        with pytest.raises(SlotTaken):
            holds.hold(wishing(at(14)), ONE, now=NOW)
        assert sorted(start for start, _ in db.session.execute(select(func.lower(Claim.during), Claim.kind))) == [
            at(10),
            at(14),
        ]


def test_a_taken_slot_names_the_three_nearest(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        holds.hold(wishing(at(10)), OTHER, now=NOW)
        with pytest.raises(SlotTaken) as refused:
            holds.hold(wishing(at(10, 15), others=(practice.erik,)), ONE, now=NOW)
        assert refused.value.nearest == [
            Alternative(at(10), practice.erik),
            Alternative(at(10, 15), practice.erik),
            Alternative(at(10, 30), practice.erik),
        ]


def test_what_a_browser_holds_is_among_its_alternatives(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        holds.hold(wishing(at(11)), OTHER, now=NOW)
        holds.hold(wishing(at(10)), ONE, now=NOW)
        with pytest.raises(SlotTaken) as refused:
            holds.hold(wishing(at(11)), ONE, now=NOW)
        assert [each.starts_at for each in refused.value.nearest] == [at(9, 45), at(10), at(12)]


@pytest.mark.parametrize(
    "wanted", [at(8), at(16, 30), at(10, 5), NOW + timedelta(hours=23), at(10, day=date(2026, 11, 28))]
)
def test_a_start_that_is_not_offered_is_refused(
    acting: Acting, practice: Practice, wishing: Wishing, wanted: datetime
) -> None:
    with acting(), pytest.raises(SlotTaken):
        holds.hold(wishing(wanted), ONE, now=NOW)


def test_an_expired_hold_gives_way_to_the_next(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        holds.hold(wishing(at(10)), ONE, now=NOW)
        with pytest.raises(SlotTaken):
            holds.hold(wishing(at(10)), OTHER, now=NOW + TEN_MINUTES - timedelta(seconds=1))
        holds.hold(wishing(at(10)), OTHER, now=NOW + TEN_MINUTES)
        assert holds.find_hold(ONE) is None


def test_an_expired_hold_that_nobody_took_can_still_be_confirmed(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), ONE, now=NOW)
        booked = service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW + TEN_MINUTES * 2)
        assert booked.state == "confirmed"


def test_a_hold_that_was_taken_cannot_be_confirmed(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), ONE, now=NOW)
        holds.hold(wishing(at(10)), OTHER, now=NOW + TEN_MINUTES)
        with pytest.raises(HoldExpiredError):
            service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW + TEN_MINUTES)


def test_release_hold_frees_the_time_at_once(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        holds.hold(wishing(at(10)), ONE, now=NOW)
        assert holds.release_hold(ONE)
        assert not holds.release_hold(ONE)
        assert claims() == {}


def test_one_address_holds_only_so_many(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    starts = [at(hour, day=day) for day in (date(2026, 11, 26), date(2026, 11, 27)) for hour in range(9, 16)]
    with acting():
        for count in range(HOLDS_PER_ADDRESS):
            holds.hold(wishing(starts[count]), Browser(bytes([count]), b"home"), now=NOW)
        with pytest.raises(TooManyHoldsError):
            holds.hold(wishing(starts[HOLDS_PER_ADDRESS]), Browser(b"more", b"home"), now=NOW)
        holds.hold(wishing(starts[HOLDS_PER_ADDRESS]), Browser(b"more", b"elsewhere"), now=NOW)


def test_confirm_claims_the_client_without_buffers_and_tells_them(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), ONE, now=NOW)
        booked = service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW)
        assert claims() == {practice.dana: (at(10), at(11)), practice.alice_client: (at(10), at(10, 50))}
        assert events(booked.id) == [("booked", False)]
        assert messages() == ["booking.confirmed"]


def test_a_service_on_request_waits_and_keeps_its_time(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        db.session.get_one(ServiceRow, practice.individual).approval = "on_request"
        held = holds.hold(wishing(at(10)), ONE, now=NOW)
        asked = service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW)
        assert (asked.state, asked.held_until) == ("requested", at(10))
        assert events(asked.id) == [("requested", False)]
        assert messages() == ["booking.requested", "booking.staff.requested"]


def test_an_expired_request_gives_way_and_says_so_in_its_history(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        db.session.get_one(ServiceRow, practice.individual).approval = "on_request"
        wish = wishing(at(10, day=date(2026, 12, 10)))
        asked = service.confirm(holds.hold(wish, ONE, now=NOW), [practice.alice_client], by=practice.alice, now=NOW)
        holds.hold(wish, OTHER, now=NOW + timedelta(days=2))
        db.session.refresh(asked)
        assert asked.state == "expired"
        assert events(asked.id) == [("requested", False), ("expired", False)]


def test_a_client_is_in_one_session_at_a_time(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        with pytest.raises(SlotTaken):
            service.book(
                wishing(at(10, 30), therapist=practice.erik), [practice.alice_client], by=practice.erik, now=NOW
            )
        # Their own session ends at 10:50; the buffer is the therapist's, not theirs.
        service.book(wishing(at(10, 50), therapist=practice.erik), [practice.alice_client], by=practice.erik, now=NOW)


def test_an_office_session_claims_a_room_and_needs_a_free_one(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        first = service.book(wishing(at(10), modality="office"), [practice.alice_client], by=practice.dana, now=NOW)
        assert first.room_id == practice.room
        erik = wishing(at(10), therapist=practice.erik, modality="office")
        with pytest.raises(SlotTaken) as refused:
            service.book(erik, [practice.carol_client], by=practice.erik, now=NOW)
        assert [each.starts_at for each in refused.value.nearest] == [at(9), at(11), at(11, 15)]
        db.session.add(Room(name="Room 3"))
        db.session.flush()
        assert service.book(erik, [practice.carol_client], by=practice.erik, now=NOW).room_id != practice.room


def test_staff_book_a_couple_with_both_as_attendees(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(at(10), service=practice.couple_session)
        booked = service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
        assert sorted(placing.attending(booked.id)) == sorted(both)
        assert claims() == {
            practice.dana: (at(10), at(11, 30)),
            practice.alice_client: (at(10), at(11, 20)),
            practice.bob_client: (at(10), at(11, 20)),
        }
        assert messages() == ["booking.confirmed"] * 2


def test_a_daily_cap_counts_holds_and_sessions_of_the_day(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        db.session.get_one(ServiceRow, practice.individual).daily_cap = 2
        service.book(wishing(at(9)), [practice.alice_client], by=practice.dana, now=NOW)
        holds.hold(wishing(at(11)), ONE, now=NOW)
        with pytest.raises(SlotTaken) as refused:
            holds.hold(wishing(at(14)), OTHER, now=NOW)
        assert {each.starts_at.date() for each in refused.value.nearest} == {date(2026, 11, 27)}
        # Choosing another time that day is no second session.
        holds.hold(wishing(at(15)), ONE, now=NOW)


def test_a_hold_that_ran_out_fills_no_day(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        db.session.get_one(ServiceRow, practice.individual).daily_cap = 1
        holds.hold(wishing(at(11)), ONE, now=NOW)
        with pytest.raises(SlotTaken):
            holds.hold(wishing(at(14)), OTHER, now=NOW + TEN_MINUTES - timedelta(seconds=1))
        holds.hold(wishing(at(14)), OTHER, now=NOW + TEN_MINUTES)


def test_move_may_overlap_its_own_old_time(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10), modality="office"), [practice.alice_client], by=practice.dana, now=NOW)
        moved = service.move(booked, wishing(at(10, 15), modality="office"), by=practice.alice, now=NOW)
        assert (moved.id, moved.starts_at, moved.ends_at, moved.sequence) == (booked.id, at(10, 15), at(11, 5), 1)
        assert claims() == {
            practice.dana: (at(10, 15), at(11, 15)),
            practice.room: (at(10, 15), at(11, 15)),
            practice.alice_client: (at(10, 15), at(11, 5)),
        }
        assert events(booked.id) == [("booked", False), ("moved", False)]
        assert messages() == ["booking.moved"]
        assert messages("skipped") == ["booking.confirmed"]


def test_a_move_to_a_taken_time_keeps_the_old_one(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        service.book(wishing(at(14)), [practice.carol_client], by=practice.dana, now=NOW)
        with pytest.raises(SlotTaken):
            service.move(booked, wishing(at(14)), by=practice.alice, now=NOW)
        db.session.refresh(booked)
        assert booked.starts_at == at(10)
        assert claims()[practice.alice_client] == (at(10), at(10, 50))


def test_a_move_away_and_back_is_told_each_time(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        for start in (at(14), at(10), at(14)):
            booked = service.move(booked, wishing(start), by=practice.alice, now=NOW)
        assert messages() == ["booking.moved"]
        assert messages("skipped").count("booking.moved") == 2


def test_a_move_inside_the_window_is_noted_as_late(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        tomorrow = wishing(at(10, day=date(2026, 11, 30)))
        service.move(booked, tomorrow, by=practice.alice, now=at(10) - timedelta(hours=24) + timedelta(seconds=1))
        assert events(booked.id) == [("booked", False), ("moved", True)]


def test_the_practice_is_never_late(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        late = at(10) - timedelta(hours=1)
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        booked = service.move(booked, wishing(at(11)), by=practice.dana, now=late, is_staff=True)
        assert service.cancel(booked, by=practice.dana, now=late, is_staff=True).is_late is False
        assert events(booked.id) == [("booked", False), ("moved", False), ("cancelled", False)]


def test_cancel_frees_the_time_and_keeps_the_row(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        service.cancel(booked, by=practice.alice, now=NOW)
        assert (booked.state, booked.is_late, booked.cancelled_by) == ("cancelled", False, practice.alice)
        assert claims() == {}
        assert events(booked.id) == [("booked", False), ("cancelled", False)]
        assert messages() == ["booking.cancelled"]
        assert messages("skipped") == ["booking.confirmed"]
        holds.hold(wishing(at(10)), ONE, now=NOW)


@pytest.mark.parametrize(
    ("now", "is_late"),
    [
        # Sunday's clock change lies in between: 24 elapsed hours before 10:00 EST it is 11:00 EDT.
        (at(11, day=date(2026, 10, 31)), False),
        (at(11, day=date(2026, 10, 31)) + timedelta(seconds=1), True),
    ],
)
def test_cancel_is_late_by_elapsed_hours_across_a_clock_change(
    acting: Acting, practice: Practice, wishing: Wishing, now: datetime, is_late: bool
) -> None:
    with acting():
        wish = wishing(at(10, day=date(2026, 11, 1)))
        booked = service.book(wish, [practice.alice_client], by=practice.dana, now=now)
        assert service.cancel(booked, by=practice.alice, now=now).is_late is is_late


def test_nothing_changes_from_the_start_on(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        with pytest.raises(AlreadyBegunError):
            service.cancel(booked, by=practice.alice, now=at(10))
        with pytest.raises(AlreadyBegunError):
            service.move(booked, wishing(at(14)), by=practice.dana, now=at(10), is_staff=True)


def test_a_cancelled_appointment_cannot_be_cancelled_or_moved(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        service.cancel(booked, by=practice.alice, now=NOW)
        with pytest.raises(WrongStateError):
            service.cancel(booked, by=practice.alice, now=NOW)
        with pytest.raises(WrongStateError):
            service.move(booked, wishing(at(14)), by=practice.alice, now=NOW)


def test_the_fee_agreed_with_a_client_is_the_price(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.execute(text("UPDATE client SET fee_cents = 9000 WHERE id = :id"), {"id": practice.alice_client})
        wish = wishing(at(10))
        booked = service.book(wish, [practice.alice_client], by=practice.dana, now=NOW)
        assert booked.price_cents == 9000
        held = holds.hold(wishing(at(14)), ONE, now=NOW)
        assert service.confirm(held, [practice.alice_client], by=practice.alice, now=NOW).price_cents == 9000


def test_records_entered_later_send_nothing(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        service.book(
            wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW - timedelta(days=90), is_told=False
        )
        assert messages() == []


@pytest.mark.parametrize(
    "breach",
    [
        "DELETE FROM claim WHERE kind = 'client'",
        "UPDATE claim SET during = tstzrange(upper(during), upper(during) + '1 hour') WHERE kind = 'therapist'",
        "UPDATE appointment SET ends_at = ends_at + interval '1 hour', sequence = 9",
        "DELETE FROM attendee",
    ],
)
def test_the_database_refuses_an_appointment_that_its_claims_do_not_cover(
    acting: Acting, practice: Practice, wishing: Wishing, breach: str
) -> None:
    with acting():
        service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
    with pytest.raises(IntegrityError, match="do not match"), acting() as session:
        session.execute(text(breach))


def test_the_database_refuses_a_claim_of_a_cancelled_appointment(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        service.cancel(booked, by=practice.alice, now=NOW)
    with pytest.raises(IntegrityError, match="do not match"), acting() as session:
        session.execute(
            text(
                "INSERT INTO claim SELECT id, therapist_id, 'therapist', tstzrange(starts_at, ends_at) FROM appointment"
            )
        )


def test_the_history_of_an_appointment_cannot_be_rewritten(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
    with pytest.raises(Exception, match=r"permission denied|append-only"), acting() as session:
        session.execute(text("UPDATE appointment_event SET is_late = true"))


def test_two_sessions_change_places_and_each_client_is_told_once(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10), modality="office"), [practice.alice_client], by=None, now=NOW)
        second = service.book(wishing(at(14)), [practice.carol_client], by=None, now=NOW).id
        first, room = booked.id, booked.room_id
    with acting():
        service.swap(*found(second, first), by=practice.dana, now=NOW)
    with acting():
        assert {each.id: each.starts_at for each in db.session.scalars(select(Appointment))} == {
            first: at(14),
            second: at(10),
        }
        assert db.session.get_one(Appointment, first).room_id == room
        of_clients = {each: claims()[each] for each in (practice.alice_client, practice.carol_client)}
        assert of_clients == {
            practice.alice_client: (at(14), at(14, 50)),
            practice.carol_client: (at(10), at(10, 50)),
        }
        assert events(first) == events(second) == [("booked", False), ("moved", False)]
        assert (messages(), messages("skipped")) == (["booking.moved"] * 2, ["booking.confirmed"] * 2)


def test_sessions_of_unlike_length_that_stand_side_by_side_change_places_or_nothing_changes(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        short = service.book(wishing(at(10)), [practice.carol_client], by=None, now=NOW).id
        long = service.book(
            wishing(at(11), service=practice.couple_session),
            [practice.alice_client, practice.bob_client],
            by=None,
            now=NOW,
            couple_id=practice.couple,
        ).id
        before = claims()
    with pytest.raises(SlotTaken), acting():
        service.swap(*found(short, long), by=None, now=NOW)  # eighty minutes from ten on reach beyond eleven
    with acting():
        assert (claims(), messages()) == (before, ["booking.confirmed"] * 3)


def test_a_request_one_that_has_begun_and_one_with_itself_do_not_change_places(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=None, now=NOW).id
        later = service.book(wishing(at(14)), [practice.carol_client], by=None, now=NOW).id
        db.session.get_one(ServiceRow, practice.individual).approval = "on_request"
        held = holds.hold(wishing(at(12)), ONE, now=NOW)
        asked = service.confirm(held, [practice.bob_client], by=None, now=NOW).id
    for other, now, error in (
        (booked, NOW, WrongStateError),
        (asked, NOW, WrongStateError),
        (later, at(10), AlreadyBegunError),
    ):
        with pytest.raises(error), acting():
            service.swap(*found(booked, other), by=None, now=now)
