"""The life of an assignment on the real database."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from clinic.audit.models import AuditEvent
from clinic.clients.models import CareRelationship
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.homework import queries, service
from clinic.homework.errors import AssignmentError, StateError
from clinic.homework.models import Assignment
from clinic.homework.rules import OpenWork, State
from clinic.homework.service import Task
from clinic.outbox.models import OutboxMessage
from clinic.questionnaires import drafts
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.visibility import Readers
from tests.conftest import NOW, Acting
from tests.factories import Practice
from tests.homework.conftest import DUE, Given, client, nobody, reading, state_of, the, therapist, trail


def test_assigning_keeps_words_encrypted_and_leaves_a_trace(
    acting: Acting, practice: Practice, given: Given, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    canary = "canary-assignment-52"
    assignment_id = given(reason=canary, when_and_where=canary, obstacle=canary, confidence=8, target=3)
    (stored,) = owner.execute("SELECT assignment::text FROM assignment").fetchall()
    assert canary not in str(stored)
    assert canary.encode().hex() not in str(stored)
    with acting(client(practice.alice)):
        words = service.words_of(the(assignment_id))
        assert (words["reason"], words["obstacle"], words["feedback"]) == (canary, canary, "")
        events = db.session.execute(select(AuditEvent.action, AuditEvent.client_id)).all()
        assert ("homework.assign", practice.alice_client) in [tuple(event) for event in events]


def test_form_is_no_homework_and_the_past_no_due_moment(acting: Acting, practice: Practice, given: Given) -> None:
    with pytest.raises(AssignmentError):
        given(due_at=NOW)
    with acting(therapist(practice.dana)), pytest.raises(NotVisibleError):
        service.assign(practice.alice_client, Task(nobody(), DUE), practice.dana, NOW)


def test_opening_saving_sending_and_reviewing(acting: Acting, practice: Practice, sent: UUID) -> None:
    with acting(therapist(practice.dana)):
        assignment = the(sent)
        assert (assignment.state, assignment.client_quality) == ("submitted", 3)
        assert assignment.sent_at == assignment.first_sent_at == NOW + timedelta(seconds=60)
        service.review(assignment, "That took courage.", 4, reading(days=1).now)
    with acting(client(practice.alice)):
        assignment = the(sent)
        assert (assignment.state, assignment.therapist_quality) == ("reviewed", 4)
        assert service.words_of(assignment)["feedback"] == "That took courage."
        with pytest.raises(StateError):
            service.draft_of(assignment, reading(days=2).now)


def test_first_look_opens_and_the_first_word_starts(acting: Acting, practice: Practice, given: Given) -> None:
    assignment_id = given()
    with acting(client(practice.alice)):
        assignment = the(assignment_id)
        service.mark_opened(assignment, NOW)
        assert (assignment.state, assignment.opened_at) == ("opened", NOW)
        service.mark_opened(assignment, reading(days=1).now)
        assert assignment.opened_at == NOW
        first = service.draft_of(assignment, NOW)
        assert assignment.state == "in_progress"
        assert service.draft_of(assignment, NOW).id == first.id


def test_unfinished_draft_is_not_sent(acting: Acting, practice: Practice, given: Given) -> None:
    assignment_id = given("whole_self_wheel")
    with acting(client(practice.alice)):
        with pytest.raises(AnswersError) as caught:
            service.send(the(assignment_id), reading())
        assert "chosen" in caught.value.errors
        assert state_of(assignment_id) is State.IN_PROGRESS


def test_sending_can_be_undone_for_ten_seconds(acting: Acting, practice: Practice, sent: UUID) -> None:
    with acting(client(practice.alice)):
        assignment = the(sent)
        service.undo(assignment, reading(seconds=70).now)
        assert (assignment.state, assignment.sent_at, assignment.first_sent_at) == ("in_progress", None, None)
        service.send(assignment, reading(seconds=100))
        with pytest.raises(StateError):
            service.undo(assignment, reading(seconds=111).now)
    assert trail(acting).count("homework.take_back") == 1


def test_therapist_waits_until_it_can_no_longer_be_taken_back(acting: Acting, practice: Practice, sent: UUID) -> None:
    with acting(therapist(practice.dana)):
        early = reading(seconds=69).now
        assert db.session.scalars(queries.to_review(practice.dana, early)).all() == []
        with pytest.raises(StateError):
            service.review(the(sent), "", None, early)
        with pytest.raises(StateError):
            service.give_back(the(sent), "Once more", early)
        later = reading(seconds=71).now
        assert [each.id for each in db.session.scalars(queries.to_review(practice.dana, later))] == [sent]
        assert db.session.scalars(queries.to_review(practice.erik, later)).all() == []


def test_return_needs_a_reason_and_opens_the_next_revision(acting: Acting, practice: Practice, sent: UUID) -> None:
    later = reading(days=1)
    with acting(therapist(practice.dana)):
        with pytest.raises(AssignmentError):
            service.give_back(the(sent), "  ", later.now)
        service.give_back(the(sent), "Could you add the second meeting?", later.now)
    with acting(client(practice.alice)):
        assignment = the(sent)
        assert (assignment.state, service.words_of(assignment)["return_reason"]) == (
            "returned",
            "Could you add the second meeting?",
        )
        draft = service.draft_of(assignment, later.now)
        assert (draft.revision, assignment.state) == (2, "in_progress")
        drafts.add_entry(draft, "meetings", {"who": "J", "happened": "yes"}, later)
        service.send(assignment, later)
        assert assignment.first_sent_at == NOW + timedelta(seconds=60)
        assert assignment.sent_at == later.now
    with acting(therapist(practice.dana)):
        revisions = questionnaires.responses_of(sent)
        assert [len(questionnaires.filled(each).entries) for each in revisions] == [1, 2]


def test_asking_for_help_changes_nothing_else_and_ends_with_sending(
    acting: Acting, practice: Practice, given: Given
) -> None:
    assignment_id = given()
    with acting(client(practice.alice)):
        service.ask_for_help(the(assignment_id), "smaller", "Calling is too much", NOW)
        with pytest.raises(StateError):
            service.ask_for_help(the(assignment_id), "louder", "", NOW)
    with acting(therapist(practice.dana)):
        (asking,) = queries.asking_for_help(practice.dana, NOW, 5)
        assert (asking.state, asking.help_kind) == ("assigned", "smaller")
        assert service.words_of(asking)["help_words"] == "Calling is too much"
        assert queries.asking_for_help(practice.erik, NOW, 5) == []
        service.answer_help(asking)
        assert queries.asking_for_help(practice.dana, NOW, 5) == []
    with acting(client(practice.alice)):
        service.ask_for_help(the(assignment_id), "stuck", "", NOW)
        service.send(the(assignment_id), reading())
        assert the(assignment_id).help_kind is None
        with pytest.raises(StateError):
            service.ask_for_help(the(assignment_id), "stuck", "", NOW)
    assert [each for each in trail(acting) if each in ("homework.ask", "homework.answer")] == [
        "homework.ask",
        "homework.answer",
        "homework.ask",
    ]


@pytest.mark.parametrize("state", [State.EXCUSED, State.CANCELLED, State.EXPIRED])
def test_closing_skips_what_is_queued_about_it(acting: Acting, practice: Practice, given: Given, state: State) -> None:
    assignment_id = given()
    with acting() as session:
        session.add(
            OutboxMessage(
                id=new_id(),
                kind="homework.due",
                subject_id=assignment_id,
                moment=DUE,
                recipient_id=practice.alice,
                channel="email",
                state="queued",
                not_before_at=DUE,
                next_try_at=DUE,
                attempts=0,
                message_id="<1@clinic>",
                queued_at=NOW,
            )
        )
    with acting(therapist(practice.dana)):
        service.close(the(assignment_id), state, NOW)
        assert state_of(assignment_id) is state
        assert db.session.scalar(select(OutboxMessage.state)) == "skipped"
        with pytest.raises(StateError):
            service.close(the(assignment_id), state, NOW)


def test_closing_to_another_state_is_refused(acting: Acting, practice: Practice, given: Given) -> None:
    assignment_id = given()
    with acting(therapist(practice.dana)), pytest.raises(StateError):
        service.close(the(assignment_id), State.REVIEWED, NOW)


def test_what_stays_open_for_sixty_days_expires(acting: Acting, practice: Practice, given: Given) -> None:
    assignment_id = given()
    with acting():
        assert service.expire_old(DUE + timedelta(days=60)) == 0
        assert service.expire_old(DUE + timedelta(days=60, seconds=1)) == 1
        assert state_of(assignment_id) is State.EXPIRED


@pytest.mark.parametrize(
    "values",
    [
        {"state": "lost"},
        {"state": "submitted"},
        {"state": "reviewed"},
        {"state": "returned", "sent_at": NOW},
        {"state": "excused"},
        {"confidence": 11},
        {"therapist_quality": 5},
        {"client_quality": -1},
        {"target": 0},
        {"due_at": NOW},
        {"help_kind": "stuck"},
    ],
)
def test_database_refuses_what_must_never_be(
    acting: Acting, practice: Practice, given: Given, values: dict[str, object]
) -> None:
    given()
    with pytest.raises(IntegrityError), acting(therapist(practice.dana)):
        db.session.execute(update(Assignment).values(**values))


def test_reminder_makes_sense_while_the_work_is_open_and_due_then(
    acting: Acting, practice: Practice, given: Given
) -> None:
    soon = given()
    cancelled = given(client_id=practice.carol_client, by=practice.erik)
    with acting():
        service.close(the(cancelled), State.CANCELLED, NOW)
        assert queries.is_still_due(soon, DUE)
        assert not queries.is_still_due(soon, DUE + timedelta(days=1))
        assert not queries.is_still_due(cancelled, DUE)


def test_adherence_of_many_takes_one_statement(acting: Acting, practice: Practice, sent: UUID, given: Given) -> None:
    given(due_at=NOW + timedelta(days=1))
    given(client_id=practice.bob_client, due_at=NOW + timedelta(days=1))
    ids = [practice.alice_client, practice.bob_client, practice.carol_client]
    with acting():
        result = queries.adherence_of(ids, reading(days=2).now)
        assert [(result[each].done, result[each].due) for each in ids] == [(1, 2), (0, 1), (0, 0)]


def test_open_work_knows_minutes_and_rhythm(acting: Acting, practice: Practice, sent: UUID, given: Given) -> None:
    given("whole_self_wheel")
    given("pulse")
    with acting():
        load = queries.open_work(practice.alice_client)
        assert sorted(load, key=lambda each: each.minutes) == [OpenWork(2, 7), OpenWork(20, 28)]
        assert queries.open_work(practice.bob_client) == []


def test_readers_know_therapist_and_couple(acting: Acting, practice: Practice) -> None:
    with acting():
        now = reading(days=1).now
        assert service.readers_of(practice.alice_client, now) == Readers("Dana", in_couple=True)
        assert service.readers_of(practice.carol_client, now) == Readers("Erik")


def test_client_without_a_therapist_has_no_readers(acting: Acting, practice: Practice) -> None:
    with acting():
        db.session.execute(
            update(CareRelationship).values(starts_at=NOW - timedelta(days=9000), ends_at=NOW - timedelta(days=8000))
        )
        with pytest.raises(NotVisibleError):
            service.readers_of(practice.alice_client, NOW)


def test_only_the_person_and_their_therapist_find_an_assignment(
    acting: Acting, practice: Practice, given: Given
) -> None:
    assignment_id = given()
    now = reading(days=3650).now
    with acting():
        assert queries.own(assignment_id, practice.alice).id == assignment_id
        assert queries.cared_for(assignment_id, practice.dana, now).id == assignment_id
        for person in (practice.bob, practice.carol, practice.dana):
            with pytest.raises(NotVisibleError):
                queries.own(assignment_id, person)
        for person in (practice.erik, practice.alice, practice.desk, practice.owner):
            with pytest.raises(NotVisibleError):
                queries.cared_for(assignment_id, person, now)
            with pytest.raises(NotVisibleError):
                queries.client_in_care(practice.alice_client, person, now)
        assert queries.client_in_care(practice.alice_client, practice.dana, now).person.given_name == "Alice"


def test_same_response_row_is_never_made_twice(acting: Acting, practice: Practice, sent: UUID) -> None:
    with acting(client(practice.alice)):
        row = questionnaires.responses_of(sent)[0]
        values = {"definition_id": row.definition_id, "client_id": row.client_id, "subject_id": sent, "revision": 1}
        again = insert(type(row)).values(id=new_id(), state="draft", created_at=NOW, saved_at=NOW, **values)
    with pytest.raises(IntegrityError), acting(client(practice.alice)):
        db.session.execute(again)
