"""A signature stands under the exact bytes that were shown, alone, once, and unchanged."""

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from clinic.audit import service as audit
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.intake import queries, signing
from clinic.intake.consents import FOLDER
from clinic.intake.models import Signature
from clinic.practice.models import Practice as PracticeRow
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.intake.conftest import ELIGIBLE, SAFE, TEXTS, Walker, shown_digest

Owner = psycopg.Connection[tuple[object, ...]]


def as_alice(practice: Practice) -> Actor:
    return Actor(practice.alice, frozenset({"client"}))


@pytest.fixture
def ready(alice: Walker) -> Walker:
    """Alice, with both forms behind her."""
    alice.answer_forms()
    return alice


def new_version(acting: Acting, folder: Path, key: str, old: str, new: str) -> None:
    """Install version 2 of a text with one sentence changed."""
    source = (FOLDER / f"{key}.md").read_text(encoding="utf-8")
    assert old in source
    (folder / f"{key}.md").write_text(source.replace(old, new).replace("version: 1", "version: 2"), encoding="utf-8")
    with acting():
        assert signing.install_documents(clock.now(), folder) == 1


def test_hash_of_the_signature_is_that_of_the_bytes_shown(ready: Walker, acting: Acting, practice: Practice) -> None:
    digest = shown_digest(ready.browser.get("/intake/text/electronic-records"))
    before = clock.now()
    assert ready.sign("electronic-records").location == "/intake/onward"
    with acting(as_alice(practice)) as session:
        signature = session.scalars(select(Signature)).one()
        kept = queries.signature(signature.id, practice.alice_client).text
        assert (signature.sha256, hashlib.sha256(kept.content).hexdigest()) == (digest, digest)
        assert signing.typed_name(signature) == "Alice Hart"
        assert signature.intent.startswith("I can open and read this page, and I agree")
        assert "Elm Street Practice" in signature.intent
        assert (signature.document_key, signature.document_version) == ("electronic_records", 1)
        assert signature.signer_id == practice.alice
        assert before <= signature.signed_at <= clock.now()
        assert (signature.zone, signature.address) == ("America/New_York", "127.0.0.1")
        assert (signature.sign_in_method, (signature.user_agent or "")[:8]) == ("password", "Werkzeug")


def test_copy_holds_the_same_bytes_under_a_neutral_name(ready: Walker, acting: Acting, practice: Practice) -> None:
    digest = shown_digest(ready.browser.get("/intake/text/electronic-records"))
    ready.sign("electronic-records")
    with acting(as_alice(practice)) as session:
        signature_id = session.scalars(select(Signature.id)).one()
    copy = ready.browser.get(f"/intake/signed/{signature_id}")
    assert (copy.status_code, shown_digest(copy)) == (200, digest)
    assert [digest in copy.text, "Alice Hart" in copy.text, "I can open and read this page" in copy.text] == [True] * 3
    name = copy.headers["Content-Disposition"].partition("=")[2].strip('"')
    assert name == f"paper-{clock.now():%Y-%m-%d}-{digest[:6]}.html"
    unsigned = ready.browser.get("/intake/text/electronic-records/copy")
    assert (shown_digest(unsigned), "This copy is not signed." in unsigned.text) == (digest, True)


def test_therapist_and_fees_stand_in_the_texts(ready: Walker) -> None:
    ready.sign("electronic-records")
    assert (
        "<strong>Dana Whitfield</strong>, Therapist, at Elm Street Practice"
        in ready.browser.get("/intake/text/therapy").text
    )
    fees = ready.browser.get("/intake/text/fees").text
    assert "<li>Individual session, 50 minutes: $140.00</li>" in fees
    assert "<li>Individual session: up to 24 hours before it begins</li>" in fees
    assert "First call" not in fees


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "Bob Hart"}, "We know you as Alice Hart."),
        ({"name": ""}, "We know you as Alice Hart."),
        ({"agreed": ""}, "Please tick the sentence once you have read the text."),
    ],
)
def test_wrong_name_or_missing_tick_is_gently_refused(
    ready: Walker, acting: Acting, practice: Practice, fields: dict[str, str], says: str
) -> None:
    refused = ready.sign("electronic-records", **fields)
    assert (refused.status_code, says in refused.text) == (422, True)
    with acting(as_alice(practice)) as session:
        assert session.scalars(select(Signature)).all() == []


