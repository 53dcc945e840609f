"""What a therapist is told by mail of their own sessions: a request, and a change at short notice; never of whom."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext

from clinic.accounts.models import Person
from clinic.booking import notices
from clinic.booking.models import AppointmentEvent
from clinic.booking.offers import moment_words
from clinic.booking.rules import State
from clinic.database.session import db
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None, or why the message makes no sense any more; the appointment stays locked against change meanwhile."""
    event, appointment = (
        db.session.get_one(AppointmentEvent, message.subject_id),
        notices.appointment_of(message.subject_id),
    )
    if appointment is None:
        return "moved"
    if appointment.therapist_id != message.recipient_id:
        return "handed over"
    if appointment.state != _state(message.kind, event):
        return str(appointment.state)
    return "begun" if appointment.starts_at <= now else None


def render(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- every kind is rendered at a moment
    """The letter; None where the therapist has no address."""
    event = db.session.get_one(AppointmentEvent, message.subject_id)
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        subject, news, path = _words(message.kind, event, moment_words(event.starts_at, person.zone))
        hello = gettext("Hello %(name)s,", name=person.given_name)
        address = f"{current_app.config['CLINIC'].base_url}{path}"
        return Letter(person.email, subject, f"{hello}\n\n{news}\n\n{address}\n\n{practice.name}")


def _words(kind: str, event: AppointmentEvent, when: str) -> tuple[str, str, str]:
    """Subject, text, and where it leads."""
    if kind == notices.ASKED_FOR:
        news = gettext("Somebody asks for a time, and it waits for an answer: %(when)s. Please sign in:", when=when)
        return str(gettext("A request waits")), str(news), "/requests"
    if event.kind == "cancelled":
        news = gettext("An appointment is cancelled at short notice: %(when)s. Please sign in to see it:", when=when)
    else:
        news = gettext("An appointment is moved at short notice, to %(when)s. Please sign in to see it:", when=when)
    return str(gettext("Your calendar has changed")), str(news), "/today"


def _state(kind: str, event: AppointmentEvent) -> State:
    if kind == notices.ASKED_FOR:
        return State.REQUESTED
    return State.CANCELLED if event.kind == "cancelled" else State.CONFIRMED


KINDS: Final = [MessageKind(name, still_wanted, render) for name in (notices.ASKED_FOR, notices.CHANGED)]
"""The kinds of message that go to who gives a session."""
