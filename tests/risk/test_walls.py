"""The second wall: as the web role, each sees in the database what is theirs, and what must never happen is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clinic.clients.models import CareRelationship
from clinic.database.actor import Actor
from clinic.risk import service
from clinic.risk.models import Alert, AlertClosing, AlertPass, AlertWord, DeskCall
from tests.conftest import Acting
from tests.constraints import refusals, rules_of
from tests.factories import Practice
from tests.risk.conftest import DONE, EVENING, MONDAY, OnCall, Owner, Run, at, client, therapist

TAKE = (
    "UPDATE alert SET state = 'acknowledged', pass_on_at = NULL, acknowledged_at = clinic_now(),"
    " acknowledged_by = clinic_person() RETURNING id"
)
CLINICAL = (Alert, AlertPass, AlertWord, AlertClosing)
Raised = Callable[..., UUID]


@dataclass(frozen=True, slots=True)
class Seen:
    """How many rows somebody finds."""

    alerts: int = 0
    passes: int = 0
    words: int = 0
    closings: int = 0
    calls: int = 0


def seen(acting: Acting, actor: Actor) -> Seen:
    with acting(actor) as session:
        return Seen(*(len(session.scalars(select(each)).all()) for each in (*CLINICAL, DeskCall)))


@pytest.fixture
def closed(practice: Practice, acting: Acting, raised: Raised) -> UUID:
    """An alert of Alice's with everything that there can be: a word of hers, taken and closed by Dana."""
    alert_id = raised()
    with acting(client(practice.alice)) as session:
        service.say_safe(session.get_one(Alert, alert_id), EVENING)
    with acting(therapist(practice.dana)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.dana, EVENING)
        session.expire_all()
        service.close(session.get_one(Alert, alert_id), DONE, practice.dana, EVENING)
    return alert_id


def test_who_cares_sees_it_all_and_the_client_their_own_side(practice: Practice, acting: Acting, closed: UUID) -> None:
    assert seen(acting, therapist(practice.dana)) == Seen(1, 1, 1, 1, 1)
    own = seen(acting, client(practice.alice))
    assert (own.alerts, own.words, own.closings) == (1, 1, 0)


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "owner"])
def test_nobody_else_finds_a_row(practice: Practice, acting: Acting, closed: UUID, who: str) -> None:
    roles = {"erik": "therapist", "owner": "owner"}.get(who, "client")
    assert seen(acting, Actor(getattr(practice, who), frozenset({roles}))) == Seen()


def test_a_visitor_finds_nothing(acting: Acting, closed: UUID) -> None:
    assert seen(acting, Actor()) == Seen()


def test_the_desk_finds_whom_to_call_and_nothing_about_whom(
    practice: Practice, acting: Acting, closed: UUID, owner: Owner
) -> None:
    assert seen(acting, Actor(practice.desk, frozenset({"front_desk"}))) == Seen(calls=1)
    columns = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'desk_call' ORDER BY 1"
    ).fetchall()
    assert columns == [("due_at",), ("ended_at",), ("id",), ("therapist_id",)]


def test_somebody_it_was_passed_to_sees_it_until_another_has_it(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run
) -> None:
    alert_id = raised()
    assert seen(acting, therapist(practice.erik)).alerts == 0
    run(at(MONDAY, 10))
    run(at(MONDAY, 11))
    assert seen(acting, therapist(practice.erik)).alerts == 1
    assert seen(acting, therapist(on_call.gina)).alerts == 1
    with acting(therapist(practice.erik)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.erik, at(MONDAY, 11))
    assert seen(acting, therapist(practice.erik)).alerts == 1
    assert seen(acting, therapist(on_call.gina)).alerts == 0
    with acting(therapist(practice.erik)) as session:
        service.close(session.get_one(Alert, alert_id), DONE, practice.erik, at(MONDAY, 11))
    assert seen(acting, therapist(practice.erik)).closings == 0
    assert seen(acting, therapist(practice.dana)).closings == 1


def test_the_end_of_care_ends_it_at_once(practice: Practice, acting: Acting, raised: Raised, owner: Owner) -> None:
    raised()
    assert seen(acting, therapist(practice.dana)).alerts == 1
    owner.execute("UPDATE care_relationship SET ends_at = %s WHERE kind = 'primary'", (EVENING,))
    assert seen(acting, therapist(practice.dana)) == Seen(passes=1)


def test_a_cover_sees_it_while_they_cover(practice: Practice, acting: Acting, raised: Raised) -> None:
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind="cover",
                starts_at=EVENING - timedelta(days=1),
                ends_at=EVENING + timedelta(days=1),
            )
        )
    raised()
    assert seen(acting, therapist(practice.erik)).alerts == 1


RAISE = """
    INSERT INTO alert (id, client_id, source, source_id, grade, state, raised_at, pass_on_at)
    VALUES (gen_random_uuid(), :client, 'safety_form', gen_random_uuid(), 'urgent', 'open', clinic_now(), clinic_now())
"""
PASS = """
    INSERT INTO alert_pass (alert_id, place, client_id, person_id, is_guest, passed_at)
    VALUES (:alert, 2, :client, clinic_person(), true, clinic_now())
"""


@pytest.mark.parametrize("who", ["bob", "carol", "erik", "desk", "owner"])
@pytest.mark.parametrize("statement", [RAISE, PASS])
def test_nobody_raises_one_for_somebody_else_or_lets_themself_in(
    practice: Practice, acting: Acting, raised: Raised, who: str, statement: str
) -> None:
    values = {"client": practice.alice_client, "alert": raised()}
    with pytest.raises(DBAPIError, match="row-level security"), acting(Actor(getattr(practice, who))) as session:
        session.execute(
            text(statement).bindparams(**{name: values[name] for name in values if f":{name}" in statement})
        )


