"""The pages of reports and briefs: who sees them, what they say, and what they cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, select

from clinic.audit.models import AuditEvent
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.desk import office
from clinic.measures import service as measures
from clinic.measures.models import MeasureSchedule
from clinic.outbox.models import OutboxMessage
from clinic.progress import briefs, printing, service
from clinic.progress.models import ProgressReport
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.values import Reading
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_client, make_person
from tests.measures.conftest import raws
from tests.progress.conftest import BEGAN, CANARY, KEPT, NOW, Desk, Working, appointment, client, november, therapist

pytestmark = pytest.mark.usefixtures("busy_november")
Owner = psycopg.Connection[tuple[object, ...]]
Open = Callable[..., Browser]


@pytest.fixture
def report_id(working: Working, practice: Practice) -> UUID:
    """Alice's November, waiting for release."""
    with working():
        service.prepare_due(NOW)
        return db.session.scalars(
            select(ProgressReport.id).where(ProgressReport.client_id == practice.alice_client)
        ).one()


@pytest.fixture
def released(acting: Acting, practice: Practice, report_id: UUID) -> UUID:
    """The same, released with a note and without its last saying."""
    with acting(therapist(practice.dana)):
        report = db.session.get_one(ProgressReport, report_id)
        service.release(report, practice.dana, "You kept the Thursdays.", ["said-3"], NOW)
    return report_id


@pytest.fixture
def brief_at(acting: Acting, working: Working, practice: Practice) -> UUID:
    """The couple's session tomorrow, briefed."""
    with acting() as session:
        both = [practice.alice_client, practice.bob_client]
        made = appointment(session, practice, NOW + timedelta(hours=20), both, couple=practice.couple)
    with working():
        assert briefs.prepare_due(NOW) == 1
    return made


