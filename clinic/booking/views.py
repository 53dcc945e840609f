"""Booking by oneself, step by step, each with an address: what, with whom, when, who, a last look, done.

Nothing is kept on the way but the hold. The address names the time, so that a page left open can take it again.
"""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import choices, holds, offers, queries, service, visitors
from clinic.booking.blueprint import blueprint
from clinic.booking.browsers import has_booked, remember_booked, this_browser
from clinic.booking.choices import Choice, carried, reader_zone
from clinic.booking.downloads import calendar_response
from clinic.booking.errors import (
    Alternative,
    HoldExpiredError,
    SlotTaken,
    TooManyBookingsError,
    TooManyHoldsError,
    TooManyRequestsError,
)
from clinic.booking.forms import DetailsForm, TimeForm, phone_words, write_start
from clinic.booking.models import Appointment, VisitorDetails
from clinic.booking.rules import State
from clinic.booking.wishes import alternatives
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.practice.models import Therapist
from clinic.practice.wording import MODALITIES, change_words
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice

Slot = tuple[Choice, datetime]
LET_GO = "let_go"


@blueprint.get("/book")
@policy("booking.search")
def what() -> ResponseReturnValue:
    """Step one: what to book; with a single service there is nothing to choose."""
    client = queries.client_of(current_user.person_id) if current_user.is_authenticated else None
    services = choices.bookable_services(client)
    asked = [each for each in services if each.slug == request.args.get("service")] or services
    if len(asked) == 1 and (therapist := request.args.get("therapist")):
        return redirect(url_for("booking.times", service=asked[0].slug, therapist=therapist, **carried()), 303)
    if len(asked) == 1:
        return redirect(url_for("booking.whom", service=asked[0].slug, **carried()), 303)
    return render_template("booking/what.html", services=services, fees=choices.fees_of(services, client))


@blueprint.get("/book/<service>")
@policy("booking.search", choices.load_service)
def whom(choice: Choice) -> ResponseReturnValue:
    """Step two: with whom, the first available on top."""
    if len(choice.offering) == 1:
        only = choice.offering[0].slug
        return redirect(url_for("booking.times", service=choice.service.slug, therapist=only, **carried()), 303)
    return render_template("booking/whom.html", choice=choice, carried=carried())


@blueprint.get("/book/<service>/<therapist>")
@policy("booking.search", choices.load_choice)
def times(choice: Choice) -> ResponseReturnValue:
    """Step three: when. Three days at a time, in the reader's zone."""
    return _times_page(choice, TimeForm())


@blueprint.post("/book/<service>/<therapist>")
@policy("booking.create", choices.load_choice)
def hold_time(choice: Choice) -> ResponseReturnValue:
    """Keep the chosen time for ten minutes, and go on to who it is for."""
    form = TimeForm()
    chosen = form.chosen()
    therapist = choice.named(chosen[1]) if chosen else None
    if not form.validate() or chosen is None or therapist is None:
        form.slot.errors = [_("Please choose a time.")]
        return _times_page(choice, form), 422
    starts_at = chosen[0]
    try:
        _hold(choice, starts_at, therapist)
    except SlotTaken as taken:
        return _taken_page(choice, starts_at, taken), 409
    except TooManyHoldsError as error:
        form.slot.errors = [sentence(error)]
        return _times_page(choice, form), error.status
    return redirect(_step("review" if choice.client else "details", choice, starts_at, therapist), 303)


@blueprint.get("/book/<service>/<therapist>/<start>/details")
@policy("booking.search", choices.load_slot)
def details(slot: Slot) -> ResponseReturnValue:
    """Step four: who comes. What was typed before is there again."""
    typed = _typed(slot)
    form = DetailsForm(data=_as_data(typed) if typed else None)
    return _details_page(slot, form)


@blueprint.post("/book/<service>/<therapist>/<start>/details")
@policy("booking.create", choices.load_slot)
def save_details(slot: Slot) -> ResponseReturnValue:
    """Keep the details with the hold, which is taken again where it ran out."""
    choice, starts_at = slot
    if LET_GO in request.form:
        return _let_go(choice)
    form = DetailsForm(country=choices.country())
    if not form.validate():
        return _details_page(slot, form), 422
    try:
        held = _held(slot) or _hold(choice, starts_at, choice.therapists[0])
    except SlotTaken as taken:
        return _taken_page(choice, starts_at, taken), 409
    visitors.save_details(
        VisitorDetails(
            appointment_id=held.id,
            given_name=form.given_name.data or "",
            family_name=form.family_name.data or "",
            email=form.email.data or "",
            phone=form.phone.data or "",
            zone=reader_zone(),
            is_mailbox_shared=form.mailbox.data == "yes",
        )
    )
    remember_booked(held.id)
    return redirect(_step("review", choice, starts_at, choice.therapists[0]), 303)


