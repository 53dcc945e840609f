"""What a reminder of homework or of a measure says: no clinical word, no title; in a mailbox that others read, only to
sign in.

The reminder of a session is worded with the other messages about appointments.
"""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.homework.queries import is_still_due
from clinic.measures.queries import waiting as is_waiting
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.reminders.rules import MEASURE_STALE
from clinic.reminders.service import HOMEWORK, MEASURE
from clinic.web.filters import clock_time, day, zone_label
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

WORDS: Final = Wording(
    HOMEWORK,
    HOMEWORK,
    _("Reminder of homework"),
    _("A reminder from {practice}"),
    _(
        "Hello {first_name},\n\nSomething that you and the practice agreed on is due on:\n{when}\n\nPart of it counts"
        " too. You can also say there that you are stuck.\n{link}\n\n{practice}\n{phone}"
    ),
    ("when", "link"),
    ("first_name", "practice", "phone"),
    (),
)
MEASURE_WORDS: Final = Wording(
    MEASURE,
    MEASURE,
    _("Something to answer"),
    _("A reminder from {practice}"),
    _(
        "Hello {first_name},\n\nSomething short is waiting for you, and takes a few minutes. Please sign in to see it:"
        "\n{link}\n\n{practice}\n{phone}"
    ),
    ("link",),
    ("first_name", "practice", "phone"),
    (),
)
WORDINGS: Final = (WORDS, MEASURE_WORDS)
"""Our words, which name no exercise and no measure; the practice may choose its own."""


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the work is open and due at the same moment, which still lies ahead; read under lock."""
    if message.moment <= now:
        return "past"
    return None if is_still_due(message.subject_id, message.moment) else "done or changed"


def measure_still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the measure waits for its client, for some days; read without a lock, since a reminder that crosses
    an answer harms nobody."""
    practice = the_practice()
    if practice is None or now - message.moment > MEASURE_STALE:
        return "past"
    return None if is_waiting(message.subject_id, wall(now, practice.zone).date()) else "answered or stopped"


def render(message: Subject, _now: datetime) -> Letter | None:
    """The letter about homework, with its moment in the reader's zone; None where they have no address."""
    return _letter(message, WORDS)


def render_measure(message: Subject, _now: datetime) -> Letter | None:
    """The letter about a measure, which says no more than that something waits; None where they have no address."""
    return _letter(message, MEASURE_WORDS)


def _letter(message: Subject, wording: Wording) -> Letter | None:
    """In the reader's language; where others read the mailbox, only to sign in."""
    row = db.session.execute(
        select(Person, Client.is_mailbox_shared)
        .join(Client, Client.person_id == Person.id)
        .where(Person.id == message.recipient_id)
    ).one_or_none()
    practice = the_practice()
    if row is None or practice is None or (address := row.Person.email) is None:
        return None
    person: Person = row.Person
    link = f"{current_app.config['CLINIC'].base_url}/sign-in"
    with force_locale(person.locale):
        hello = gettext("Hello %(name)s,", name=person.given_name)
        if row.is_mailbox_shared:
            text = gettext("Please sign in.")
            return Letter(address, practice.name, f"{hello}\n\n{text}\n{link}\n\n{practice.name}\n")
        when = gettext(
            "%(day)s, %(time)s, %(zone)s",
            day=day(message.moment, person.zone),
            time=clock_time(message.moment, person.zone),
            zone=zone_label(person.zone, message.moment),
        )
        values = {"first_name": person.given_name, "link": link, "practice": practice.name, "phone": practice.phone}
        words = wordings.say(wording, values | ({"when": when} if "when" in wording.needs else {}))
    return Letter(address, words.subject, words.body)


KINDS: Final = (
    MessageKind(HOMEWORK, still_wanted, render, counts_daily=True),
    MessageKind(MEASURE, measure_still_wanted, render_measure, counts_daily=True),
)
"""The kinds that are worded here."""
