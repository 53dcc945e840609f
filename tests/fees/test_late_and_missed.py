"""A late move is marked as a late cancellation is; what was agreed at booking counts; what was missed can be waived."""

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import errors
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.core import clock
from clinic.fees import queries, service, waiving
from clinic.fees.service import Paid
from clinic.practice.models import Service
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.fees.conftest import Sessions, book
from tests.fees.test_payments import Opening, Owner

WHY = "the train stood still"


@pytest.fixture
def soon(practice: Practice, acting: Acting, owner: Owner) -> UUID:
    """A session of Alice's in five hours, booked while a late change cost $50; since then the service costs $99."""
    owner.execute("UPDATE service SET late_fee_cents = 5000")
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        booked = book(practice, [practice.alice_client], hour + timedelta(hours=5))
    owner.execute("UPDATE service SET late_fee_cents = 9900, late_change_minutes = 60")
    return booked


def move(acting: Acting, practice: Practice, appointment_id: UUID, **how: bool) -> None:
    """To the same time of the next week, by Alice unless it is said otherwise."""
    with acting() as session:
        moved = session.get_one(Appointment, appointment_id)
        service = session.get_one(Service, practice.individual)
        wish = Wish(service, practice.dana, moved.starts_at + timedelta(days=7), "video", ZONE, "USD")
        by = practice.desk if how.get("is_staff") else practice.alice
        booking.move(moved, wish, by=by, now=clock.now(), **({"is_staff": True, "is_asked_for": True} | how))


def marked(owner: Owner) -> tuple[object, ...] | None:
    return owner.execute("SELECT state, is_late, late_fee_cents FROM appointment").fetchone()


def test_a_late_move_is_marked_and_stays_so_when_the_session_is_cancelled_in_time(
    soon: UUID, practice: Practice, acting: Acting, owner: Owner
) -> None:
    move(acting, practice, soon)
    assert marked(owner) == ("confirmed", True, 5000)
    with acting() as session:
        booking.cancel(session.get_one(Appointment, soon), by=practice.alice, now=clock.now())
        assert queries.due_for(session.get_one(Appointment, soon)).cents == 5000
    assert marked(owner) == ("cancelled", True, 5000)


def test_what_the_practice_moves_or_cancels_by_itself_is_never_late(
    soon: UUID, practice: Practice, acting: Acting, owner: Owner
) -> None:
    move(acting, practice, soon, is_staff=True, is_asked_for=False)
    assert marked(owner) == ("confirmed", False, 0)


def test_where_the_practice_cancels_an_earlier_late_move_costs_nothing_either(
    soon: UUID, practice: Practice, acting: Acting, owner: Owner
) -> None:
    move(acting, practice, soon)
    with acting() as session:
        booking.cancel(session.get_one(Appointment, soon), by=practice.dana, now=clock.now(), is_staff=True)
    assert marked(owner) == ("cancelled", False, 0)


def test_a_service_that_becomes_dearer_or_stricter_changes_nothing_that_is_booked(
    soon: UUID, practice: Practice, browser: Opening
) -> None:
    page = browser(practice.alice).get(f"/sessions/{soon}/cancel").text
    assert "noted as late" in page
    assert "$50" in page
    assert "$99" not in page


def test_who_asks_the_desk_is_as_late_as_who_presses(
    soon: UUID, practice: Practice, browser: Opening, owner: Owner
) -> None:
    desk, path = browser(practice.desk), f"/schedule/{soon}/cancel"
    page = desk.get(path).text
    assert "The client asked for it" in page
    assert "$50" in page
    assert desk.submit(path, is_asked_for="y").status_code == 303
    assert marked(owner) == ("cancelled", True, 5000)
    assert str(soon) in desk.get("/unpaid?what=late").text


def test_what_a_client_sends_of_who_asked_counts_for_nothing(
    soon: UUID, practice: Practice, browser: Opening, owner: Owner
) -> None:
    alice, path = browser(practice.alice), f"/sessions/{soon}/cancel"
    assert "The client asked for it" not in alice.get(path).text
    assert alice.submit(path).status_code == 303
    assert marked(owner) == ("cancelled", True, 5000)


def test_the_desk_cancels_without_a_fee_where_nobody_asked(
    soon: UUID, practice: Practice, browser: Opening, owner: Owner
) -> None:
    assert browser(practice.desk).submit(f"/schedule/{soon}/cancel").status_code == 303
    assert marked(owner) == ("cancelled", False, 0)


def test_a_session_that_was_moved_late_and_held_costs_both_until_the_late_fee_is_waived(
    soon: UUID, practice: Practice, acting: Acting, browser: Opening, owner: Owner
) -> None:
    move(acting, practice, soon)
    owner.execute("UPDATE appointment SET price_cents = 14000")
    dana, alice, path = browser(practice.dana), browser(practice.alice), f"/sessions/{soon}"
    for page in (dana.get(path).text, alice.get(path).text):
        assert "$190" in page
        assert "$50 of it may apply" in page
    assert dana.submit(f"{path}/waiver", seen="0", reason=WHY).status_code == 303
    for page in (dana.get(path).text, alice.get(path).text):
        assert "$140" in page
        assert "Waived: $50" in page
    assert (WHY in dana.get(path).text, WHY in alice.get(path).text) == (True, False)


