"""The client's pages: one measure to answer in one go, and what follows once it is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.clients.queries import active_couple_of
from clinic.core import clock
from clinic.core.zones import wall
from clinic.measures import queries, service
from clinic.measures.blueprint import blueprint
from clinic.measures.errors import ChangedMeasureError, NotDueError, NothingAnsweredError
from clinic.measures.models import MeasureAdministration
from clinic.measures.queries import Due
from clinic.measures.rules import blanks
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.forms import QuestionnaireForm, build_form
from clinic.questionnaires.rules import Answers
from clinic.questionnaires.values import Reading
from clinic.risk.help import crisis_help
from clinic.web.error_pages import sentence
from clinic.web.policy import policy
from clinic.web.shell import current_practice

__all__ = ["blueprint"]
HELP_SHOWN: Final = timedelta(hours=1)
"""As long after it was sent the page says where to turn; who comes by later reads nothing of what was answered."""


@dataclass(frozen=True, slots=True)
class Place:
    """A client at a measure on their own list, and the version that is asked."""

    due: Due
    definition: Definition
    now: datetime

    @property
    def is_due(self) -> bool:
        """True while it waits for an answer."""
        return self.due.due_on <= wall(self.now, current_practice().zone).date()


def load_place(schedule_id: UUID) -> Place:
    """A measure on the signed-in client's list; raises NotVisibleError for anyone else's."""
    due = queries.own(schedule_id, current_user.person_id)
    return Place(due, questionnaires.definition(due.definition_id), clock.now())


def load_administration(administration_id: UUID) -> MeasureAdministration:
    """One that the signed-in client has answered; raises NotVisibleError for anyone else's."""
    return queries.own_administration(administration_id, current_user.person_id)


@blueprint.get("/measures/<uuid:schedule_id>")
@policy("measure.answer", load_place)
def measure(place: Place) -> ResponseReturnValue:
    """The questions, none of them answered: what was sent never shows again, and nothing is kept in between."""
    if not place.is_due:
        return _nothing_to_answer()
    return _page(place, build_form(tuple(place.definition.fields()), {}, current_user.zone))


@blueprint.post("/measures/<uuid:schedule_id>")
@policy("measure.answer", load_place)
def answer(place: Place) -> ResponseReturnValue:
    """Look at what was chosen and ask once more; the second press keeps it for good."""
    form = build_form(tuple(place.definition.fields()), {}, current_user.zone)
    reading = Reading(place.now, current_user.zone)
    if request.form.get("version") != str(place.definition.version):
        form.form_errors = [sentence(ChangedMeasureError())]
        return _page(place, form), ChangedMeasureError.status
    try:
        answers = service.read_answers(place.definition, form.raws(), reading)
        if request.form.get("go") != "send":
            return _page(place, form, answers)
        taken = service.take(place.due.schedule, place.due.definition_id, answers, reading, current_practice().zone)
    except NotDueError:
        return _nothing_to_answer()
    except AnswersError as error:
        form.refuse(error.errors)
        return _page(place, form), error.status
    except NothingAnsweredError as error:
        form.form_errors = [sentence(error)]
        return _page(place, form), error.status
    return redirect(url_for("measures.sent", administration_id=taken), code=303)


@blueprint.get("/measures/sent/<uuid:administration_id>")
@policy("measure.answer", load_administration)
def sent(administration: MeasureAdministration) -> ResponseReturnValue:
    """Thank you, and where to turn now if an answer asks for that; none of the answers."""
    now = clock.now()
    is_fresh = now - administration.taken_at <= HELP_SHOWN
    return render_template(
        "measures/sent.html",
        therapist=queries.therapist_name(administration.client_id, now),
        help=crisis_help(administration.client_id, now) if is_fresh and service.asks_for_help(administration) else None,
    )


def _nothing_to_answer() -> ResponseReturnValue:
    flash(_("There is nothing to answer here just now. Thank you."), "news")
    return redirect(url_for("progress.mine"), code=303)


def _page(place: Place, form: QuestionnaireForm, answers: Answers | None = None) -> str:
    """The questions; with answers it asks whether to send them, and says how many are open."""
    client_id = place.due.schedule.client_id
    instrument = queries.instrument_of(place.due.definition_id)
    return render_template(
        "measures/answer.html",
        definition=place.definition,
        form=form,
        rows=[(each, form.control(each.key)) for each in place.definition.fields()],
        notice=instrument.notice,
        therapist=queries.therapist_name(client_id, place.now),
        in_couple=active_couple_of(client_id) is not None,
        asks=answers is not None,
        open_count=len(blanks(instrument, queries.values_of(place.definition, answers))) if answers else 0,
    )
