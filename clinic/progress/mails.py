"""The one message about a report: that something new is ready, and nothing else."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale
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
        subject = _("Something new for you at %(practice)s", practice=practice.name)
        hello = _("Hello %(name)s,", name=row.Person.given_name)
        if row.is_mailbox_shared:
            return Letter(row.Person.email, practice.name, f"{hello}\n\n{_('Please sign in.')}\n")
        text = _("Something new is ready for you. Please sign in to see it:")
        link = f"{current_app.config['CLINIC'].base_url}/sign-in"
        return Letter(row.Person.email, subject, f"{hello}\n\n{text}\n{link}\n\n{practice.name}\n{practice.phone}\n")


RELEASED_KIND: Final = MessageKind(RELEASED, still_wanted, render, counts_daily=True)
KINDS: Final = (RELEASED_KIND,)
