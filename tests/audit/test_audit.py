"""The trail is added to only, and every way to falsify it is found."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.audit import service as audit
from clinic.audit.models import AuditEvent
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.desk.office import audit_events
from tests.conftest import Acting

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def worker_may_link(owner: Owner) -> None:
    """Linking is the worker's; here the web role may, so that one application can do both in a test."""
    owner.execute("GRANT INSERT ON audit_link TO clinic_web")
    owner.execute("GRANT DELETE ON audit_pending TO clinic_web")


@pytest.fixture
def trail(acting: Acting, worker_may_link: None, tmp_path: Path) -> Path:
    """Five linked events and the file that their head is anchored in."""
    anchor = tmp_path / "anchor"
    with acting(Actor(person_id=new_id(), roles=frozenset({"therapist"}))):
        for _ in range(5):
            audit.record("client.read", "client", new_id())
    with acting():
        assert audit.link(anchor) == 5
    return anchor


def test_verify_accepts_an_untouched_trail(acting: Acting, trail: Path) -> None:
    with acting():
        audit.record("client.read")
    with acting():
        verdict = audit.verify(trail)
    assert (verdict.linked, verdict.tail, verdict.problems) == (5, 1, ())


@pytest.mark.parametrize("text", [None, ""])
def test_verify_misses_the_file_of_heads(acting: Acting, trail: Path, owner: Owner, text: str | None) -> None:
    """Without it, nobody could tell that the end of the trail was cut off."""
    trail.unlink()
    if text is not None:
        trail.write_text(text)
    with acting():
        assert audit.verify(trail).problems == ("no head is anchored: the file of heads is missing or empty",)
        assert audit.verify(None).problems == ()


def test_verify_misses_no_file_before_the_first_link(acting: Acting, tmp_path: Path) -> None:
    with acting():
        audit.record("client.read")
    with acting():
        assert audit.verify(tmp_path / "anchor").problems == ()


@pytest.mark.parametrize(
    ("forgery", "problem"),
    [
        (
            "UPDATE audit_event SET action = '' WHERE id = (SELECT event_id FROM audit_link WHERE position = 3)",
            "the event of link 3 is not what was linked",
        ),
        (
            "DELETE FROM audit_event WHERE id = (SELECT event_id FROM audit_link WHERE position = 2)",
            "the event of link 2 was deleted",
        ),
        ("DELETE FROM audit_link WHERE position = 5", "the chain ends before link 5, which was anchored"),
        ("DELETE FROM audit_link WHERE position = 2", "links 2 to 2 are missing"),
    ],
)
def test_verify_finds_a_forgery(acting: Acting, trail: Path, owner: Owner, forgery: str, problem: str) -> None:
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(forgery)
    with acting():
        assert problem in audit.verify(trail).problems


def test_verify_finds_two_events_that_changed_places(acting: Acting, trail: Path, owner: Owner) -> None:
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE audit_link SET position = position + 100 WHERE position IN (2, 3)")
        owner.execute("UPDATE audit_link SET position = CASE position WHEN 102 THEN 3 ELSE 2 END WHERE position > 100")
    with acting():
        assert len(audit.verify(trail).problems) > 0


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET action = ''", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_trail_refuses_every_change_even_to_the_owner(trail: Path, owner: Owner, statement: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        owner.execute(statement)


def test_web_role_cannot_delete_from_the_trail(acting: Acting, trail: Path) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), acting():
        db.session.execute(text("DELETE FROM audit_event"))


def test_event_that_commits_late_is_linked_all_the_same(acting: Acting, worker_may_link: None) -> None:
    """Its id is older than those that have been linked in the meantime."""
    with acting():
        engine = db.engine
    with Session(engine) as late:
        late.add(AuditEvent(at=clock.now(), action="client.read", outcome="done", roles=""))
        late.flush()
        with acting():
            audit.record("client.update")
        with acting():
            assert audit.link() == 1
        late.commit()
    with acting():
        assert audit.link() == 1
        assert audit.link() == 0
        verdict = audit.verify()
    assert (verdict.linked, verdict.tail, verdict.problems) == (2, 0, ())


def test_verify_finds_an_event_that_was_taken_out_of_the_queue(acting: Acting, trail: Path, owner: Owner) -> None:
    with acting():
        audit.record("client.read")
    owner.execute("DELETE FROM audit_pending")
    with acting():
        assert audit.link(trail) == 0
        assert audit.verify(trail).problems == ("1 events are neither linked nor waiting for it",)


def plan_of(query: Select[*tuple[Any, ...]]) -> str:
    dialect = db.session.get_bind().dialect
    sql = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return "\n".join(db.session.scalars(text(f"EXPLAIN {sql}")))


@pytest.fixture
def long_trail(owner: Owner) -> None:
    """Five thousand events that have been linked."""
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(
            "INSERT INTO audit_event (id, at, action, outcome, roles) SELECT gen_random_uuid(),"
            " now() - i * '1 minute'::interval, 'client.read', 'done', '' FROM generate_series(1, 5000) i"
        )
        owner.execute("INSERT INTO audit_link SELECT row_number() OVER (), id, '\\x00' FROM audit_event")
    owner.execute("ANALYZE audit_event, audit_link, audit_pending")


def test_linking_reads_nothing_of_what_is_linked(acting: Acting, long_trail: None) -> None:
    with acting():
        for _ in range(3):
            audit.record("client.read")
    with acting():
        waiting = db.session.scalars(audit.WAITING).all()
        assert len(waiting) == 3
        plan = plan_of(audit.WAITING) + plan_of(audit.waiting_events(waiting))
    assert "Seq Scan on audit_event" not in plan
    assert "audit_link" not in plan


def test_trail_page_reads_the_newest_events_from_an_index(acting: Acting, long_trail: None) -> None:
    with acting():
        plan = plan_of(audit_events().limit(21))
    assert "using ix_audit_event_at_id" in plan
    assert "Sort" not in plan


def test_refusal_outlives_the_rollback_of_its_request(acting: Acting) -> None:
    actor = Actor(person_id=new_id())
    with acting(actor) as session:
        audit.record_refusal(actor, "client.read", "client", new_id())
        session.rollback()
    with acting() as session:
        assert session.scalar(text("SELECT outcome FROM audit_event")) == "refused"


def test_a_link_that_was_rolled_back_is_not_anchored(acting: Acting, worker_may_link: None, tmp_path: Path) -> None:
    with acting():
        audit.record("client.read")
    with suppress(RuntimeError), acting():
        audit.link(tmp_path / "anchor")
        raise RuntimeError
    assert not (tmp_path / "anchor").exists()
