"""The owner's pages of rooms and holidays: what they would strand is shown before it happens."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking.closed_times import left_on_holidays
from clinic.booking.queries import sessions_in_room
from clinic.booking.working_week import try_change
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.desk.stranding import Line, lines
from clinic.practice import places
from clinic.practice.errors import ChangedMeanwhileError, RoomNameTakenError
from clinic.practice.forms import HolidayForm, RoomForm
from clinic.practice.models import Room
from clinic.practice.queries import all_therapists
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("places", __name__)


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A holiday as the address names it, whether or not it is in the list still."""

    on: date


@blueprint.get("/practice/rooms")
@policy("practice.update")
def rooms() -> ResponseReturnValue:
    """Every room, and one more."""
    return _rooms_page(RoomForm(formdata=None))


@blueprint.post("/practice/rooms")
@policy("practice.update")
def add_room() -> ResponseReturnValue:
    """Have one more room."""
    form = RoomForm()
    if form.validate():
        try:
            places.add_room(form.name.data or "")
        except RoomNameTakenError as error:
            form.name.errors = [sentence(error)]
        else:
            flash(_("Added. Office sessions can have it from now on."), "success")
            return redirect(url_for("places.rooms"), code=303)
    return _rooms_page(form), 422


@blueprint.route("/practice/rooms/<uuid:room_id>", methods=["GET", "POST"])
@policy("practice.update", places.room_of)
def room(room: Room) -> ResponseReturnValue:
    """One room: what it is called, and which sessions to come have it."""
    form = RoomForm(data={"name": room.name, "seen": room.name})
    status = 200
    if form.validate_on_submit():
        try:
            places.rename_room(room.id, form.name.data or "", form.seen.data or "")
            flash(_("Saved."), "success")
            return redirect(url_for("places.room", room_id=room.id), code=303)
        except RoomNameTakenError as error:
            form.name.errors, status = [sentence(error)], error.status
        except ChangedMeanwhileError as error:
            form.form_errors.append(sentence(error))
            form.seen.data, status = room.name, error.status
    elif form.errors:
        status = 422
    page = render_template(
        "practice/room.html", room=room, form=form, act_form=ActionForm(formdata=None), lines=_in_room(room)
    )
    return page, status


@blueprint.post("/practice/rooms/<uuid:room_id>/switch")
@policy("practice.update", places.room_of)
def switch_room(room: Room) -> ResponseReturnValue:
    """Take it out of use or back in; sessions that have it keep it, and are listed on its page."""
    if ActionForm().validate():
        is_active = request.form.get("to") == "on"
        places.switch_room(room.id, is_active=is_active)
        still = len(_in_room(room))
        if is_active:
            flash(_("In use again."), "success")
        elif still:
            flash(
                _("Switched off. Sessions that have it are listed here, and keep it until they are moved."), "warning"
            )
        else:
            flash(_("Switched off. No session to come has it."), "success")
    return redirect(url_for("places.room", room_id=room.id), code=303)


@blueprint.get("/practice/holidays")
@policy("practice.update")
def holidays() -> ResponseReturnValue:
    """The days on which the practice is closed, and one more."""
    return _holidays_page(HolidayForm(formdata=None))


@blueprint.post("/practice/holidays")
@policy("practice.update")
def add_holiday() -> ResponseReturnValue:
    """Close on a day; booked sessions of that day are shown first."""
    form, stranded, status = HolidayForm(), [], 422
    now, zone = clock.now(), current_practice().zone
    if form.validate():
        on = form.on.data or _today()
        try:
            trial = try_change(
                lambda: places.add_holiday(on, form.name.data or "", _today()),
                sorted(each.person_id for each in all_therapists()),
                zone,
                now,
                first_shown=on,
                is_agreed="anyway" in request.form,
            )
        except DomainError as error:
            form.on.errors, status = [sentence(error)], error.status
        else:
            if trial.is_made:
                flash(_("Added. Nobody can book that day."), "success")
                if trial.stranded:
                    flash(
                        _("What is booked then is listed on Today, for who gives it and the front desk."),
                        "warning",
                    )
                return redirect(url_for("places.holidays"), code=303)
            stranded = lines(trial.stranded, current_user.person_id, zone, now)
    return _holidays_page(form, stranded), status


def load_day(on: str) -> NamedDay:
    """The day that the address names. Raises NotVisibleError where it names none."""
    try:
        return NamedDay(date.fromisoformat(on))
    except ValueError as error:
        raise NotVisibleError from error


@blueprint.post("/practice/holidays/<on>/remove")
@policy("practice.update", load_day)
def remove_holiday(day: NamedDay) -> ResponseReturnValue:
    """Be open on that day after all."""
    if ActionForm().validate():
        places.remove_holiday(day.on, _today())
        flash(_("Removed. That day can be booked again."), "success")
    return redirect(url_for("places.holidays"), code=303)


def _today() -> date:
    return zones.wall(clock.now(), current_practice().zone).date()


def _in_room(room: Room) -> list[Line]:
    now = clock.now()
    return lines(sessions_in_room(room.id, now), current_user.person_id, current_practice().zone, now)


def _rooms_page(form: RoomForm) -> str:
    return render_template("practice/rooms.html", rooms=places.all_rooms(), form=form)


def _holidays_page(form: HolidayForm, stranded: list[Line] | None = None) -> str:
    return render_template(
        "practice/holidays.html",
        holidays=places.holidays(_today()),
        today=_today(),
        form=form,
        act_form=ActionForm,
        stranded=stranded or [],
        still_booked=left_on_holidays(current_practice().zone, clock.now()),
    )