@blueprint.get("/book/<service>/<therapist>/<start>/review")
@policy("booking.search", choices.load_slot)
def review(slot: Slot) -> ResponseReturnValue:
    """The last look before it is booked; without a hold or details, back to the step that makes them."""
    choice, starts_at = slot
    if choice.client is None and _typed(slot) is None:
        return redirect(_step("details", choice, starts_at, choice.therapists[0]), 303)
    return _review_page(slot)


@blueprint.post("/book/<service>/<therapist>/<start>/review")
@policy("booking.create", choices.load_slot)
def book(slot: Slot) -> ResponseReturnValue:
    """Book what is held."""
    choice, starts_at = slot
    now, form = clock.now(), ActionForm()
    if LET_GO in request.form:
        return _let_go(choice)
    if not form.validate():
        return redirect(request.full_path, 303)
    try:
        held = _held(slot) or _hold(choice, starts_at, choice.therapists[0])
        typed = queries.details_of(held.id)
        if choice.client:
            booked = service.confirm(
                held, [choice.client.id], by=current_user.person_id, now=now, together=choice.together
            )
        elif typed:
            booked = visitors.book_as_visitor(held, typed, address=request.remote_addr, now=now)
        else:
            return redirect(_step("details", choice, starts_at, choice.therapists[0]), 303)
    except SlotTaken as taken:
        return _taken_page(choice, starts_at, taken), 409
    except HoldExpiredError:
        return _taken_page(choice, starts_at, SlotTaken(_alternatives(choice, starts_at))), 409
    except (TooManyBookingsError, TooManyRequestsError) as error:
        return _review_page(slot, sentence(error)), error.status
    if choice.client:
        flash(_said(booked), "success")
        return redirect(url_for("booking.session", appointment_id=booked.id), 303)
    remember_booked(booked.id)
    return redirect(url_for("booking.booked", appointment_id=booked.id, **carried()), 303)


def _said(booked: Appointment) -> str:
    """What is said once the last button is pressed."""
    if booked.state == State.CONFIRMED:
        return str(_("Booked. We have sent you a confirmation."))
    return str(_("We have received your request. The time is kept for you, and we write to you once it is answered."))


def load_booked(appointment_id: UUID) -> Appointment:
    """What this browser has just booked. Raises NotVisibleError for anything else."""
    if not has_booked(appointment_id):
        raise NotVisibleError
    return queries.appointment_shown(appointment_id)


@blueprint.get("/book/done/<uuid:appointment_id>")
@policy("booking.create", load_booked)
def booked(appointment: Appointment) -> ResponseReturnValue:
    """Done: what was booked, the calendar file, and what comes next."""
    zone, zone_at_practice = offers.zone_words(reader_zone(), current_practice().zone, appointment.starts_at)
    return render_template(
        "booking/booked.html",
        appointment=appointment,
        when=offers.moment_words(appointment.starts_at, reader_zone()),
        zone_words=zone,
        practice_zone_words=zone_at_practice,
    )


@blueprint.get("/book/done/<uuid:appointment_id>/appointment.ics")
@policy("booking.create", load_booked)
def booked_file(appointment: Appointment) -> ResponseReturnValue:
    """The appointment for the person's own calendar."""
    return calendar_response(appointment)


def _let_go(choice: Choice) -> ResponseReturnValue:
    """Give the held time back at once, and show the others."""
    holds.release_hold(this_browser())
    flash(_("The time is free again for others."))
    whom = choices.ANYONE if "any" in request.args else choice.slug
    return redirect(url_for("booking.times", service=choice.service.slug, therapist=whom, **carried()), 303)


def _hold(choice: Choice, starts_at: datetime, therapist: Therapist) -> Appointment:
    by = current_user.person_id if choice.client else None
    clients = [choice.client.id] if choice.client else []
    wish = choice.wish(starts_at, therapist.person_id)
    return holds.hold(wish, this_browser(), now=clock.now(), by=by, client_ids=clients)


