"""Preparing, releasing and printing reports, on the real database with the roles of worker and web."""

import io
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic.audit.models import AuditEvent
from clinic.clients.models import CareRelationship
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.homework import queries as homework_queries
from clinic.homework import service as homework
from clinic.homework.rules import State
from clinic.outbox.models import OutboxMessage
from clinic.progress import mails, printing, queries, service, vaulting
from clinic.progress.errors import NothingLeftError, NotPreparedError
from clinic.progress.models import ProgressReport
from clinic.progress.rules import Movement, period_due
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.progress.conftest import BEGAN, CANARY, KEPT, NOW, Desk, Working, client, november, therapist

pytestmark = pytest.mark.usefixtures("busy_november")
Owner = psycopg.Connection[tuple[object, ...]]


def prepared(working: Working) -> None:
    with working():
        service.prepare_due(NOW)


def only_report(client_id: UUID) -> ProgressReport:
    return db.session.scalars(select(ProgressReport).where(ProgressReport.client_id == client_id)).one()


def release(acting: Acting, practice: Practice, note: str = "", held_back: tuple[str, ...] = ()) -> UUID:
    with acting(therapist(practice.dana)):
        report = only_report(practice.alice_client)
        service.release(report, practice.dana, note, held_back, NOW)
        return report.id


def test_reports_are_prepared_for_those_who_sent_something(working: Working, practice: Practice) -> None:
    with working():
        assert service.prepare_due(NOW) == 2
    with working():
        assert service.prepare_due(NOW) == 0
        reports = db.session.scalars(select(ProgressReport)).all()
        assert {report.client_id for report in reports} == {practice.alice_client, practice.bob_client}
        assert {(report.state, report.period_start_on, report.period_end_on) for report in reports} == {
            ("prepared", date(2026, 11, 1), date(2026, 11, 30))
        }


@pytest.mark.parametrize(("kind", "due"), [("form", set()), ("measure", {"alice", "bob"}), ("exercise", {"alice"})])
def test_client_who_sent_only_intake_is_not_due(
    working: Working, owner: Owner, practice: Practice, kind: str, due: set[str]
) -> None:
    """There would never be a report, and they would be gathered anew at every run of the month."""
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE questionnaire_definition SET kind = 'form' WHERE kind <> %s", [kind])
    with working():
        period = period_due(NOW, ZONE)
        found = {client_id for client_id, _ in queries.clients_due(period, ZONE, NOW)}
    named = {practice.alice_client: "alice", practice.bob_client: "bob", practice.carol_client: "carol"}
    assert {named[each] for each in found} == due


def test_report_is_made_of_the_clients_own_sent_work(working: Working, practice: Practice) -> None:
    prepared(working)
    with working():
        body = vaulting.body_of(only_report(practice.alice_client))
        bobs = vaulting.body_of(only_report(practice.bob_client))
    assert [(deed.title, deed.entries) for deed in body.deeds] == [
        ("Whole-self wheel", 0),
        ("Own circle", 2),
    ]
    assert [deed.times for deed in body.deeds] == [2, 1]
    assert [one.text for one in body.kept] == ["A swim on Saturday morning", "My sister makes me laugh", CANARY]
    assert {one.movement for one in body.moved} == {Movement.HIGHER}
    assert len(body.moved) == 14
    assert [pulse.values["pause"] for pulse in bobs.pulses] == [5]
    assert (bobs.deeds, bobs.kept, bobs.moved) == ((), (), ())


def test_kept_notes_reach_no_report(working: Working, practice: Practice) -> None:
    prepared(working)
    with working():
        for client_id in (practice.alice_client, practice.bob_client):
            assert KEPT not in repr(vaulting.body_of(only_report(client_id)))


