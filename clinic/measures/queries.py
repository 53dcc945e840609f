"""Which measures there are, what is due for whom, and what somebody has scored. No list asks once per row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, func, select, type_coerce

from clinic.accounts.models import Person
from clinic.clients.models import Client, Episode
from clinic.clients.queries import in_care, open_couple_of, primary_of
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.measures.instrument import Instrument, build, item_key
from clinic.measures.models import MeasureAdministration, MeasureSchedule
from clinic.measures.rules import Values
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import ChoiceField, Definition
from clinic.questionnaires.models import QuestionnaireDefinition, Response, ResponseScore
from clinic.questionnaires.values import Value


@dataclass(frozen=True, slots=True)
class Due:
    """A measure on somebody's list: since which day it is due, or from which day on it will be."""

    schedule: MeasureSchedule
    due_on: date
    definition_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One administration with its scores by scale."""

    id: UUID
    definition_id: UUID
    response_id: UUID
    on: date
    scores: dict[str, float] = field(default_factory=dict)


@lru_cache(maxsize=128)
def _instrument(definition_id: UUID) -> Instrument:
    return build(questionnaires.definition(definition_id).measure)


def instrument_of(definition_id: UUID) -> Instrument:
    """How an installed version is scored; raises NotVisibleError for what is no measure of this kind."""
    if not questionnaires.definition(definition_id).measure:
        raise NotVisibleError
    return _instrument(definition_id)


def askable() -> list[QuestionnaireDefinition]:
    """The newest version of each measure that has a wording, by title."""
    return [row for row in questionnaires.newest_of_each(("measure",)) if "measure" in row.body]


def versions(measure: str) -> Sequence[QuestionnaireDefinition]:
    """Every wording of a measure that was ever saved, the newest first."""
    query = select(QuestionnaireDefinition).where(QuestionnaireDefinition.key == measure)
    return db.session.scalars(query.order_by(QuestionnaireDefinition.version.desc())).all()


def of_client(client_id: UUID) -> list[Due]:
    """What the client is asked for, the nearest first."""
    return _with_words(_due().where(MeasureSchedule.client_id == client_id))


def due_now(client_id: UUID, today: date) -> list[Due]:
    """What waits for the client to answer; one statement where nothing does."""
    return _with_words(_due().where(MeasureSchedule.client_id == client_id, due_expression() <= today))


def own(schedule_id: UUID, person_id: UUID) -> Due:
    """A measure on the person's own list, due or not; raises NotVisibleError for anyone else's and one that ended."""
    found = _with_words(_due().where(MeasureSchedule.id == schedule_id, Client.person_id == person_id))
    if not found:
        raise NotVisibleError
    return found[0]


def schedule_of(schedule_id: UUID, client_id: UUID) -> MeasureSchedule:
    """A live line of the client's list, held until the transaction ends; raises NotVisibleError."""
    query = select(MeasureSchedule).where(
        MeasureSchedule.id == schedule_id, MeasureSchedule.client_id == client_id, MeasureSchedule.ended_at.is_(None)
    )
    found = db.session.scalar(query.with_for_update())
    if found is None:
        raise NotVisibleError
    return found


def waiting(schedule_id: UUID, today: date) -> bool:
    """True while this one is due; for `still_wanted`."""
    row = db.session.execute(_due().where(MeasureSchedule.id == schedule_id)).one_or_none()
    return row is not None and row[1] <= today


def due_expression() -> ColumnElement[date]:
    """From which day on a row of MeasureSchedule is due: not before it begins, and so long after it was answered."""
    last = (
        select(func.max(MeasureAdministration.taken_on))
        .where(
            MeasureAdministration.client_id == MeasureSchedule.client_id,
            MeasureAdministration.measure == MeasureSchedule.measure,
        )
        .scalar_subquery()
    )
    return type_coerce(func.greatest(MeasureSchedule.starts_on, last + MeasureSchedule.every_days), Date())


