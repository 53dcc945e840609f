"""Who is found, who is made, and who gets a login."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic.accounts import people
from clinic.accounts.errors import AddressTakenError
from clinic.accounts.models import Login, Person
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from tests.conftest import Acting
from tests.factories import PASSWORD, PASSWORD_HASH, ZONE, Practice

ALICE = "alice.hart@example.org"


def test_person_is_found_by_address_and_name_and_stays_as_they_are(practice: Practice, acting: Acting) -> None:
    with acting():
        found = people.find_or_make_person(
            " ALICE.Hart@example.org", "alice", "HART ", clock.now(), zone="Asia/Tokyo", phone="999", roles=("owner",)
        )
        assert found.id == practice.alice
        assert (found.given_name, found.zone, found.phone, found.roles) == ("Alice", ZONE, None, ["client"])


def test_partner_with_the_same_mailbox_is_somebody_else(practice: Practice, acting: Acting) -> None:
    with acting():
        partner = people.find_or_make_person(ALICE, "Robert", "Hart", clock.now(), zone=ZONE)
        assert partner.id not in {practice.alice, practice.bob}
        assert partner.email == ALICE


def test_person_without_an_address_is_always_new(practice: Practice, acting: Acting) -> None:
    with acting():
        first = people.find_or_make_person(None, "Paula", "Paper", clock.now(), zone=ZONE)
        second = people.find_or_make_person(None, "Paula", "Paper", clock.now(), zone=ZONE)
        assert first.id != second.id
        assert people.login_of(first.id) is None


def test_twenty_at_once_make_one_person(practice: Practice, acting: Acting) -> None:
    def make(_: int) -> object:
        with acting():
            return people.find_or_make_person("new@example.org", "Nina", "New", clock.now(), zone=ZONE).id

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(make, range(20)))) == 1
    with acting() as session:
        assert session.scalar(select(func.count()).where(Person.email == "new@example.org")) == 1


def test_address_belongs_to_one_login(practice: Practice, acting: Acting) -> None:
    with acting():
        twin = people.find_or_make_person(ALICE, "Ally", "Hart", clock.now(), zone=ZONE)
        with pytest.raises(AddressTakenError):
            people.make_login(twin.id, PASSWORD, clock.now())
        with pytest.raises(AddressTakenError):
            people.make_login(practice.bob, PASSWORD, clock.now())


def test_database_refuses_a_second_login_with_an_address(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        twin = people.find_or_make_person(ALICE, "Ally", "Hart", clock.now(), zone=ZONE)
        now = clock.now()
        login = Login(
            person_id=twin.id, email=ALICE, password_hash=PASSWORD_HASH, password_changed_at=now, created_at=now
        )
        with pytest.raises(IntegrityError, match=r"login_email_key|uq_login_email"), session.begin_nested():
            session.add(login)


def test_contact_changes_leave_the_rest(practice: Practice, acting: Acting) -> None:
    with acting():
        people.change_contact(practice.alice, phone=" 5 ")
        assert people.person(practice.alice).phone == "5"
        people.change_contact(practice.alice, phone="", zone="Europe/Berlin")
        alice = people.person(practice.alice)
        assert (alice.phone, alice.zone, alice.given_name, alice.family_name) == (
            None,
            "Europe/Berlin",
            "Alice",
            "Hart",
        )
        with pytest.raises(ValueError, match="no such time zone"):
            people.change_contact(practice.alice, zone="Mars/Olympus")
        with pytest.raises(NotVisibleError):
            people.change_contact(new_id(), phone="5")
