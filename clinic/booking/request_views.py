"""The answers to what was asked for: a partner's to a question, the practice's to a request."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import offers, requests, unsettled, waiting
from clinic.booking.blueprint import blueprint
from clinic.booking.errors import ClashError
from clinic.booking.models import Appointment
from clinic.booking.question_forms import AnswerForm
from clinic.booking.waiting import Asked
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_entities, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice


def load_question(question_id: UUID) -> Asked:
    """The question to the signed-in client about that appointment. Raises NotVisibleError for who was not asked."""
    return waiting.question_for(current_user.person_id, question_id)


@blueprint.get("/questions/<uuid:question_id>")
@policy("question.read", load_question)
def question(asked: Asked) -> ResponseReturnValue:
    """Whether one comes: what is asked, and until when."""
    return _question_page(asked, AnswerForm())


@blueprint.post("/questions/<uuid:question_id>")
@policy("question.answer", load_question)
def answer(asked: Asked) -> ResponseReturnValue:
    """Say yes, or say no to nobody. What stands in the way of a yes is shown here, to this person alone."""
    form, now = AnswerForm(), clock.now()
    if not form.validate():
        return _question_page(asked, form), 422
    appointment_id, client_id = asked.appointment.id, asked.attendee.client_id
    try:
        if form.answer.data == "yes":
            requests.agree(appointment_id, client_id, by=current_user.person_id, now=now)
            flash(_("Thank you. You said yes."), "success")
        else:
            requests.refuse(appointment_id, client_id, now=now)
            flash(_("Thank you. We tell nobody what you answered."), "success")
    except ClashError as error:
        form.answer.errors = [sentence(error)]
        return _question_page(load_question(appointment_id), form), error.status
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(url_for("booking.sessions"), 303)


@blueprint.get("/requests", endpoint="requests")
@policy("request.list")
def list_requests() -> ResponseReturnValue:
    """What waits for the practice's yes: one's own, or for the front desk everyone's. Who, what and when, no more."""
    found = waiting.requests(current_user.person_id, current_user.roles, clock.now())
    page = paged_entities(found, requested_page())
    return render_template(
        "booking/requests.html", page=page, form=ActionForm, zone=current_practice().zone, cancel_url=_cancel_url
    )


def _cancel_url(appointment: Appointment) -> str | None:
    """Where a booked session is cancelled; None for who only stands in for its therapist."""
    if "front_desk" in current_user.roles:
        return url_for("booking.cancel_scheduled", appointment_id=appointment.id)
    is_own = appointment.therapist_id == current_user.person_id
    return url_for("booking.cancel", appointment_id=appointment.id) if is_own else None


def load_request(request_id: UUID) -> Appointment:
    """What was asked for, open or settled, for whoever answers for it. Raises NotVisibleError for anyone else."""
    return waiting.request_for(current_user.person_id, current_user.roles, request_id, clock.now())


@blueprint.post("/requests/<uuid:request_id>/accept")
@policy("request.decide", load_request)
def accept(appointment: Appointment) -> ResponseReturnValue:
    """Say yes."""
    return _decide(appointment, requests.accept, _("Booked. Whoever asked has been told."))


@blueprint.post("/requests/<uuid:request_id>/decline")
@policy("request.decide", load_request)
def decline(appointment: Appointment) -> ResponseReturnValue:
    """Say no."""
    return _decide(appointment, requests.decline, _("Declined. Whoever asked has been told, without a reason."))


@blueprint.post("/requests/<uuid:request_id>/keep")
@policy("request.decide", load_request)
def keep(appointment: Appointment) -> ResponseReturnValue:
    """Let a joint session stand whose couple has ended."""
    return _decide(appointment, unsettled.keep, _("Kept. Both have been told that it is booked."))


def _decide(appointment: Appointment, answer: Callable[..., None], said: str) -> ResponseReturnValue:
    if ActionForm().validate():
        try:
            answer(appointment.id, by=current_user.person_id, now=clock.now())
            flash(said, "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return redirect(url_for("booking.requests"), 303)


def _question_page(asked: Asked, form: AnswerForm) -> str:
    appointment, zone, now = asked.appointment, current_user.zone, clock.now()
    zone_words, at_practice = offers.zone_words(zone, current_practice().zone, appointment.starts_at)
    return render_template(
        "booking/question.html",
        asked=asked,
        appointment=appointment,
        is_open=asked.is_open(now),
        when=offers.moment_words(appointment.starts_at, zone),
        until=offers.moment_words(appointment.held_until, zone) if appointment.held_until else None,
        zone_words=zone_words,
        practice_zone_words=at_practice,
        form=form,
    )
