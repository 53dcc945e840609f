"""The life of a response: opened as a draft, submitted, taken back, opened again as the next revision, shared."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from clinic.core.errors import StaleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires import queries
from clinic.questionnaires.definition import Definition, Visibility
from clinic.questionnaires.drafts import hold_draft
from clinic.questionnaires.errors import AnswersError, BegunError
from clinic.questionnaires.models import Answer, Entry, Response, ResponseScore
from clinic.questionnaires.rules import UNDO, Filled, hidden_keys, is_kept, missing
from clinic.questionnaires.scoring import score
from clinic.questionnaires.values import Reading
from clinic.questionnaires.writing import write_entry, write_top


def open_draft(definition_id: UUID, client_id: UUID, subject_id: UUID, now: datetime) -> Response:
    """The draft for this subject, made when there is none; after a submission, its next revision.

    What was answered last is copied. What its writer keeps moves along, so that deleting it deletes it everywhere, and
    what was shared is shared no longer: its writer's page shows the newest revision, and could not take it back.
    """
    last = queries.current_response(subject_id, definition_id, locked=True)
    if last is not None and not last.is_submitted:
        return last
    draft = Response(
        id=new_id(),
        definition_id=definition_id,
        client_id=client_id,
        subject_id=subject_id,
        revision=last.revision + 1 if last else 1,
        state="draft",
        created_at=now,
        saved_at=now,
    )
    db.session.add(draft)
    db.session.flush()
    if last is not None:
        _carry_over(last, draft, now)
    return draft


def open_paper(definition_id: UUID, client_id: UUID, subject_id: UUID, typed_by: UUID, now: datetime) -> Response:
    """A draft that staff fill from paper in one go, after whatever was sent and they may see.

    Raises BegunError where the client has begun a page of their own, which nobody else sees.
    """
    last = queries.current_response(subject_id, definition_id)
    draft = Response(
        id=new_id(),
        definition_id=definition_id,
        client_id=client_id,
        subject_id=subject_id,
        revision=last.revision + 1 if last else 1,
        state="draft",
        created_at=now,
        saved_at=now,
        typed_by=typed_by,
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
            db.session.flush()
    except IntegrityError as error:
        raise BegunError from error
    return draft


def submit(response: Response, reading: Reading, *, may_have_gaps: bool = False) -> Filled:
    """Freeze the draft and score it; raises AnswersError while required answers are missing, FrozenError once sent.

    `may_have_gaps` takes what is there: of a measure, an answer that somebody did give is never turned away.
    """
    hold_draft(response)
    definition = queries.definition(response.definition_id)
    fields = {each.key: each for each in definition.fields()}
    filled = queries.filled(response)
    errors = missing(tuple(fields.values()), filled.answers)
    if errors and not may_have_gaps:
        raise AnswersError(errors)
    hidden = hidden_keys(tuple(fields.values()), filled.answers)
    write_top(response, dict.fromkeys(hidden), fields, reading.now)
    sent = Filled({key: value for key, value in filled.answers.items() if key not in hidden}, filled.entries)
    response.state, response.submitted_at = "submitted", reading.now
    db.session.flush()
    _score(response, definition, sent, reading)
    return sent


def take_back(response: Response, now: datetime) -> None:
    """Make a response a draft again, which nobody else reads; raises StaleError ten seconds after its submission."""
    db.session.refresh(response, with_for_update=True)
    if response.submitted_at is None or now > response.submitted_at + UNDO:
        raise StaleError("It is on its way already, so it can no longer be taken back.")
    db.session.execute(delete(ResponseScore).where(ResponseScore.response_id == response.id))
    db.session.execute(update(Answer).where(Answer.response_id == response.id).values(released_at=None))
    response.state, response.submitted_at, response.taken_back_at = "draft", None, now
    db.session.flush()


def release(answer: Answer, now: datetime) -> None:
    """Let the partner read this one answer; raises StaleError unless it may be shared and has been sent."""
    response = db.session.get(Response, answer.response_id)
    if answer.visibility != Visibility.PARTNER.value or response is None or not response.is_submitted:
        raise StaleError
    answer.released_at = now


def withdraw(answer: Answer) -> None:
    """The partner reads this answer no longer."""
    answer.released_at = None


def _score(response: Response, definition: Definition, sent: Filled, reading: Reading) -> None:
    if not definition.scores:
        return
    first = queries.first_response(response.client_id, response.definition_id, other_than=response.subject_id)
    earlier = None if first is None else queries.filled(first)
    for each in score(definition, sent, reading.today, earlier):
        db.session.add(
            ResponseScore(response_id=response.id, name=each.name, client_id=response.client_id, value=each.value)
        )
    db.session.flush()


def _carry_over(last: Response, draft: Response, now: datetime) -> None:
    """Copy the answers into the draft; kept ones are moved."""
    definition = queries.definition(last.definition_id)
    filled = queries.filled(last)
    write_top(draft, dict(filled.answers), {each.key: each for each in definition.fields()}, now)
    kept_entries = []
    for entry in filled.entries:
        group = definition.group(entry.group)
        copy = Entry(
            id=new_id(),
            response_id=draft.id,
            client_id=draft.client_id,
            group_key=entry.group,
            held_on=entry.on,
            created_at=now,
            updated_at=now,
        )
        db.session.add(copy)
        db.session.flush()
        write_entry(draft, group, copy, dict(entry.answers), now)
        if is_kept(group, entry):
            kept_entries.append(entry.id)
    kept = Answer.visibility == Visibility.CLIENT.value
    db.session.execute(delete(Answer).where(Answer.response_id == last.id, kept))
    db.session.execute(delete(Entry).where(Entry.id.in_(kept_entries)))
    shared = Answer.released_at.is_not(None)
    db.session.execute(update(Answer).where(Answer.response_id == last.id, shared).values(released_at=None))
