"""A practice is opened once, and staff come in by invitation."""

import pytest
from sqlalchemy import select

from clinic.accounts.models import AccountLink, Person
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.outbox.models import OutboxMessage
from clinic.practice import service
from clinic.practice.errors import AlreadyOpenError, NameTakenError
from clinic.practice.models import Practice, Service, Therapist, TherapistService, WeeklyHours
from clinic.practice.service import Somebody
from tests.conftest import Acting

OLGA = Somebody("Olga", "Sand", "Olga@Example.org")
DANA = Somebody("Dana", "Whitfield", "dana@example.org")


def test_opening_makes_the_practice_its_services_and_invites_the_owner(acting: Acting) -> None:
    with acting() as session:
        service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
    with acting() as session:
        assert session.scalars(select(Practice.name)).one() == "Elm Street Practice"
        assert session.scalars(select(Service.slug).order_by(Service.position)).all()[0] == "first-call"
        owner = session.scalars(select(Person)).one()
        assert (owner.email, owner.roles) == ("olga@example.org", ["owner"])
        assert session.scalars(select(AccountLink.purpose)).one() == "join"
        assert session.scalars(select(OutboxMessage.kind)).one() == "account.join"


def test_opening_twice_is_refused(acting: Acting) -> None:
    with acting():
        service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
        with pytest.raises(AlreadyOpenError):
            service.open_practice("Oak Street Practice", "America/New_York", OLGA, clock.now())


def test_opening_in_a_zone_that_does_not_exist_is_refused(acting: Acting) -> None:
    with acting(), pytest.raises(ValueError, match="no such time zone"):
        service.open_practice("Elm Street Practice", "America/Elm_Street", OLGA, clock.now())


def test_a_therapist_starts_with_every_service_and_hours_on_weekdays(acting: Acting) -> None:
    with acting() as session:
        service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
        dana = service.add_staff(DANA, "therapist", clock.now())
        offered = session.scalars(select(TherapistService).where(TherapistService.therapist_id == dana.id)).all()
        assert len(offered) == len(session.scalars(select(Service)).all())
        hours = session.scalars(select(WeeklyHours.weekday).where(WeeklyHours.therapist_id == dana.id)).all()
        assert sorted(hours) == [0, 1, 2, 3, 4]
        therapist = session.scalars(select(Therapist)).one()
        assert (therapist.slug, therapist.is_listed) == ("dana-whitfield", False)


def test_an_owner_can_be_a_therapist_as_well(acting: Acting) -> None:
    with acting():
        olga = service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
        assert service.add_staff(OLGA, "therapist", clock.now()).id == olga.id
        assert olga.roles == ["owner", "therapist"]


def test_two_therapists_of_one_name_are_refused(acting: Acting) -> None:
    with acting():
        service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
        service.add_staff(DANA, "therapist", clock.now())
        with pytest.raises(NameTakenError):
            service.add_staff(Somebody("Dana", "Whitfield", "other@example.org"), "therapist", clock.now())


@pytest.mark.parametrize("role", ["client", "cook"])
def test_staff_have_a_role_of_the_staff(acting: Acting, role: str) -> None:
    with acting():
        service.open_practice("Elm Street Practice", "America/New_York", OLGA, clock.now())
        with pytest.raises(DomainError):
            service.add_staff(DANA, role, clock.now())
