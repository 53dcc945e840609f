"""Who learns of a page: who cares for the client, and nobody else, in no row, page, mail, count or trail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from clinic.clients.models import CareRelationship
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.safety import queries
from clinic.safety.models import PrivatePage, SafetyReview
from clinic.safety.rules import ITEMS
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.safety.conftest import CALM, GRAVE, QUESTIONS, SIGN, SKIP
from tests.safety.test_page import plain

Owner = psycopg.Connection[tuple[object, ...]]
OTHERS = ("alice", "bob", "carol", "erik", "desk", "owner")
BOBS = ("/today", "/intake", "/intake/private", "/record", "/sessions", "/homework", "/progress", "/account")
DESKS = ("/today", "/people", "/changes", "/undelivered", "/schedule", "/requests", "/waiting", "/calendar/practice")
OWNERS = ("/today", "/practice", "/practice/staff", "/practice/messages")


@pytest.mark.parametrize("who", [*OTHERS, None])
def test_database_gives_no_row_to_anyone_else_not_even_to_the_writer(
    writer: Browser, acting: Acting, practice: Practice, who: str | None
) -> None:
    writer.submit(QUESTIONS, **GRAVE)
    with acting(Actor(getattr(practice, who)) if who else None) as session:
        assert session.scalars(select(PrivatePage)).all() == []
        assert session.scalars(select(SafetyReview)).all() == []
        assert queries.open_reviews([practice.alice_client, practice.bob_client]) == set()


def test_database_gives_them_to_who_cares_now(writer: Browser, acting: Acting, practice: Practice) -> None:
    writer.submit(QUESTIONS, **GRAVE)
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind="cover",
                starts_at=clock.now() - timedelta(days=1),
                ends_at=clock.now() + timedelta(hours=1),
            )
        )
    for who, number in ((practice.dana, 1), (practice.erik, 1)):
        with acting(Actor(who, frozenset({"therapist"}))) as session:
            assert len(session.scalars(select(PrivatePage)).all()) == number
            assert queries.open_reviews([practice.alice_client]) == {practice.alice_client}
    clock.move(timedelta(hours=2))
    with acting(Actor(practice.erik, frozenset({"therapist"}))) as session:
        assert session.scalars(select(PrivatePage)).all() == []


@pytest.mark.parametrize("who", ["bob", "carol", "dana", "erik", "desk", "owner"])
def test_nobody_writes_a_page_for_somebody_else(writer: Browser, acting: Acting, practice: Practice, who: str) -> None:
    page = (
        "INSERT INTO private_page SELECT gen_random_uuid(), client_id, episode_id,"
        " (SELECT id FROM questionnaire_definition WHERE key = 'intake_private'), 'x', invited_at"
        " FROM intake_packet WHERE client_id = :id"
    )
    with pytest.raises(ProgrammingError), acting(Actor(getattr(practice, who))) as session:
        session.execute(text(page), {"id": practice.alice_client})


CHANGES = {
    "a page that changes": "UPDATE private_page SET answers = 'x'",
    "a page that goes": "DELETE FROM private_page",
    "a review that goes": "DELETE FROM safety_review",
    "a review of somebody else": "UPDATE safety_review SET client_id = gen_random_uuid()",
    "closed without words": "UPDATE safety_review SET state = 'closed', closed_at = now()",
    "a third state": "UPDATE safety_review SET state = 'forgotten'",
    "two pages": "INSERT INTO private_page SELECT gen_random_uuid(), client_id, episode_id, definition_id, answers,"
    " sent_at FROM private_page",
    "two reviews": "INSERT INTO safety_review SELECT gen_random_uuid(), page_id, client_id, state, opened_at"
    " FROM safety_review",
}


@pytest.mark.parametrize("change", CHANGES)
def test_database_refuses_what_must_never_happen(writer: Browser, owner: Owner, change: str) -> None:
    writer.submit(QUESTIONS, **SIGN)
    with pytest.raises(psycopg.errors.IntegrityError), owner.transaction():
        owner.execute(CHANGES[change].encode())


def test_closed_review_never_opens_again(writer: Browser, owner: Owner, practice: Practice, acting: Acting) -> None:
    writer.submit(QUESTIONS, **SIGN)
    with acting(Actor(practice.dana, frozenset({"therapist"}))) as session:
        session.execute(
            text(
                "UPDATE safety_review"
                " SET state = 'closed', closed_at = :at, closed_by = :by, asked = 'x', decided = 'x'"
            ),
            {"at": clock.now(), "by": practice.dana},
        )
    again = "UPDATE safety_review SET state = 'open', closed_at = NULL, closed_by = NULL, asked = NULL, decided = NULL"
    with pytest.raises(IntegrityError), acting(Actor(practice.dana, frozenset({"therapist"}))) as session:
        session.execute(text(again))
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute(again)


def test_longest_page_is_no_longer(writer: Browser, partner: Browser, owner: Owner) -> None:
    full = {f"a_{item}_{when}": "more" for item in ITEMS for when in ("year", "ever")}
    sent: dict[str, Any] = full | CALM | {"a_safe_way": "🙂" * 300, "a_reachable": "yes"}
    writer.submit(QUESTIONS, **sent)
    partner.submit(SKIP)
    assert owner.execute("SELECT count(DISTINCT length(answers)), count(*) FROM private_page").fetchone() == (1, 2)


def test_words_lie_sealed_and_as_long_whatever_was_said(writer: Browser, partner: Browser, owner: Owner) -> None:
    writer.submit(QUESTIONS, **GRAVE)
    partner.submit(SKIP)
    rows = owner.execute("SELECT answers::text, length(answers) FROM private_page").fetchall()
    assert not [row for row in rows if b"zzcanary".hex() in str(row[0]) or "zzcanary" in str(row[0])]
    assert len({row[1] for row in rows}) == 1


@pytest.mark.parametrize(
    ("sent", "grades"), [(GRAVE, ["urgent"]), (CALM | {"a_forced_ever": "once"}, ["same_day"]), (SIGN, []), (CALM, [])]
)
def test_grave_page_raises_an_alert_once(
    writer: Browser, practice: Practice, owner: Owner, sent: dict[str, Any], grades: list[str]
) -> None:
    for _ in range(2):
        writer.submit(QUESTIONS, **sent)
    rows = owner.execute("SELECT grade, source, client_id, source_id FROM alert").fetchall()
    page = owner.execute("SELECT id FROM private_page").fetchone()
    assert page is not None
    assert rows == [(grade, "safety_form", practice.alice_client, page[0]) for grade in grades]


def seen_by(browsers: dict[str, Browser], practice: Practice) -> dict[str, str]:
    """Every page of the partner, the desk and the owner."""
    pages = {}
    for who, paths in (("bob", BOBS), ("desk", DESKS), ("owner", OWNERS)):
        other = browsers[who]
        for path in (*paths, f"/people/{practice.alice_client}", f"/clients/{practice.alice_client}/private"):
            answer = other.get(path)
            pages[f"{who} {path}"] = f"{answer.status_code} {plain(answer.text)}"
    return pages


def test_partner_desk_and_owner_see_the_same_bytes_whatever_was_sent(
    writer: Browser, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    """The trail has one row for a page that was sent, the same as for one that was left out."""
    browsers = {who: browser(getattr(practice, who)) for who in ("bob", "desk", "owner")}
    nothing = seen_by(browsers, practice)
    writer.submit(QUESTIONS, **GRAVE)
    rows = owner.execute("SELECT action, record_kind FROM audit_event WHERE detail = 'intake_private'").fetchall()
    assert rows == [("intake.send", "intake_packet")]
    assert seen_by(browsers, practice) == nothing
    mails = owner.execute("SELECT count(*) FROM outbox_message WHERE recipient_id = %s", (practice.bob,)).fetchone()
    assert mails == (0,)
    assert owner.execute("SELECT count(*) FROM audit_event WHERE action LIKE '%safety%'").fetchone() == (0,)
