"""The pages of agreed fees: a client's for sessions of their own, a couple's for joint ones."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.clients.models import Client, Couple
from clinic.clients.queries import active_couple_of
from clinic.core import clock
from clinic.core.errors import DomainError, NotVisibleError
from clinic.database.session import current_actor
from clinic.fees import agreed, queries
from clinic.fees.blueprint import blueprint
from clinic.fees.forms import FeeForm
from clinic.web.error_pages import sentence
from clinic.web.policies import THERAPIST
from clinic.web.policy import policy


def load_client(client_id: UUID) -> Client:
    """A client of the practice at the front desk, or in the therapist's care, and never oneself. Raises
    NotVisibleError."""
    client = queries.client_with_fee(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


def load_couple(couple_id: UUID) -> Couple:
    """An active couple of the practice at the front desk, or of whose partners the therapist cares for both, and never
    one's own. Raises NotVisibleError."""
    couple = queries.couple_with_fee(couple_id, current_actor(), clock.now())
    if current_user.person_id in {each.client.person_id for each in couple.members}:
        raise NotVisibleError
    return couple


@blueprint.get("/clients/<uuid:client_id>/fee")
@policy("fee.read", load_client)
def fee(client: Client) -> ResponseReturnValue:
    """What they pay for a session of their own."""
    agreed.trace("fee.read", client)
    return _page(client, FeeForm.of(client.fee_cents))


@blueprint.post("/clients/<uuid:client_id>/fee")
@policy("fee.update", load_client)
def agree(client: Client) -> ResponseReturnValue:
    """Agree on another fee, from the next booking on."""
    return _agree(client, url_for("fees.fee", client_id=client.id))


@blueprint.get("/couples/<uuid:couple_id>/fee")
@policy("fee.read", load_couple)
def joint_fee(couple: Couple) -> ResponseReturnValue:
    """What a joint session costs the two."""
    agreed.trace("fee.read", couple)
    return _page(couple, FeeForm.of(couple.fee_cents))


@blueprint.post("/couples/<uuid:couple_id>/fee")
@policy("fee.update", load_couple)
def agree_jointly(couple: Couple) -> ResponseReturnValue:
    """Agree on another fee for what is joint, from the next booking on."""
    return _agree(couple, url_for("fees.joint_fee", couple_id=couple.id))


def _agree(whose: Client | Couple, back: str) -> ResponseReturnValue:
    form = FeeForm()
    if not form.validate():
        return _page(whose, form), 422
    try:
        agreed.agree(whose, form.fee.data, seen=form.seen_cents)
    except DomainError as error:
        form.fee.errors = [sentence(error)]
        form.show(whose.fee_cents)
        return _page(whose, form), error.status
    flash(_("Saved. What is booked already keeps its price."), "success")
    return redirect(back, 303)


def _page(whose: Client | Couple, form: FeeForm) -> str:
    is_therapist = THERAPIST in current_actor().roles
    if isinstance(whose, Couple):
        people = [each.client.person for each in whose.members]
        return render_template("fees/joint_fee.html", people=people, form=form, is_therapist=is_therapist)
    couple = _couple_of(whose)
    return render_template("fees/fee.html", client=whose, couple=couple, form=form, is_therapist=is_therapist)


def _couple_of(client: Client) -> Couple | None:
    """The couple they are in, where its fee is for this person to see."""
    couple = active_couple_of(client.id)
    try:
        return load_couple(couple.id) if couple else None
    except NotVisibleError:
        return None