def test_what_hurt_is_not_put_into_a_letter(working: Working, desk: Desk, practice: Practice) -> None:
    trace = {
        "at": "2026-11-20T20:00",
        "trigger": "He went quiet at dinner and would not say why",
        "readers": "therapist",
        "fear": "That he has already left and I did not notice",
        "other_view": "He was tired from the week and said so later",
    }
    private = trace | {"readers": "only_me", "other_view": KEPT}
    desk.send(practice.bob, "fear_trace", november(21), {}, {"traces": [trace, private]})
    prepared(working)
    with working():
        body = vaulting.body_of(only_report(practice.bob_client))
    assert [one.text for one in body.kept] == ["He was tired from the week and said so later"]
    assert [deed.entries for deed in body.deeds] == [1]


def test_next_is_what_was_open_when_the_report_was_made(
    working: Working, acting: Acting, desk: Desk, practice: Practice
) -> None:
    desk.assign(practice.alice, "fear_trace", NOW + timedelta(days=8))  # given tomorrow
    desk.assign(practice.alice, "whole_self_wheel", NOW + timedelta(days=5))
    desk.send(practice.alice, "own_circle", NOW + timedelta(days=2), {})
    excused = desk.assign(practice.alice, "fear_trace", NOW + timedelta(days=4))
    with acting(therapist(practice.dana)):
        homework.close(
            homework_queries.cared_for(excused, practice.dana, NOW), State.EXCUSED, NOW - timedelta(minutes=1)
        )
    prepared(working)
    with working():
        body = vaulting.body_of(only_report(practice.alice_client))
    assert [(one.title, one.due_on) for one in body.upcoming] == [
        ("Own circle", date(2026, 12, 4)),
        ("Whole-self wheel", date(2026, 12, 6)),
    ]


def test_report_waits_for_six_in_the_morning_of_the_first(working: Working) -> None:
    with working():
        assert service.prepare_due(NOW - timedelta(hours=4, minutes=1)) == 1  # Carol's October
        assert {report.period_end_on for report in db.session.scalars(select(ProgressReport))} == {date(2026, 10, 31)}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE care_relationship SET ends_at = %(now)s",
        "UPDATE care_relationship SET kind = 'supervisor'",
        "UPDATE episode SET closed_at = %(now)s",
        "UPDATE client SET state = 'closed', closed_at = %(now)s",
    ],
)
def test_no_report_without_therapist_episode_or_open_record(working: Working, owner: Owner, change: str) -> None:
    owner.execute(change, {"now": NOW - timedelta(days=1)})
    with working():
        assert service.prepare_due(NOW) == 0


def test_month_of_a_client_has_one_report_whatever_the_code_does(working: Working, practice: Practice) -> None:
    prepared(working)
    twin = ProgressReport(
        client_id=practice.alice_client,
        period_start_on=date(2026, 11, 1),
        period_end_on=date(2026, 11, 30),
        state="failed",
        held_back=[],
        tried_at=NOW,
    )
    with pytest.raises(IntegrityError, match="uq_progress_report"), working() as session:
        session.add(twin)


def test_report_that_fails_stops_no_other_and_is_tried_again(
    working: Working, owner: Owner, practice: Practice
) -> None:
    owner.execute(
        "UPDATE vault_key SET wrapped = substr(wrapped, 2) || '\\x00' WHERE owner_id = %s", [practice.alice_client]
    )
    with working():
        assert service.prepare_due(NOW) == 1
        assert only_report(practice.alice_client).state == "failed"
    with working():
        service.prepare_due(NOW + timedelta(minutes=59))
        assert only_report(practice.alice_client).attempts == 1
    with working():
        service.prepare_due(NOW + timedelta(minutes=61))
        assert only_report(practice.alice_client).attempts == 2


def test_release_queues_one_neutral_message(app: Flask, working: Working, acting: Acting, practice: Practice) -> None:
    prepared(working)
    report_id = release(acting, practice, note=f"About {CANARY}")
    with working():
        (message,) = db.session.scalars(select(OutboxMessage)).all()
        assert (message.kind, message.subject_id, message.recipient_id) == (
            "progress.released",
            report_id,
            practice.alice,
        )
        letter = mails.render(message, NOW)
        assert mails.still_wanted(message, NOW) is None
    assert letter is not None
    assert letter.to == "alice.hart@example.org"
    assert letter.subject == "Something new for you at Elm Street Practice"
    assert "http://127.0.0.1/sign-in" in letter.text
    words = (CANARY, "report", "homework", "therap", "Dana", "November", "Hart")
    assert [word for word in words if word in letter.text + letter.subject] == []


