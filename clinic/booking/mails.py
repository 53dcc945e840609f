"""What the messages about appointments say: neutral words, the reader's own time, and nothing that others may read.

Where somebody else can open the mailbox, a message says only that there is something to see after signing in.
"""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import exists, select

from clinic.accounts import links, people
from clinic.accounts.models import Person
from clinic.booking import notices
from clinic.booking.invitations import invite, take_out
from clinic.booking.mail_words import wording_of
from clinic.booking.models import Appointment, AppointmentEvent, Attendee
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.outbox.registry import Attachment, Letter, MessageKind, Subject
from clinic.practice.models import Practice
from clinic.practice.queries import the_practice
from clinic.web.filters import clock_time, day, zone_label
from clinic.wordings import service as wordings
from clinic.wordings.rules import Words


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None, or why the message makes no sense any more; the appointment stays locked against change meanwhile."""
    appointment = notices.appointment_of(message.subject_id)
    if appointment is None:
        return "moved"
    if appointment.state not in _STATES.get(message.kind, (State.CONFIRMED,)):
        return str(appointment.state)
    if appointment.unsettled_at is not None and message.kind in {notices.CONFIRMED, notices.REMINDER}:
        return "to be confirmed"
    # A request may run out at the very start, and it is worth knowing for a while that nothing came of it.
    if (appointment.ends_at if message.kind == notices.EXPIRED else appointment.starts_at) <= now:
        return "begun"
    client = _client(message)
    if client is None or client.state == "closed":
        return "not attending"
    return "answered" if message.kind == notices.ASKED and _has_agreed(appointment, client) else None


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
            return discreet(person.email, person, practice)
        if message.kind == notices.ASKED:
            return discreet(person.email, person, practice, gettext("There is a question about an appointment."))
        words = _words(message.kind, appointment, person, practice, keeps_time=_keeps_time(event))
        return Letter(
            person.email,
            words.subject,
            words.body,
            _file(message.kind, appointment, person.email, practice, now),
        )


KINDS = [
    MessageKind(name, still_wanted, render, keeps_hours=name == notices.REMINDER)
    for name in (
        notices.CONFIRMED,
        notices.REQUESTED,
        notices.ASKED,
        notices.DECLINED,
        notices.EXPIRED,
        notices.WITHDRAWN,
        notices.MOVED,
        notices.CANCELLED,
        notices.REMINDER,
    )
]
"""Every kind of message that booking queues."""
_STATES = {
    notices.REQUESTED: (State.REQUESTED,),
    notices.ASKED: (State.REQUESTED,),
    notices.DECLINED: (State.DECLINED,),
    notices.EXPIRED: (State.EXPIRED,),
    notices.MOVED: (State.CONFIRMED, State.REQUESTED),
    notices.CANCELLED: (State.CANCELLED,),
    notices.WITHDRAWN: (State.CANCELLED,),
}
"""In which states of its appointment a message makes sense; the others only while it is confirmed."""


def _client(message: Subject) -> Client | None:
    """The recipient as a client who attends; None once they do not."""
    event = db.session.get_one(AppointmentEvent, message.subject_id)
    query = (
        select(Client)
        .join(Attendee, Attendee.client_id == Client.id)
        .where(Attendee.appointment_id == event.appointment_id, Client.person_id == message.recipient_id)
    )
    return db.session.scalar(query)


def _has_agreed(appointment: Appointment, client: Client) -> bool:
    """A question that was answered with yes is not asked any more. One answered with no still goes out: who reads the
    mailbox with them must not see the difference."""
    return db.session.get_one(Attendee, (appointment.id, client.id), populate_existing=True).answer == "yes"


def discreet(address: str, person: Person, practice: Practice, news: str | None = None) -> Letter:
    """A letter that says only that there is something to see after signing in."""
    invitation, subject = links.newest(person.id, links.JOIN), gettext("Please sign in")
    news = news or gettext("There is something new for you.")
    if people.must_call_to_join(person.id):
        subject = gettext("Please call us")
        asks = (gettext("%(news)s Please call us, and we help you to sign in:", news=news), practice.phone)
    elif invitation:
        asks = (gettext("Please choose a password to see what is new for you:"), _address(f"/join/{invitation}"))
    else:
        asks = (gettext("%(news)s Please sign in to see it:", news=news), _address("/sign-in"))
    hello = gettext("Hello %(name)s,", name=person.given_name)
    return Letter(address, subject, "\n\n".join((hello, *asks, practice.name)))


def was_booked(appointment: Appointment) -> bool:
    """A request that never became a session left no calendar file behind."""
    booked = exists().where(
        AppointmentEvent.appointment_id == appointment.id, AppointmentEvent.kind.in_(("booked", "accepted"))
    )
    return bool(db.session.scalar(select(booked)))


def _keeps_time(event: AppointmentEvent) -> bool:
    """True for a step after which the appointment is when it was before."""
    before = select(AppointmentEvent.starts_at).where(
        AppointmentEvent.appointment_id == event.appointment_id, AppointmentEvent.id < event.id
    )
    return db.session.scalar(before.order_by(AppointmentEvent.id.desc()).limit(1)) == event.starts_at


def _words(
    kind: str, appointment: Appointment, person: Person, practice: Practice, *, keeps_time: bool = False
) -> Words:
    wording = wording_of(
        kind,
        is_joint=appointment.couple_id is not None,
        was_booked=kind != notices.CANCELLED or was_booked(appointment),
        keeps_time=keeps_time,
    )
    when = gettext(
        "%(day)s, %(time)s, %(zone)s",
        day=day(appointment.starts_at, person.zone),
        time=clock_time(appointment.starts_at, person.zone),
        zone=zone_label(person.zone, appointment.starts_at),
    )
    values = {"first_name": person.given_name, "when": when, "practice": practice.name, "phone": practice.phone}
    values |= {"link": _address(_way_on(kind, appointment, person)), "account": ""}
    if kind in {notices.CONFIRMED, notices.REQUESTED}:
        values["account"] = _way_in(person)
    return wordings.say(wording, values)


def _way_on(kind: str, appointment: Appointment, person: Person) -> str:
    if kind in {notices.DECLINED, notices.EXPIRED}:
        return "/book"
    manage = links.newest(person.id, links.APPOINTMENT, appointment.id)
    return f"/appointment/{manage}" if manage else f"/sessions/{appointment.id}"


def _way_in(person: Person) -> str:
    """Nothing for somebody who can sign in."""
    if people.must_call_to_join(person.id):
        return str(gettext("Before we talk, please call us, and we help you to sign in."))
    if invitation := links.newest(person.id, links.JOIN):
        asks = gettext("Before we talk, please set up your account. It takes about ten minutes:")
        return f"{asks}\n\n{_address(f'/join/{invitation}')}"
    return ""


def _file(kind: str, appointment: Appointment, email: str, practice: Practice, now: datetime) -> tuple[Attachment, ...]:
    if kind not in {notices.CONFIRMED, notices.MOVED, notices.CANCELLED} or not was_booked(appointment):
        return ()
    if kind == notices.CANCELLED:
        return take_out([appointment], practice, now, email)
    return (invite(appointment, practice, now, email),)


def _address(path: str) -> str:
    """The page under the configured base, whatever host a request may have named."""
    return f"{current_app.config['CLINIC'].base_url}{path}"
