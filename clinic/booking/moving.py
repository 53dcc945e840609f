"""The pages of moving and cancelling, which a signed-in person and a mailed link share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.booking import attendance, choices, offers, rules, service
from clinic.booking.errors import JointSessionError, SlotTaken
from clinic.booking.forms import ChangeForm, MoveForm, TimeForm
from clinic.booking.models import Appointment
from clinic.booking.offers import Question
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.core.errors import DomainError
from clinic.practice.queries import terms_with
from clinic.web.error_pages import sentence
from clinic.web.forms import ActionForm
from clinic.web.shell import current_practice


@dataclass(frozen=True, slots=True)
class Door:
    """How somebody came to the appointment: who they are, what frames the page, and where its addresses lead."""

    by: UUID | None
    shell: str
    zone: str
    url: Callable[..., str]
    is_staff: bool = False
    is_desk: bool = False


def words_of(appointment: Appointment, door: Door, now: datetime) -> dict[str, object]:
    """What every page about one appointment says of its time, and whether a change would be late."""
    zone, at_practice = offers.zone_words(door.zone, current_practice().zone, appointment.starts_at)
    window = appointment.late_change_minutes
    return {
        "appointment": appointment,
        "door": door,
        "when": offers.moment_words(appointment.starts_at, door.zone),
        "on_day": zones.wall(appointment.starts_at, current_practice().zone).date(),
        "zone_words": zone,
        "practice_zone_words": at_practice,
        "is_live": appointment.state in {"requested", "confirmed"},
        "is_changeable": appointment.state in {"requested", "confirmed"} and appointment.starts_at > now,
        "is_request": appointment.state == "requested",
        "is_joint": _is_joint(appointment),
        "is_movable": _is_movable(appointment, door),
        "kept_until": offers.moment_words(appointment.held_until, door.zone) if appointment.held_until else None,
        "is_over": appointment.ends_at <= now,
        "is_unsettled": appointment.unsettled_at is not None,
        "is_awaited": door.is_staff and attendance.is_awaited(appointment, now),
        "has_said": _has_said(appointment, door, now),
        "coming": ActionForm(formdata=None),
        "is_late_now": appointment.state == "confirmed"
        and appointment.unsettled_at is None
        and rules.is_late(appointment.starts_at, now, window),
        "in_time_until": offers.moment_words(rules.late_after(appointment.starts_at, window), door.zone),
    }


def _has_said(appointment: Appointment, door: Door, now: datetime) -> bool | None:
    """Whether the client who looks has said that they will be there; None where there is nothing to say."""
    mine = next((each for each in appointment.attendees if each.client.person_id == door.by), None)
    can_say = not door.is_staff and attendance.is_awaited(appointment, now)
    return mine.confirmed_at is not None if mine and can_say else None


def say_coming(appointment: Appointment, door: Door) -> ResponseReturnValue:
    """Say that one will be there, and go back to the appointment."""
    if door.by is not None and ActionForm().validate():
        try:
            attendance.say_coming(appointment.id, door.by, now=clock.now())
            flash(_("Thank you. We know that you will be there."), "success")
        except DomainError as error:
            flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


def cancel_page(appointment: Appointment, door: Door) -> ResponseReturnValue:
    """Ask before cancelling, and say when it is late. Looking changes nothing: mail scanners look, too."""
    words = words_of(appointment, door, clock.now())
    return render_template("booking/cancel.html", **words, form=ChangeForm())


def cancel(appointment: Appointment, door: Door) -> ResponseReturnValue:
    """Cancel, and go back to the appointment."""
    form = ChangeForm()
    if not form.validate():
        return redirect(door.url("cancel"), 303)
    try:
        was_request = appointment.state == "requested"
        is_asked_for = bool(form.is_asked_for.data)
        service.cancel(appointment, by=door.by, now=clock.now(), is_staff=door.is_staff, is_asked_for=is_asked_for)
        taken_back = _("Your request is taken back, and the time is free again.")
        cancelled = _("Cancelled. Everyone who was coming is told, and their therapist sees it.")
        flash(taken_back if was_request and not door.is_staff else cancelled, "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


def move_page(appointment: Appointment, door: Door, form: TimeForm | None = None) -> str:
    """The free times to which the appointment can be moved, its own old time not in the way.

    A partner sees none for a joint session: which are left out would tell when the other one has something else.
    """
    now = clock.now()
    if not _is_movable(appointment, door):
        return render_template("booking/move.html", **words_of(appointment, door, now))
    question = _question(appointment, door)
    return render_template(
        "booking/move.html",
        **words_of(appointment, door, now),
        offers=offers.find(question, now, is_day_asked=choices.asked_day() is not None),
        form=form or TimeForm(),
        carried=choices.carried(),
        **offers.narrowing_words(question),
    )


def move(appointment: Appointment, door: Door) -> ResponseReturnValue:
    """Move to the chosen time; where it has just been taken, the three nearest are shown and the old one is kept."""
    if not _is_movable(appointment, door):
        flash(sentence(JointSessionError()), "error")
        return redirect(door.url("session"), 303)
    form = MoveForm()
    chosen = form.chosen()
    if not form.validate() or chosen is None or chosen[1] != appointment.therapist_id:
        form.slot.errors = [_("Please choose a time.")]
        return move_page(appointment, door, form), 422
    practice, how = current_practice(), appointment.modality
    is_same_time = chosen[0] == appointment.starts_at
    if door.is_staff:
        how = choices.asked_how(appointment.service, how)
        if is_same_time and how == appointment.modality:
            flash(_("That is how it stands already. Nothing was changed."), "success")
            return redirect(door.url("session"), 303)
    wish = Wish(appointment.service, appointment.therapist_id, chosen[0], how, practice.zone, practice.currency)
    try:
        # Another way at the same time is no move, and never late.
        is_asked_for = bool(form.is_asked_for.data) and not is_same_time
        service.move(appointment, wish, by=door.by, now=clock.now(), is_staff=door.is_staff, is_asked_for=is_asked_for)
    except SlotTaken as taken:
        return _taken_page(appointment, door, wish, taken), 409
    except DomainError as error:
        flash(sentence(error), "error")
        return redirect(door.url("session"), 303)
    changed = _("Changed. Everyone who is coming is told, and their therapist sees it.")
    moved = _("Moved. Everyone who is coming is told, and their therapist sees it.")
    flash(changed if door.is_staff and is_same_time else moved, "success")
    return redirect(door.url("session"), 303)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sessions of one therapist that are to change places."""

    session: Appointment
    other: Appointment


