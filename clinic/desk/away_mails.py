"""The one message to each person whose sessions are cancelled, and the one to the cover.

Neutral words, the reader's own time, and nobody's name but theirs.
"""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.booking.invitations import take_out
from clinic.booking.mails import discreet, was_booked
from clinic.booking.models import Appointment, Attendee
from clinic.booking.offers import moment_words
from clinic.booking.rules import State
from clinic.clients import queries as clients
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.desk.away import AWAY, STANDS_IN
from clinic.desk.models import DayAway
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice import hours
from clinic.practice.queries import the_practice
from clinic.web.filters import zone_label
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

WORDS: Final = Wording(
    AWAY,
    AWAY,
    _("Sessions cancelled, since the therapist is away"),
    _("Your appointment"),
    _(
        "Hello {first_name},\n\nWe are sorry, we have to cancel your appointment. You pay nothing for it:\n{times}\n\n"
        "Please call us, and we find another time together.\n\n{practice}\n{phone}"
    ),
    ("times",),
    ("first_name", "practice", "phone"),
)
WORDINGS: Final = (WORDS,)
"""Our words for clients; the practice may choose its own."""


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None while one of the reader's cancelled sessions lies ahead and they are a client still."""
    if not clients.has_open_record(message.recipient_id):
        return "not attending"
    return None if _cancelled(message, now) else "begun"


def render(message: Subject, now: datetime) -> Letter | None:
    """The letter to one person; None where they have no address, or nothing is left to tell."""
    person = db.session.get_one(Person, message.recipient_id)
    practice, cancelled = the_practice(), _cancelled(message, now)
    if not person.email or practice is None or not cancelled:
        return None
    with force_locale(person.locale):
        if clients.is_mailbox_shared(person.id):
            return discreet(person.email, person, practice)
        times = "\n".join(f"{moment_words(each.starts_at, person.zone)}" for each in cancelled)
        zone = zone_label(person.zone, cancelled[0].starts_at)
        values = {"first_name": person.given_name, "times": f"{times}\n{zone}"}
        words = wordings.say(WORDS, values | {"practice": practice.name, "phone": practice.phone})
        booked = [each for each in cancelled if was_booked(each)]
        return Letter(person.email, words.subject, words.body, take_out(booked, practice, now, person.email))


def cover_still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the reader stands in: the time off is not over, and nobody has ended it."""
    away = db.session.get_one(DayAway, message.subject_id)
    off = (
        hours.leave_throughout(away.therapist_id, max(away.starts_at, now), away.ends_at)
        if away.ends_at > now
        else None
    )
    return None if off is not None and off.cover_id == message.recipient_id else "over"


def render_to_cover(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """The letter to who stands in: that they do, from when until when, and where to see for whom."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    away = db.session.get_one(DayAway, message.subject_id)
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        since, until = (moment_words(each, person.zone) for each in (away.starts_at, away.ends_at))
        text = "\n\n".join(
            (
                gettext("Hello %(name)s,", name=person.given_name),
                gettext(
                    "A colleague is away, and you stand in from %(since)s until %(until)s.", since=since, until=until
                ),
                gettext("Please sign in to see for whom, and what waits for an answer:"),
                f"{current_app.config['CLINIC'].base_url}/today",
                practice.name,
            )
        )
    return Letter(person.email, str(gettext("You stand in")), text)


KINDS: Final = [MessageKind(AWAY, still_wanted, render), MessageKind(STANDS_IN, cover_still_wanted, render_to_cover)]
"""The kinds of message that are about a therapist who is away."""


def _cancelled(message: Subject, now: datetime) -> list[Appointment]:
    """The reader's own sessions that were cancelled with the day and have not come up yet."""
    away = db.session.get_one(DayAway, message.subject_id)
    query = (
        select(Appointment)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Client, Client.id == Attendee.client_id)
        .where(
            Client.person_id == message.recipient_id,
            Attendee.answer == "yes",
            Appointment.therapist_id == away.therapist_id,
            Appointment.state == State.CANCELLED,
            Appointment.cancelled_at == away.announced_at,
            Appointment.starts_at > now,
        )
    )
    return [*db.session.scalars(query.order_by(Appointment.starts_at))]
