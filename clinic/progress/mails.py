"""The one message about a report: that something new is ready, and nothing else."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, lazy_gettext
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.progress.models import ProgressReport
from clinic.progress.rules import State
from clinic.progress.service import RELEASED
from clinic.progress.translation import _
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

WORDS: Final = Wording(
    RELEASED,
    RELEASED,
    lazy_gettext("Something new to read"),
    lazy_gettext("Something new for you at {practice}"),
    lazy_gettext(
        "Hello {first_name},\n\nSomething new is ready for you. Please sign in to see it:\n{link}\n\n"
        "{practice}\n{phone}"
    ),
    ("link",),
    ("first_name", "practice", "phone"),
    (),
)
WORDINGS: Final = (WORDS,)
"""Our words, which do not say what it is; the practice may choose its own."""


def still_wanted(message: Subject, _now: datetime) -> str | None:
    """None while the report is released and its client's record is open; read under lock."""
    report = db.session.scalar(
        select(ProgressReport).where(ProgressReport.id == message.subject_id).with_for_update(of=ProgressReport)
    )
    if report is None or report.state != State.RELEASED:
        return "report is gone"
    if report.opened_at is not None:
        return "report has been read"
    state = db.session.scalar(select(Client.state).where(Client.id == report.client_id).with_for_update(of=Client))
    return "record is closed" if state == "closed" else None


def render(message: Subject, _now: datetime) -> Letter | None:
    """The letter, in the reader's language; None for somebody without an address. A shared mailbox gets no link."""
    row = db.session.execute(
        select(Person, Client.is_mailbox_shared)
        .join(Client, Client.person_id == Person.id)
        .where(Person.id == message.recipient_id)
    ).one_or_none()
    practice = the_practice()
    if row is None or practice is None or not row.Person.email:
        return None
    with force_locale(row.Person.locale):
        hello = _("Hello %(name)s,", name=row.Person.given_name)
        if row.is_mailbox_shared:
            return Letter(row.Person.email, practice.name, f"{hello}\n\n{_('Please sign in.')}\n")
        values = {"first_name": row.Person.given_name, "link": f"{current_app.config['CLINIC'].base_url}/sign-in"}
        words = wordings.say(WORDS, values | {"practice": practice.name, "phone": practice.phone})
        return Letter(row.Person.email, words.subject, words.body)


RELEASED_KIND: Final = MessageKind(RELEASED, still_wanted, render, counts_daily=True)
KINDS: Final = (RELEASED_KIND,)
