"""The owner's pages of services: what is offered, by which rules, by whom and on which terms."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.practice import offering
from clinic.practice.errors import ChangedMeanwhileError, CouplesByVisitorsError
from clinic.practice.forms import OwnTermsForm, ServiceForm
from clinic.practice.models import Service, Therapist, TherapistService
from clinic.practice.queries import all_therapists
from clinic.practice.terms import terms_of
from clinic.practice.wording import change_words, modality_words
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("practice", __name__)
# How a new service starts; what the owner leaves alone is as the design says.
USUAL = {
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 10,
    "attends": "one",
    "booked_by": "client",
    "approval": "instant",
    "modalities": ["office", "video"],
    "notice": 24 * 60,
    "horizon_days": 60,
    "late_change": 24 * 60,
    "late_fee": 0,
}


@dataclass(frozen=True, slots=True)
class Giving:
    """A service, one therapist who gives it, and how."""

    service: Service
    therapist: Therapist
    own: TherapistService


@blueprint.get("/practice/services")
@policy("practice.update")
def services() -> ResponseReturnValue:
    """Every service, those that are switched off at the end."""
    return render_template(
        "practice/services.html",
        services=sorted(offering.all_services(), key=lambda each: not each.is_active),
        modality_words=modality_words,
        change_words=change_words,
    )


@blueprint.route("/practice/services/new", methods=["GET", "POST"])
@policy("practice.update")
def add_service() -> ResponseReturnValue:
    """Offer something new."""
    therapists = all_therapists()
    last = max((each.position for each in offering.all_services()), default=-1)
    form = ServiceForm(data=USUAL | {"position": last + 1, "given_by": [str(each.person_id) for each in therapists]})
    _offer_therapists(form, therapists)
    if form.validate_on_submit():
        try:
            service = offering.add_service(form.describe(), form.givers)
        except CouplesByVisitorsError as error:
            form.booked_by.errors = [sentence(error)]
        else:
            flash(_("Added. It can be booked from now on."), "success")
            return redirect(url_for("practice.service", service_id=service.id), code=303)
    return render_template("practice/service.html", form=form, service=None), 422 if form.errors else 200


def load_service(service_id: UUID) -> Service:
    """That service, switched off or not. Raises NotVisibleError."""
    service = db.session.get(Service, service_id)
    if service is None:
        raise NotVisibleError
    return service


@blueprint.route("/practice/services/<uuid:service_id>", methods=["GET", "POST"])
@policy("practice.update", load_service)
def service(service: Service) -> ResponseReturnValue:
    """One service with its rules. What is booked already keeps its length and its price."""
    therapists, given_by = all_therapists(), offering.giving(service.id)
    form = ServiceForm(data=_as_data(service, given_by))
    _offer_therapists(form, therapists)
    status, now_stands = 200, None
    if form.validate_on_submit():
        try:
            offering.update_service(service.id, form.describe(), form.givers, form.seen.data or "")
            flash(_("Saved. What is booked already stays as it was."), "success")
            return redirect(url_for("practice.service", service_id=service.id), code=303)
        except CouplesByVisitorsError as error:
            form.booked_by.errors = [sentence(error)]
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data = offering.mark_of(service, offering.giving(service.id))
            status, now_stands = error.status, ServiceForm(formdata=None, data=_as_data(service, given_by))
    elif form.errors:
        status = 422
    page = render_template(
        "practice/service.html",
        form=form,
        service=service,
        act_form=ActionForm(formdata=None),
        now_stands=now_stands,
        givers=[(each, given_by[each.person_id]) for each in therapists if each.person_id in given_by],
        terms_of=terms_of,
    )
    return page, status if status != 200 else 422 if form.errors else 200


@blueprint.post("/practice/services/<uuid:service_id>/switch")
@policy("practice.update", load_service)
def switch_service(service: Service) -> ResponseReturnValue:
    """Take it out of the offer, or back in; what is booked stays booked."""
    if ActionForm().validate():
        is_active = request.form.get("to") == "on"
        offering.switch_service(service.id, is_active=is_active)
        said = _("It can be booked again.") if is_active else _("Switched off. What is booked already stays booked.")
        flash(said, "success")
    return redirect(url_for("practice.service", service_id=service.id), code=303)


def load_giving(service_id: UUID, therapist_id: UUID) -> Giving:
    """A service and who gives it. Raises NotVisibleError."""
    service = load_service(service_id)
    therapist = next((each for each in all_therapists() if each.person_id == therapist_id), None)
    own = db.session.get(TherapistService, (therapist_id, service_id))
    if therapist is None or own is None:
        raise NotVisibleError
    return Giving(service, therapist, own)


@blueprint.route("/practice/services/<uuid:service_id>/therapists/<uuid:therapist_id>", methods=["GET", "POST"])
@policy("practice.update", load_giving)
def own_terms(giving: Giving) -> ResponseReturnValue:
    """A length, a price or buffers of one therapist's own, for what is booked from now on."""
    own = giving.own
    form = OwnTermsForm(obj=own, data={"price": own.price_cents, "seen": offering.mark_of_own(own)})
    status = 200
    if form.validate_on_submit():
        try:
            offering.set_own_terms(own.service_id, own.therapist_id, form.terms(), form.seen.data or "")
            flash(_("Saved. What is booked already stays as it was."), "success")
            return redirect(url_for("practice.service", service_id=own.service_id), code=303)
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = offering.mark_of_own(own), error.status
    elif form.errors:
        status = 422
    return render_template("practice/own_terms.html", giving=giving, listed=terms_of(giving.service), form=form), status


def _offer_therapists(form: ServiceForm, therapists: Any) -> None:
    form.given_by.choices = [(str(each.person_id), each.person.name) for each in therapists]


def _as_data(service: Service, given_by: dict[UUID, TherapistService]) -> dict[str, Any]:
    data = {name: getattr(service, name) for name in offering.Description.__dataclass_fields__}
    return data | {
        "price": service.price_cents,
        "notice": service.notice_minutes,
        "late_change": service.late_change_minutes,
        "late_fee": service.late_fee_cents,
        "given_by": [str(each) for each in given_by],
        "seen": offering.mark_of(service, given_by),
    }
