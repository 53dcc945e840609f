"""Give an exercise, open it, send it, take it back, ask for help, review it, or give it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.homework import queries
from clinic.homework.errors import AssignmentError, StateError
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.homework.rules import State, can_undo, require_assignable, require_step
from clinic.outbox import service as outbox
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires import service as responses
from clinic.questionnaires.models import Response
from clinic.questionnaires.rules import UNDO
from clinic.questionnaires.values import Reading
from clinic.questionnaires.visibility import Readers
from clinic.vault.service import Owner, decrypt, encrypt

EXPIRES_AFTER = timedelta(days=60)
_COLUMNS = Assignment.__table__.columns.keys()
WORDS = ("reason", "when_and_where", "obstacle", "feedback", "return_reason", "help_words")


@dataclass(frozen=True, slots=True)
class Task:
    """What a therapist decides about an exercise; words may be empty."""

    definition_id: UUID
    due_at: datetime
    is_agreed: bool = False
    confidence: int | None = None
    target: int | None = None
    reason: str = ""
    when_and_where: str = ""
    obstacle: str = ""


def assign(client_id: UUID, task: Task, assigned_by: UUID, now: datetime) -> Assignment:
    """Give the exercise to the client; raises AssignmentError where the task is not possible."""
    require_assignable(task.due_at, now, task.confidence, task.target)
    definition = questionnaires.definition(task.definition_id)
    if definition.kind == "form" or definition.measure:
        raise AssignmentError("This is no homework. Please choose an exercise.")
    assignment = Assignment(
        id=new_id(),
        definition_id=task.definition_id,
        client_id=client_id,
        assigned_by=assigned_by,
        state=State.ASSIGNED,
        is_agreed=task.is_agreed,
        confidence=task.confidence,
        target=task.target,
        due_at=task.due_at,
        assigned_at=now,
    )
    for column in ("reason", "when_and_where", "obstacle"):
        _set_words(assignment, column, getattr(task, column))
    db.session.add(assignment)
    db.session.flush()
    audit.record("homework.assign", "assignment", assignment.id, client_id=client_id)
    return assignment


def mark_opened(assignment: Assignment, now: datetime) -> None:
    """The client has looked at it for the first time."""
    if assignment.state == State.ASSIGNED:
        _hold(assignment)  # it may have been cancelled or excused since it was read
    if assignment.state == State.ASSIGNED:
        _step(assignment, State.OPENED)
        assignment.opened_at = now


def draft_of(assignment: Assignment, now: datetime) -> Response:
    """The client's draft, ready for writing: the next revision after a return. Raises StateError once it is closed."""
    _hold(assignment)
    if assignment.state not in OPEN_STATES:
        raise StateError
    mark_opened(assignment, now)
    if assignment.state != State.IN_PROGRESS:
        _step(assignment, State.IN_PROGRESS)
    return responses.open_draft(assignment.definition_id, assignment.client_id, assignment.id, now)


def response_of(assignment: Assignment) -> Response | None:
    """The newest response to it that the acting person may see."""
    return questionnaires.current_response(assignment.id, assignment.definition_id)


def send(assignment: Assignment, reading: Reading, client_quality: int | None = None) -> None:
    """Send the draft; raises AnswersError while something is missing, StateError when there is nothing to send."""
    draft = draft_of(assignment, reading.now)
    responses.submit(draft, reading)
    _step(assignment, State.SUBMITTED)
    assignment.sent_at = reading.now
    assignment.first_sent_at = assignment.first_sent_at or reading.now
    assignment.client_quality = client_quality
    assignment.help_kind = assignment.help_words = assignment.help_asked_at = None
    db.session.flush()
    audit.record("homework.send", "assignment", assignment.id, client_id=assignment.client_id)


def keep_quality(assignment: Assignment, client_quality: int) -> None:
    """Keep with the draft how well it went; nobody else reads it before it is sent. Raises StateError once closed."""
    _hold(assignment)
    if assignment.state not in OPEN_STATES:
        raise StateError
    assignment.client_quality = client_quality


def undo(assignment: Assignment, now: datetime) -> None:
    """Take back what was sent in the last ten seconds; raises StateError after that."""
    _hold(assignment)
    response = response_of(assignment)
    if response is None or not can_undo(State(assignment.state), assignment.sent_at, now):
        raise StateError
    responses.take_back(response, now)
    _step(assignment, State.IN_PROGRESS)
    if assignment.first_sent_at == assignment.sent_at:
        assignment.first_sent_at = None
    assignment.sent_at = None
    db.session.flush()
    audit.record("homework.take_back", "assignment", assignment.id, client_id=assignment.client_id)