@pytest.mark.parametrize("typed", ["", "Bob Hart"])
def test_missing_tick_and_wrong_name_are_both_told_at_their_fields(ready: Walker, typed: str) -> None:
    refused = ready.sign("electronic-records", agreed="", name=typed)
    told = {"agreed": "Please tick the sentence once you have read the text.", "name": "We know you as Alice Hart."}
    assert refused.status_code == 422
    for field, said in told.items():
        at_field = refused.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
        in_summary = refused.text.partition(f'<a href="#{field}">')[2].partition("</a>")[0]
        assert (said in at_field, said in in_summary) == (True, True)
    assert ('value="Bob Hart"' in refused.text) is bool(typed)


def test_missing_name_keeps_the_tick(ready: Walker) -> None:
    refused = ready.sign("electronic-records", name="")
    assert re.search(r'<input[^>]*checked[^>]*name="agreed"|<input[^>]*name="agreed"[^>]*checked', refused.text)
    assert 'id="agreed-error"' not in refused.text


def test_text_that_changed_meanwhile_is_shown_again_unsigned(ready: Walker, acting: Acting, practice: Practice) -> None:
    mark = ready.mark("electronic-records")
    with acting() as session:
        session.execute(update(PracticeRow).values(phone="(212) 555-0199"))
    refused = ready.sign("electronic-records", mark=mark)
    assert refused.status_code == 409
    assert ["This text has changed" in refused.text, "555-0199" in refused.text] == [True, True]
    assert ready.sign("electronic-records").status_code == 303


def test_new_version_asks_again_and_the_old_signature_stays(
    ready: Walker, browser: Callable[..., Browser], acting: Acting, practice: Practice, tmp_path: Path
) -> None:
    dana, record = browser(practice.dana), f"/clients/{practice.alice_client}/intake"
    ready.sign_all()
    ready.browser.submit("/intake/finish")
    assert "An older version" not in dana.get(record).text
    assert "All done" in ready.browser.get("/intake").text
    new_version(acting, tmp_path, "fees_policy", "at least 30 days", "at least 60 days")
    page = ready.browser.get("/intake").text
    assert ["6 of 7 done" in page, "A text has a new version" in page] == [True, True]
    assert "at least 60 days" in ready.browser.get("/intake/text/fees").text
    assert ready.sign("fees").status_code == 303
    assert dana.get(record).text.count("An older version") == 1
    with acting(as_alice(practice)) as session:
        rows = session.execute(
            select(Signature.document_version, Signature.id).where(Signature.document_key == "fees_policy")
        ).all()
        assert sorted(row.document_version for row in rows) == [1, 2]
    first = ready.browser.get(f"/intake/signed/{min(row.id for row in rows)}")
    assert "at least 30 days" in first.text


def test_signing_twice_gives_the_signature_that_stands(ready: Walker, acting: Acting, practice: Practice) -> None:
    mark = ready.mark("electronic-records")
    assert [ready.sign("electronic-records", mark=mark).status_code for _ in range(2)] == [303, 303]
    with acting(as_alice(practice)) as session:
        assert len(session.scalars(select(Signature)).all()) == 1


def test_twenty_posts_at_once_leave_one_signature(
    ready: Walker, acting: Acting, practice: Practice, browser: Callable[..., Browser]
) -> None:
    mark, key = ready.mark("electronic-records"), str(new_id())
    walkers = [Walker(browser(practice.alice), "Alice Hart") for _ in range(20)]
    for number, walker in enumerate(walkers):
        walker.browser.token()
        walker.name = "Alice Hart" if number % 2 else "alice hart"

    def press(walker: Walker) -> int:
        fields = {"idempotency_key": key} if walker.name == "Alice Hart" else {}
        return walker.sign("electronic-records", mark=mark, **fields).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(press, walkers))
    # Browsers of their own may not share a key, so one of those wins and the others are told; nobody sees a crash.
    assert codes <= {303, 422}
    with acting(as_alice(practice)) as session:
        assert len(session.scalars(select(Signature)).all()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signature SET intent = 'I agree to everything'",
        "DELETE FROM signature",
        "TRUNCATE signature",
        "UPDATE consent_text SET content = '', sha256 = encode(sha256(''), 'hex')",
        "DELETE FROM consent_text",
        "UPDATE consent_document SET title = 'Another'",
        "DELETE FROM consent_document",
    ],
)
def test_database_refuses_every_change_even_to_the_owner(ready: Walker, owner: Owner, statement: str) -> None:
    ready.sign("electronic-records")
    with pytest.raises((psycopg.errors.IntegrityConstraintViolation, psycopg.errors.FeatureNotSupported)):
        owner.execute(statement)


