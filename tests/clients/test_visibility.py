"""Who may open whose record (R3-R6)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from clinic.clients import care, couples, queries
from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.actor import VISITOR, Actor
from tests.conftest import Acting
from tests.factories import Practice

DAY = timedelta(days=1)
ROLE = {
    "alice": "client",
    "bob": "client",
    "carol": "client",
    "dana": "therapist",
    "erik": "therapist",
    "desk": "front_desk",
    "owner": "owner",
}


def actor(practice: Practice, name: str) -> Actor:
    return Actor(person_id=getattr(practice, name), roles=frozenset({ROLE[name], "public"}))


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("alice", {"alice"}),
        ("bob", {"bob"}),
        ("carol", {"carol"}),
        ("dana", {"alice", "bob"}),
        ("erik", {"carol"}),
        ("desk", set()),
        ("owner", set()),
    ],
)
def test_record_opens_for_its_client_and_who_cares(
    practice: Practice, acting: Acting, name: str, records: set[str]
) -> None:
    with acting() as session:
        found = session.scalars(queries.visible_to(actor(practice, name), clock.now())).all()
        assert {each.id for each in found} == {getattr(practice, f"{record}_client") for record in records}
        for record in ("alice", "bob", "carol"):
            client_id = getattr(practice, f"{record}_client")
            if record in records:
                assert queries.visible_client(client_id, actor(practice, name), clock.now()).id == client_id
            else:
                with pytest.raises(NotVisibleError):
                    queries.visible_client(client_id, actor(practice, name), clock.now())


def test_missing_record_raises_what_a_foreign_one_raises(practice: Practice, acting: Acting) -> None:
    with acting():
        for name in ROLE:
            with pytest.raises(NotVisibleError):
                queries.visible_client(new_id(), actor(practice, name), clock.now())


def test_visitors_and_jobs_open_nothing(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        for somebody in (VISITOR, Actor.worker("test"), Actor(person_id=practice.dana, roles=frozenset({"owner"}))):
            assert session.scalars(queries.visible_to(somebody, clock.now())).all() == []


def test_role_counts_and_not_the_row_alone(practice: Practice, acting: Acting) -> None:
    """Somebody who no longer works as a therapist does not open records by an old relationship."""
    with acting() as session:
        former = Actor(person_id=practice.dana, roles=frozenset({"client", "public"}))
        assert session.scalars(queries.visible_to(former, clock.now())).all() == []


def test_supervisor_reads_as_long_as_it_lasts(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        now = clock.now()
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind="supervisor",
                starts_at=now - DAY,
                ends_at=now + DAY,
            )
        )
        session.flush()
        erik = actor(practice, "erik")
        assert queries.visible_client(practice.alice_client, erik, now)
        with pytest.raises(NotVisibleError):
            queries.visible_client(practice.alice_client, erik, now + DAY)
        with pytest.raises(NotVisibleError):
            queries.visible_client(practice.alice_client, erik, now - 2 * DAY)


def test_database_says_the_same_to_row_level_security(practice: Practice, acting: Acting) -> None:
    clients = (practice.alice_client, practice.bob_client, practice.carol_client)
    for name in ROLE:
        with acting(actor(practice, name)) as session:
            own = session.scalar(text("SELECT clinic_own_client()"))
            cares = [session.scalar(text("SELECT clinic_cares_for(:id)"), {"id": each}) for each in clients]
            mine = [own == each or bool(care) for each, care in zip(clients, cares, strict=True)]
            visible = {each.id for each in session.scalars(queries.visible_to(actor(practice, name), clock.now()))}
            assert mine == [each in visible for each in clients]


def test_end_of_care_and_couple_counts_from_the_next_request(practice: Practice, acting: Acting) -> None:
    with acting():
        care.hand_over(practice.alice_client, practice.erik, clock.now())
        couples.end(practice.couple, practice.bob, clock.now())
    with acting() as session:
        visible = session.scalars(queries.visible_to(actor(practice, "dana"), clock.now())).all()
        assert [each.id for each in visible] == [practice.bob_client]
        assert [each.therapist_id for each in queries.carers_of(practice.alice_client, clock.now())] == [practice.erik]
        assert [person.given_name for person in queries.therapists()] == ["Erik", "Dana"]