def swap(pair: Pair, door: Door) -> ResponseReturnValue:
    """Let the two change places, and go back to the first."""
    if not ActionForm().validate():
        return redirect(door.url("session"), 303)
    try:
        service.swap(pair.session, pair.other, by=door.by, now=clock.now())
        flash(_("They have changed places. Everyone who is coming is told."), "success")
    except SlotTaken:
        flash(_("One of the two does not fit at the other's time, so nothing was changed."), "error")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(door.url("session"), 303)


def _is_joint(appointment: Appointment) -> bool:
    return appointment.couple_id is not None or len(appointment.attendees) > 1


def _is_movable(appointment: Appointment, door: Door) -> bool:
    """What is theirs alone, by a client; by staff what everybody has said yes to."""
    return all(each.answer == "yes" for each in appointment.attendees) if door.is_staff else not _is_joint(appointment)


def _question(appointment: Appointment, door: Door) -> Question:
    day_before = zones.wall(appointment.starts_at - timedelta(days=1), door.zone).date()
    return Question(
        service=appointment.service,
        therapists=[appointment.therapist],
        terms=terms_with(appointment.service, [appointment.therapist_id], appointment.minutes),
        modality=appointment.modality,
        zone=door.zone,
        practice_zone=current_practice().zone,
        from_day=choices.asked_day() or day_before,
        client_ids=[each.client_id for each in appointment.attendees],
        ignoring=[appointment.id],
        narrowing=choices.asked_narrowing(),
    )


def _taken_page(appointment: Appointment, door: Door, wish: Wish, taken: SlotTaken) -> str:
    names = {appointment.therapist_id: appointment.therapist.person.given_name}
    return render_template(
        "booking/taken.html",
        door=door,
        when=offers.moment_words(wish.starts_at, door.zone),
        nearest=offers.alternative_choices(taken.nearest, names, door.zone),
        form=TimeForm(formdata=None),
        action=door.url("move", **choices.carried(), how=wish.modality if door.is_staff else None),
        all_times=door.url("move", **choices.carried()),
    )
