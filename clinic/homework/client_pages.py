"""What the client's pages show of one assignment, put together for the templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.homework import service
from clinic.homework.models import OPEN_STATES, Assignment
from clinic.homework.rules import State, can_undo, is_overdue
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import Allow, Definition, EntriesGroup, MomentField
from clinic.questionnaires.forms import QuestionnaireForm, build_form
from clinic.questionnaires.models import Answer, Entry, Response
from clinic.questionnaires.pages import blocks, entry_blocks, read_blocks
from clinic.questionnaires.rules import Filled, completeness, quantity_towards
from clinic.questionnaires.values import Reading
from clinic.questionnaires.visibility import Readers


@dataclass(frozen=True, slots=True)
class Place:
    """One client at one assignment: everything that each of its pages starts from."""

    assignment: Assignment
    definition: Definition
    readers: Readers
    response: Response | None
    filled: Filled
    zone: str
    now: datetime

    @property
    def is_open(self) -> bool:
        """The client can work on it."""
        return self.assignment.state in OPEN_STATES

    @property
    def can_undo(self) -> bool:
        """It was sent a moment ago, and did not ask before it was."""
        return not self.definition.is_sensitive and can_undo(
            State(self.assignment.state), self.assignment.sent_at, self.now
        )

    @property
    def is_overdue(self) -> bool:
        """Still open after its due moment."""
        return is_overdue(State(self.assignment.state), self.assignment.due_at, self.now)


def place_of(assignment: Assignment, zone: str, now: datetime) -> Place:
    """The place with what has been answered so far; after a return that is what was sent last."""
    response = service.response_of(assignment)
    return Place(
        assignment=assignment,
        definition=questionnaires.definition(assignment.definition_id),
        readers=service.readers_of(assignment.client_id, now, otherwise=assignment.assigned_by),
        response=response,
        filled=Filled() if response is None else questionnaires.filled(response),
        zone=zone,
        now=now,
    )


def top_form(place: Place) -> QuestionnaireForm:
    """The form of everything outside the groups; what is sensitive is never shown again once saved."""
    answers = {} if place.definition.is_sensitive else place.filled.answers
    return build_form(tuple(place.definition.fields()), answers, place.zone)


def page_to_do(place: Place, form: QuestionnaireForm) -> dict[str, Any]:
    """What the page to fill in is made of."""
    return common(place) | {
        "form": form,
        "blocks": blocks(place.definition, form, place.filled, place.readers, place.zone),
        "completeness": completeness(place.definition, place.filled),
        "quantity": quantity_towards(place.definition, place.filled, place.assignment.target),
    }


def page_to_read(place: Place) -> dict[str, Any]:
    """What the page of something sent is made of."""
    answers = {} if place.response is None else _by_place(questionnaires.answers_of(place.response))
    return common(place) | {
        "blocks": [] if place.definition.is_sensitive else read_blocks(place.definition, place.filled, place.zone),
        "answers": answers,
    }


def _by_place(answers: list[Answer]) -> dict[tuple[UUID | None, str], Answer]:
    return {(answer.entry_id, answer.field): answer for answer in answers}


def entry_form(place: Place, group: EntriesGroup, entry: Entry | None) -> QuestionnaireForm:
    """The form of one entry, new or there already."""
    if entry is None:
        today = Reading(place.now, place.zone).today
        # "When was it?" starts with now, so that an entry can be made in a few seconds.
        just_now = {
            each.key: place.now
            for each in group.fields
            if isinstance(each, MomentField) and each.allow is Allow.PAST and each.required
        }
        return build_form(group.fields, just_now, place.zone, held_on=today, is_dated=group.dated)
    present = answers_in(place, entry)
    return build_form(group.fields, present, place.zone, held_on=entry.held_on, is_dated=group.dated)


def answers_in(place: Place, entry: Entry) -> Mapping[str, Any]:
    """What has been answered in one entry."""
    return next((each.answers for each in place.filled.entries if each.id == entry.id), {})


def page_of_entry(place: Place, group: EntriesGroup, form: QuestionnaireForm, entry: Entry | None) -> dict[str, Any]:
    """What the page of one entry is made of."""
    present = None if entry is None else answers_in(place, entry)
    return common(place) | {
        "form": form,
        "group": group,
        "entry": entry,
        "blocks": entry_blocks(group, form, place.filled, present, place.readers),
    }


def common(place: Place) -> dict[str, Any]:
    """What every page of an assignment says."""
    return {
        "place": place,
        "assignment": place.assignment,
        "definition": place.definition,
        "therapist": place.readers.therapist,
        "words": service.words_of(place.assignment),
        "zone": place.zone,
    }
