"""What the therapist's page shows of one client's work: every revision that was sent, and nothing that is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.homework import service
from clinic.homework.forms import OWN_QUALITY
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.homework.rules import State
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import Visibility
from clinic.questionnaires.pages import ReadBlock, read_blocks
from clinic.questionnaires.rules import UNDO, Share, completeness, quantity_towards

TOLD = (State.SUBMITTED, State.REVIEWED, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Revision:
    """One round as it was sent."""

    number: int
    sent_at: datetime
    blocks: list[ReadBlock]
    completeness: Share
    quantity: Share | None


def page_of_work(assignment: Assignment, zone: str, now: datetime) -> dict[str, Any]:
    """The words around the assignment and its revisions, newest first."""
    revisions = _revisions(assignment, zone, now)
    return {
        "assignment": assignment,
        "client": assignment.client,
        "definition": questionnaires.definition(assignment.definition_id),
        "words": service.words_of(assignment),
        "revisions": revisions,
        "own_quality": _own_quality(assignment, now),
        "is_waiting": assignment.state == State.SUBMITTED and bool(revisions),
        "is_open": assignment.state in OPEN_STATES,
        "may_be_shared": Visibility.PARTNER,
        "zone": zone,
    }


def _own_quality(assignment: Assignment, now: datetime) -> str | None:
    """How well it went for the client, in words; while they work on it or can take it back it is theirs alone."""
    if assignment.state not in TOLD or (assignment.sent_at is not None and now <= assignment.sent_at + UNDO):
        return None
    return dict(OWN_QUALITY).get(str(assignment.client_quality))


def _revisions(assignment: Assignment, zone: str, now: datetime) -> list[Revision]:
    definition = questionnaires.definition(assignment.definition_id)
    result = []
    for response in questionnaires.responses_of(assignment.id):
        if response.submitted_at is None or now <= response.submitted_at + UNDO:
            continue
        filled = questionnaires.filled(response)
        result.append(
            Revision(
                response.revision,
                response.submitted_at,
                read_blocks(definition, filled, zone),
                completeness(definition, filled),
                quantity_towards(definition, filled, assignment.target),
            )
        )
    return result[::-1]
