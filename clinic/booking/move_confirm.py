"""The last look before staff move a session: from when to when, how, which rules it breaks, and who will be told.

A form, a free time or a session dragged in the calendar all lead here; the one way of moving is the press that follows.
"""

from datetime import date, datetime, time

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from clinic.booking import choices, moving, offers, overrides, queries
from clinic.booking.errors import PastStartError
from clinic.booking.forms import MoveForm, read_start
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.booking.rules import State
from clinic.booking.wishes import Wish
from clinic.booking.wording import broken_words, told_words
from clinic.core import clock, zones
from clinic.core.ids import parse_id
from clinic.practice.wording import MODALITIES
from clinic.web.error_pages import sentence
from clinic.web.shell import current_practice


def confirm_page(appointment: Appointment, door: Door, among: Select[Appointment]) -> ResponseReturnValue:
    """What the move would mean. It changes nothing: whoever drags by mistake has done nothing.

    Where another session `among` those that this person may see stands there, the two can change places.
    """
    now, zone = clock.now(), current_practice().zone
    start = _asked(appointment, zone)
    try:
        if start is None:
            flash(_("Please choose a time."), "error")
            return redirect(door.url("move"), 303)
        overrides.require_coming(start, now)
    except PastStartError as error:
        flash(sentence(error), "error")
        return redirect(door.url("session"), 303)
    how = choices.asked_how(appointment.service, appointment.modality)
    wish = Wish(
        appointment.service,
        appointment.therapist_id,
        start,
        how,
        zone,
        current_practice().currency,
        kept_minutes=appointment.minutes,
    )
    is_same = start == appointment.starts_at
    can_swap = appointment.state == State.CONFIRMED and not is_same
    other = queries.confirmed_at(among, appointment.therapist_id, start) if can_swap else None
    people = [each.client.person for session in (appointment, other) if session for each in session.attendees]
    form = MoveForm(formdata=None, slot=offers.value_of(start, appointment.therapist_id))
    return render_template(
        "booking/move_confirm.html",
        **moving.words_of(appointment, door, now),
        form=form,
        to=offers.moment_words(start, zone),
        is_same=is_same,
        other=other,
        how=how,
        ways=[(each, MODALITIES[each]) for each in appointment.service.modalities],
        warnings=[] if is_same else broken_words(overrides.broken_by(wish, now=now, ignoring=[appointment.id])),
        carried=choices.carried(),
        told=told_words([*dict.fromkeys(people)]),
    )


def _asked(appointment: Appointment, zone: str) -> datetime | None:
    """The new start: as a moment, as a radio button sends it, or as a day and a time on the wall."""
    slot, _tilde, therapist = request.args.get("slot", "").partition("~")
    if slot and parse_id(therapist) == appointment.therapist_id:
        return read_start(slot)
    if start := read_start(request.args.get("start", "")):
        return start
    try:
        day = date.fromisoformat(request.args.get("on", ""))
        wall = time.fromisoformat(request.args.get("at", ""))
        return read_start(zones.moment(day, wall, zone).isoformat())
    except (ValueError, OverflowError):
        return None