def statements(app: Flask, ask: Callable[[], object]) -> int:
    """How many statements the database got."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def audited(acting: Acting, action: str) -> list[tuple[str, UUID | None]]:
    with acting():
        rows = db.session.execute(select(AuditEvent.outcome, AuditEvent.client_id).where(AuditEvent.action == action))
        return [(outcome, client_id) for outcome, client_id in rows]


def test_client_reads_what_was_released(browser: Open, acting: Acting, practice: Practice, released: UUID) -> None:
    alice = browser(practice.alice)
    listed = alice.get("/progress").text
    assert f"/progress/reports/{released}" in listed
    assert "November 2026" in listed
    page = alice.get(f"/progress/reports/{released}")
    assert page.headers["Cache-Control"] == "no-store"
    for said in ("How November went", "You kept the Thursdays.", "My sister makes me laugh", "Clearly higher since"):
        assert said in page.text
    assert page.text.count('role="img"') == 3
    assert [word for word in (CANARY, KEPT) if word in page.text] == []
    assert audited(acting, "report.read") == [("done", practice.alice_client)]


def test_report_that_waits_is_nowhere_for_its_client(browser: Open, practice: Practice, report_id: UUID) -> None:
    alice = browser(practice.alice)
    assert str(report_id) not in alice.get("/progress").text
    assert alice.get(f"/progress/reports/{report_id}").status_code == 404
    assert alice.get(f"/progress/reports/{report_id}/pdf").status_code == 404


def test_nobody_else_sees_a_report_or_tells_it_from_a_missing_one(
    browser: Open, acting: Acting, practice: Practice, released: UUID, brief_at: UUID
) -> None:
    others = (practice.bob, practice.carol, practice.erik, practice.desk, practice.owner)
    paths = ("/progress/reports/{}", "/progress/reports/{}/pdf", "/reports/{}")
    for person in others:
        visitor = browser(person)
        for path in paths:
            if path == "/reports/{}" or person != practice.alice:
                answer, missing = visitor.get(path.format(released)), visitor.get(path.format(new_id()))
                assert (answer.status_code, missing.status_code) == (404, 404)
                assert answer.data == missing.data
        answer, missing = visitor.get(f"/briefs/{brief_at}"), visitor.get(f"/briefs/{new_id()}")
        assert (answer.status_code, missing.status_code) == (404, 404)
        assert visitor.submit(f"/reports/{released}", act="release").status_code == 404
    for path in ("/reports/{}", "/briefs/{}"):
        assert browser(practice.alice).get(path.format(released)).status_code == 404
    assert {outcome for outcome, _ in audited(acting, "report.review")} == {"refused"}
    assert {outcome for outcome, _ in audited(acting, "brief.read")} == {"refused"}


def test_visitor_is_sent_to_sign_in(browser: Open, released: UUID) -> None:
    for path in ("/progress", f"/progress/reports/{released}", "/reports", f"/reports/{released}"):
        answer = browser().get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?next=")


def test_canary_is_on_no_page_of_anybody_else(
    browser: Open, practice: Practice, report_id: UUID, brief_at: UUID
) -> None:
    assert CANARY in browser(practice.dana).get(f"/reports/{report_id}").text
    for person in (practice.bob, practice.carol, practice.erik, practice.desk, practice.owner):
        for path in ("/progress", "/reports", f"/reports/{report_id}", f"/briefs/{brief_at}"):
            assert CANARY not in browser(person).get(path).text


def test_therapist_releases_with_one_press(browser: Open, acting: Acting, practice: Practice, report_id: UUID) -> None:
    dana = browser(practice.dana)
    listed = dana.get("/reports").text
    assert "to release" in listed
    assert "Alice Hart" in listed
    page = dana.get(f"/reports/{report_id}").text
    assert "Release to Alice" in page
    answer = dana.submit(f"/reports/{report_id}", act="release", note="Well done", held_back=["moved"])
    assert (answer.status_code, answer.location) == (303, "/reports")
    alice = browser(practice.alice).get(f"/progress/reports/{report_id}").text
    assert "Well done" in alice
    assert "What moved" not in alice
    assert audited(acting, "report.release") == [("done", practice.alice_client)]


def test_release_sent_twice_has_one_effect(browser: Open, acting: Acting, practice: Practice, report_id: UUID) -> None:
    dana, key = browser(practice.dana), str(new_id())
    answers = [dana.submit(f"/reports/{report_id}", act="release", note="", idempotency_key=key) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/reports")] * 2
    again = dana.submit(f"/reports/{report_id}", act="release", note="")
    assert again.status_code == 409
    assert "not waiting for release any more" in again.text
    with acting():
        assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


def test_therapist_keeps_a_note_for_later(browser: Open, acting: Acting, practice: Practice, report_id: UUID) -> None:
    dana = browser(practice.dana)
    answer = dana.submit(f"/reports/{report_id}", act="keep", note="Half a thought", held_back=["said"])
    assert answer.location == f"/reports/{report_id}"
    page = dana.get(answer.location).text
    assert "Half a thought" in page
    assert "What you wrote that is worth keeping</h2>" not in page
    assert browser(practice.alice).get(f"/progress/reports/{report_id}").status_code == 404
    assert audited(acting, "report.keep") == [("done", practice.alice_client)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"note": "x" * 2001}, "2000"),
        ({"held_back": ["did", "moved", "said"]}, "Everything is held back"),
        ({"held_back": ["nonsense"]}, "choice"),
    ],
)
def test_release_that_cannot_be_is_said_on_the_page(
    browser: Open, practice: Practice, report_id: UUID, fields: dict[str, object], said: str
) -> None:
    sent: dict[str, Any] = {"act": "release", "note": ""} | fields
    answer = browser(practice.dana).submit(f"/reports/{report_id}", **sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert browser(practice.alice).get(f"/progress/reports/{report_id}").status_code == 404


def test_care_that_ended_hides_the_report_at_once(
    browser: Open, owner: Owner, practice: Practice, report_id: UUID
) -> None:
    dana = browser(practice.dana)
    assert dana.get(f"/reports/{report_id}").status_code == 200
    owner.execute("UPDATE care_relationship SET ends_at = %s", [NOW - timedelta(seconds=1)])
    assert dana.get(f"/reports/{report_id}").status_code == 404
    assert "Alice" not in dana.get("/reports").text


def test_pdf_is_served_as_the_worker_made_it(
    browser: Open, worker_app: Flask, practice: Practice, released: UUID
) -> None:
    alice = browser(practice.alice)
    early = alice.get(f"/progress/reports/{released}/pdf")
    assert (early.status_code, early.location) == (303, f"/progress/reports/{released}")
    assert "The PDF is being made" in alice.get(early.location).text
    with worker_app.app_context():
        printing.print_due(NOW)
    answer = alice.get(f"/progress/reports/{released}/pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report-2026-11.pdf"'
    assert answer.data.startswith(b"%PDF-")


def test_pdf_that_cannot_be_made_is_said_to_reader_and_owner(
    browser: Open, practice: Practice, acting: Acting, owner: Owner, released: UUID
) -> None:
    alice, olga, path = browser(practice.alice), browser(practice.owner), f"/progress/reports/{released}/pdf"
    page = "Reports without a PDF"

    def told() -> tuple[str, ...]:
        with acting(Actor(person_id=practice.owner, roles=frozenset({"owner"}))):
            return next(line for line in office.health() if line[0] == page)

    owner.execute("UPDATE progress_report SET paper_attempts = 5, tried_at = %s", [NOW - timedelta(minutes=9)])
    assert "is being made" in alice.get(path, follow_redirects=True).text
    assert told() == (page, "0", "good")
    owner.execute("UPDATE progress_report SET tried_at = %s", [NOW - timedelta(minutes=11)])
    assert "We could not make the PDF." in alice.get(path, follow_redirects=True).text
    assert told() == (page, "1", "needs")
    assert page in olga.get("/today").text
    owner.execute("UPDATE progress_report SET pdf = 'x' WHERE state = 'released'")
    assert told() == (page, "0", "good")


def test_first_visit_says_what_the_place_is_for(browser: Open, practice: Practice, acting: Acting) -> None:
    with acting() as session:
        person = make_person(session, "Nora", "New", ["client"], BEGAN)
        make_client(session, person, practice.dana, BEGAN)
    assert "Nothing to look back on yet" in browser(person).get("/progress").text
    assert "No reports yet" in browser(practice.erik).get("/reports").text


def test_brief_has_a_joint_page_and_a_page_for_the_therapist_alone(
    browser: Open, acting: Acting, practice: Practice, brief_at: UUID
) -> None:
    dana = browser(practice.dana)
    page = dana.get(f"/briefs/{brief_at}").text
    joint, _, private = page.partition("You only: ")
    assert "Start with what matters most today." in joint
    assert "My sister makes me laugh" not in joint
    assert "My sister makes me laugh" in private
    assert page.count("card stack no-print") == 2
    assert dana.get(f"/briefs/{brief_at}?print=all").text.count("no-print") < page.count("no-print")
    assert audited(acting, "brief.read").count(("done", practice.bob_client)) == 2


def test_measures_of_each_are_on_their_you_only_page(
    browser: Open, acting: Acting, practice: Practice, brief_at: UUID
) -> None:
    with acting():
        measures.install_shipped(BEGAN)
    with acting(therapist(practice.dana)):
        line = measures.schedule(practice.bob_client, "gad7", 14, NOW.date(), practice.dana, NOW).id
    with acting(client(practice.bob)):
        version, reading = questionnaires.latest("gad7").id, Reading(NOW, ZONE)
        answers = measures.read_answers(questionnaires.definition(version), raws([2] * 7), reading)
        measures.take(db.session.get_one(MeasureSchedule, line), version, answers, reading, ZONE)
    joint, alice, bob = browser(practice.dana).get(f"/briefs/{brief_at}").text.split("You only: ")
    assert "GAD-7" not in joint + alice
    assert "14 / 21" in bob


def test_brief_before_its_time_says_when_it_comes(browser: Open, acting: Acting, practice: Practice) -> None:
    with acting() as session:
        later = appointment(session, practice, NOW + timedelta(days=5), [practice.alice_client])
    assert "24 hours before the session" in browser(practice.dana).get(f"/briefs/{later}").text


def test_therapist_of_one_partner_alone_does_not_open_the_couples_brief(
    browser: Open, owner: Owner, practice: Practice, brief_at: UUID
) -> None:
    owner.execute(
        "UPDATE care_relationship SET therapist_id = %s WHERE client_id = %s", [practice.erik, practice.bob_client]
    )
    assert browser(practice.dana).get(f"/briefs/{brief_at}").status_code == 404
    assert browser(practice.erik).get(f"/briefs/{brief_at}").status_code == 404


def test_lists_cost_the_same_with_one_report_and_with_thirty(
    app: Flask, browser: Open, acting: Acting, working: Working, practice: Practice, released: UUID, desk: Desk
) -> None:
    dana, alice = browser(practice.dana), browser(practice.alice)
    for path in ("/reports", "/progress"):
        dana.get(path)
        alice.get(path)
    few = statements(app, lambda: dana.get("/reports")), statements(app, lambda: alice.get("/progress"))
    with working() as session:
        first = session.get_one(ProgressReport, released)
        for months in range(1, 31):
            day = first.period_start_on - timedelta(days=31 * months)
            session.add(
                ProgressReport(
                    client_id=first.client_id,
                    period_start_on=day,
                    period_end_on=day,
                    state="released",
                    body=first.body,
                    held_back=[],
                    tried_at=NOW,
                    prepared_at=NOW,
                    released_at=NOW,
                    released_by=practice.dana,
                )
            )
    desk.pulse(practice.alice, november(29), 4)
    many = statements(app, lambda: dana.get("/reports")), statements(app, lambda: alice.get("/progress"))
    assert many == few
    assert "Page 1 of 2, 32 in all" in dana.get("/reports").text
