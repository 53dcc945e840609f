"""What the practice offers is read once and kept, and nobody sees less than what was committed before."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import update

from clinic.practice import queries
from clinic.practice.catalogue import catalogue
from clinic.practice.models import Service, Therapist, TherapistService
from tests.conftest import Acting
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]


def first_call() -> Service:
    found = queries.service_called("first-call")
    assert found is not None
    return found


def minutes() -> list[int]:
    return [terms.minutes for terms in queries.terms_with(first_call(), catalogue().ways_of(first_call().id)).values()]


def names() -> list[str]:
    return [each.person.name for each in queries.therapists_offering(first_call())]


CHANGES: dict[str, tuple[str, Callable[[], object]]] = {
    "practice": ("UPDATE practice SET phone = '(212) 555-0199'", lambda: getattr(catalogue().practice, "phone", None)),
    "service": ("UPDATE service SET minutes = 25 WHERE slug = 'first-call'", lambda: first_call().minutes),
    "service taken off": (
        "UPDATE service SET is_active = false WHERE slug = 'individual-session'",
        lambda: [each.slug for each in queries.active_services()],
    ),
    "room": ("UPDATE room SET is_active = false", queries.active_rooms),
    "therapist": (
        "UPDATE therapist SET is_listed = false WHERE slug = 'dana'",
        lambda: [each.slug for each in queries.listed_therapists()],
    ),
    "who gives it": ("DELETE FROM therapist_service", names),
    "how they give it": ("UPDATE therapist_service SET minutes = 35", minutes),
    "name": ("UPDATE person SET family_name = 'Moss' WHERE given_name = 'Dana'", names),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_by_the_next_transaction(acting: Acting, practice: Practice, owner: Owner, what: str) -> None:
    statement, shown = CHANGES[what]
    with acting():
        before = shown()
    owner.execute(statement)
    with acting():
        assert shown() != before


def test_what_has_not_changed_is_not_read_again(acting: Acting, practice: Practice, statements: list[str]) -> None:
    with acting():
        names()
    statements.clear()
    with acting():
        assert len(names()) == 2
    assert len(statements) == 1  # who acts, and the stamp


def test_a_client_who_changes_their_name_changes_nothing_that_is_offered(
    acting: Acting, practice: Practice, owner: Owner
) -> None:
    before = owner.execute("SELECT version FROM catalogue").fetchone()
    owner.execute("UPDATE person SET given_name = 'Alicia' WHERE given_name = 'Alice'")
    assert owner.execute("SELECT version FROM catalogue").fetchone() == before


def test_whoever_changes_it_sees_it_and_nobody_else_before_it_is_committed(acting: Acting, practice: Practice) -> None:
    with acting():
        kept = first_call().minutes
    with acting() as session:
        for longer in (45, 55):
            session.get_one(Service, practice.first_call).minutes = longer
            assert first_call().minutes == longer
        session.rollback()
    with acting():
        assert first_call().minutes == kept


def test_what_is_taken_away_in_the_same_transaction_is_gone(acting: Acting, practice: Practice) -> None:
    with acting() as session:
        assert len(names()) == 2
        session.delete(session.get_one(TherapistService, (practice.dana, practice.first_call)))
        assert len(names()) == 1
        session.get_one(Therapist, practice.erik).is_listed = False
        assert names() == []


def test_what_is_changed_in_one_go_is_seen_in_the_same_transaction(acting: Acting, practice: Practice) -> None:
    with acting() as session:
        assert len(names()) == 2
        session.execute(update(Therapist).values(is_listed=False))
        assert names() == []


def test_a_stamp_that_is_missing_keeps_nothing(acting: Acting, practice: Practice, owner: Owner) -> None:
    owner.execute("DELETE FROM catalogue")
    with acting():
        before = first_call().minutes
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE service SET minutes = minutes + 5")
    owner.execute("SET session_replication_role = DEFAULT")
    with acting():
        assert first_call().minutes == before + 5