@pytest.mark.parametrize("who", ["alice", "bob", "erik"])
def test_nobody_who_does_not_care_takes_one(practice: Practice, acting: Acting, raised: Raised, who: str) -> None:
    raised()
    with acting(Actor(getattr(practice, who), frozenset({"therapist"}))) as session:
        done = session.execute(text(TAKE)).all()
        assert done == []


def test_what_was_done_is_sealed(closed: UUID, owner: Owner) -> None:
    row = owner.execute("SELECT encode(body, 'escape') FROM alert_closing").fetchone()
    assert row is not None
    for words in ("fleeting", "her sister", "half an hour", "sooner", "Dana"):
        assert words not in str(row[0])


OPEN = "UPDATE alert SET "
BROKEN = {
    "alert_forward_only": OPEN + "grade = 'same_day'",
    "ck_alert_acknowledged_at": OPEN + "acknowledged_at = raised_at, acknowledged_by = (SELECT id FROM person LIMIT 1)",
    "ck_alert_acknowledged_by": OPEN + "acknowledged_at = raised_at, state = 'acknowledged', pass_on_at = NULL",
    "ck_alert_pass_on_at": OPEN + "pass_on_at = NULL",
    "ck_alert_closing_id": OPEN + "state = 'closed', closing_id = client_id WHERE state = 'acknowledged'",
    "ck_alert_closed": OPEN + "closing_id = id",
    "uq_alert_source_id": (
        "INSERT INTO alert SELECT gen_random_uuid(), client_id, source, source_id, grade, state, raised_at, pass_on_at"
        " FROM alert"
    ),
    "ck_alert_grade": (
        "INSERT INTO alert SELECT gen_random_uuid(), client_id, source, gen_random_uuid(), 'mild', state, raised_at,"
        " pass_on_at FROM alert"
    ),
    "ck_alert_source": (
        "INSERT INTO alert SELECT gen_random_uuid(), client_id, 'rumour', gen_random_uuid(), grade, state, raised_at,"
        " pass_on_at FROM alert"
    ),
    "ck_alert_state": (
        "INSERT INTO alert SELECT gen_random_uuid(), client_id, source, gen_random_uuid(), grade, 'lost', raised_at,"
        " NULL, raised_at, (SELECT id FROM person LIMIT 1) FROM alert"
    ),
    "ck_alert_pass_place": (
        "INSERT INTO alert_pass SELECT alert_id, 0, client_id, person_id, is_guest, passed_at FROM alert_pass"
    ),
    "pk_alert_pass": "INSERT INTO alert_pass SELECT * FROM alert_pass",
    "fk_alert_pass_alert_id_client_id_alert": (
        "INSERT INTO alert_pass SELECT alert_id, 2, (SELECT id FROM client WHERE id <> client_id LIMIT 1), person_id,"
        " is_guest, passed_at FROM alert_pass"
    ),
    "ck_alert_word_kind": "INSERT INTO alert_word SELECT id, 'hm', client_id, raised_at FROM alert",
    "fk_alert_closing_id_alert_closing": (OPEN + "state = 'closed', closing_id = id WHERE state = 'acknowledged'"),
    "office_hours_never_overlap": "INSERT INTO office_hours VALUES (0, '09:00', '12:00'), (0, '11:00', '13:00')",
    "ck_office_hours_ends": "INSERT INTO office_hours VALUES (0, '09:00', '09:00')",
    "ck_office_hours_weekday": "INSERT INTO office_hours VALUES (7, '09:00', '12:00')",
    "ck_duty_place": "INSERT INTO duty SELECT 'on_call', 0, person_id FROM therapist LIMIT 1",
    "ck_duty_role": "INSERT INTO duty SELECT 'boss', 1, person_id FROM therapist LIMIT 1",
    "uq_duty_role_therapist_id": (
        "INSERT INTO duty SELECT 'on_call', place, (SELECT person_id FROM therapist LIMIT 1)"
        " FROM generate_series(1, 2) AS place"
    ),
}
NEED_TAKEN = {"fk_alert_closing_id_alert_closing", "ck_alert_closing_id"}


def test_what_must_never_happen_is_refused(practice: Practice, acting: Acting, raised: Raised, owner: Owner) -> None:
    raised()
    changes = {name: change for name, change in BROKEN.items() if name not in NEED_TAKEN}
    assert refusals(owner, changes) == {name: name for name in changes}
    other = raised(now=EVENING + timedelta(minutes=1))
    with acting(therapist(practice.dana)) as session:
        service.acknowledge(session.get_one(Alert, other), practice.dana, EVENING)
    assert refusals(owner, {name: BROKEN[name] for name in NEED_TAKEN}) == {name: name for name in NEED_TAKEN}
    tables = ("alert", "alert_pass", "alert_word", "alert_closing", "desk_call", "office_hours", "duty")
    assert rules_of(owner, *tables) <= {*BROKEN, "uq_alert_id_client_id"}


@pytest.mark.parametrize(
    "change",
    [
        (
            "UPDATE alert SET state = 'open', closing_id = NULL, acknowledged_at = NULL, acknowledged_by = NULL,"
            " pass_on_at = raised_at"
        ),
        "UPDATE alert SET acknowledged_at = raised_at + interval '1 day'",
        "DELETE FROM alert",
        "UPDATE alert_pass SET passed_at = passed_at + interval '1 day'",
        "DELETE FROM alert_pass",
        "UPDATE alert_closing SET body = ''",
        "DELETE FROM alert_closing",
        "DELETE FROM alert_word",
    ],
)
def test_what_was_said_and_done_stays(closed: UUID, owner: Owner, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityError), owner.transaction():
        owner.execute(change.encode())
