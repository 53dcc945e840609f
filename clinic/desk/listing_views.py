"""The owner's page of one therapist: what the public reads, whether clients can book, and from when on nobody can."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.accounts.people import login_of
from clinic.booking.queries import therapist_with_person, therapists_at_work
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.desk import staff
from clinic.practice import listing
from clinic.practice.errors import ChangedMeanwhileError, ClosedSignInError, NothingToShowError
from clinic.practice.models import Therapist
from clinic.practice.profile_forms import ProfileForm, leaves_on_of
from clinic.web.error_pages import sentence
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("listing", __name__)


def load_therapist(therapist_id: UUID) -> Therapist:
    """Any therapist, listed or not. Raises NotVisibleError."""
    therapist = therapist_with_person(therapist_id)
    if therapist is None:
        raise NotVisibleError
    return therapist


@blueprint.route("/practice/therapists/<uuid:therapist_id>", methods=["GET", "POST"])
@policy("staff.update", load_therapist)
def profile(therapist: Therapist) -> ResponseReturnValue:
    """What stands, and a form to say it otherwise."""
    zone, status, now_stands = current_practice().zone, 200, None
    form = ProfileForm(obj=therapist, data=_stands(therapist, zone) | {"seen": listing.mark_of_profile(therapist)})
    colleagues = [(str(each.person_id), each.person.name) for each in therapists_at_work() if each is not therapist]
    form.offer(colleagues)
    if form.validate_on_submit():
        try:
            typed = form.profile(therapist.leaves_at, zone)
            listing.update_profile(therapist, typed, form.seen.data or "")
            flash(_("Saved. The public pages say so at once; what is booked stays booked."), "success")
            return redirect(url_for("listing.profile", therapist_id=therapist.person_id), code=303)
        except (NothingToShowError, ClosedSignInError) as error:
            form.is_listed.errors, status = [sentence(error)], error.status
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = listing.mark_of_profile(therapist), error.status
            now_stands = ProfileForm(formdata=None, obj=therapist, data=_stands(therapist, zone))
            now_stands.offer(colleagues)
    elif form.errors:
        status = 422
    page = render_template(
        "desk/therapist.html",
        form=form,
        therapist=therapist,
        now_stands=now_stands,
        ahead=staff.sessions_ahead([therapist.person_id], clock.now()).get(therapist.person_id),
        login_words=staff.login_words(login_of(therapist.person_id)),
        zone=zone,
    )
    return page, status


def _stands(therapist: Therapist, zone: str) -> dict[str, object]:
    """What the form asks for in another shape than it is kept in."""
    return {
        "leaves_on": leaves_on_of(therapist.leaves_at, zone),
        "supervisor": str(therapist.supervisor_id or ""),
    }
