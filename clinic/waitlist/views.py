"""The pages of the waiting list: a client joins, leaves and answers an offer; staff see the order and keep it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from clinic.booking import queries as booking_queries
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.practice.models import Service
from clinic.practice.queries import service_called
from clinic.practice.wording import MODALITIES, modality_words
from clinic.waitlist import offering, queries, service
from clinic.waitlist.forms import PreferencesForm
from clinic.waitlist.models import Offer, Waiting
from clinic.waitlist.queries import Possible
from clinic.waitlist.wording import when_words
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.paging import paged_rows, requested_page
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("waitlist", __name__)
Wanted = tuple[Client, list[Possible]]


def load_wanted(service: str) -> Wanted:
    """The signed-in client and the service of that address. Raises NotVisibleError for one that they cannot have."""
    client, found = booking_queries.client_of(current_user.person_id), service_called(service)
    how = queries.possible(found, client.id, clock.now()) if client and found else None
    if client is None or how is None:
        raise NotVisibleError
    return client, [how]


def load_own(waiting_id: UUID) -> Waiting:
    """What the signed-in client waits for. Raises NotVisibleError."""
    return queries.own_waiting(current_user.person_id, waiting_id)


def load_offer(offer_id: UUID) -> Offer:
    """An offer to the signed-in client. Raises NotVisibleError."""
    return queries.own_offer(current_user.person_id, offer_id)


def load_client(client_id: UUID) -> Wanted:
    """A client whom the signed-in staff may put on the list. Raises NotVisibleError."""
    now = clock.now()
    client = queries.client_for(current_user.person_id, current_user.roles, client_id, now)
    return client, queries.services_for(client.id, now)


def load_waiting(waiting_id: UUID) -> Waiting:
    """A wish that the signed-in staff see. Raises NotVisibleError."""
    return queries.waiting_seen_by(current_user.person_id, current_user.roles, waiting_id, clock.now())


@blueprint.get("/sessions/waiting")
@policy("waiting.read")
def mine() -> ResponseReturnValue:
    """What is kept for the client now, and what they wait for."""
    now, me = clock.now(), current_user.person_id
    return render_template(
        "waitlist/mine.html",
        offered=queries.open_offers(me, now),
        waiting=queries.own(me),
        action=ActionForm,
        when_words=when_words,
        how_words=MODALITIES,
        modality_words=modality_words,
    )


@blueprint.get("/sessions/waiting/<service>")
@policy("waiting.join", load_wanted)
def join(wanted: Wanted) -> ResponseReturnValue:
    """Say what suits."""
    return _join_page(_form(wanted, current_user.zone))


@blueprint.post("/sessions/waiting/<service>")
@policy("waiting.join", load_wanted)
def join_now(wanted: Wanted) -> ResponseReturnValue:
    """Begin to wait."""
    form = _form(wanted, current_user.zone)
    if not form.validate():
        return _join_page(form), 422
    try:
        _join(wanted[0], form)
    except DomainError as error:
        flash(sentence(error), "error")
    else:
        flash(gettext("You are on the waiting list. We write to you when a time becomes free."), "success")
    return redirect(url_for("waitlist.mine"), 303)


@blueprint.post("/sessions/waiting/<uuid:waiting_id>/leave")
@policy("waiting.leave", load_own)
def leave(waiting: Waiting) -> ResponseReturnValue:
    """Wait no more."""
    if ActionForm().validate():
        offering.leave(waiting.id, "left", now=clock.now())
        flash(gettext("You are off the waiting list."), "success")
    return redirect(url_for("waitlist.mine"), 303)


@blueprint.post("/offers/<uuid:offer_id>/take")
@policy("offer.answer", load_offer)
def take(offer: Offer) -> ResponseReturnValue:
    """Book what is kept, in one press."""
    if not ActionForm().validate():
        return redirect(url_for("waitlist.mine"), 303)
    try:
        booked = service.take(offer.id, by=current_user.person_id, now=clock.now())
    except DomainError as error:
        flash(sentence(error), "error")
        return redirect(url_for("waitlist.mine"), 303)
    if booked.state == State.CONFIRMED:
        flash(gettext("Booked. We have sent you a confirmation."), "success")
    elif booked.state == State.REQUESTED:
        flash(gettext("We have received your request. The time is kept, and we write to you either way."), "success")
    return redirect(url_for("booking.session", appointment_id=booked.id), 303)


@blueprint.post("/offers/<uuid:offer_id>/pass")
@policy("offer.answer", load_offer)
def pass_on(offer: Offer) -> ResponseReturnValue:
    """Let somebody else have it."""
    if ActionForm().validate():
        try:
            offering.pass_on(offer.id, now=clock.now())
            flash(gettext("Thank you. You stay on the list, and we write when another time is free."), "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return redirect(url_for("waitlist.mine"), 303)


@blueprint.get("/waiting", endpoint="everyone")
@policy("waiting.list")
def list_everyone() -> ResponseReturnValue:
    """Who waits, in which order, and with whom an offer is."""
    found = queries.everyone(current_user.person_id, current_user.roles, clock.now())
    return render_template(
        "waitlist/everyone.html",
        page=paged_rows(found, requested_page()),
        action=ActionForm,
        zone=current_practice().zone,
        when_words=when_words,
        how_words=MODALITIES,
    )


@blueprint.post("/waiting/<uuid:waiting_id>/remove")
@policy("waiting.remove", load_waiting)
def remove(waiting: Waiting) -> ResponseReturnValue:
    """Take somebody off the list; what is kept for them is free for the next."""
    if ActionForm().validate():
        offering.leave(waiting.id, "removed", now=clock.now())
        flash(gettext("Removed. What was kept for them is free again."), "success")
    return redirect(url_for("waitlist.everyone"), 303)


@blueprint.get("/clients/<uuid:client_id>/waiting")
@policy("waiting.create", load_client)
def add(wanted: Wanted) -> ResponseReturnValue:
    """What a client waits for, said by staff."""
    return _add_page(wanted, _form(wanted, wanted[0].person.zone))


@blueprint.post("/clients/<uuid:client_id>/waiting")
@policy("waiting.create", load_client)
def add_now(wanted: Wanted) -> ResponseReturnValue:
    """Put the client on the list."""
    form = _form(wanted, wanted[0].person.zone)
    if not form.validate():
        return _add_page(wanted, form), 422
    try:
        _join(wanted[0], form)
    except DomainError as error:
        form.service.errors = [sentence(error)]
        return _add_page(wanted, form), error.status
    flash(gettext("On the waiting list."), "success")
    return redirect(url_for("waitlist.everyone"), 303)


def _form(wanted: Wanted, zone: str) -> PreferencesForm:
    form = PreferencesForm(possible=wanted[1], zone=zone)
    if len(wanted[1]) == 1:
        form.service.data = wanted[1][0].service.slug
    return form


def _join(client: Client, form: PreferencesForm) -> None:
    service_id, wanted = form.preferences()
    service.join(client.id, service_id, wanted, by=current_user.person_id, now=clock.now())


def _join_page(form: PreferencesForm) -> str:
    wanted: Service = next(iter(form.possible.values())).service
    return render_template("waitlist/join.html", form=form, service=wanted)


def _add_page(wanted: Wanted, form: PreferencesForm) -> str:
    return render_template("waitlist/add.html", form=form, client=wanted[0])
