"""A therapist's calendar, and booking the next session together with a client of theirs."""

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import choices, counter, moving, offers, queries, service
from clinic.booking.blueprint import blueprint
from clinic.booking.calendar_pages import Links, asked_view, gather
from clinic.booking.calendar_span import View
from clinic.booking.counter import Counter
from clinic.booking.doors import door_of
from clinic.booking.errors import SlotTaken
from clinic.booking.forms import TimeForm, write_start
from clinic.booking.models import Appointment
from clinic.booking.move_confirm import confirm_page
from clinic.booking.moving import Pair
from clinic.booking.offers import Question
from clinic.booking.queries import Party, visible_to
from clinic.booking.wishes import Wish
from clinic.clients.errors import NotActiveError
from clinic.core import clock, zones
from clinic.core.errors import NotVisibleError
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import services_of, terms_with, therapist_named
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

    @property
    def fee_cents(self) -> int:
        """What it will cost them."""
        own = terms_with(self.service, [self.therapist.person_id])[self.therapist.person_id]
        return self.party.fee_cents(self.service, own.price_cents)


@blueprint.get("/calendar")
@policy("calendar.read")
def day() -> ResponseReturnValue:
    """The calendar of the therapist who is signed in: today unless the address names another day, view or both."""
    me = queries.therapist_with_person(current_user.person_id)
    if me is None:
        raise NotVisibleError
    found = gather(asked_view(View.DAY), [me], current_practice().zone, clock.now(), _links(), is_own=True)
    return render_template("booking/calendar.html", calendar=found, book_url=url_for("booking.book_at"))


@blueprint.get("/calendar/book")
@policy("appointment.create")
def book_at() -> ResponseReturnValue:
    """Book for somebody in one's care, at the free place that was pressed or at another time."""
    return counter.open_page(_counter())


@blueprint.post("/calendar/book")
@policy("appointment.create")
def book_at_now() -> ResponseReturnValue:
    """Find them, or book."""
    return counter.answer(_counter())


def load_given(appointment_id: UUID) -> Appointment:
    """A session that the signed-in therapist gives. Raises NotVisibleError."""
    appointment = queries.appointment_for(current_user.person_id, appointment_id, clock.now())
    if appointment.therapist_id != current_user.person_id:
        raise NotVisibleError
    return appointment


@blueprint.get("/sessions/<uuid:appointment_id>/move/confirm")
@policy("appointment.confirm", load_given)
def confirm_move(appointment: Appointment) -> ResponseReturnValue:
    """Say who will be told before it is moved."""
    return confirm_page(appointment, door_of(appointment), visible_to(current_user.person_id, clock.now()))


def load_pair_given(appointment_id: UUID, other_id: UUID) -> Pair:
    """Two sessions that the signed-in therapist gives. Raises NotVisibleError."""
    return Pair(load_given(appointment_id), load_given(other_id))


@blueprint.post("/sessions/<uuid:appointment_id>/swap/<uuid:other_id>")
@policy("appointment.confirm", load_pair_given)
def swap(pair: Pair) -> ResponseReturnValue:
    """Let two of one's own sessions change places."""
    return moving.swap(pair, door_of(pair.session))


def _counter() -> Counter:
    """A therapist books their own sessions for their own caseload."""
    me, services = queries.therapist_with_person(current_user.person_id), services_of(current_user.person_id)
    if me is None or not services:
        raise NotVisibleError
    return Counter(
        by=me.person_id,
        therapists=[me],
        services=services,
        givers={each.id: {me.person_id} for each in services},
        party=lambda client_id: queries.party_for(me.person_id, client_id, clock.now()),
        booked_url=lambda booked: url_for("booking.session", appointment_id=booked.id),
        back_url=url_for("booking.day"),
    )


def _links() -> Links:
    """Where a therapist's calendar leads: to their own pages."""
    return Links(
        session=lambda appointment: url_for("booking.session", appointment_id=appointment.id),
        book=lambda start, _: url_for("booking.book_at", start=write_start(start)),
        show=lambda view, shown: url_for("booking.day", view=view, day=shown.isoformat()),
        move=lambda appointment: url_for("booking.confirm_move", appointment_id=appointment.id),
    )


def load_booking(client_id: UUID) -> Booking:
    """A client in the care of the therapist who is signed in, and the service asked for. Raises NotVisibleError."""
    party = queries.party_for(current_user.person_id, client_id, clock.now())
    therapist = therapist_named(current_user.person_id)
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


def _question(booking: Booking) -> Question:
    zone = current_practice().zone
    return Question(
        service=booking.service,
        therapists=[booking.therapist],
        terms=terms_with(booking.service, [booking.therapist.person_id]),
        modality=choices.modality(booking.service),
        zone=zone,
        practice_zone=zone,
        from_day=choices.asked_day() or zones.wall(clock.now(), zone).date(),
        client_ids=booking.party.attending(booking.service),
        narrowing=choices.asked_narrowing(),
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
        **offers.narrowing_words(question),
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
