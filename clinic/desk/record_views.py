"""A client's page for their therapist, the couple that they are in, and the client's own record."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from clinic.audit import service as audit
from clinic.booking import queries as booking_queries
from clinic.clients import couples
from clinic.clients import queries as client_queries
from clinic.clients import service as client_service
from clinic.clients.models import Client, Couple
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.ids import parse_id
from clinic.database.session import current_actor
from clinic.desk.forms import PartnerForm
from clinic.desk.timeline import timeline
from clinic.homework import queries as homework_queries
from clinic.intake import queries as intake_queries
from clinic.measures.panel import overview
from clinic.measures.wording import CATEGORIES, TONES
from clinic.notes import panel as notes
from clinic.practice.wording import modality_words
from clinic.risk import queries as risk_queries
from clinic.risk import wording as alert_words
from clinic.safety.queries import open_reviews
from clinic.series import queries as series_queries
from clinic.series.wording import standing_words
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("records", __name__)
SHOWN_HOMEWORK = 5
SHOWN_ALERTS = 5


@dataclass(frozen=True, slots=True)
class Sharing:
    """A client's own side of the couple that they are in."""

    client: Client
    couple: Couple
    partner: Client


def load_client(client_id: UUID) -> Client:
    """A client in the therapist's care now, and never the therapist themself. Raises NotVisibleError."""
    client = client_queries.visible_client(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


def load_couple(couple_id: UUID) -> Couple:
    """A couple both of whom the therapist cares for, and is none of. Raises NotVisibleError."""
    couple = client_queries.visible_couple(couple_id, current_actor(), clock.now())
    if current_user.person_id in {member.client.person_id for member in couple.members}:
        raise NotVisibleError
    return couple


def load_own() -> Client:
    """The client whom this person is. Raises NotVisibleError."""
    client = client_queries.client_of(current_user.person_id)
    if client is None:
        raise NotVisibleError
    return client


def load_sharing() -> Sharing:
    """The active couple that this client is in; before it is active, nothing tells of it. Raises NotVisibleError."""
    client = load_own()
    couple = client_queries.active_couple_of(client.id)
    if couple is None:
        raise NotVisibleError
    partner = next(member.client for member in couple.members if member.client_id != client.id)
    return Sharing(client, couple, partner)


@blueprint.get("/clients/<uuid:client_id>")
@policy("client.read", load_client)
def client(shown: Client) -> ResponseReturnValue:
    """Who they are, what is next, what was, and the couple that they are in."""
    audit.record("client.read", "client", shown.id, client_id=shown.id)
    return _client_page(shown, _partner_form(shown))


@blueprint.post("/clients/<uuid:client_id>/admit")
@policy("client.update", load_client)
def admit(shown: Client) -> ResponseReturnValue:
    """After a first call: take them into care."""
    client_service.admit(shown.id, clock.now())
    flash(gettext("In care. Now you can give homework and book sessions."), "success")
    return redirect(url_for("records.client", client_id=shown.id), code=303)


@blueprint.post("/clients/<uuid:client_id>/couple")
@policy("couple.link", load_client)
def link_couple(shown: Client) -> ResponseReturnValue:
    """Link two clients of the same therapist; nothing is shared until it is activated."""
    form = _partner_form(shown)
    if not form.validate():
        return _client_page(shown, form, 422)
    partner_id = parse_id(form.partner.data)
    try:
        couples.link(
            shown.id, load_client(partner_id).id if partner_id else shown.id, current_user.person_id, clock.now()
        )
    except DomainError as error:
        form.partner.errors = [sentence(error)]
        return _client_page(shown, form, error.status)
    flash(gettext("Linked. Nothing is shared until you activate the couple."), "success")
    return redirect(url_for("records.client", client_id=shown.id), code=303)


@blueprint.post("/couples/<uuid:couple_id>/activate")
@policy("couple.link", load_couple)
def activate_couple(couple: Couple) -> ResponseReturnValue:
    """Open the joint work; under an open safety review, ask first. No page but this answer tells of it."""
    reviewed = open_reviews(each.client_id for each in couple.members)
    if reviewed and "weighed" not in request.form:
        return render_template(
            "safety/before_joint.html",
            clients=[each.client for each in couple.members if each.client_id in reviewed],
            address=url_for("records.activate_couple", couple_id=couple.id),
            form=ActionForm(formdata=None),
        )
    couples.activate(couple.id, current_user.person_id, clock.now())
    flash(gettext("The couple is active: joint sessions can be booked now."), "success")
    return redirect(url_for("records.client", client_id=couple.members[0].client_id), code=303)


@blueprint.post("/couples/<uuid:couple_id>/end")
@policy("couple.link", load_couple)
def end_couple(couple: Couple) -> ResponseReturnValue:
    """End the sharing as the couple's therapist."""
    couples.end(couple.id, current_user.person_id, clock.now())
    flash(gettext("The sharing has ended. Both records go on by themselves."), "success")
    return redirect(url_for("records.client", client_id=couple.members[0].client_id), code=303)


@blueprint.get("/record")
@policy("record.read", load_own)
def own(shown: Client) -> ResponseReturnValue:
    """What the practice keeps of the client: contact, papers, sharing."""
    packet = intake_queries.packet_of(shown.id)
    couple = client_queries.active_couple_of(shown.id)
    return render_template(
        "desk/my_record.html",
        client=shown,
        carers=client_queries.carers_named(shown.id, clock.now()),
        couple=couple,
        partner=next((each.client.person for each in couple.members if each.client_id != shown.id), None)
        if couple
        else None,
        signatures=intake_queries.signatures_of(packet) if packet else (),
        has_packet=packet is not None,
    )


@blueprint.get("/record/sharing/end")
@policy("sharing.end", load_sharing)
def ask_to_end(sharing: Sharing) -> ResponseReturnValue:
    """What ending the sharing does, and what the other will see, before it is done."""
    now = clock.now()
    ahead = booking_queries.upcoming(sharing.client.person_id, now)
    return render_template(
        "desk/end_sharing.html",
        sharing=sharing,
        carers=client_queries.carers_named(sharing.client.id, now),
        joint=[each for each in ahead if each.couple_id == sharing.couple.id and each.state == "confirmed"],
        form=ActionForm(),
    )


@blueprint.post("/record/sharing/end")
@policy("sharing.end", load_sharing)
def end_sharing(sharing: Sharing) -> ResponseReturnValue:
    """End it; the partner's access stops with their next request."""
    couples.end(sharing.couple.id, current_user.person_id, clock.now())
    flash(gettext("The sharing has ended. Your own record goes on as it was."), "success")
    return redirect(url_for("records.own"), code=303)


def _partner_form(shown: Client) -> PartnerForm:
    form = PartnerForm()
    free = client_queries.without_couple(current_user.person_id, clock.now())
    form.partner.choices = [(str(each.id), each.person.name) for each in free if each.id != shown.id]
    return form


def _client_page(shown: Client, form: PartnerForm, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    couple = client_queries.open_couple_of(shown.id)
    page = render_template(
        "desk/client.html",
        client=shown,
        couple=couple,
        is_own_couple=couple is not None and couple.therapist_id == current_user.person_id,
        partner=next((each.client for each in couple.members if each.client_id != shown.id), None) if couple else None,
        upcoming=booking_queries.upcoming(shown.person_id, now)[:3],
        standing=series_queries.standing_of(shown.id, current_user.person_id, now),
        standing_words=standing_words,
        homework=homework_queries.waiting_first(shown.id, SHOWN_HOMEWORK),
        adherence=homework_queries.adherence_of([shown.id], now)[shown.id],
        measures=overview(shown.id),
        categories=CATEGORIES,
        tones=TONES,
        packet=intake_queries.packet_of(shown.id),
        notes=notes.of_client(shown.id, current_user.person_id, now),
        alerts=risk_queries.of_client(shown.id, current_actor(), now, SHOWN_ALERTS),
        alert_words=alert_words,
        happenings=timeline(shown.id, now),
        form=form,
        action=ActionForm(),
        now=now,
        modality_words=modality_words,
    )
    return page, status