def _with_words(query: Select[MeasureSchedule, date]) -> list[Due]:
    """The lines with what they are called now; one whose measure has no wording any more is left out."""
    rows = db.session.execute(query.order_by("due_on", MeasureSchedule.id)).all()
    known = {row.key: row for row in askable()} if rows else {}
    return [
        Due(schedule, on, known[schedule.measure].id, known[schedule.measure].title)
        for schedule, on in rows
        if schedule.measure in known
    ]


def _due() -> Select[MeasureSchedule, date]:
    """The lines that are live; of a closed record there are none."""
    query = select(MeasureSchedule, due_expression().label("due_on"))
    query = query.join(Client, Client.id == MeasureSchedule.client_id)
    return query.where(MeasureSchedule.ended_at.is_(None), Client.state != "closed")


def own_administration(administration_id: UUID, person_id: UUID) -> MeasureAdministration:
    """One time that the person themself has answered; raises NotVisibleError for anyone else's."""
    query = select(MeasureAdministration).join(Client, Client.id == MeasureAdministration.client_id)
    found = db.session.scalar(query.where(MeasureAdministration.id == administration_id, Client.person_id == person_id))
    if found is None:
        raise NotVisibleError
    return found


def taken(client_ids: Iterable[UUID], measure: str | None = None) -> dict[UUID, dict[str, list[Taken]]]:
    """By client and measure every administration of their open episode with its scores, the oldest first; in one
    statement. Baselines belong to an episode."""
    found: dict[UUID, dict[str, list[Taken]]] = {each: {} for each in client_ids}
    query = (
        select(MeasureAdministration, ResponseScore.name, ResponseScore.value)
        .join(Episode, Episode.client_id == MeasureAdministration.client_id)
        .outerjoin(ResponseScore, ResponseScore.response_id == MeasureAdministration.response_id)
        .where(
            MeasureAdministration.client_id.in_(found),
            Episode.closed_at.is_(None),
            MeasureAdministration.taken_at >= Episode.opened_at,
        )
        .order_by(MeasureAdministration.taken_on, MeasureAdministration.id)
    )
    if measure is not None:
        query = query.where(MeasureAdministration.measure == measure)
    for row, name, value in db.session.execute(query):
        line = found[row.client_id].setdefault(row.measure, [])
        if not line or line[-1].id != row.id:
            line.append(Taken(row.id, row.definition_id, row.response_id, row.taken_on))
        if name is not None:
            line[-1].scores[name.partition(".")[2]] = value
    return found


def values_of(definition: Definition, answers: Mapping[str, Value]) -> Values:
    """The answered items as numbers, each the score of the answer that was chosen."""
    count = definition.measure["items"]["count"]
    found = {}
    for number in range(1, count + 1):
        item, code = definition.field(item_key(number)), answers.get(item_key(number))
        if isinstance(item, ChoiceField) and code is not None:
            found[number] = next(each.score for each in item.options if each.code == code)
    return {number: value for number, value in found.items() if value is not None}


def answered(response_id: UUID) -> Mapping[str, Value]:
    """What was answered in one administration, decrypted; raises NotVisibleError."""
    response = db.session.get(Response, response_id)
    if response is None:
        raise NotVisibleError
    return questionnaires.filled(response).answers


def therapist_name(client_id: UUID, now: datetime) -> str:
    """The given name of whoever reads what the client answers; empty where nobody is primary at this moment."""
    primary = primary_of(client_id, now)
    return db.session.get_one(Person, primary.therapist_id).given_name if primary is not None else ""


def partner_in_care(client_id: UUID, therapist_id: UUID, now: datetime) -> Client | None:
    """The partner, where the same therapist cares for both of them now."""
    couple = open_couple_of(client_id)
    partner = next((each.client for each in couple.members if each.client_id != client_id), None) if couple else None
    if partner is None or partner.person_id == therapist_id:
        return None
    is_cared_for = db.session.scalar(select(in_care(partner.id, therapist_id, now)))
    return partner if is_cared_for else None
