"""What whoever stands in is told of a colleague's planned time off: that it is to come, and that it is over early."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext

from clinic.accounts.models import Person
from clinic.booking.offers import moment_words
from clinic.database.session import db
from clinic.desk.leave import ENDED, STANDS_IN
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.models import TimeOff
from clinic.practice.queries import the_practice


def planned_still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the reader is to stand in."""
    off = db.session.get(TimeOff, message.subject_id)
    is_theirs = off is not None and off.cover_id == message.recipient_id and off.ends_at > now
    return None if is_theirs else "over"


def ended_still_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- the registry's signature
    """None: that it is over stays so, and is never taken back."""
    return None


def render(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """The letter, which names no colleague and no client; None where the reader has no address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        subject, news = _words(message, person.zone)
        hello, asks = gettext("Hello %(name)s,", name=person.given_name), gettext("Please sign in to see more:")
        address = f"{current_app.config['CLINIC'].base_url}/today"
        return Letter(person.email, subject, f"{hello}\n\n{news}\n\n{asks}\n\n{address}\n\n{practice.name}")


def _words(message: Subject, zone: str) -> tuple[str, str]:
    """Subject and news. Time off that is taken back before it begins leaves no row, but the message knows its start."""
    since, off = moment_words(message.moment, zone), db.session.get(TimeOff, message.subject_id)
    if message.kind == STANDS_IN and off is not None:
        until = moment_words(off.ends_at, zone)
        news = gettext(
            "A colleague will be away, and you stand in from %(since)s until %(until)s.", since=since, until=until
        )
        return str(gettext("You stand in")), str(news)
    news = gettext("A colleague's time off from %(since)s is over or taken back: you need not stand in.", since=since)
    return str(gettext("You need not stand in")), str(news)


KINDS: Final = [
    MessageKind(STANDS_IN, planned_still_wanted, render),
    MessageKind(ENDED, ended_still_wanted, render),
]
"""The kinds of message about time off that is planned."""
