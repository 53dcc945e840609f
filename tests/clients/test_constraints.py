"""What must never happen, the database itself refuses, whatever the code does."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember, Episode
from clinic.core import clock
from clinic.core.ids import new_id
from tests.conftest import Acting
from tests.factories import Practice

DAY = timedelta(days=1)
Act = Callable[[Session, Practice], None]


def two_primaries(session: Session, cast: Practice) -> None:
    row = CareRelationship(
        client_id=cast.alice_client, therapist_id=cast.erik, kind="primary", starts_at=clock.now() + DAY
    )
    session.add(row)


def cover_without_end(session: Session, cast: Practice) -> None:
    session.add(
        CareRelationship(client_id=cast.alice_client, therapist_id=cast.erik, kind="cover", starts_at=clock.now())
    )


def cover_backwards(session: Session, cast: Practice) -> None:
    now = clock.now()
    session.add(
        CareRelationship(client_id=cast.alice_client, therapist_id=cast.erik, kind="cover", starts_at=now, ends_at=now)
    )


def two_open_episodes(session: Session, cast: Practice) -> None:
    session.add(Episode(client_id=cast.alice_client, opened_at=clock.now()))


def closed_without_a_moment(session: Session, cast: Practice) -> None:
    session.get_one(Client, cast.alice_client).state = "closed"


def open_with_a_closing_moment(session: Session, cast: Practice) -> None:
    session.get_one(Client, cast.alice_client).closed_at = clock.now()


def unknown_state(session: Session, cast: Practice) -> None:
    session.get_one(Client, cast.alice_client).state = "sleeping"


def two_records_of_one_person(session: Session, cast: Practice) -> None:
    session.add(Client(person_id=cast.alice, state="enquiry", created_at=clock.now()))


def third_member(session: Session, cast: Practice) -> None:
    session.add(CoupleMember(couple_id=cast.couple, client_id=cast.carol_client, place=3))


def third_member_in_a_place_of_the_two(session: Session, cast: Practice) -> None:
    session.add(CoupleMember(couple_id=cast.couple, client_id=cast.carol_client, place=2))


def two_open_couples(session: Session, cast: Practice) -> None:
    couple = Couple(id=new_id(), state="pending", therapist_id=cast.dana, linked_at=clock.now())
    session.add(couple)
    session.flush()
    for place, client in ((1, cast.carol_client), (2, cast.alice_client)):
        session.add(CoupleMember(couple_id=couple.id, client_id=client, place=place))


def couple_of_one(session: Session, cast: Practice) -> None:
    couple = Couple(id=new_id(), state="pending", therapist_id=cast.erik, linked_at=clock.now())
    session.add(couple)
    session.flush()
    session.add(CoupleMember(couple_id=couple.id, client_id=cast.carol_client, place=1))


def one_leaves_alone(session: Session, cast: Practice) -> None:
    session.get_one(CoupleMember, (cast.couple, cast.alice_client)).left_at = clock.now()


def ended_with_open_members(session: Session, cast: Practice) -> None:
    couple = session.get_one(Couple, cast.couple)
    couple.state, couple.ended_at = "ended", clock.now()


def ended_without_a_moment(session: Session, cast: Practice) -> None:
    session.get_one(Couple, cast.couple).state = "ended"


def active_without_a_moment(session: Session, cast: Practice) -> None:
    session.get_one(Couple, cast.couple).activated_at = None


@pytest.mark.parametrize(
    ("act", "constraint"),
    [
        (two_primaries, "care_relationship_one_primary"),
        (cover_without_end, "ck_care_relationship_cover_ends"),
        (cover_backwards, "ck_care_relationship_ends_at"),
        (two_open_episodes, "uq_episode_open"),
        (closed_without_a_moment, "ck_client_closed_at"),
        (open_with_a_closing_moment, "ck_client_closed_at"),
        (unknown_state, "ck_client_state"),
        (two_records_of_one_person, "uq_client_person_id"),
        (third_member, "ck_couple_member_place"),
        (third_member_in_a_place_of_the_two, "uq_couple_member_couple_id_place"),
        (two_open_couples, "uq_couple_member_open"),
        (couple_of_one, "couple_of_two"),
        (one_leaves_alone, "couple_of_two"),
        (ended_with_open_members, "couple_of_two"),
        (ended_without_a_moment, "ck_couple_ended_at"),
        (active_without_a_moment, "ck_couple_activated_at"),
    ],
)
def test_database_refuses(practice: Practice, acting: Acting, act: Act, constraint: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        _commit(acting, act, practice)
    diagnostics = getattr(caught.value.orig, "diag", None)
    assert diagnostics is not None
    assert diagnostics.constraint_name == constraint


def _commit(acting: Acting, act: Act, practice: Practice) -> None:
    with acting() as session:
        act(session, practice)


def test_pages_may_not_delete_what_a_record_is_made_of(practice: Practice, acting: Acting) -> None:
    for table in ("client", "episode", "care_relationship", "couple", "couple_member", "person", "login", "sign_in"):
        with acting() as session:
            allowed = session.scalar(text(f"SELECT has_table_privilege('clinic_web', '{table}', 'DELETE')"))
            assert allowed is False
