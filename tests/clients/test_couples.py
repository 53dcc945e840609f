"""Couples: pending, active, ended; shared only in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import func, select

from clinic.clients import care, couples, queries, service
from clinic.clients.errors import (
    InCoupleError,
    NotInYourCareError,
    NotPendingError,
    NotYourCoupleError,
    RecordClosedError,
    SamePersonError,
)
from clinic.clients.models import CareRelationship, Client, Couple
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from tests.conftest import Acting
from tests.factories import Practice, make_client, make_person

DAY = timedelta(days=1)
Owner = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def pair(practice: Practice, acting: Acting) -> tuple[UUID, UUID]:
    """Two more clients of Dana's."""
    with acting() as session:
        now = clock.now()
        clients = [
            make_client(session, make_person(session, given, "Adler", ["client"], now), practice.dana, now)
            for given in ("Eve", "Finn")
        ]
    return clients[0], clients[1]


def actor(person_id: UUID, *roles: str) -> Actor:
    return Actor(person_id=person_id, roles=frozenset(roles))


def sees(couple_id: UUID, who: Actor) -> bool:
    try:
        return queries.visible_couple(couple_id, who, clock.now()).id == couple_id
    except NotVisibleError:
        return False


def test_couple_waits_shares_and_ends(practice: Practice, pair: tuple[UUID, UUID], acting: Acting) -> None:
    eve, finn = pair
    with acting():
        couple = couples.link(eve, finn, practice.dana, clock.now())
        couple_id = couple.id
        assert couple.state == "pending"
        assert queries.active_couple_of(eve) is None
        waiting = queries.open_couple_of(finn)
        assert waiting is not None
        couples.activate(couple_id, practice.dana, clock.now())
        active = queries.active_couple_of(eve)
        assert active is not None
        assert {member.client_id for member in active.members} == {eve, finn}
    with acting() as session:
        person = session.get_one(Client, eve).person_id
        couples.end(couple_id, person, clock.now())
        assert queries.open_couple_of(eve) is None
        assert queries.open_couple_of(finn) is None
        couples.end(couple_id, person, clock.now() + DAY)
        ended = session.get_one(Couple, couple_id, populate_existing=True)
        assert ended.ended_at is not None
        assert ended.ended_at < clock.now()


@pytest.mark.parametrize("who", ["alice", "bob", "dana"])
def test_either_partner_or_the_therapist_ends_it(practice: Practice, acting: Acting, who: str) -> None:
    with acting() as session:
        couples.end(practice.couple, getattr(practice, who), clock.now())
        assert session.get_one(Couple, practice.couple).state == "ended"


def test_who_ends_it_lets_the_database_look_at_its_key(practice: Practice, acting: Acting, owner: Owner) -> None:
    """Who moves a session of theirs holds its row and looks at couple and client: to let them wait could stop both."""
    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
        service.locked(practice.alice_client)
        for table, key in (("couple", practice.couple), ("client", practice.alice_client)):
            owner.execute(f"SELECT FROM {table} WHERE id = %s FOR KEY SHARE NOWAIT".encode(), (key,))
            with pytest.raises(errors.LockNotAvailable):
                owner.execute(f"SELECT FROM {table} WHERE id = %s FOR SHARE NOWAIT".encode(), (key,))


@pytest.mark.parametrize("who", ["carol", "erik", "desk", "owner"])
def test_nobody_else_ends_or_activates_it(practice: Practice, acting: Acting, who: str) -> None:
    with acting() as session:
        for act in (couples.end, couples.activate):
            with pytest.raises(NotYourCoupleError):
                act(practice.couple, getattr(practice, who), clock.now())
        assert session.get_one(Couple, practice.couple).state == "active"


def test_ended_couple_is_not_activated_again_but_can_be_linked_anew(practice: Practice, acting: Acting) -> None:
    with acting():
        couples.end(practice.couple, practice.alice, clock.now())
        with pytest.raises(NotPendingError):
            couples.activate(practice.couple, practice.dana, clock.now())
        again = couples.link(practice.alice_client, practice.bob_client, practice.dana, clock.now())
        assert (again.state, again.id != practice.couple) == ("pending", True)