def test_web_role_may_not_even_try(ready: Walker, acting: Acting, practice: Practice) -> None:
    ready.sign("electronic-records")
    with pytest.raises(DBAPIError, match="permission denied"), acting(as_alice(practice)):
        db.session.execute(text("DELETE FROM signature"))


def test_nobody_signs_for_somebody_else(ready: Walker, acting: Acting, practice: Practice, owner: Owner) -> None:
    ready.sign("electronic-records")
    columns = "packet_id, client_id, typed_name, intent, document_key, document_version, text_id, sha256, zone"
    forged = (
        f"INSERT INTO signature (id, signer_id, signed_at, sign_in_method, document_id, {columns}) "
        f"SELECT gen_random_uuid(), :me, signed_at, sign_in_method, (SELECT id FROM consent_document "
        f"WHERE key = 'fees_policy'), {columns} FROM signature LIMIT 1"
    )
    owner.execute("CREATE POLICY leak ON signature FOR SELECT TO clinic_web USING (true)")
    try:
        for actor in (practice.bob, practice.dana):
            with pytest.raises(DBAPIError, match="row-level security"), acting(Actor(actor)):
                db.session.execute(text(forged), {"me": actor})
        with pytest.raises(DBAPIError, match="row-level security"), acting(as_alice(practice)):
            db.session.execute(text(forged), {"me": practice.bob})
    finally:
        owner.execute("DROP POLICY leak ON signature")


def test_signature_is_in_the_audit_trail_column_by_column(
    ready: Walker, acting: Acting, practice: Practice, owner: Owner
) -> None:
    ready.sign("electronic-records")
    with acting(as_alice(practice)) as session:
        signature = session.scalars(select(Signature)).one()
        assert signing.unchanged([signature]) == {signature.id}
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE signature SET signed_at = signed_at - interval '1 day'")
    with acting(as_alice(practice)) as session:
        assert signing.unchanged(session.scalars(select(Signature)).all()) == set()


def test_chain_covers_the_signature(ready: Walker, acting: Acting, owner: Owner) -> None:
    ready.sign("electronic-records")
    owner.execute("GRANT INSERT ON audit_link TO clinic_web")
    owner.execute("GRANT DELETE ON audit_pending TO clinic_web")
    with acting():
        audit.link()
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE audit_event SET detail = 'electronic_records 1 0' WHERE action = 'intake.sign'")
    with acting():
        problems = audit.verify().problems
    assert len(problems) == 1
    assert problems[0].endswith("is not what was linked")


def test_stored_bytes_cannot_disagree_with_their_hash(ready: Walker, owner: Owner) -> None:
    ready.sign("electronic-records")
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO consent_text SELECT gen_random_uuid(), document_id, repeat('0', 64), content, made_at "
            "FROM consent_text"
        )


def test_signers_who_saw_the_same_share_one_text(
    ready: Walker, browser: Callable[..., Browser], practice: Practice, owner: Owner
) -> None:
    bob = Walker(browser(practice.bob), "Bob Hart")
    bob.form("safe-contact", **SAFE)
    bob.form("eligibility", **ELIGIBLE)
    ready.sign("electronic-records")
    bob.sign("electronic-records")
    assert owner.execute("SELECT count(*) FROM consent_text").fetchone() == (1,)
    assert owner.execute("SELECT count(DISTINCT client_id) FROM signature").fetchone() == (2,)


def test_finish_needs_every_step_and_happens_once(ready: Walker, owner: Owner) -> None:
    for slug in TEXTS[:-1]:
        ready.sign(slug)
    assert ready.browser.submit("/intake/finish").status_code == 409
    ready.sign(TEXTS[-1])
    assert ready.browser.get("/intake/onward").location == "/intake/finish"
    assert "Send to Dana" in ready.browser.get("/intake/finish").text
    assert [ready.browser.submit("/intake/finish").status_code for _ in range(2)] == [303, 303]
    assert "Thank you. That was the paperwork." in ready.browser.get("/intake/finish").text
    rows = owner.execute("SELECT state, finished_at IS NOT NULL FROM intake_packet").fetchall()
    assert rows == [("finished", True)]
    assert owner.execute("SELECT count(*) FROM audit_event WHERE action = 'intake.finish'").fetchone() == (1,)


def test_signed_at_is_the_moment_of_the_clock(ready: Walker, acting: Acting, practice: Practice) -> None:
    clock.move(timedelta(days=3))
    ready.browser.sign_in_as(practice.alice)
    ready.sign("electronic-records")
    with acting(as_alice(practice)) as session:
        assert abs(session.scalars(select(Signature.signed_at)).one() - clock.now()) < timedelta(minutes=1)
