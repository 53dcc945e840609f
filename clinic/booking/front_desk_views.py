"""The front desk: the practice's calendar, the day sheet, arrivals, rooms, callers, and every session's pages.

It sees who comes when, to whom and where, and how to reach them; nothing that is clinical.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.booking import attendance, counter, desk_queries, move_confirm, moving, panels, queries, rooms, rules
from clinic.booking.blueprint import blueprint
from clinic.booking.calendar_pages import Calendar, Links, asked_day, asked_view, gather
from clinic.booking.calendar_span import View
from clinic.booking.counter import Counter
from clinic.booking.doors import desk_door
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment, Attendee
from clinic.booking.moving import Pair
from clinic.booking.staff_forms import ArrivalForm
from clinic.core import clock, zones
from clinic.core.errors import DomainError, NotVisibleError
from clinic.core.interval import Interval
from clinic.practice.models import Therapist
from clinic.web.error_pages import sentence
from clinic.web.policy import policy
from clinic.web.shell import current_practice


@blueprint.get("/calendar/practice")
@policy("schedule.read")
def practice_calendar() -> ResponseReturnValue:
    """Everyone's day side by side, month or agenda, or one therapist's; a week asks for whose it is to be."""
    therapists = queries.therapists_at_work()
    if not therapists:
        raise NotVisibleError
    view = asked_view(View.DAY)
    shown = next((each for each in therapists if each.slug == request.args.get("therapist")), None)
    if view is View.WEEK and len(therapists) == 1:
        shown = therapists[0]
    found = _gather(view, therapists, shown)
    book_url = url_for("booking.caller", therapist=shown.slug if shown else None)
    return render_template(
        "booking/calendar.html", calendar=found, therapists=therapists, shown=shown, book_url=book_url
    )


@blueprint.get("/day-sheet")
@policy("schedule.read")
def day_sheet() -> ResponseReturnValue:
    """All sessions of a day in order, for the desk and for paper; or those that somebody has yet to confirm."""
    zone, now = current_practice().zone, clock.now()
    today = zones.wall(now, zone).date()
    day = asked_day(today)
    ids = [each.person_id for each in queries.therapists_at_work()]
    sessions = queries.sessions_between(ids, Interval(*zones.day_bounds(day, zone)))
    unconfirmed = [each for each in sessions if attendance.is_unconfirmed(each, now)]
    only_unconfirmed = request.args.get("show") == "unconfirmed"
    return render_template(
        "booking/day_sheet.html",
        day=day,
        today=today,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        sessions=unconfirmed if only_unconfirmed else sessions,
        unconfirmed=len(unconfirmed),
        only_unconfirmed=only_unconfirmed,
        is_awaited=attendance.is_awaited,
        is_unconfirmed=attendance.is_unconfirmed,
        holiday=queries.holidays_between(day, day).get(day),
        is_arriving=rules.is_arriving,
        arrivals=ArrivalForm,
        zone=zone,
        now=now,
    )


def load_scheduled(appointment_id: UUID) -> Appointment:
    """Any booked session of the practice. Raises NotVisibleError where there is none."""
    return queries.appointment_shown(appointment_id)


@blueprint.get("/schedule/<uuid:appointment_id>")
@policy("schedule.read", load_scheduled)
def scheduled(appointment: Appointment) -> ResponseReturnValue:
    """One session: who comes, how to reach them, who has arrived, and in which room."""
    now = clock.now()
    is_open = appointment.state == rules.State.CONFIRMED and rules.is_arriving(appointment.starts_at, now)
    door = desk_door(appointment)
    return render_template(
        "booking/session.html",
        **moving.words_of(appointment, door, now),
        **panels.words_for(appointment, door),
        attendance={},
        arrivals=ArrivalForm if is_open else None,
        can_change_room=rooms.can_change(appointment, now),
        can_stand=any(queries.therapist_of(each.client_id, now) for each in appointment.attendees[:1]),
    )


@blueprint.get("/schedule/<uuid:appointment_id>/cancel")
@policy("schedule.update", load_scheduled)
def cancel_scheduled(appointment: Appointment) -> ResponseReturnValue:
    """Ask before cancelling."""
    return moving.cancel_page(appointment, desk_door(appointment))


@blueprint.post("/schedule/<uuid:appointment_id>/cancel")
@policy("schedule.update", load_scheduled)
def cancel_scheduled_now(appointment: Appointment) -> ResponseReturnValue:
    """Cancel for the practice."""
    return moving.cancel(appointment, desk_door(appointment))


@blueprint.get("/schedule/<uuid:appointment_id>/move")
@policy("schedule.update", load_scheduled)
def move_scheduled(appointment: Appointment) -> ResponseReturnValue:
    """Choose another time."""
    return moving.move_page(appointment, desk_door(appointment))


@blueprint.get("/schedule/<uuid:appointment_id>/move/confirm")
@policy("schedule.update", load_scheduled)
def confirm_scheduled_move(appointment: Appointment) -> ResponseReturnValue:
    """Say who will be told before it is moved."""
    return move_confirm.confirm_page(appointment, desk_door(appointment), queries.booked())


@blueprint.post("/schedule/<uuid:appointment_id>/move")
@policy("schedule.update", load_scheduled)
def move_scheduled_now(appointment: Appointment) -> ResponseReturnValue:
    """Move to the chosen time."""
    return moving.move(appointment, desk_door(appointment))


def load_pair_scheduled(appointment_id: UUID, other_id: UUID) -> Pair:
    """Two booked sessions of one therapist. Raises NotVisibleError."""
    session, other = load_scheduled(appointment_id), load_scheduled(other_id)
    if session.therapist_id != other.therapist_id:
        raise NotVisibleError
    return Pair(session, other)


@blueprint.post("/schedule/<uuid:appointment_id>/swap/<uuid:other_id>")
@policy("schedule.update", load_pair_scheduled)
def swap_scheduled(pair: Pair) -> ResponseReturnValue:
    """Let two sessions change places for the practice."""
    return moving.swap(pair, desk_door(pair.session))


def load_arriving(appointment_id: UUID, client_id: UUID) -> Attendee:
    """A client of any session. Raises NotVisibleError."""
    return desk_queries.attendee_of(appointment_id, client_id)


@blueprint.post("/schedule/<uuid:appointment_id>/arrived/<uuid:client_id>")
@policy("arrival.update", load_arriving)
def arrived(attendee: Attendee) -> ResponseReturnValue:
    """Note that somebody has arrived, or take it back."""
    form = ArrivalForm()
    is_back = form.mark.data == "undo"
    try:
        if form.validate():
            ids = attendee.appointment_id, attendee.client_id
            attendance.note_arrival(*ids, has_arrived=not is_back, now=clock.now())
            flash(_("Taken back.") if is_back else _("Noted. The therapist sees it."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    if request.args.get("from") == "sheet":
        return redirect(url_for("booking.day_sheet", day=request.args.get("day")), 303)
    return redirect(url_for("booking.scheduled", appointment_id=attendee.appointment_id), 303)


@blueprint.get("/callers/book")
@policy("schedule.create")
def caller() -> ResponseReturnValue:
    """Book for somebody who calls, known or new."""
    return counter.open_page(_counter())


@blueprint.post("/callers/book")
@policy("schedule.create")
def caller_now() -> ResponseReturnValue:
    """Find them, show times, or book."""
    return counter.answer(_counter())


def _counter() -> Counter:
    """The front desk books for anyone, with everyone."""
    services, givers = desk_queries.services_by_therapist()
    if not services:
        raise NotVisibleError
    return Counter(
        by=current_user.person_id,
        therapists=queries.therapists_at_work(),
        services=services,
        givers=givers,
        party=desk_queries.party_of,
        booked_url=lambda booked: url_for("booking.scheduled", appointment_id=booked.id),
        back_url=url_for("booking.practice_calendar"),
        is_desk=True,
    )


def _gather(view: View, therapists: Sequence[Therapist], shown: Therapist | None) -> Calendar:
    slugs = {each.person_id: each.slug for each in therapists}
    links = Links(
        session=lambda appointment: url_for("booking.scheduled", appointment_id=appointment.id),
        book=lambda start, whose: url_for("booking.caller", start=write_start(start), therapist=slugs[whose]),
        show=lambda view, day: url_for(
            "booking.practice_calendar", view=view, day=day.isoformat(), therapist=shown.slug if shown else None
        ),
        move=lambda appointment: url_for("booking.confirm_scheduled_move", appointment_id=appointment.id),
    )
    return gather(view, [shown] if shown else therapists, current_practice().zone, clock.now(), links)
