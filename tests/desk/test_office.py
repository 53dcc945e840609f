"""What front desk and owner see of others: whom to call, who did what, which job is late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.audit.models import AuditEvent
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.heartbeat import beat
from clinic.desk import office
from clinic.outbox import service as outbox
from clinic.outbox.claims import Claimed, Settled, settle
from clinic.outbox.models import OutboxMessage
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]
EVERY = {"deliver": 5, "forget": 3600}


def lose(acting: Acting, recipient: UUID, state: str = "failed") -> UUID:
    """A message that did not arrive for sure."""
    with acting() as session:
        now = clock.now()
        message = OutboxMessage(
            kind="account.already",
            subject_id=new_id(),
            moment=now,
            recipient_id=recipient,
            state=state,
            not_before_at=now,
            next_try_at=now,
            lease_until=now,
            message_id=f"<{new_id()}@clinic>",
            handed_over_at=now,
            finished_at=now,
            queued_at=now,
        )
        session.add(message)
        session.flush()
        return message.id


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_what_was_dealt_with_leaves_the_list_and_who_did_it_is_kept(
    browser: Open, practice: Practice, acting: Acting, state: str
) -> None:
    message_id, other = lose(acting, practice.carol, state), lose(acting, practice.alice)
    desk, path = browser(practice.desk), f"/undelivered/{message_id}/dealt-with"
    assert f'action="{path}"' in desk.get("/undelivered").text
    assert desk.submit(path).location == "/undelivered"
    page = desk.get("/undelivered").text
    assert ("Carol Stone" in page, "Alice Hart" in page) == (False, True)
    assert desk.submit(path).status_code == 303, "a second press changes nothing"
    with acting() as session:
        message = session.get_one(OutboxMessage, message_id)
        assert (message.state, message.dealt_with_by) == (state, practice.desk)
        assert message.dealt_with_at is not None
        traces = session.scalars(select(AuditEvent).where(AuditEvent.action == "message.deal_with")).all()
        assert [(each.record_id, each.person_id) for each in traces] == [(message_id, practice.desk)]
        assert session.get_one(OutboxMessage, other).dealt_with_at is None
        assert ("Messages not delivered", "1", "needs") in office.health()


def test_two_who_press_at_once_leave_one_trace(practice: Practice, acting: Acting) -> None:
    message_id = lose(acting, practice.carol)

    def press(_: int) -> bool:
        with acting(Actor(person_id=practice.desk, roles=frozenset({"front_desk"}))):
            return outbox.deal_with(message_id, practice.desk, clock.now())

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(press, range(10))) == [False] * 9 + [True]


def test_only_what_is_lost_is_dealt_with(
    browser: Open, practice: Practice, acting: Acting, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    with acting() as session:
        outbox.queue("account.already", practice.alice, clock.now(), practice.alice, now=clock.now())
        queued = session.scalars(select(OutboxMessage.id)).one()
    assert browser(practice.desk).submit(f"/undelivered/{queued}/dealt-with").status_code == 404
    with pytest.raises(psycopg.errors.CheckViolation, match="dealt_with"):
        owner.execute("UPDATE outbox_message SET dealt_with_at = now(), dealt_with_by = recipient_id")
    lost = lose(acting, practice.carol)
    with pytest.raises(psycopg.errors.CheckViolation, match="dealt_with"):
        owner.execute("UPDATE outbox_message SET dealt_with_at = now() WHERE id = %s", (lost,))


def test_late_answer_of_the_server_sends_nothing_again_that_was_dealt_with(practice: Practice, acting: Acting) -> None:
    message_id = lose(acting, practice.carol, "unknown")
    with acting() as session:
        row = session.get_one(OutboxMessage, message_id)
        lease = row.lease_until
        assert lease is not None
        claimed = Claimed(
            row.id, row.kind, row.subject_id, row.moment, row.recipient_id, "email", lease, 0, row.message_id, lease
        )
        outbox.deal_with(message_id, practice.desk, clock.now())
        settle([Settled(claimed, "queued", "421", clock.now())])
        session.refresh(row)
        assert row.state == "unknown"
        settle([Settled(claimed, "sent", None, clock.now())])
        session.refresh(row)
        assert row.state == "sent"


def test_trail_names_staff_and_only_hints_at_clients(browser: Open, practice: Practice, acting: Acting) -> None:
    """Clients are told that nobody else at the practice sees what they do here."""
    with acting(Actor(person_id=practice.alice, roles=frozenset({"client"}))):
        audit.record("homework.ask", "assignment", new_id(), client_id=practice.alice_client)
        audit.record("account.reset", "person", practice.alice)
    with acting(Actor(person_id=practice.dana, roles=frozenset({"therapist"}))):
        audit.record("client.read", "client", practice.alice_client, client_id=practice.alice_client)
    with acting(Actor.worker("link-audit")):
        audit.record("report.prepare")
    page = browser(practice.owner).get("/audit-trail").text
    main = page[page.index("<tbody>") :]
    assert ("Alice" in main, "Hart" in main) == (False, False)
    assert main.count("<td>A. H.</td>") == 2
    assert ("<td>Dana Whitfield</td>" in main, "<td>link-audit</td>" in main) == (True, True)


def test_therapist_who_is_a_client_too_is_named_for_their_work_alone(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        alice = session.get_one(Person, practice.alice)
        alice.roles = ["client", "therapist"]
        own = AuditEvent(client_id=practice.alice_client)
        work = AuditEvent(client_id=practice.bob_client)
        assert office.who_did(own, alice, practice.alice_client) == "A. H."
        assert office.who_did(work, alice, practice.alice_client) == "Alice Hart"


def test_owner_and_readyz_name_the_job_that_is_late(
    browser: Open, practice: Practice, acting: Acting, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    olga = browser(practice.owner)
    assert "have not run yet" in olga.get("/today").text
    with acting():
        beat("forget", EVERY, clock.unmoved())
    assert "running" in olga.get("/practice").text
    ready = browser().get("/readyz").json
    assert ready is not None
    assert (ready["state"], ready["beat"], ready["late"]) == ("ready", True, [])
    owner.execute("UPDATE heartbeat SET at = at - interval '5 minutes'")
    with acting():
        beat("forget", EVERY, clock.unmoved())
    ready = browser().get("/readyz").json
    assert ready is not None
    assert (ready["state"], ready["beat"], ready["late"]) == ("degraded", False, ["deliver"])
    for path in ("/today", "/practice"):
        assert "late: deliver" in olga.get(path).text


def test_moving_the_clock_makes_no_job_late(practice: Practice, acting: Acting, app: Flask) -> None:
    with acting():
        beat("deliver", EVERY, clock.unmoved())
    clock.move(timedelta(days=3))
    with acting():
        assert office.health()[0] == ("Workers", "running", "good")
