"""Homework as reports and briefs see it: what was due or sent in a stretch of time, and what is open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from clinic.core.zones import wall
from clinic.database.session import db
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.homework.rules import State
from clinic.progress.material import Task, Upcoming
from clinic.questionnaires.definition import Kind
from clinic.questionnaires.models import QuestionnaireDefinition

MOST_UPCOMING = 5


def tasks_of(client_id: UUID, start: datetime, end: datetime, zone: str) -> dict[UUID, Task]:
    """By assignment, what was due or sent from `start` to before `end`; what was cancelled is gone."""
    due = and_(Assignment.due_at >= start, Assignment.due_at < end)
    sent = and_(Assignment.sent_at >= start, Assignment.sent_at < end)
    sent_first = and_(Assignment.first_sent_at >= start, Assignment.first_sent_at < end)
    rows = db.session.execute(
        select(Assignment, QuestionnaireDefinition)
        .join(QuestionnaireDefinition, QuestionnaireDefinition.id == Assignment.definition_id)
        .where(
            Assignment.client_id == client_id,
            Assignment.state != State.CANCELLED,
            or_(due, sent, sent_first),
        )
        .order_by(Assignment.due_at, Assignment.id)
    )
    return {one.id: _task(one, form, end, zone) for one, form in rows}


def upcoming(client_id: UUID, zone: str, now: datetime) -> list[Upcoming]:
    """What was open at `now`, the next due first, five at most; a day that is past is not held against anyone."""
    rows = db.session.execute(
        select(QuestionnaireDefinition.title, Assignment.due_at)
        .join(QuestionnaireDefinition, QuestionnaireDefinition.id == Assignment.definition_id)
        .where(Assignment.client_id == client_id, _open_at(now))
        .order_by(Assignment.due_at, Assignment.id)
        .limit(MOST_UPCOMING)
    )
    return [Upcoming(title, wall(due_at, zone).date() if due_at > now else None) for title, due_at in rows]


def _open_at(now: datetime) -> ColumnElement[bool]:
    """Given by then, and sent or closed later, if at all; what was given back is open again."""
    return and_(
        Assignment.assigned_at <= now,
        or_(Assignment.first_sent_at.is_(None), Assignment.first_sent_at > now, Assignment.state.in_(OPEN_STATES)),
        or_(Assignment.closed_at.is_(None), Assignment.closed_at > now),
    )


def _task(one: Assignment, form: QuestionnaireDefinition, end: datetime, zone: str) -> Task:
    done_at = one.first_sent_at if one.first_sent_at and one.first_sent_at < end else None
    return Task(
        title=form.title,
        key=form.key,
        due_on=wall(one.due_at, zone).date(),
        done_on=wall(done_at, zone).date() if done_at else None,
        target=one.target,
        is_excused=one.state == State.EXCUSED,
        is_reviewed=one.state == State.REVIEWED,
        is_measure=form.kind == Kind.MEASURE,
        quality=one.therapist_quality,
    )
