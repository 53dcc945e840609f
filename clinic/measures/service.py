"""Ask a client for a measure, take what they answer, put a wording in place."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database import locks
from clinic.database.session import db
from clinic.measures import queries, rules
from clinic.measures.errors import (
    AlreadyScheduledError,
    LicenceUnreadError,
    NotDueError,
    NothingAnsweredError,
    NoWordingError,
    TooOftenError,
    WordingChangedError,
)
from clinic.measures.instrument import Instrument, score_name
from clinic.measures.loading import Shipped, Wording, questionnaire, shipped
from clinic.measures.models import MeasureAdministration, MeasureSchedule
from clinic.outbox import service as outbox
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires import service as responses
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import AnswersError, EditedDefinitionError
from clinic.questionnaires.installation import install
from clinic.questionnaires.loading import load_body
from clinic.questionnaires.models import Response, ResponseScore
from clinic.questionnaires.rules import Answers, check
from clinic.questionnaires.values import Raw, Reading
from clinic.questionnaires.writing import write_top
from clinic.risk import service as risk


def schedule(
    client_id: UUID, measure: str, every_days: int, starts_on: date, by: UUID, now: datetime
) -> MeasureSchedule:
    """Ask the client for it every so many days. Raises TooOftenError, NoWordingError or AlreadyScheduledError."""
    if not rules.LEAST_DAYS <= every_days <= 366:
        raise TooOftenError
    if measure not in {row.key for row in queries.askable()}:
        raise NoWordingError
    locks.take([client_id])
    if any(each.schedule.measure == measure for each in queries.of_client(client_id)):
        raise AlreadyScheduledError
    made = MeasureSchedule(
        id=new_id(),
        client_id=client_id,
        measure=measure,
        every_days=every_days,
        starts_on=starts_on,
        scheduled_by=by,
        scheduled_at=now,
    )
    db.session.add(made)
    db.session.flush()
    audit.record("measure.schedule", "measure_schedule", made.id, client_id=client_id)
    return made


def stop(line: MeasureSchedule, by: UUID, now: datetime) -> None:
    """Ask for it no longer; what was answered stays."""
    line.ended_at, line.ended_by = now, by
    db.session.flush()
    outbox.skip(line.id, now=now, reason="no longer asked for")
    audit.record("measure.stop", "measure_schedule", line.id, client_id=line.client_id)


def read_answers(definition: Definition, raws: Mapping[str, Raw], reading: Reading) -> Answers:
    """What was sent as answers; nothing is kept. Raises AnswersError or NothingAnsweredError."""
    checked = check(tuple(definition.fields()), raws, reading)
    if checked.errors:
        raise AnswersError(checked.errors)
    if not queries.values_of(definition, checked.answers):
        raise NothingAnsweredError
    return checked.answers


def take(line: MeasureSchedule, definition_id: UUID, answers: Answers, reading: Reading, zone: str) -> UUID:
    """Keep the answers for good, one sealed row for each, and their scores; alert where an answer asks for it.

    `zone` is the practice's, in which days are counted. Raises NotDueError where it was answered already.
    """
    locks.take([line.client_id])
    today = wall(reading.now, zone).date()
    if not queries.waiting(line.id, today):
        raise NotDueError
    definition = questionnaires.definition(definition_id)
    administration_id = new_id()
    response = responses.open_draft(definition_id, line.client_id, administration_id, reading.now)
    write_top(response, dict(answers), {each.key: each for each in definition.fields()}, reading.now)
    responses.submit(response, reading, may_have_gaps=True)
    db.session.add(
        MeasureAdministration(
            id=administration_id,
            client_id=line.client_id,
            measure=line.measure,
            definition_id=definition_id,
            response_id=response.id,
            taken_on=today,
            taken_at=reading.now,
        )
    )
    db.session.flush()
    values = queries.values_of(definition, answers)
    _score(response, values)
    _alert(administration_id, line.client_id, queries.instrument_of(definition_id), values, reading.now)
    outbox.skip(line.id, now=reading.now, reason="answered")
    audit.record("measure.answer", "measure_administration", administration_id, client_id=line.client_id)
    return administration_id


def asks_for_help(administration: MeasureAdministration) -> bool:
    """True where an answer of it asks for somebody soon, so that who gave it reads at once where to turn."""
    instrument = queries.instrument_of(administration.definition_id)
    if instrument.safety is None:
        return False
    definition = questionnaires.definition(administration.definition_id)
    values = queries.values_of(definition, queries.answered(administration.response_id))
    return rules.grade(instrument, values) is not None


def word(measure: Shipped, wording: Wording, seen: int, *, has_read_licence: bool, now: datetime) -> int:
    """Put the practice's own wording of a measure in place as its next version, and return its number.

    `seen` is the version that stood when the form was made, 0 for none. What was answered keeps the version that it was
    answered in. Raises LicenceUnreadError, another WordingError for words that do not fit, or WordingChangedError.
    """
    if not has_read_licence:
        raise LicenceUnreadError
    body = questionnaire(measure, wording, seen + 1)
    standing = queries.versions(measure.instrument.key)
    if (standing[0].version if standing else 0) != seen:
        raise WordingChangedError
    try:
        install(load_body(body, measure.instrument.key), body, now)
    except EditedDefinitionError as error:
        raise WordingChangedError from error
    audit.record("measure.word", detail=f"{measure.instrument.key} {seen + 1}")
    return seen + 1


def install_shipped(now: datetime) -> int:
    """Install each measure whose wording ships, and return how many were new; raises EditedDefinitionError."""
    new = 0
    for each in shipped().values():
        if each.wording is not None:
            body = questionnaire(each, each.wording, each.version)
            new += install(load_body(body, each.instrument.key), body, now)
    return new


def _score(response: Response, values: rules.Values) -> None:
    instrument = queries.instrument_of(response.definition_id)
    for each in rules.scores(instrument, values):
        name = score_name(instrument.key, each.scale)
        db.session.add(
            ResponseScore(response_id=response.id, name=name, client_id=response.client_id, value=each.value)
        )
    db.session.flush()


def _alert(
    administration_id: UUID, client_id: UUID, instrument: Instrument, values: rules.Values, now: datetime
) -> None:
    grade = rules.grade(instrument, values)
    if grade is None or instrument.safety is None:
        return
    risk.raise_alert(
        client_id=client_id, source=instrument.safety.source, grade=grade, source_id=administration_id, now=now
    )