def ask_for_help(assignment: Assignment, kind: str, words: str, now: datetime) -> None:
    """Tell the therapist that it is too much or that there is no way on; nothing else changes, and it costs nothing."""
    _hold(assignment)
    if assignment.state not in OPEN_STATES or kind not in ("smaller", "stuck"):
        raise StateError
    assignment.help_kind, assignment.help_asked_at = kind, now
    _set_words(assignment, "help_words", words)
    db.session.flush()
    audit.record("homework.ask", "assignment", assignment.id, client_id=assignment.client_id)


def answer_help(assignment: Assignment) -> None:
    """The therapist has seen the call for help and talked about it."""
    _hold(assignment)
    assignment.help_kind = assignment.help_words = assignment.help_asked_at = None
    db.session.flush()
    audit.record("homework.answer", "assignment", assignment.id, client_id=assignment.client_id)


def review(assignment: Assignment, feedback: str, quality: int | None, now: datetime) -> None:
    """Close what was sent with words and the therapist's own view of quality (0-4); raises StateError."""
    _hold_sent(assignment, now)
    if quality is not None and not 0 <= quality <= 4:
        raise AssignmentError("Quality is a number from 0 to 4.")
    _step(assignment, State.REVIEWED)
    assignment.reviewed_at, assignment.therapist_quality = now, quality
    _set_words(assignment, "feedback", feedback)
    db.session.flush()
    audit.record("homework.review", "assignment", assignment.id, client_id=assignment.client_id)


def give_back(assignment: Assignment, reason: str, now: datetime) -> None:
    """Return what was sent, with a reason, for another revision; raises AssignmentError without one, StateError."""
    _hold_sent(assignment, now)
    if not reason.strip():
        raise AssignmentError("Please say what the next round is for. It is the first thing they will read.")
    _set_words(assignment, "return_reason", reason)
    _step(assignment, State.RETURNED)
    assignment.returned_at = now
    db.session.flush()
    audit.record("homework.return", "assignment", assignment.id, client_id=assignment.client_id)


def close(assignment: Assignment, state: State, now: datetime) -> None:
    """Excuse, cancel or expire an open assignment, and take back what is queued about it; raises StateError."""
    _hold(assignment)
    if state not in (State.EXCUSED, State.CANCELLED, State.EXPIRED):
        raise StateError
    _step(assignment, state)
    assignment.closed_at = now
    assignment.help_kind = assignment.help_words = assignment.help_asked_at = None
    db.session.flush()
    outbox.skip(assignment.id, now=now, reason=f"homework {state}")
    audit.record(f"homework.{state}", "assignment", assignment.id, client_id=assignment.client_id)


def expire_old(now: datetime) -> int:
    """Expire what has stayed open for sixty days after it was due; a job's work. Returns how many."""
    query = select(Assignment).where(Assignment.state.in_(OPEN_STATES), Assignment.due_at < now - EXPIRES_AFTER)
    old = db.session.scalars(query.limit(200).with_for_update(skip_locked=True)).all()
    for assignment in old:
        close(assignment, State.EXPIRED, now)
    return len(old)


def words_of(assignment: Assignment) -> Mapping[str, str]:
    """What therapist and client wrote about the assignment itself, decrypted; empty where nothing was."""
    owner = Owner("client", assignment.client_id)
    sealed = {column: getattr(assignment, column) for column in WORDS}
    return {
        column: "" if content is None else decrypt(owner, "assignment", column, assignment.id, content)
        for column, content in sealed.items()
    }


def readers_of(client_id: UUID, now: datetime, otherwise: UUID | None = None) -> Readers:
    """Who stands around the client: primary therapist, and a couple or not.

    Where nobody is primary at this moment it names the person `otherwise`; raises NotVisibleError without one.
    """
    therapist = queries.therapist_of(client_id, now)
    if therapist is None and otherwise is not None:
        therapist = db.session.get(Person, otherwise)
    if therapist is None:
        raise NotVisibleError
    return Readers(therapist.given_name, queries.active_couple_of(client_id) is not None)


def _hold(assignment: Assignment) -> None:
    """Lock the row and read its columns afresh; the client and the exercise stay loaded."""
    db.session.flush()
    db.session.refresh(assignment, attribute_names=_COLUMNS, with_for_update=True)


def _hold_sent(assignment: Assignment, now: datetime) -> None:
    """Hold it; what can still be taken back is not the therapist's yet."""
    _hold(assignment)
    if assignment.sent_at is not None and assignment.state == State.SUBMITTED and now <= assignment.sent_at + UNDO:
        raise StateError


def _step(assignment: Assignment, there: State) -> None:
    require_step(State(assignment.state), there)
    assignment.state = there


def _set_words(assignment: Assignment, column: str, words: str) -> None:
    text = words.strip()
    content = (
        encrypt(Owner("client", assignment.client_id), "assignment", column, assignment.id, text) if text else None
    )
    setattr(assignment, column, content)
