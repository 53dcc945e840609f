"""Who sees an intake: the client and whoever cares for them now. Nobody else learns that there is one."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, update

from clinic.accounts.models import Person
from clinic.clients.models import CareRelationship, Client
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.intake.models import IntakePacket, Signature
from clinic.questionnaires.models import Answer
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.intake.conftest import ELIGIBLE, SAFE, Walker

Owner = psycopg.Connection[tuple[object, ...]]
CANARY = "zzcanary-harbor-lantern"
OTHERS = ("bob", "carol", "erik", "desk", "owner")


@pytest.fixture
def finished(alice: Walker) -> Walker:
    """Alice, who has done it all and typed a canary wherever one can type."""
    assert alice.form("safe-contact", **(SAFE | {"a_best_time": CANARY})).status_code == 303
    assert alice.form("eligibility", **(ELIGIBLE | {"a_located_in": CANARY})).status_code == 303
    alice.name = f"Alice {CANARY} Hart"
    alice.sign_all()
    assert alice.browser.submit("/intake/finish").status_code == 303
    return alice


def signature_of_alice(owner: Owner) -> UUID:
    found = owner.execute("SELECT id FROM signature ORDER BY id LIMIT 1").fetchone()
    assert found is not None
    return UUID(str(found[0]))


def test_therapist_reads_answers_and_signatures_and_leaves_a_trace(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    dana = browser(practice.dana)
    page = dana.get(f"/clients/{practice.alice_client}/intake")
    assert page.status_code == 200
    for words in (CANARY, "Say a first name only", "May 17, 1990", "Consent to therapy", "Unchanged since", "Finished"):
        assert words in page.text
    assert "Differs from" not in page.text
    copy = dana.get(f"/clients/{practice.alice_client}/intake/signed/{signature_of_alice(owner)}")
    assert (copy.status_code, CANARY in copy.text) == (200, True)
    rows = owner.execute(
        "SELECT action, person_id, client_id FROM audit_event WHERE action LIKE '%.read' ORDER BY id"
    ).fetchall()
    assert rows == [
        ("intake_record.read", practice.dana, practice.alice_client),
        ("signature.read", practice.dana, practice.alice_client),
    ]


def test_first_opening_by_the_therapist_counts_as_read(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    assert owner.execute("SELECT read_at FROM intake_packet").fetchall() == [(None,)]
    dana = browser(practice.dana)
    dana.get(f"/clients/{practice.alice_client}/intake")
    first = owner.execute("SELECT read_at FROM intake_packet").fetchone()
    dana.get(f"/clients/{practice.alice_client}/intake")
    assert first is not None
    assert first[0] is not None
    assert owner.execute("SELECT read_at FROM intake_packet").fetchone() == first


def test_therapist_sees_drafts_of_nobody(alice: Walker, browser: Callable[..., Browser], practice: Practice) -> None:
    alice.browser.submit("/intake/form/safe-contact/draft", a_best_time=CANARY)
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/intake")
    assert (page.status_code, CANARY in page.text, "Under way" in page.text) == (200, False, True)


@pytest.mark.parametrize("who", OTHERS)
def test_everyone_else_meets_the_page_of_a_missing_record(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner, who: str
) -> None:
    other, signature_id = browser(getattr(practice, who)), signature_of_alice(owner)
    refused = [
        other.get(f"/clients/{practice.alice_client}/intake"),
        other.get(f"/clients/{practice.alice_client}/intake/signed/{signature_id}"),
        other.submit(f"/clients/{practice.alice_client}/intake/open-again"),
        other.get(f"/intake/signed/{signature_id}"),
    ]
    missing = other.get(f"/clients/{new_id()}/intake")
    assert [answer.status_code for answer in refused] == [404] * 4
    assert {answer.data for answer in refused[:2]} == {missing.data}
    assert not any(CANARY in answer.text for answer in refused)
    trail = owner.execute(
        "SELECT count(*) FROM audit_event WHERE outcome = 'refused' AND person_id = %s", (getattr(practice, who),)
    ).fetchone()
    assert trail == (5,)


@pytest.mark.parametrize("who", ["dana", "desk", "owner"])
def test_staff_have_no_intake_of_their_own(
    installed: None, browser: Callable[..., Browser], practice: Practice, who: str
) -> None:
    staff = browser(getattr(practice, who))
    for path in ("/intake", "/intake/form/safe-contact", "/intake/text/fees", "/intake/finish"):
        assert staff.get(path).status_code == 404
    assert staff.submit("/intake/form/safe-contact", a_text_ok="yes").status_code == 404


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_other_clients_see_only_their_own(
    finished: Walker, browser: Callable[..., Browser], practice: Practice, who: str
) -> None:
    page = browser(getattr(practice, who)).get("/intake").text
    assert ["0 of 7 done" in page, CANARY in page, "Your signed papers" in page] == [True, False, False]


def test_visitor_is_sent_to_sign_in(installed: None, browser: Callable[..., Browser], practice: Practice) -> None:
    for path in ("/intake", f"/clients/{practice.alice_client}/intake"):
        assert (browser().get(path).location or "").startswith("/sign-in?next=")


def test_closed_client_has_no_intake(alice: Walker, acting: Acting, practice: Practice) -> None:
    with acting() as session:
        session.execute(
            update(Client).where(Client.id == practice.alice_client).values(state="closed", closed_at=clock.now())
        )
    assert alice.browser.get("/intake").status_code == 404


def test_end_of_care_closes_the_record_at_once(
    finished: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice
) -> None:
    dana = browser(practice.dana)
    assert dana.get(f"/clients/{practice.alice_client}/intake").status_code == 200
    with acting() as session:
        session.execute(
            update(CareRelationship)
            .where(CareRelationship.client_id == practice.alice_client)
            .values(ends_at=clock.now() + timedelta(microseconds=1))
        )
    assert dana.get(f"/clients/{practice.alice_client}/intake").status_code == 404


def test_cover_reads_only_while_they_cover(
    finished: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice
) -> None:
    erik = browser(practice.erik)
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind="cover",
                starts_at=clock.now() - timedelta(days=1),
                ends_at=clock.now() + timedelta(minutes=10),
            )
        )
    assert CANARY in erik.get(f"/clients/{practice.alice_client}/intake").text
    clock.move(timedelta(minutes=11))
    assert erik.get(f"/clients/{practice.alice_client}/intake").status_code == 404


@pytest.mark.parametrize("who", [*OTHERS, None])
def test_database_shows_no_signature_to_anyone_else(
    finished: Walker, acting: Acting, practice: Practice, who: str | None
) -> None:
    with acting(Actor(getattr(practice, who)) if who else None) as session:
        assert session.scalars(select(Signature)).all() == []
        assert session.scalars(select(Answer)).all() == []


def test_canary_is_in_no_byte_of_the_database_but_sealed(finished: Walker, owner: Owner) -> None:
    tables = owner.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    for (name,) in tables.fetchall():
        rows = owner.execute(f'SELECT "{name}"::text FROM "{name}"').fetchall()
        assert not [row for row in rows if CANARY in str(row[0]) or CANARY.encode().hex() in str(row[0])], name


def test_why_it_ended_is_sealed_too(alice: Walker, owner: Owner) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("eligibility", **(ELIGIBLE | {"a_in_danger": "yes"}))
    found = owner.execute("SELECT ended_reason::text, position('danger'::bytea in ended_reason) FROM intake_packet")
    assert [(str(sealed)[:2], place) for sealed, place in found.fetchall()] == [("\\x", 0)]
    with owner.cursor() as cursor:
        events = cursor.execute("SELECT * FROM audit_event").fetchall()
    assert "danger" not in str(events)


def test_packet_ids_of_the_address_change_nothing(finished: Walker, acting: Acting, practice: Practice) -> None:
    """There is no id of a packet in any address of the client: it is always one's own."""
    with acting() as session:
        packet_id = session.scalars(select(IntakePacket.id)).one()
    for path in (f"/intake/{packet_id}", f"/intake/form/{packet_id}", f"/intake/text/{packet_id}"):
        assert finished.browser.get(path).status_code == 404


def test_number_to_call_is_a_link_that_cannot_break_out(
    installed: None, browser: Callable[..., Browser], acting: Acting, practice: Practice
) -> None:
    with acting() as session:
        session.get_one(Person, practice.alice).phone = '+1 212 "><b>'
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/intake").text
    assert '<a href="tel:+1212&#34;&gt;&lt;b&gt;">+1 212 &#34;&gt;&lt;b&gt;</a>' in page
