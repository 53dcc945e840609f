"""Drafts, entries, submission, taking back, revisions and sharing, on the real database."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic.core.errors import NotVisibleError, StaleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires import drafts, queries, service
from clinic.questionnaires.definition import HELD_ON
from clinic.questionnaires.errors import AnswerError, AnswersError, EditedDefinitionError, FrozenError
from clinic.questionnaires.files import load_file
from clinic.questionnaires.installation import install, install_folders
from clinic.questionnaires.loading import load_body
from clinic.questionnaires.models import Answer, Entry, QuestionnaireDefinition, Response, ResponseScore
from clinic.questionnaires.values import Reading
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.questionnaires.conftest import FOLDERS, READING, client, draft_of

pytestmark = pytest.mark.usefixtures("installed")
WHEEL = {f"now_{area}": "5" for area in ("work", "friends", "family", "body", "meaning", "play", "home", "inner")}
FULL_WHEEL = WHEEL | {"wanted_body": "7", "wanted_play": "8", "action": "A walk on Sunday", "note": "mine"}


def later(seconds: float) -> Reading:
    return Reading(NOW + timedelta(seconds=seconds), ZONE)


def filled_wheel(practice: Practice, subject: UUID) -> Response:
    draft = draft_of(practice, "whole_self_wheel", subject)
    checked = drafts.save_answers(draft, FULL_WHEEL | {"chosen": ["body", "play"]}, READING)
    assert checked.errors == {}
    return draft


def test_installing_twice_changes_nothing(acting: Acting) -> None:
    with acting():
        assert install_folders(FOLDERS, NOW) == 0
        assert len(db.session.scalars(select(QuestionnaireDefinition)).all()) == 4


def test_edited_file_with_the_same_version_is_refused(acting: Acting) -> None:
    definition, body = load_file(FOLDERS[0] / "own_circle.yaml")
    edited = body | {"title": "Another circle"}
    with acting(), pytest.raises(EditedDefinitionError, match="own_circle version 1"):
        install(load_body(edited, "edited"), edited, NOW)
    newer = edited | {"version": 2}
    with acting():
        assert install(load_body(newer, "edited"), newer, NOW)
        assert queries.latest("own_circle").version == 2
        assert definition.version == 1


def test_installed_version_never_changes(acting: Acting) -> None:
    with pytest.raises(DBAPIError), acting():
        db.session.execute(update(QuestionnaireDefinition).values(title="other"))


def test_stored_body_is_the_definition_of_the_file(acting: Acting) -> None:
    with acting():
        for folder in FOLDERS:
            for path in sorted(Path(folder).glob("*.yaml")):
                definition, _ = load_file(path)
                assert queries.definition(queries.latest(definition.key).id) == definition


def test_draft_is_opened_once(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        first = draft_of(practice, "own_circle", subject)
        assert draft_of(practice, "own_circle", subject).id == first.id
        assert (first.revision, first.state) == (1, "draft")


def test_answer_is_saved_changed_and_cleared(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "whole_self_wheel", subject)
        assert drafts.save_answer(draft, "now_body", "4", READING) == 4
        assert drafts.save_answer(draft, "now_body", "6", later(60)) == 6
    with acting(client(practice.alice)):
        draft = draft_of(practice, "whole_self_wheel", subject)
        assert dict(queries.filled(draft).answers) == {"now_body": 6}
        assert draft.saved_at == NOW + timedelta(seconds=60)
        assert drafts.save_answer(draft, "now_body", "", READING) is None
        assert dict(queries.filled(draft).answers) == {}


def test_unfit_answer_leaves_the_saved_one(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "whole_self_wheel", subject)
        drafts.save_answer(draft, "now_body", "4", READING)
        with pytest.raises(AnswerError):
            drafts.save_answer(draft, "now_body", "14", READING)
        checked = drafts.save_answers(draft, {"now_body": "14", "now_play": "3"}, READING)
        assert set(checked.errors) == {"now_body"}
        assert dict(queries.filled(draft).answers) == {"now_body": 4, "now_play": 3}


@pytest.mark.parametrize("key", ["stranger", "log", "done"])
def test_field_that_is_not_there_is_not_visible(acting: Acting, practice: Practice, subject: UUID, key: str) -> None:
    with acting(client(practice.alice)), pytest.raises(NotVisibleError):
        drafts.save_answer(draft_of(practice, "whole_self_wheel", subject), key, "4", READING)


def test_unchanged_answer_is_not_written_again(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "whole_self_wheel", subject)
        drafts.save_answer(draft, "value", "play", READING)
        drafts.save_answer(draft, "value", " play ", later(60))
        assert [answer.updated_at for answer in queries.answers_of(draft)] == [NOW]


def test_submission_names_what_is_missing_and_changes_nothing(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "whole_self_wheel", subject)
        drafts.save_answers(draft, WHEEL | {"chosen": ["body", "play"], "wanted_body": "7"}, READING)
        with pytest.raises(AnswersError) as caught:
            service.submit(draft, READING)
        assert set(caught.value.errors) == {"wanted_play", "action"}
        assert not draft.is_submitted


def test_submission_freezes_and_scores(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        service.submit(draft, READING)
        assert (draft.state, draft.submitted_at) == ("submitted", NOW)
        scores = {row.name: row.value for row in db.session.scalars(select(ResponseScore))}
        assert scores["wheel.now.body"] == 5.0
        with pytest.raises(FrozenError):
            drafts.save_answer(draft, "now_body", "9", READING)
        with pytest.raises(FrozenError):
            drafts.add_entry(draft, "log", {"done": "yes"}, READING)
        with pytest.raises(FrozenError):
            service.submit(draft, READING)


@pytest.mark.parametrize(
    "statement",
    [
        update(Answer).where(Answer.field == "now_body").values(encrypted=b"forged"),
        update(Answer).where(Answer.field == "note").values(visibility="T"),
        update(Answer).where(Answer.field == "now_body").values(visibility="P"),
        update(Response).values(submitted_at=NOW + timedelta(days=1)),
        update(Response).values(state="draft", submitted_at=None, taken_back_at=NOW + timedelta(seconds=11)),
        update(Response).values(state="draft", submitted_at=None),
        update(Entry).values(held_on=date(2020, 1, 1)),
    ],
)
def test_database_refuses_changes_to_what_was_sent(
    acting: Acting, practice: Practice, subject: UUID, statement: object
) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        drafts.add_entry(draft, "log", {"done": "yes"}, READING)
        service.submit(draft, READING)
    with pytest.raises(IntegrityError, match="no longer change"), acting(client(practice.alice)):
        db.session.execute(statement)  # type: ignore[call-overload]  # one of several kinds of statement


def test_database_refuses_a_new_answer_and_a_deletion_once_sent(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        service.submit(draft, READING)
        row = {"response_id": draft.id, "client_id": practice.alice_client, "visibility": "T", "encrypted": b"x"}
    added = insert(Answer).values(id=new_id(), field="value", updated_at=NOW, **row)
    with pytest.raises(IntegrityError, match="no longer change"), acting(client(practice.alice)):
        db.session.execute(added)
    with pytest.raises(IntegrityError, match="no longer change"), acting(client(practice.alice)):
        db.session.execute(delete(Answer).where(Answer.field == "now_body"))


def test_hidden_answers_are_dropped_when_sent(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        drafts.save_answer(draft, "chosen", ["body", "home"], READING)
        drafts.save_answer(draft, "wanted_home", "9", READING)
        service.submit(draft, READING)
        assert "wanted_play" not in queries.filled(draft).answers


def test_sending_can_be_taken_back_for_ten_seconds(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        service.submit(draft, READING)
        service.take_back(draft, NOW + timedelta(seconds=10))
        assert (draft.state, draft.submitted_at, draft.revision) == ("draft", None, 1)
        assert db.session.scalars(select(ResponseScore)).all() == []
        service.submit(draft, later(20))
        with pytest.raises(StaleError):
            service.take_back(draft, NOW + timedelta(seconds=30.1))
        assert draft.is_submitted


def test_draft_cannot_be_taken_back(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)), pytest.raises(StaleError):
        service.take_back(draft_of(practice, "own_circle", subject), NOW)


def test_next_revision_copies_what_was_sent_and_moves_what_is_kept(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    with acting(client(practice.alice)):
        first = filled_wheel(practice, subject)
        drafts.add_entry(first, "log", {"done": "yes", HELD_ON: "2026-11-20"}, READING)
        service.submit(first, READING)
        second = draft_of(practice, "whole_self_wheel", subject)
        assert (second.revision, second.state) == (2, "draft")
        copied = queries.filled(second)
        assert (copied.answers["action"], copied.answers["note"]) == ("A walk on Sunday", "mine")
        assert [(entry.on, dict(entry.answers)) for entry in copied.entries] == [(date(2026, 11, 20), {"done": "yes"})]
        assert "note" not in queries.filled(first).answers
        assert len(queries.filled(first).entries) == 1


def test_wheel_moves_against_the_first_targets(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        service.submit(filled_wheel(practice, subject), READING)
        second = filled_wheel(practice, new_id())
        drafts.save_answer(second, "now_body", "6", READING)
        service.submit(second, later(3600))
        series = queries.score_series(practice.alice_client, ["wheel.movement", "wheel.moved.body"])
        assert [value for _, value in series["wheel.movement"]] == [0.0, 0.25]
        assert [value for _, value in series["wheel.moved.body"]] == [0.0, 1.0]


def test_entry_is_added_changed_and_deleted(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "own_circle", subject)
        entry = drafts.add_entry(draft, "meetings", {"who": "MK", "ease_before": "3"}, READING)
        assert entry.held_on == date(2026, 11, 24)
        drafts.change_entry(draft, entry.id, {"happened": "yes", "enjoyment": "8", HELD_ON: "2026-11-22"}, READING)
        (changed,) = queries.filled(draft).entries
        assert changed.on == date(2026, 11, 22)
        assert dict(changed.answers) == {"who": "MK", "ease_before": 3, "happened": True, "enjoyment": 8}
        drafts.change_entry(draft, entry.id, {"happened": "no"}, READING)
        assert "enjoyment" not in queries.filled(draft).entries[0].answers
        drafts.delete_entry(draft, entry.id, NOW)
        assert queries.filled(draft).entries == []


def test_entry_with_a_fault_is_not_kept(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = draft_of(practice, "own_circle", subject)
        with pytest.raises(AnswersError) as caught:
            drafts.add_entry(draft, "meetings", {"who": "", "ease_before": "30", HELD_ON: "soon"}, READING)
        assert set(caught.value.errors) == {"who", "ease_before", HELD_ON}
        assert queries.filled(draft).entries == []


def test_entry_of_another_response_is_not_visible(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        entry = drafts.add_entry(draft_of(practice, "own_circle", subject), "meetings", {"who": "MK"}, READING)
        other = draft_of(practice, "own_circle", new_id())
        with pytest.raises(NotVisibleError):
            drafts.change_entry(other, entry.id, {"who": "X"}, READING)
        with pytest.raises(NotVisibleError):
            drafts.add_entry(other, "share", {"who": "X"}, READING)


def letters(response: Response) -> dict[str, str]:
    return {answer.field: answer.visibility for answer in queries.answers_of(response)}


def test_choice_of_readers_letters_the_whole_entry(acting: Acting, practice: Practice, subject: UUID) -> None:
    raws = {"at": "2026-11-23T20:00", "trigger": "A shut door", "origin_note": "As a child"}
    with acting(client(practice.alice)):
        draft = draft_of(practice, "fear_trace", subject)
        entry = drafts.add_entry(draft, "traces", raws, READING)
        assert set(letters(draft).values()) == {"C"}
        drafts.change_entry(draft, entry.id, {"readers": "partner", "sentence": "I was scared"}, READING)
        assert letters(draft) == {"at": "T", "trigger": "T", "origin_note": "C", "readers": "T", "sentence": "P"}
        drafts.change_entry(draft, entry.id, {"trigger": "A slammed door"}, READING)
        assert letters(draft)["trigger"] == "T"
        drafts.change_entry(draft, entry.id, {"readers": ""}, READING)
        assert letters(draft) == {"at": "C", "trigger": "C", "origin_note": "C"}


def test_kept_note_and_kept_entry_can_be_deleted_after_sending(
    acting: Acting, practice: Practice, subject: UUID
) -> None:
    raws = {"at": "2026-11-23T20:00", "trigger": "A shut door", "origin_note": "As a child"}
    with acting(client(practice.alice)):
        draft = draft_of(practice, "fear_trace", subject)
        drafts.save_answer(draft, "note", "mine", READING)
        kept = drafts.add_entry(draft, "traces", raws, READING)
        shared = drafts.add_entry(draft, "traces", raws | {"readers": "therapist"}, READING)
        service.submit(draft, READING)
        drafts.delete_kept_answer(draft, "note")
        drafts.delete_kept_answer(draft, "origin_note", shared.id)
        drafts.delete_entry(draft, kept.id, NOW)
        with pytest.raises(FrozenError):
            drafts.delete_entry(draft, shared.id, NOW)
        with pytest.raises(NotVisibleError):
            drafts.delete_kept_answer(draft, "how_hard")
        left = queries.filled(draft)
        assert (dict(left.answers), [entry.id for entry in left.entries]) == ({}, [shared.id])


def test_release_waits_for_the_sending_and_can_be_withdrawn(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        action = next(answer for answer in queries.answers_of(draft) if answer.field == "action")
        value = next(answer for answer in queries.answers_of(draft) if answer.field == "now_body")
        with pytest.raises(StaleError):
            service.release(action, NOW)
        service.submit(draft, READING)
        with pytest.raises(StaleError):
            service.release(value, NOW)
        service.release(action, NOW)
    with acting(client(practice.bob)):
        assert [queries.open_answer(answer) for answer in queries.released_to_partner(practice.bob_client)] == [
            "A walk on Sunday"
        ]
    with acting(client(practice.alice)):
        service.withdraw(db.session.scalars(select(Answer).where(Answer.field == "action")).one())
    with acting(client(practice.bob)):
        assert queries.released_to_partner(practice.bob_client) == []


def test_taking_back_ends_the_sharing_too(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        draft = filled_wheel(practice, subject)
        service.submit(draft, READING)
        action = next(answer for answer in queries.answers_of(draft) if answer.field == "action")
        service.release(action, NOW)
        db.session.flush()
        service.take_back(draft, NOW)
    with acting(client(practice.bob)):
        assert queries.released_to_partner(practice.bob_client) == []


def test_database_shares_nothing_out_of_a_draft(acting: Acting, practice: Practice, subject: UUID) -> None:
    with acting(client(practice.alice)):
        filled_wheel(practice, subject)
        db.session.execute(update(Answer).where(Answer.field == "action").values(released_at=NOW))
    with acting(client(practice.bob)):
        assert queries.released_to_partner(practice.bob_client) == []