def test_a_no_show_is_marked_and_can_be_waived(
    sessions: Sessions, practice: Practice, browser: Opening, owner: Owner
) -> None:
    desk, dana, path = browser(practice.desk), browser(practice.dana), f"/sessions/{sessions.own}"
    late = "/unpaid?what=late"
    assert str(sessions.own) not in desk.get(late).text
    assert dana.submit(f"{path}/waiver", seen="0", reason=WHY).location.endswith(path)
    assert owner.execute("SELECT count(*) FROM fee_waiver").fetchone() == (0,)
    owner.execute("UPDATE attendee SET attendance = 'absent' WHERE appointment_id = %s", (sessions.own,))
    assert "did not come" in desk.get(late).text
    assert str(sessions.own) not in desk.get("/unpaid?what=sessions").text
    assert dana.submit(f"{path}/waiver", seen="0", reason=WHY).status_code == 303
    assert str(sessions.own) not in desk.get("/unpaid").text
    assert "waived" in browser(practice.alice).get(path).text


def test_a_session_for_two_to_which_one_came_was_not_held_jointly(
    sessions: Sessions, practice: Practice, browser: Opening, owner: Owner
) -> None:
    """Staff read it; each partner reads of themself alone."""
    mark = "UPDATE attendee SET attendance = %s WHERE appointment_id = %s AND client_id = %s"
    owner.execute(mark, ("arrived", sessions.joint, practice.alice_client))
    owner.execute(mark, ("absent", sessions.joint, practice.bob_client))
    path = f"/sessions/{sessions.joint}"
    for page in (browser(practice.dana).get(path), browser(practice.desk).get(f"/schedule/{sessions.joint}")):
        assert "not held jointly" in page.text
    alice, bob = (browser(who).get(path).text for who in (practice.alice, practice.bob))
    assert ("took place" in alice, "missed" in alice, "not held jointly" in alice) == (True, False, False)
    assert ("took place" in bob, "missed" in bob, "not held jointly" in bob) == (False, True, False)


def test_the_lists_count_as_the_page_of_a_session_does(
    soon: UUID, sessions: Sessions, practice: Practice, acting: Acting, browser: Opening, owner: Owner
) -> None:
    """In SQL and in Python: held, missed, moved late, cancelled late; waived and not."""
    owner.execute("UPDATE appointment SET price_cents = 14000")
    owner.execute("UPDATE appointment SET is_late = true, late_fee_cents = 5000 WHERE id = %s", (sessions.joint,))
    owner.execute("UPDATE attendee SET attendance = 'absent' WHERE appointment_id = %s", (sessions.own,))
    with acting() as session:
        booking.cancel(session.get_one(Appointment, soon), by=practice.alice, now=clock.now())
    for waived in (None, soon, sessions.own, sessions.joint):
        if waived:
            assert browser(practice.dana).submit(f"/sessions/{waived}/waiver", seen="0", reason=WHY).status_code == 303
        with acting() as session:
            listed = session.execute(queries.unpaid(Appointment.therapist_id == practice.dana, clock.now(), None))
            counted = {appointment.id: due for appointment, due in listed}
            dues = {each.id: queries.due_for(each).cents for each in session.scalars(select(Appointment))}
            assert counted == {each: due for each, due in dues.items() if due}


def test_the_database_refuses_a_fee_without_a_late_change_and_a_window_below_nothing(soon: UUID, owner: Owner) -> None:
    for change in (
        "late_fee_cents = 100",
        "is_late = true, state = 'expired', booked_at = now()",
        "late_change_minutes = -1",
        "late_change_cents = -1",
    ):
        with pytest.raises(errors.CheckViolation):
            owner.execute(f"UPDATE appointment SET {change}")


def test_a_payment_and_a_waiver_of_one_session_wait_for_each_other(
    sessions: Sessions, practice: Practice, acting: Acting, owner: Owner
) -> None:
    """Each takes the session's row first; else both would be kept, and one would pay what was waived."""
    today = clock.now().date()

    def pay(appointment: Appointment) -> None:
        paid = Paid(practice.alice_client, "card", today)
        service.note_payment(appointment, paid, seen=0, by=practice.dana, now=clock.now())

    def waive(appointment: Appointment) -> None:
        waiving.waive(appointment, WHY, seen=0, by=practice.dana, now=clock.now())

    def take_back(appointment: Appointment) -> None:
        waiving.take_back(appointment, seen=1, by=practice.dana, now=clock.now())

    with owner.transaction():
        owner.execute("SELECT FROM appointment WHERE id = %s FOR UPDATE", (sessions.own,))
        for act in (pay, waive, take_back):
            with acting() as session:
                session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                appointment = session.get_one(Appointment, sessions.own)
                with pytest.raises(OperationalError) as refusal:
                    act(appointment)
            assert isinstance(refusal.value.orig, errors.LockNotAvailable)
