"""What the message about a free time says: that there is one, until when it is kept, and to sign in.

It names no service and nobody but its reader. Where others may read the mailbox it says only to sign in.
"""

from datetime import datetime

from flask_babel import force_locale, gettext
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.booking.mails import discreet
from clinic.clients.models import Client
from clinic.clients.queries import is_mailbox_shared
from clinic.database.session import db
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.waitlist.models import Offer
from clinic.waitlist.service import OFFERED
from clinic.web.filters import clock_time, day


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the offer is open; it stays locked against an answer meanwhile."""
    query = select(Offer).where(Offer.id == message.subject_id).with_for_update(read=True)
    offer = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if offer.state != "open":
        return offer.state
    if db.session.get_one(Client, offer.client_id, populate_existing=True).state == "closed":
        return "closed"
    return None if now < offer.expires_at else "expired"


def render(message: Subject, _now: datetime) -> Letter | None:
    """The letter; None where the person has no address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    until = db.session.get_one(Offer, message.subject_id).expires_at
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        news = gettext(
            "A time has become free. It is kept for you until %(day)s, %(time)s.",
            day=day(until, person.zone),
            time=clock_time(until, person.zone),
        )
        return discreet(person.email, person, practice, None if is_mailbox_shared(person.id) else news)


KINDS = (MessageKind(OFFERED, still_wanted, render, keeps_hours=True),)
"""The kinds that are worded here."""
