"""Reading definitions, responses and answers. Which rows there are for whom, row-level security says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from clinic.clients.models import Couple, CoupleMember
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.loading import load_body
from clinic.questionnaires.models import Answer, Entry, QuestionnaireDefinition, Response, ResponseScore
from clinic.questionnaires.rules import Filled, FilledEntry
from clinic.questionnaires.values import Value, decode
from clinic.vault.service import Owner, decrypt

_known: dict[UUID, Definition] = {}


def definition(definition_id: UUID) -> Definition:
    """One installed version, kept in memory since its row never changes; raises NotVisibleError."""
    return definitions([definition_id])[definition_id]


def definitions(definition_ids: Iterable[UUID]) -> dict[UUID, Definition]:
    """Several of them with at most one statement; raises NotVisibleError when one is missing."""
    wanted = set(definition_ids)
    unknown = wanted - _known.keys()
    if unknown:
        rows = db.session.scalars(select(QuestionnaireDefinition).where(QuestionnaireDefinition.id.in_(unknown))).all()
        if len(rows) != len(unknown):
            raise NotVisibleError
        _known.update({row.id: load_body(row.body, row.key) for row in rows})
    return {each: _known[each] for each in wanted}


def forget_definitions() -> None:
    """Read every definition afresh; for tests, whose rows come and go."""
    _known.clear()


def latest(key: str) -> QuestionnaireDefinition:
    """The newest installed version of `key`; raises NotVisibleError where none is."""
    row = db.session.scalars(
        select(QuestionnaireDefinition)
        .where(QuestionnaireDefinition.key == key)
        .order_by(QuestionnaireDefinition.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotVisibleError
    return row


def newest_of_each(kinds: Sequence[str]) -> list[QuestionnaireDefinition]:
    """The newest version of every key of these kinds, by title."""
    newest = (
        select(QuestionnaireDefinition.id)
        .where(QuestionnaireDefinition.kind.in_(kinds))
        .ext(distinct_on(QuestionnaireDefinition.key))
        .order_by(QuestionnaireDefinition.key, QuestionnaireDefinition.version.desc())
    )
    rows = select(QuestionnaireDefinition).where(QuestionnaireDefinition.id.in_(newest))
    return list(db.session.scalars(rows.order_by(QuestionnaireDefinition.title)))


def current_response(subject_id: UUID, definition_id: UUID, *, locked: bool = False) -> Response | None:
    """The newest revision that the acting person may see; `locked` holds it until the transaction ends."""
    query = (
        select(Response)
        .where(Response.subject_id == subject_id, Response.definition_id == definition_id)
        .order_by(Response.revision.desc())
        .limit(1)
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def responses_of(subject_id: UUID) -> list[Response]:
    """Every revision that the acting person may see, oldest first."""
    query = select(Response).where(Response.subject_id == subject_id).order_by(Response.revision)
    return list(db.session.scalars(query))


def first_response(client_id: UUID, definition_id: UUID, other_than: UUID) -> Response | None:
    """The client's first submitted response to this version, for another subject than `other_than`."""
    query = (
        select(Response)
        .where(
            Response.client_id == client_id,
            Response.definition_id == definition_id,
            Response.subject_id != other_than,
            Response.state == "submitted",
        )
        .order_by(Response.submitted_at)
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def answers_of(response: Response) -> list[Answer]:
    """The answer rows that the acting person may see, in the order they were made."""
    return list(db.session.scalars(select(Answer).where(Answer.response_id == response.id).order_by(Answer.id)))


def entries_of(response: Response) -> list[Entry]:
    """The entries that the acting person may see, oldest day first."""
    query = select(Entry).where(Entry.response_id == response.id)
    return list(db.session.scalars(query.order_by(Entry.held_on.nulls_first(), Entry.id)))


def filled(response: Response) -> Filled:
    """Everything in the response that the acting person may read, decrypted; two statements and the key."""
    form = definition(response.definition_id)
    groups = {group.key: group for group in form.groups()}
    top: dict[str, Value] = {}
    inside: dict[UUID, dict[str, Value]] = {}
    entries = entries_of(response)
    group_of = {entry.id: entry.group_key for entry in entries}
    for answer in answers_of(response):
        if answer.entry_id is None:
            top[answer.field] = decode(form.field(answer.field), open_answer(answer))
        elif answer.entry_id in group_of:
            field = groups[group_of[answer.entry_id]].field(answer.field)
            inside.setdefault(answer.entry_id, {})[answer.field] = decode(field, open_answer(answer))
    return Filled(
        top, [FilledEntry(each.group_key, inside.get(each.id, {}), each.held_on, each.id) for each in entries]
    )


def open_answer(answer: Answer) -> str:
    """The canonical text of one answer row; raises VaultError when the row was tampered with."""
    return decrypt(Owner("client", answer.client_id), "answer", "encrypted", answer.id, answer.encrypted)


def entry(entry_id: UUID) -> Entry:
    """One entry that the acting person may see; raises NotVisibleError."""
    found = db.session.get(Entry, entry_id)
    if found is None:
        raise NotVisibleError
    return found


def released_to_partner(client_id: UUID, *, limit: int = 50) -> list[Answer]:
    """What the partner of `client_id` has released since the couple was activated, newest first."""
    mine, theirs = aliased(CoupleMember), aliased(CoupleMember)
    query = (
        select(Answer)
        .join(theirs, theirs.client_id == Answer.client_id)
        .join(Couple, Couple.id == theirs.couple_id)
        .join(mine, (mine.couple_id == Couple.id) & (mine.client_id != theirs.client_id))
        .where(mine.client_id == client_id, Couple.state == "active")
        .where(Answer.visibility == "P", Answer.released_at >= Couple.activated_at)
        .order_by(Answer.released_at.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def score_series(
    client_id: UUID, names: Sequence[str], since: datetime | None = None
) -> Mapping[str, list[tuple[datetime, float]]]:
    """Per score name its values over time (moment of submission, value), oldest first, in one statement."""
    query = (
        select(ResponseScore.name, Response.submitted_at, ResponseScore.value)
        .join(
            Response,
            and_(Response.id == ResponseScore.response_id, Response.state == "submitted"),
        )
        .where(ResponseScore.client_id == client_id, ResponseScore.name.in_(names))
        .order_by(Response.submitted_at)
    )
    if since is not None:
        query = query.where(Response.submitted_at >= since)
    series: dict[str, list[tuple[datetime, float]]] = {name: [] for name in names}
    for name, at, value in db.session.execute(query):
        if at is not None:
            series[name].append((at, value))
    return series
