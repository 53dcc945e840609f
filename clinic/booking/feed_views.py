"""One's appointments in a calendar outside: the page that gives the secret address, and what is read there."""

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.accounts.entrance import shell
from clinic.accounts.people import joined_initials
from clinic.booking import feeds
from clinic.booking.blueprint import blueprint
from clinic.booking.models import Appointment, CalendarFeed
from clinic.core import clock
from clinic.documents.calendar import Entry, feed_file
from clinic.web.forms import ActionForm
from clinic.web.policy import policy
from clinic.web.shell import current_practice


@blueprint.get("/account/calendar")
@policy("feed.update")
def feed() -> ResponseReturnValue:
    """The address, what it tells, and how to end it."""
    mine = feeds.feed_of(current_user.person_id)
    base = current_app.config["CLINIC"].base_url
    address = base + url_for("booking.feed_file_at", token=feeds.token_of(mine)) if mine else None
    return render_template(
        "booking/feed.html",
        shell=shell(),
        feed=mine,
        address=address,
        form=ActionForm(formdata=None),
        zone=current_user.zone,
        gives_sessions="therapist" in current_user.roles,
    )


@blueprint.post("/account/calendar")
@policy("feed.update")
def open_feed() -> ResponseReturnValue:
    """Make an address, or another one in the place of the one before."""
    if ActionForm().validate():
        feeds.open_feed(current_user.person_id, clock.now())
        flash(_("Here is your address. Whoever has it can read it, so keep it to yourself."), "success")
    return redirect(url_for("booking.feed"), 303)


@blueprint.post("/account/calendar/end")
@policy("feed.update")
def end_feed() -> ResponseReturnValue:
    """The address stops working at once."""
    if ActionForm().validate():
        feeds.end_feed(current_user.person_id, clock.now())
        flash(_("The address no longer works."), "success")
    return redirect(url_for("booking.feed"), 303)


@blueprint.get("/feeds/<token>.ics")
@policy("feed.read", feeds.feed_at)
def feed_file_at(feed: CalendarFeed) -> ResponseReturnValue:
    """What a calendar program reads: times and a neutral title, nothing else."""
    now = clock.now()
    entries = [_entry(each, feed) for each in feeds.appointments_of(feed, now)]
    feeds.note_reading(feed, now)
    return Response(feed_file(current_practice().name, entries, now), mimetype="text/calendar")


def _entry(appointment: Appointment, feed: CalendarFeed) -> tuple[Entry, str]:
    """Initials for the therapist who gives the session; a client reads that there is an appointment."""
    title = _("Appointment")
    if appointment.therapist_id == feed.person_id:
        title = joined_initials([each.client.person for each in appointment.attendees]) or title
    is_tentative = appointment.unsettled_at is not None
    if is_tentative:
        title = _("%(title)s, to be confirmed", title=title)
    entry = Entry(
        f"{appointment.id}@clinic",
        appointment.sequence,
        appointment.starts_at,
        appointment.ends_at,
        is_tentative=is_tentative,
    )
    return entry, str(title)
