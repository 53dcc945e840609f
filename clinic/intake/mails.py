"""What the messages of the intake say: neutral words, and nothing that others may read."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from clinic.accounts import links
from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.intake import notices, queries
from clinic.intake.models import IntakePacket
from clinic.intake.rules import State
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.risk.mails import render as urgent_item
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

_GREETING: Final = ("first_name", "practice", "phone")
INVITATION: Final = Wording(
    notices.INVITATION,
    notices.INVITATION,
    _("Pages before the first session"),
    _("Before we meet"),
    _(
        "Hello {first_name},\n\nBefore we meet, there are a few pages to read and to fill in. They take about ten"
        " minutes, and you can stop and go on whenever you like:\n\n{link}\n\n{practice}\n{phone}"
    ),
    ("link",),
    _GREETING,
    (),
)
REMINDER: Final = Wording(
    notices.REMINDER,
    notices.REMINDER,
    _("Reminder of the pages before the first session"),
    _("Before we meet"),
    _(
        "Hello {first_name},\n\nThere are still a few pages open that we would like to have before we meet. What you"
        " did is saved. You can go on here:\n\n{link}\n\n{practice}\n{phone}"
    ),
    ("link",),
    _GREETING,
    (),
)
REMINDER_TO_JOIN: Final = Wording(
    f"{notices.REMINDER}.join",
    notices.REMINDER,
    _("The same to somebody without an account yet"),
    _("Before we meet"),
    _(
        "Hello {first_name},\n\nThere are a few pages that we would like to have before we meet. They take about ten"
        " minutes. Set up your account here, and they come next:\n\n{link}\n\n{practice}\n{phone}"
    ),
    ("link",),
    _GREETING,
    (),
)
SECOND: Final = Wording(
    notices.SECOND,
    notices.SECOND,
    _("Reminder of the pages before the second session"),
    _("Before we meet again"),
    _(
        "Hello {first_name},\n\nBefore we meet again, there are a few more pages for you. What you did is saved, and"
        " you can stop and go on whenever you like:\n\n{link}\n\n{practice}\n{phone}"
    ),
    ("link",),
    _GREETING,
    (),
)
WORDINGS: Final = (INVITATION, REMINDER, REMINDER_TO_JOIN, SECOND)
"""Our words for what clients are sent; who has not joined yet is led to where they choose a password."""


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None, or why the message makes no sense any more; the packet stays locked against change meanwhile."""
    query = select(IntakePacket).where(IntakePacket.id == message.subject_id)
    packet = db.session.scalar(query.with_for_update(read=True).execution_options(populate_existing=True))
    if packet is None or not _is_open(packet, message.kind):
        return "no longer open"
    client = db.session.get_one(Client, packet.client_id)
    if client.state == "closed" or client.person_id != message.recipient_id:
        return "closed"
    if message.kind in {notices.REMINDER, notices.SECOND}:
        appointment = queries.next_appointment(client.id, now)
        if appointment is None or appointment.starts_at != message.moment:
            return "moved"
    return None


def _is_open(packet: IntakePacket, kind: str) -> bool:
    if kind == notices.SECOND:
        return packet.state == State.FINISHED and packet.second_done_at is None
    return packet.state not in {State.FINISHED, State.ENDED}


def ended_still_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- every kind is asked at a moment
    """None while the therapist has not looked, or why the message makes no sense any more."""
    query = select(IntakePacket).where(IntakePacket.id == message.subject_id)
    packet = db.session.scalar(query.with_for_update(read=True).execution_options(populate_existing=True))
    if packet is None or packet.ended_at != message.moment:
        return "opened again"
    return None if packet.read_at is None else "read"


def render(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- every kind is rendered at a moment
    """The letter; None where the person has no address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    packet = db.session.get_one(IntakePacket, message.subject_id)
    if not person.email or practice is None:
        return None
    is_shared = db.session.get_one(Client, packet.client_id).is_mailbox_shared
    invitation = links.newest(person.id, links.JOIN)
    way_in = f"/join/{invitation}" if invitation else "/sign-in" if is_shared else "/intake"
    address = f"{current_app.config['CLINIC'].base_url}{way_in}"
    with force_locale(person.locale):
        if is_shared:
            hello = gettext("Hello %(name)s,", name=person.given_name)
            text = "\n\n".join((hello, _discreet(invitation), address, practice.name))
            return Letter(person.email, str(gettext("Something new for you")), text)
        values = {"first_name": person.given_name, "link": address, "practice": practice.name, "phone": practice.phone}
        words = wordings.say(_wording(message.kind, invitation), values)
        return Letter(person.email, words.subject, words.body)


def _wording(kind: str, invitation: str | None) -> Wording:
    if kind in {notices.INVITATION, notices.SECOND}:
        return INVITATION if kind == notices.INVITATION else SECOND
    return REMINDER_TO_JOIN if invitation else REMINDER


def _discreet(invitation: str | None) -> str:
    if invitation:
        return str(gettext("Please choose a password to see what is new for you:"))
    return str(gettext("There is something new for you. Please sign in to see it:"))


KINDS = [
    MessageKind(notices.INVITATION, still_wanted, render, counts_daily=True),
    MessageKind(notices.REMINDER, still_wanted, render, counts_daily=True),
    MessageKind(notices.ENDED, ended_still_wanted, urgent_item),
    MessageKind(notices.SECOND, still_wanted, render, counts_daily=True),
]
"""Every kind of message that the intake queues."""
