"""Saving a draft, field by field or entry by entry. Any answer can be cleared; nobody else sees any of it."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select

from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires import queries
from clinic.questionnaires.definition import HELD_ON, DateField, EntriesGroup, Field, Visibility
from clinic.questionnaires.errors import AnswerError, AnswersError, FrozenError, Message
from clinic.questionnaires.models import Answer, Entry, Response
from clinic.questionnaires.rules import Checked, check, hidden_keys, missing
from clinic.questionnaires.values import Raw, Reading, Value, read
from clinic.questionnaires.writing import write_entry, write_top

_DAY = DateField(key=HELD_ON, label="Day")


def save_answer(response: Response, key: str, raw: Raw, reading: Reading) -> Value | None:
    """Save or clear one answer and return it as read.

    Raises AnswerError where it does not fit, FrozenError once sent, NotVisibleError for a field that is not there.
    """
    hold_draft(response)
    fields = _top_fields(response)
    if key not in fields:
        raise NotVisibleError
    value = read(fields[key], raw, reading)
    write_top(response, {key: value}, fields, reading.now)
    response.saved_at = reading.now
    return value


def save_answers(response: Response, raws: Mapping[str, Raw], reading: Reading) -> Checked:
    """Save every answer that was sent and fits; what does not fit is in `errors` and stays as it was."""
    hold_draft(response)
    fields = {key: field for key, field in _top_fields(response).items() if key in raws}
    checked = check(tuple(fields.values()), raws, reading)
    values = {key: checked.answers.get(key) for key in fields if key not in checked.errors}
    write_top(response, values, fields, reading.now)
    response.saved_at = reading.now
    return checked


def add_entry(response: Response, group_key: str, raws: Mapping[str, Raw], reading: Reading) -> Entry:
    """A new entry with its answers; raises AnswersError, and nothing is kept, when one does not fit or is missing."""
    hold_draft(response)
    group = group_of(response, group_key)
    values, held_on = _read_entry(group, {}, raws, reading)
    entry = Entry(
        id=new_id(),
        response_id=response.id,
        client_id=response.client_id,
        group_key=group_key,
        held_on=(held_on or reading.today) if group.dated else None,
        created_at=reading.now,
        updated_at=reading.now,
    )
    db.session.add(entry)
    db.session.flush()
    write_entry(response, group, entry, values, reading.now)
    response.saved_at = reading.now
    return entry


def change_entry(response: Response, entry_id: UUID, raws: Mapping[str, Raw], reading: Reading) -> Entry:
    """Replace those answers of an entry that were sent; raises AnswersError, and then changes nothing."""
    hold_draft(response)
    entry = entry_of(response, entry_id)
    group = group_of(response, entry.group_key)
    present = next(each.answers for each in queries.filled(response).entries if each.id == entry_id)
    values, held_on = _read_entry(group, present, raws, reading)
    if group.dated and held_on is not None:
        entry.held_on = held_on
    write_entry(response, group, entry, values, reading.now)
    response.saved_at = reading.now
    return entry


def delete_entry(response: Response, entry_id: UUID, now: datetime) -> None:
    """Delete an entry of a draft, or at any time one that its writer keeps; raises FrozenError for others once sent."""
    entry = entry_of(response, entry_id)
    letters = set(db.session.scalars(select(Answer.visibility).where(Answer.entry_id == entry_id)))
    if response.is_submitted and letters - {Visibility.CLIENT.value}:
        raise FrozenError
    db.session.execute(delete(Answer).where(Answer.entry_id == entry_id))
    db.session.execute(delete(Entry).where(Entry.id == entry.id))
    if not response.is_submitted:
        response.saved_at = now


def delete_kept_answer(response: Response, key: str, entry_id: UUID | None = None) -> None:
    """Delete an answer that is its writer's alone, sent or not; raises NotVisibleError where there is none."""
    gone = db.session.scalars(
        delete(Answer)
        .where(
            Answer.response_id == response.id,
            Answer.entry_id.is_not_distinct_from(entry_id),
            Answer.field == key,
            Answer.visibility == Visibility.CLIENT.value,
        )
        .returning(Answer.id)
    ).all()
    if not gone:
        raise NotVisibleError


def hold_draft(response: Response) -> None:
    """Hold the response, so that saves and the submission come one after the other; raises FrozenError once sent."""
    db.session.refresh(response, with_for_update=True)
    if response.is_submitted:
        raise FrozenError


def entry_of(response: Response, entry_id: UUID) -> Entry:
    """The entry, if it is one of this response; raises NotVisibleError."""
    entry = queries.entry(entry_id)
    if entry.response_id != response.id:
        raise NotVisibleError
    return entry


def group_of(response: Response, key: str) -> EntriesGroup:
    """The group of the response's definition; raises NotVisibleError."""
    try:
        return queries.definition(response.definition_id).group(key)
    except KeyError:
        raise NotVisibleError from None


def _top_fields(response: Response) -> dict[str, Field]:
    form = queries.definition(response.definition_id)
    return {each.key: each for each in form.fields() if not isinstance(each, EntriesGroup)}


def _read_entry(
    group: EntriesGroup, present: Mapping[str, Value], raws: Mapping[str, Raw], reading: Reading
) -> tuple[dict[str, Value | None], date | None]:
    """What to write per field that was sent (None clears it) and the day; raises AnswersError."""
    sent = [each for each in group.fields if each.key in raws]
    checked = check(sent, raws, reading)
    values: dict[str, Value | None] = {each.key: checked.answers.get(each.key) for each in sent}
    merged = {key: value for key, value in {**present, **values}.items() if value is not None}
    errors = missing(group.fields, merged) | checked.errors
    held_on: Value | None = None
    try:
        held_on = read(_DAY, raws.get(HELD_ON), reading)
    except AnswerError as error:
        errors[HELD_ON] = Message(error.message, error.values)
    if errors:
        raise AnswersError(errors)
    cleared = dict.fromkeys(hidden_keys(group.fields, merged))
    return values | cleared, held_on if isinstance(held_on, date) else None