def _held(slot: Slot) -> Appointment | None:
    """What this browser holds, when it is what the address names."""
    choice, starts_at = slot
    held = holds.find_hold(this_browser())
    wanted = (choice.service.id, choice.therapists[0].person_id, starts_at)
    return held if held and (held.service_id, held.therapist_id, held.starts_at) == wanted else None


def _typed(slot: Slot) -> VisitorDetails | None:
    held = _held(slot)
    return queries.details_of(held.id) if held else None


def _as_data(typed: VisitorDetails) -> dict[str, str]:
    shared = "yes" if typed.is_mailbox_shared else "no"
    names = ("given_name", "family_name", "email", "phone")
    return {name: str(getattr(typed, name)) for name in names} | {"mailbox": shared}


def _step(step: str, choice: Choice, starts_at: datetime, therapist: Therapist) -> str:
    any_one = "1" if choice.chosen is None else None
    return url_for(
        f"booking.{step}",
        service=choice.service.slug,
        therapist=therapist.slug,
        start=write_start(starts_at),
        **carried(any=any_one),
    )


def _times_page(choice: Choice, form: TimeForm) -> str:
    question = choice.question()
    now = clock.now()
    found = offers.find(question, now, is_day_asked=choices.asked_day() is not None)
    start = choices.asked_start()
    proposed = found.value_at(start) if start else None
    zone, at_practice = offers.zone_words(question.zone, question.practice_zone, found.first_start or now)
    return render_template(
        "booking/times.html",
        choice=choice,
        offers=found,
        form=form,
        chosen=form.slot.data or proposed or "",
        is_gone=start is not None and proposed is None,
        modality=question.modality,
        modalities=[(each, MODALITIES[each]) for each in choice.service.modalities],
        **offers.narrowing_words(question),
        zone=question.zone,
        zones=offers.zone_choices(choices.country(), question.zone, question.practice_zone),
        zone_words=zone,
        practice_zone_words=at_practice,
        carried=carried(),
    )


def _details_page(slot: Slot, form: DetailsForm) -> str:
    choice, starts_at = slot
    back = url_for(
        "booking.times",
        service=choice.service.slug,
        therapist=choices.ANYONE if "any" in request.args else choice.slug,
        **carried(start=starts_at.isoformat()),
    )
    return render_template("booking/details.html", **_slot_words(slot), form=form, back=back)


def _review_page(slot: Slot, refusal: str | None = None) -> str:
    choice, starts_at = slot
    typed, held = _typed(slot), _held(slot)
    return render_template(
        "booking/review.html",
        **_slot_words(slot),
        fee_cents=choice.fee_cents(held.price_cents if held else choice.terms.price_cents),
        typed=typed,
        phone=phone_words(typed.phone) if typed else None,
        form=ActionForm(),
        refusal=refusal,
        change_words=change_words(choice.service.late_change_minutes),
        back=_step("details", choice, starts_at, choice.therapists[0]),
    )


def _slot_words(slot: Slot) -> dict[str, object]:
    """What the details and the last look say about the time."""
    choice, starts_at = slot
    zone, at_practice = offers.zone_words(reader_zone(), current_practice().zone, starts_at)
    return {
        "choice": choice,
        "therapist": choice.therapists[0],
        "when": offers.moment_words(starts_at, reader_zone()),
        "zone_words": zone,
        "practice_zone_words": at_practice,
        "how": MODALITIES[choices.modality(choice.service)],
        "is_held": _held(slot) is not None,
    }


def _alternatives(choice: Choice, starts_at: datetime) -> list[Alternative]:
    wish = choice.wish(starts_at, choice.therapists[0].person_id)
    clients = [choice.client.id] if choice.client else []
    return alternatives(wish, now=clock.now(), client_ids=clients)


def _taken_page(choice: Choice, starts_at: datetime, taken: SlotTaken) -> str:
    """Somebody was quicker: the three nearest, and the way back to all times."""
    names = {each.person_id: each.person.given_name for each in choice.offering}
    therapist = choices.ANYONE if "any" in request.args else choice.slug
    return render_template(
        "booking/taken.html",
        choice=choice,
        when=offers.moment_words(starts_at, reader_zone()),
        nearest=offers.alternative_choices(taken.nearest, names, reader_zone()),
        form=TimeForm(formdata=None),
        action=url_for("booking.hold_time", service=choice.service.slug, therapist=therapist, **carried()),
        all_times=url_for(
            "booking.times", service=choice.service.slug, therapist=therapist, **carried(start=starts_at.isoformat())
        ),
    )
