"""The trail is added to only, and every way to falsify it is found."""

from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from tests.conftest import Acting

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def worker_may_link(owner: Owner) -> None:
    """Linking is the worker's; here the web role may, so that one application can do both in a test."""
    owner.execute("GRANT INSERT ON audit_link TO clinic_web")


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