def test_shared_mailbox_gets_no_link(working: Working, acting: Acting, owner: Owner, practice: Practice) -> None:
    owner.execute("UPDATE client SET is_mailbox_shared = true WHERE id = %s", [practice.alice_client])
    prepared(working)
    release(acting, practice)
    with working():
        letter = mails.render(db.session.scalars(select(OutboxMessage)).one(), NOW)
    assert letter is not None
    assert letter.text == "Hello Alice,\n\nPlease sign in.\n"


def test_message_is_not_wanted_once_read_or_closed(
    working: Working, acting: Acting, owner: Owner, practice: Practice
) -> None:
    prepared(working)
    release(acting, practice)
    owner.execute("UPDATE client SET state = 'closed', closed_at = %s WHERE id = %s", [NOW, practice.alice_client])
    with working():
        message = db.session.scalars(select(OutboxMessage)).one()
        assert mails.still_wanted(message, NOW) == "record is closed"
    with acting(client(practice.alice)):
        service.opened_by_reader(only_report(practice.alice_client), NOW)
    with working():
        message = db.session.scalars(select(OutboxMessage)).one()
        assert mails.still_wanted(message, NOW) == "report has been read"


def test_report_is_released_once(working: Working, acting: Acting, practice: Practice) -> None:
    prepared(working)
    release(acting, practice)
    with pytest.raises(NotPreparedError):
        release(acting, practice, note="again")
    with working():
        assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


@pytest.mark.parametrize("kind", ["supervisor", "cover"])
def test_cover_releases_and_supervisor_only_reads(
    working: Working, acting: Acting, practice: Practice, kind: str
) -> None:
    prepared(working)
    with acting() as session:
        session.add(
            CareRelationship(
                client_id=practice.alice_client,
                therapist_id=practice.erik,
                kind=kind,
                starts_at=BEGAN,
                ends_at=NOW + timedelta(days=2),
            )
        )
    with acting(therapist(practice.erik)):
        report = queries.report_in_care(only_report(practice.alice_client).id, practice.erik, NOW)
        if kind == "cover":
            service.release(report, practice.erik, "", (), NOW)
        else:
            with pytest.raises(NotVisibleError):
                service.release(report, practice.erik, "", (), NOW)


def test_release_checks_the_care_relationship_again(
    working: Working, acting: Acting, owner: Owner, practice: Practice
) -> None:
    prepared(working)
    with acting(therapist(practice.dana)):
        report = only_report(practice.alice_client)
        owner.execute("UPDATE care_relationship SET ends_at = %s", [NOW - timedelta(seconds=1)])
        with pytest.raises(NotVisibleError):
            service.release(report, practice.dana, "", (), NOW)


def test_everything_held_back_is_not_released(working: Working, acting: Acting, practice: Practice) -> None:
    prepared(working)
    with pytest.raises(NothingLeftError):
        release(acting, practice, held_back=("did", "moved", "said"))
    with acting(therapist(practice.dana)):
        report = only_report(practice.alice_client)
        assert (report.state, report.held_back) == ("prepared", [])


def test_only_parts_that_exist_are_held_back(working: Working, acting: Acting, practice: Practice) -> None:
    prepared(working)
    release(acting, practice, held_back=("said-2", "nonsense"))
    with acting(client(practice.alice)):
        assert only_report(practice.alice_client).held_back == ["said-2"]


def test_web_role_sees_reports_only_through_care_or_release(
    working: Working, acting: Acting, practice: Practice
) -> None:
    """The second wall: without any loader, row-level security answers the same."""
    prepared(working)

    def seen(person: UUID) -> set[UUID]:
        with acting(client(person)):
            return set(db.session.scalars(select(ProgressReport.client_id)))

    assert seen(practice.dana) == {practice.alice_client, practice.bob_client}
    people = (practice.alice, practice.bob, practice.carol, practice.erik, practice.desk, practice.owner)
    assert [seen(person) for person in people] == [set()] * 6
    release(acting, practice)
    assert [seen(person) for person in people] == [{practice.alice_client}, *[set()] * 5]


