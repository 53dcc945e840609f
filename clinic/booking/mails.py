"""What the messages about appointments say: neutral words, the reader's own time, and nothing that others may read.

Where somebody else can open the mailbox, a message says only that there is something to see after signing in.
"""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.models import Person
from clinic.booking import notices
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.documents.calendar import Method, calendar_file
from clinic.outbox.registry import Attachment, Letter, MessageKind, Subject
from clinic.practice.models import Practice
from clinic.practice.queries import the_practice
from clinic.web.filters import clock_time, day, zone_label


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None, or why the message makes no sense any more; the appointment stays locked against change meanwhile."""
    event = db.session.get_one(AppointmentEvent, message.subject_id)
    query = select(Appointment).where(Appointment.id == event.appointment_id)
    appointment = db.session.scalar(query.with_for_update(read=True).execution_options(populate_existing=True))
    if appointment is None or appointment.starts_at != event.starts_at:
        return "moved"
    wanted = State.CANCELLED if message.kind == notices.CANCELLED else _LIVE.get(message.kind, State.CONFIRMED)
    if appointment.state != wanted:
        return str(appointment.state)
    if appointment.starts_at <= now:
        return "begun"
    client = _client(message)
    return None if client and client.state != "closed" else "not attending"


def render(message: Subject, now: datetime) -> Letter | None:
    """The letter to one client about one step; None where the person has no address."""
    event = db.session.get_one(AppointmentEvent, message.subject_id)
    appointment = db.session.get_one(Appointment, event.appointment_id)
    person = db.session.get_one(Person, message.recipient_id)
    practice, client = the_practice(), _client(message)
    if not person.email or practice is None or client is None:
        return None
    with force_locale(person.locale):
        if client.is_mailbox_shared:
            return _discreet(person.email, person, practice)
        text = _text(message.kind, appointment, person, practice)
        return Letter(
            person.email,
            str(gettext("Your appointment")),
            text,
            _file(message.kind, appointment, person, practice, now),
        )


KINDS = [
    MessageKind(name, still_wanted, render, keeps_hours=name == notices.REMINDER)
    for name in (notices.CONFIRMED, notices.REQUESTED, notices.MOVED, notices.CANCELLED, notices.REMINDER)
]
"""Every kind of message that booking queues."""
_LIVE = {notices.REQUESTED: State.REQUESTED}


def _client(message: Subject) -> Client | None:
    """The recipient as a client who attends; None once they do not."""
    event = db.session.get_one(AppointmentEvent, message.subject_id)
    query = (
        select(Client)
        .join(Attendee, Attendee.client_id == Client.id)
        .where(Attendee.appointment_id == event.appointment_id, Client.person_id == message.recipient_id)
    )
    return db.session.scalar(query)


def _discreet(address: str, person: Person, practice: Practice) -> Letter:
    invitation, subject = links.newest(person.id, links.JOIN), gettext("Please sign in")
    if people.must_call_to_join(person.id):
        subject = gettext("Please call us")
        asks = (gettext("There is something new for you. Please call us, and we help you to sign in:"), practice.phone)
    elif invitation:
        asks = (gettext("Please choose a password to see what is new for you:"), _address(f"/join/{invitation}"))
    else:
        asks = (gettext("There is something new for you. Please sign in to see it:"), _address("/sign-in"))
    hello = gettext("Hello %(name)s,", name=person.given_name)
    return Letter(address, subject, "\n\n".join((hello, *asks, practice.name)))


def _text(kind: str, appointment: Appointment, person: Person, practice: Practice) -> str:
    when = gettext(
        "%(day)s, %(time)s, %(zone)s",
        day=day(appointment.starts_at, person.zone),
        time=clock_time(appointment.starts_at, person.zone),
        zone=zone_label(person.zone, appointment.starts_at),
    )
    lines = [gettext("Hello %(name)s,", name=person.given_name), f"{_news(kind)}\n{when}"]
    manage = links.newest(person.id, links.APPOINTMENT, appointment.id)
    invitation = links.newest(person.id, links.JOIN)
    if kind != notices.CANCELLED and manage:
        lines += [gettext("To see, move or cancel it:"), _address(f"/appointment/{manage}")]
    if kind in {notices.CONFIRMED, notices.REQUESTED} and people.must_call_to_join(person.id):
        lines.append(gettext("Before we talk, please call us, and we help you to sign in."))
    elif kind in {notices.CONFIRMED, notices.REQUESTED} and invitation:
        lines += [
            gettext("Before we talk, please set up your account. It takes about ten minutes:"),
            _address(f"/join/{invitation}"),
        ]
    lines.append(f"{practice.name}\n{practice.phone}")
    return "\n\n".join(lines)


def _news(kind: str) -> str:
    news: dict[str, str] = {
        notices.CONFIRMED: gettext("Your appointment is booked:"),
        notices.REQUESTED: gettext("We have received your request and will answer within two days:"),
        notices.MOVED: gettext("Your appointment has a new time:"),
        notices.CANCELLED: gettext("Your appointment is cancelled. It was to be:"),
        notices.REMINDER: gettext("A reminder of your appointment:"),
    }
    return news[kind]


def _file(
    kind: str, appointment: Appointment, person: Person, practice: Practice, now: datetime
) -> tuple[Attachment, ...]:
    if kind in {notices.REMINDER, notices.REQUESTED}:
        return ()
    method: Method = "CANCEL" if kind == notices.CANCELLED else "REQUEST"
    return (
        Attachment("appointment.ics", "text/calendar", invitation(appointment, practice, method, now, person.email)),
    )


def invitation(
    appointment: Appointment, practice: Practice, method: Method, now: datetime, attendee_email: str | None = None
) -> bytes:
    """The appointment as a calendar file with a neutral title, under an id that stays when it moves."""
    return calendar_file(
        uid=f"{appointment.id}@clinic",
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        title=gettext("Appointment"),
        method=method,
        organizer_name=practice.name,
        organizer_email=practice.email,
        attendee_email=attendee_email,
        now=now,
    )


def _address(path: str) -> str:
    """The page under the configured base, whatever host a request may have named."""
    return f"{current_app.config['CLINIC'].base_url}{path}"
