"""The one place that writes answer rows: encrypted, with the letter of who may read them, and only when they change."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires.definition import EntriesGroup, Field, Visibility
from clinic.questionnaires.models import Answer, Entry, Response
from clinic.questionnaires.queries import open_answer
from clinic.questionnaires.values import Value, encode
from clinic.questionnaires.visibility import entry_visibility
from clinic.vault.service import Owner, encrypt


def write_top(
    response: Response, values: Mapping[str, Value | None], fields: Mapping[str, Field], now: datetime
) -> None:
    """Write or clear (None) answers outside groups."""
    rows = _rows(response, None)
    for key, value in values.items():
        _write(response, None, rows.get(key), key, value, fields[key].visibility, now)
    db.session.flush()


def write_entry(
    response: Response, group: EntriesGroup, entry: Entry, values: Mapping[str, Value | None], now: datetime
) -> None:
    """Write or clear answers of an entry, then give all of its rows the letters that its choice of readers says."""
    rows = _rows(response, entry.id)
    code = _readers_code(group, rows, values)
    for key, value in values.items():
        _write(response, entry.id, rows.get(key), key, value, entry_visibility(group, group.field(key), code), now)
    for key in rows.keys() - values.keys():
        rows[key].visibility = entry_visibility(group, group.field(key), code).value
    entry.updated_at = now
    db.session.flush()


def _readers_code(group: EntriesGroup, rows: Mapping[str, Answer], values: Mapping[str, Value | None]) -> str | None:
    if not group.readers:
        return None
    if group.readers in values:
        chosen = values[group.readers]
        return chosen if isinstance(chosen, str) else None
    return open_answer(rows[group.readers]) if group.readers in rows else None


def _rows(response: Response, entry_id: UUID | None) -> dict[str, Answer]:
    query = select(Answer).where(Answer.response_id == response.id, Answer.entry_id.is_not_distinct_from(entry_id))
    return {answer.field: answer for answer in db.session.scalars(query)}


def _write(
    response: Response,
    entry_id: UUID | None,
    row: Answer | None,
    key: str,
    value: Value | None,
    visibility: Visibility,
    now: datetime,
) -> None:
    if value is None:
        if row is not None:
            db.session.delete(row)
        return
    text = encode(value)
    if row is not None:
        row.visibility = visibility.value
        if open_answer(row) == text:
            return
    row_id = new_id() if row is None else row.id
    encrypted = encrypt(Owner("client", response.client_id), "answer", "encrypted", row_id, text)
    if row is None:
        row = Answer(id=row_id, response_id=response.id, entry_id=entry_id, client_id=response.client_id, field=key)
        row.visibility = visibility.value
    row.encrypted, row.updated_at = encrypted, now
    db.session.add(row)
