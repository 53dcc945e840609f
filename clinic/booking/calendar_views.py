"""A therapist's calendar: one day as a grid or as a list, and booking for a client of theirs."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import choices, offers, queries, service
from clinic.booking.blueprint import blueprint
from clinic.booking.day_grid import lay_out
from clinic.booking.errors import SlotTaken
from clinic.booking.forms import FARTHEST, TimeForm
from clinic.booking.offers import Question
from clinic.booking.queries import Party
from clinic.booking.wishes import Wish
from clinic.clients.errors import NotActiveError
from clinic.core import clock, zones
from clinic.core.errors import NotVisibleError
from clinic.core.interval import Interval
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import services_of
from clinic.practice.wording import MODALITIES
from clinic.web.error_pages import sentence
from clinic.web.filters import zone_label
from clinic.web.policy import policy
from clinic.web.shell import current_practice


@dataclass(frozen=True, slots=True)
class Booking:
    """For whom a therapist books, what of theirs, and the therapist themself."""

    party: Party
    service: Service
    services: list[Service]
    therapist: Therapist


@blueprint.get("/calendar")
@policy("calendar.read")
def day() -> ResponseReturnValue:
    """One day of the therapist who is signed in; today unless the address names another."""
    zone, now = current_practice().zone, clock.now()
    today = zones.wall(now, zone).date()
    shown = _asked_day(today)
    appointments = queries.day_of(current_user.person_id, Interval(*zones.day_bounds(shown, zone)))
    is_list = request.args.get("as") == "list"
    return render_template(
        "booking/day.html",
        day=shown,
        today=today,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        appointments=appointments,
        grid=None if is_list else lay_out(appointments, shown, zone, now),
        is_list=is_list,
        zone=zone,
        zone_words=zone_label(zone, zones.day_bounds(shown, zone)[1]),
        now=now,
    )


def load_booking(client_id: UUID) -> Booking:
    """A client in the care of the therapist who is signed in, and the service asked for. Raises NotVisibleError."""
    party = queries.party_for(current_user.person_id, client_id, clock.now())
    therapist = queries.therapist_with_person(current_user.person_id)
    attends = ("one", "couple") if party.partner else ("one",)
    services = [each for each in services_of(current_user.person_id) if each.attends in attends]
    if therapist is None or not services:
        raise NotVisibleError
    asked = request.args.get("service")
    usual = min(services, key=lambda each: (each.attends != "one", each.booked_by == "visitor"))
    chosen = next((each for each in services if each.slug == asked), usual)
    return Booking(party, chosen, services, therapist)


@blueprint.get("/clients/<uuid:client_id>/book")
@policy("appointment.create", load_booking)
def book_next(booking: Booking) -> ResponseReturnValue:
    """Choose the next session's service and time together with the client."""
    return _page(booking, TimeForm())


@blueprint.post("/clients/<uuid:client_id>/book")
@policy("appointment.create", load_booking)
def book_next_now(booking: Booking) -> ResponseReturnValue:
    """Book it, for both partners where the session is a couple's."""
    form = TimeForm()
    chosen = form.chosen()
    if not form.validate() or chosen is None or chosen[1] != booking.therapist.person_id:
        form.slot.errors = [_("Please choose a time.")]
        return _page(booking, form), 422
    practice, now = current_practice(), clock.now()
    how = choices.modality(booking.service)
    wish = Wish(booking.service, booking.therapist.person_id, chosen[0], how, practice.zone, practice.currency)
    attending = booking.party.attending(booking.service)
    couple = booking.party.couple
    try:
        booked = service.book(
            wish,
            attending,
            by=current_user.person_id,
            now=now,
            couple_id=couple.id if couple and len(attending) > 1 else None,
        )
    except SlotTaken as taken:
        return _taken_page(booking, wish, taken), 409
    except NotActiveError as error:
        flash(sentence(error), "error")
        return redirect(url_for("booking.book_next", client_id=booking.party.client.id), 303)
    flash(_("Booked. Whoever is coming has been told."), "success")
    return redirect(url_for("booking.session", appointment_id=booked.id), 303)


def _asked_day(today: date) -> date:
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return asked if abs(asked - today) < FARTHEST else today


def _question(booking: Booking) -> Question:
    zone = current_practice().zone
    return Question(
        service=booking.service,
        therapists=[booking.therapist],
        modality=choices.modality(booking.service),
        zone=zone,
        practice_zone=zone,
        from_day=choices.asked_day() or zones.wall(clock.now(), zone).date(),
        client_ids=booking.party.attending(booking.service),
    )


def _page(booking: Booking, form: TimeForm) -> str:
    question, now = _question(booking), clock.now()
    found = offers.find(question, now, is_day_asked=choices.asked_day() is not None)
    return render_template(
        "booking/book_next.html",
        booking=booking,
        offers=found,
        form=form,
        modality=question.modality,
        modalities=[(each, MODALITIES[each]) for each in booking.service.modalities],
        zone_words=zone_label(question.zone, found.first_start or now),
        carried=choices.carried(service=booking.service.slug),
    )


def _taken_page(booking: Booking, wish: Wish, taken: SlotTaken) -> str:
    names = {booking.therapist.person_id: booking.therapist.person.given_name}
    here = url_for(
        "booking.book_next",
        client_id=booking.party.client.id,
        **choices.carried(service=booking.service.slug, modality=wish.modality),
    )
    return render_template(
        "booking/taken.html",
        is_staff=True,
        when=offers.moment_words(wish.starts_at, wish.zone),
        nearest=offers.alternative_choices(taken.nearest, names, wish.zone),
        form=TimeForm(formdata=None),
        action=here,
        all_times=here,
    )
