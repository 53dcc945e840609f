"""Times that nobody took are given back by a job; who types slowly keeps what they typed a little longer."""

from datetime import timedelta

from sqlalchemy import func, select, text

from clinic.booking import expiry, holds, service
from clinic.booking.holds import Browser
from clinic.booking.models import Appointment, Claim, VisitorDetails
from clinic.booking.rules import GRACE, HOLD
from clinic.booking.visitors import save_details
from clinic.database.session import db
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import Practice


def test_a_hold_and_what_was_typed_go_after_the_grace(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), Browser(b"one"), now=NOW)
        typed = dict.fromkeys(("given_name", "family_name", "email", "phone", "zone"), "x")
        save_details(VisitorDetails(appointment_id=held.id, is_mailbox_shared=False, **typed))
        assert expiry.expire_due(NOW + HOLD + GRACE - timedelta(seconds=1)) == 0
        assert expiry.expire_due(NOW + HOLD + GRACE) == 1
        for table in (Appointment, Claim, VisitorDetails):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_booking_another_time_leaves_a_slow_typist_alone_until_the_grace_is_over(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        slow, ran_out = Browser(b"slow"), NOW + HOLD
        held = holds.hold(wishing(at(10)), slow, now=NOW)
        service.book(wishing(at(14)), [practice.carol_client], by=practice.dana, now=ran_out)
        assert holds.find_hold(slow) == held
        service.book(wishing(at(15)), [practice.carol_client], by=practice.dana, now=ran_out + GRACE)
        assert holds.find_hold(slow) is None


def test_holding_again_what_ran_out_keeps_what_was_typed(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        held = holds.hold(wishing(at(10)), Browser(b"slow"), now=NOW)
        assert holds.hold(wishing(at(10)), Browser(b"slow"), now=NOW + HOLD) is held


def test_a_request_ends_when_its_time_is_over(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        session.execute(text("UPDATE service SET approval = 'on_request'"))
        wish = wishing(at(10))
        asked = service.confirm(
            holds.hold(wish, Browser(b"one"), now=NOW), [practice.alice_client], by=practice.alice, now=NOW
        )
        assert expiry.expire_due(at(10) - timedelta(seconds=1)) == 0
        assert expiry.expire_due(at(10)) == 1
        session.refresh(asked)
        assert asked.state == "expired"
        assert expiry.expire_due(at(10)) == 0
