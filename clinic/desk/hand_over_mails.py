"""The one message to each person whose sessions another therapist takes over: the times stay. Nobody else is named."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext, ngettext
from flask_babel import lazy_gettext as _

from clinic.accounts.models import Person
from clinic.booking.mails import discreet
from clinic.booking.models import Appointment
from clinic.booking.offers import moment_words
from clinic.clients import queries as clients
from clinic.database.session import db
from clinic.desk.hand_over import HANDED_OVER, hand_over_called, handed_over
from clinic.desk.hand_over_one import TO_STAFF
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.web.filters import zone_label
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

WORDS: Final = Wording(
    HANDED_OVER,
    HANDED_OVER,
    _("Sessions that a colleague takes over"),
    _("Your appointments"),
    _(
        "Hello {first_name},\n\nYour appointments stay at their times. A colleague takes them over and will be there"
        " for you:\n{times}\n\nPlease sign in to see with whom, or call us with any question:\n\n{link}\n\n"
        "{practice}\n{phone}"
    ),
    ("times",),
    ("first_name", "link", "practice", "phone"),
)
ONE: Final = Wording(
    f"{HANDED_OVER}.one",
    HANDED_OVER,
    _("One session that a colleague takes over"),
    _("Your appointment"),
    _(
        "Hello {first_name},\n\nYour appointment stays at its time. A colleague takes it over and will be there"
        " for you:\n{times}\n\nPlease sign in to see with whom, or call us with any question:\n\n{link}\n\n"
        "{practice}\n{phone}"
    ),
    ("times",),
    ("first_name", "link", "practice", "phone"),
)
WORDINGS: Final = (WORDS, ONE)
"""Our words for clients; the practice may choose its own."""
MOST_NAMED: Final = 6
"""How many times stand in the message; of a standing session the first ones are enough."""


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None while one of the reader's sessions that went over lies ahead and they are a client still."""
    if not clients.has_open_record(message.recipient_id):
        return "not attending"
    return None if _own(message, now) else "moved"


def render(message: Subject, now: datetime) -> Letter | None:
    """The letter to one person; None where they have no address, or nothing is left to tell."""
    person = db.session.get_one(Person, message.recipient_id)
    practice, own = the_practice(), _own(message, now)
    if not person.email or practice is None or not own:
        return None
    with force_locale(person.locale):
        if clients.is_mailbox_shared(person.id):
            return discreet(person.email, person, practice)
        values = {
            "first_name": person.given_name,
            "times": _times(own, person.zone),
            "link": f"{current_app.config['CLINIC'].base_url}/sessions",
            "practice": practice.name,
            "phone": practice.phone,
        }
        words = wordings.say(ONE if len(own) == 1 else WORDS, values)
        return Letter(person.email, words.subject, words.body)


def staff_still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the session that went over stands and lies ahead."""
    return None if any(each.starts_at > now for each in handed_over(hand_over_called(message.subject_id))) else "over"


def render_to_staff(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """The letter to one of the two therapists; never of whom. None where they have no address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    if not person.email or practice is None:
        return None
    done = hand_over_called(message.subject_id)
    with force_locale(person.locale):
        when = moment_words(done.since, person.zone)
        if person.id == done.successor_id:
            news = gettext("You take over an appointment of a colleague: %(when)s. Your calendar:", when=when)
        else:
            news = gettext("A colleague takes over an appointment of yours: %(when)s. Your calendar:", when=when)
        hello = gettext("Hello %(name)s,", name=person.given_name)
        address = f"{current_app.config['CLINIC'].base_url}/calendar"
        body = f"{hello}\n\n{news}\n\n{address}\n\n{practice.name}"
        return Letter(person.email, str(gettext("Your calendar has changed")), body)


KINDS: Final = [
    MessageKind(HANDED_OVER, still_wanted, render),
    MessageKind(TO_STAFF, staff_still_wanted, render_to_staff),
]
"""The kinds of message that are about a hand-over."""


def _own(message: Subject, now: datetime) -> list[Appointment]:
    """The sessions that went over which the reader attends and which lie ahead."""
    return [
        session
        for session in handed_over(hand_over_called(message.subject_id))
        if session.starts_at > now
        and any(each.client.person_id == message.recipient_id and each.answer == "yes" for each in session.attendees)
    ]


def _times(own: Sequence[Appointment], zone: str) -> str:
    lines = [moment_words(each.starts_at, zone) for each in own[:MOST_NAMED]]
    if len(own) > MOST_NAMED:
        lines.append(ngettext("and %(num)d more", "and %(num)d more", len(own) - MOST_NAMED))
    return "\n".join((*lines, zone_label(zone, own[0].starts_at)))
