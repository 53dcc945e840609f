"""Single answers of something that was sent: the one found by its id, in words, and what a partner has released."""

from dataclasses import dataclass
from uuid import UUID

from clinic.core.errors import NotVisibleError
from clinic.homework.client_pages import Place
from clinic.questionnaires import queries
from clinic.questionnaires.definition import Definition, Field
from clinic.questionnaires.models import Answer
from clinic.questionnaires.values import decode
from clinic.questionnaires.wording import answer_words


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """One answer of the signed-in client, with its question and in words."""

    place: Place
    answer: Answer
    question: Field
    words: str


def find_answer(place: Place, answer_id: UUID) -> AnswerPlace:
    """The client's own answer in this assignment; raises NotVisibleError for any other id."""
    if place.response is None:
        raise NotVisibleError
    rows = {answer.id: answer for answer in queries.answers_of(place.response)}
    if answer_id not in rows:
        raise NotVisibleError
    answer = rows[answer_id]
    question = _question(place.definition, place, answer)
    words = answer_words(question, decode(question, queries.open_answer(answer)), place.zone)
    return AnswerPlace(place, answer, question, words)


def _question(definition: Definition, place: Place, answer: Answer) -> Field:
    if answer.entry_id is None:
        return definition.field(answer.field)
    group = next(entry.group for entry in place.filled.entries if entry.id == answer.entry_id)
    return definition.group(group).field(answer.field)


def from_partner(client_id: UUID) -> list[str]:
    """The words that the partner has released, newest first, and nothing that tells when or where they were written."""
    return [queries.open_answer(answer) for answer in queries.released_to_partner(client_id)]