def test_client_is_in_one_couple_at_a_time(practice: Practice, pair: tuple[UUID, UUID], acting: Acting) -> None:
    eve, finn = pair
    with acting():
        with pytest.raises(InCoupleError):
            couples.link(eve, practice.alice_client, practice.dana, clock.now())
        couples.link(eve, finn, practice.dana, clock.now())
        with pytest.raises(InCoupleError):
            couples.link(finn, eve, practice.dana, clock.now())
        with pytest.raises(SamePersonError):
            couples.link(eve, eve, practice.dana, clock.now())
        with pytest.raises(NotVisibleError):
            couples.link(eve, new_id(), practice.dana, clock.now())


def test_linking_needs_both_in_the_therapists_care(practice: Practice, pair: tuple[UUID, UUID], acting: Acting) -> None:
    eve, finn = pair
    with acting() as session:
        now = clock.now()
        with pytest.raises(NotInYourCareError):
            couples.link(eve, practice.carol_client, practice.dana, now)
        with pytest.raises(NotInYourCareError):
            couples.link(eve, finn, practice.erik, now)
        session.add_all(
            CareRelationship(client_id=each, therapist_id=practice.erik, kind="supervisor", starts_at=now)
            for each in (eve, finn)
        )
        session.flush()
        with pytest.raises(NotInYourCareError):
            couples.link(eve, finn, practice.erik, now)
        service.close(eve, now)
        with pytest.raises(RecordClosedError):
            couples.link(eve, finn, practice.dana, now)


def test_twenty_links_at_once_make_one_couple(practice: Practice, pair: tuple[UUID, UUID], acting: Acting) -> None:
    def link(number: int) -> bool:
        try:
            with acting():
                couples.link(*(pair if number % 2 else pair[::-1]), practice.dana, clock.now())
        except InCoupleError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(link, range(20))) == 1
    with acting() as session:
        assert session.scalar(select(func.count()).where(Couple.state == "pending")) == 1


def test_joint_record_opens_for_partners_while_active_only(
    practice: Practice, pair: tuple[UUID, UUID], acting: Acting
) -> None:
    alice, bob = actor(practice.alice, "client"), actor(practice.bob, "client")
    with acting() as session:
        assert (sees(practice.couple, alice), sees(practice.couple, bob)) == (True, True)
        for stranger in (
            actor(practice.carol, "client"),
            actor(practice.erik, "therapist"),
            actor(practice.desk, "front_desk"),
            actor(practice.owner, "owner"),
            Actor(roles=frozenset({"public"})),
        ):
            assert not sees(practice.couple, stranger)
        couples.end(practice.couple, practice.alice, clock.now())
        assert (sees(practice.couple, alice), sees(practice.couple, bob)) == (False, False)
        assert sees(practice.couple, actor(practice.dana, "therapist")), "to read, for who cares for both"
        pending = couples.link(*pair, practice.dana, clock.now())
        eve = actor(session.get_one(Client, pair[0]).person_id, "client")
        assert not sees(pending.id, eve)
        assert sees(pending.id, actor(practice.dana, "therapist"))


def test_therapist_of_one_partner_alone_does_not_open_the_joint_record(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        care.add_cover(practice.alice_client, practice.erik, now - DAY, now + DAY, now)
        assert not sees(practice.couple, actor(practice.erik, "therapist"))
        care.add_cover(practice.bob_client, practice.erik, now - DAY, now + DAY, now)
        assert sees(practice.couple, actor(practice.erik, "therapist"))


def test_missing_couple_is_not_visible(practice: Practice, acting: Acting) -> None:
    with acting():
        for act in (couples.end, couples.activate):
            with pytest.raises(NotVisibleError):
                act(new_id(), practice.dana, clock.now())
