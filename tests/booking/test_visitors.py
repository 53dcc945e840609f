"""What booking as a visitor leaves behind, and what it does not."""

import pytest
from sqlalchemy import select

from clinic.accounts.models import Person, SignInAttempt
from clinic.booking import holds, visitors
from clinic.booking.errors import HoldExpiredError
from clinic.booking.holds import Browser
from clinic.booking.models import Appointment, VisitorDetails
from clinic.database.session import db
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import ZONE, Practice

ONE = Browser(b"one")


def held_with_details(practice: Practice, wishing: Wishing) -> tuple[Appointment, VisitorDetails]:
    """A time that Nora holds, and what she typed."""
    held = holds.hold(wishing(at(10), service=practice.first_call, modality="phone"), ONE, now=NOW)
    return held, VisitorDetails(
        appointment_id=held.id,
        given_name="Nora",
        family_name="Weiss",
        email="nora@example.org",
        phone="+12125550199",
        zone=ZONE,
        is_mailbox_shared=False,
    )


def traces() -> tuple[int, int]:
    """How many people called Nora there are, and how many bookings were counted."""
    people = db.session.scalars(select(Person).where(Person.given_name == "Nora")).all()
    return len(people), len(db.session.scalars(select(SignInAttempt)).all())


def test_a_booked_first_call_makes_a_person_and_is_counted(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        visitors.book_as_visitor(*held_with_details(practice, wishing), address="198.51.100.7", now=NOW)
        assert traces() == (1, 1)


def test_who_loses_the_race_leaves_no_trace_and_is_not_counted(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        held, details = held_with_details(practice, wishing)
        holds.release_hold(ONE)
        with pytest.raises(HoldExpiredError):
            visitors.book_as_visitor(held, details, address="198.51.100.7", now=NOW)
        assert traces() == (0, 0)
