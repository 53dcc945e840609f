"""Gather the facts about one client from their own sent work. What they keep, and what the partner wrote, stays out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from clinic.booking.models import Appointment, Attendee
from clinic.core.zones import day_bounds, wall
from clinic.database.session import db
from clinic.progress import assignments
from clinic.progress.material import Material, Pulse, Saying, Task, Wheel
from clinic.progress.names import AREAS, LINES
from clinic.progress.rules import Period
from clinic.questionnaires import queries as answers
from clinic.questionnaires.definition import Definition, Field, Kind, TextField
from clinic.questionnaires.models import Response
from clinic.questionnaires.rules import UNDO, Filled, counts, readable
from clinic.questionnaires.values import Value

HARDNESS = "how_hard"
# What hurt belongs into the session, not into a letter that somebody opens alone.
NOT_IN_A_LETTER = frozenset({"trigger", "reaction", "feeling_under", "fear", "belief"})
WHEEL, PULSE = "wheel.now.", "pulse."


def of_period(client_id: UUID, opened_at: datetime, period: Period, zone: str, now: datetime) -> Material:
    """What a report of that period is made of; wheels and pulses go back to the beginning of the episode."""
    start, _ = day_bounds(period.start_on, zone)
    _, end = day_bounds(period.end_on, zone)
    return _gathered(client_id, opened_at, start, end, zone, now, NOT_IN_A_LETTER)


def since(client_id: UUID, opened_at: datetime, start: datetime, zone: str, now: datetime) -> Material:
    """What a brief is made of: everything from the last session until now, but for what can still be taken back."""
    return _gathered(client_id, opened_at, start, now - UNDO, zone, now)


def pulses(client_id: UUID, opened_at: datetime, zone: str) -> list[Pulse]:
    """The client's pulses since `opened_at`, oldest first."""
    return [Pulse(on, values) for on, values in _readings(client_id, PULSE, LINES, opened_at, zone)]


def wheels(client_id: UUID, opened_at: datetime, zone: str) -> list[Wheel]:
    """The client's wheels since `opened_at`, oldest first."""
    return [Wheel(on, values) for on, values in _readings(client_id, WHEEL, AREAS, opened_at, zone)]


def _gathered(
    client_id: UUID,
    opened_at: datetime,
    start: datetime,
    end: datetime,
    zone: str,
    now: datetime,
    left_out: Collection[str] = (),
) -> Material:
    first, last = wall(start, zone).date(), wall(end - timedelta(microseconds=1), zone).date()
    tasks = assignments.tasks_of(client_id, start, end, zone)
    sayings: list[Saying] = []
    for response in _sent(client_id, end):
        form = answers.definition(response.definition_id)
        if form.kind is not Kind.EXERCISE or response.submitted_at is None:
            continue
        filled, sent_on = readable(form, answers.filled(response)), wall(response.submitted_at, zone).date()
        if response.submitted_at >= start:
            sayings.extend(Saying(text, form.title, sent_on, asked) for asked, text in said(form, filled, left_out))
        if response.subject_id in tasks:
            counted = _counted(form, filled, (first, last), sent_on)
            tasks[response.subject_id] = _told(tasks[response.subject_id], form, filled, counted)
    return Material(
        tasks=tuple(tasks.values()),
        sayings=tuple(sayings),
        pulses=tuple(one for one in pulses(client_id, opened_at, zone) if one.on <= last),
        wheels=tuple(one for one in wheels(client_id, opened_at, zone) if one.on <= last),
        upcoming=tuple(assignments.upcoming(client_id, zone, now)),
        sessions=_sessions(client_id, start, end),
        next_session_at=_next_session(client_id, now),
    )


def said(form: Definition, filled: Filled, left_out: Collection[str] = ()) -> list[tuple[str, str]]:
    """Question and answer of each longer text for the therapist; no safety question, nothing kept or left out."""
    found = _texts(form.fields(), filled.answers, left_out)
    for entry in filled.entries:
        found.extend(_texts(form.group(entry.group).fields, entry.answers, left_out))
    return found


def _texts(fields: Iterable[Field], given: Mapping[str, Value], left_out: Collection[str]) -> list[tuple[str, str]]:
    """In the order in which the questions stand on the sheet."""
    telling = [
        each
        for each in fields
        if isinstance(each, TextField) and each.max_length > 50 and not each.safety and each.visibility in {"T", "P"}
    ]
    told = ((each.label, given.get(each.key)) for each in telling if each.key not in left_out)
    return [(label, value.strip()) for label, value in told if isinstance(value, str) and value.strip()]


def _told(task: Task, form: Definition, filled: Filled, entries: int) -> Task:
    target = task.target or sum(group.target or 0 for group in form.groups()) or None
    hardness = filled.answers.get(HARDNESS)
    is_number = isinstance(hardness, int) and not isinstance(hardness, bool)
    return replace(task, entries=entries, target=target, hardness=float(str(hardness)) if is_number else None)


def _counted(form: Definition, filled: Filled, period: tuple[date, date], sent_on: date) -> int:
    """Entries of the groups that have a target; one without a day of its own belongs to the day of sending."""
    first, last = period
    return sum(
        form.group(entry.group).target is not None
        and counts(form.group(entry.group), entry)
        and first <= (entry.on or sent_on) <= last
        for entry in filled.entries
    )


def _sent(client_id: UUID, end: datetime) -> Sequence[Response]:
    """The latest sent revision of each piece of work."""
    latest = (
        select(Response.id)
        .where(Response.client_id == client_id, Response.state == "submitted", Response.submitted_at < end)
        .ext(distinct_on(Response.subject_id, Response.definition_id))
        .order_by(Response.subject_id, Response.definition_id, Response.revision.desc())
    )
    return db.session.scalars(select(Response).where(Response.id.in_(latest)).order_by(Response.submitted_at)).all()


def _readings(
    client_id: UUID, prefix: str, keys: Sequence[str], opened_at: datetime, zone: str
) -> list[tuple[date, dict[str, float]]]:
    """Scores of one moment belong together; two on one day are one reading, the later."""
    series = answers.score_series(client_id, [prefix + key for key in keys], opened_at)
    by_day: dict[date, dict[str, float]] = {}
    for key in keys:
        for at, value in series[prefix + key]:
            by_day.setdefault(wall(at, zone).date(), {})[key] = value
    return sorted(by_day.items())


def _sessions(client_id: UUID, start: datetime, end: datetime) -> int:
    """Sessions in that time of which it is noted that the client came."""
    rows = db.session.scalars(
        select(Appointment.id)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == client_id,
            Attendee.attendance.in_(("arrived", "late")),
            Appointment.state == "confirmed",
            Appointment.starts_at >= start,
            Appointment.ends_at < end,
        )
    )
    return len(rows.all())


def _next_session(client_id: UUID, now: datetime) -> datetime | None:
    return db.session.scalar(
        select(Appointment.starts_at)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(Attendee.client_id == client_id, Appointment.state == "confirmed", Appointment.starts_at > now)
        .order_by(Appointment.starts_at)
        .limit(1)
    )