def test_web_role_cannot_make_a_report_up(acting: Acting, practice: Practice) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), acting(therapist(practice.dana)) as session:
        session.execute(text("DELETE FROM progress_report"))


def test_paper_is_printed_once_and_read_by_its_reader(
    worker_app: Flask, working: Working, acting: Acting, practice: Practice
) -> None:
    prepared(working)
    report_id = release(acting, practice, note="You kept the Thursdays.", held_back=("said-3",))
    with worker_app.app_context():
        assert printing.print_due(NOW) == 1
        assert printing.print_due(NOW + timedelta(days=1)) == 0
    with acting() as session:
        rows = select(AuditEvent.record_id, AuditEvent.client_id).where(AuditEvent.action == "report.print")
        assert session.execute(rows).all() == [(report_id, practice.alice_client)]
    with acting(client(practice.alice)):
        content = vaulting.pdf_of(queries.report_of_reader(report_id, practice.alice))
    assert content is not None
    reader = PdfReader(io.BytesIO(content))
    told = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for said in ("How November went", "Alice Hart", "You kept the Thursdays.", "My sister makes me laugh"):
        assert said in told
    assert [word for word in (CANARY, KEPT, "Bob") if word in told] == []


def test_paper_that_was_released_last_is_printed_first(
    worker_app: Flask, working: Working, acting: Acting, practice: Practice
) -> None:
    prepared(working)
    for hours, client_id in enumerate((practice.bob_client, practice.alice_client)):
        with acting(therapist(practice.dana)):
            service.release(only_report(client_id), practice.dana, "", (), NOW - timedelta(hours=2 - hours))
    with worker_app.app_context():
        assert printing.print_due(NOW, limit=1) == 1
    with acting(therapist(practice.dana)):
        printed = {each: only_report(each).pdf is not None for each in (practice.bob_client, practice.alice_client)}
    assert printed == {practice.bob_client: False, practice.alice_client: True}


def test_paper_that_cannot_be_made_is_tried_later(
    worker_app: Flask, working: Working, acting: Acting, practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(order: object) -> bytes:
        raise ValueError

    prepared(working)
    release(acting, practice)
    with monkeypatch.context() as patched, worker_app.app_context():
        patched.setattr(printing, "printed", broken)
        assert printing.print_due(NOW) == 0
    with worker_app.app_context():
        assert printing.print_due(NOW + timedelta(minutes=9)) == 0
        assert printing.print_due(NOW + timedelta(minutes=11)) == 1


def test_report_that_cannot_be_opened_stops_no_other_paper_and_counts_its_tries(
    worker_app: Flask, working: Working, acting: Acting, owner: Owner, practice: Practice
) -> None:
    prepared(working)
    for client_id in (practice.alice_client, practice.bob_client):
        with acting(therapist(practice.dana)):
            service.release(only_report(client_id), practice.dana, "", (), NOW)
    cut = "UPDATE progress_report SET body = substr(body, 1, length(body) - 1) WHERE client_id = %s"
    owner.execute(cut, [practice.alice_client])
    with worker_app.app_context():
        assert printing.print_due(NOW) == 1
        assert printing.print_due(NOW + timedelta(minutes=11)) == 0
    with working():
        assert only_report(practice.bob_client).pdf is not None
        assert (only_report(practice.alice_client).paper_attempts, only_report(practice.alice_client).pdf) == (2, None)


def test_nothing_said_is_readable_in_the_tables(
    working: Working, acting: Acting, owner: Owner, practice: Practice
) -> None:
    prepared(working)
    release(acting, practice, note=f"About {CANARY}")
    query = "SELECT count(*), count(*) FILTER (WHERE position(%s::bytea IN body || coalesce(note, '')) > 0)"
    assert owner.execute(f"{query} FROM progress_report", [CANARY.encode()]).fetchone() == (2, 0)
