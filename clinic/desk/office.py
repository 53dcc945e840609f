"""Lists of the front desk and the owner: contact data and traces, nothing clinical."""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Person
from clinic.audit.models import AuditEvent, AuditLink
from clinic.clients.models import CareRelationship, Client
from clinic.clients.queries import in_force
from clinic.core import clock
from clinic.database.heartbeat import late_jobs
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.outbox.queries import LOST, undelivered
from clinic.progress import queries as progress
from clinic.risk.service import CALL, ITEM
from clinic.web.paging import Rows
from clinic.wordings import service as wordings

LONGEST_SEARCH = 80


def people_named(words: str, now: datetime) -> Rows:
    """Clients by name or address, with who cares for them now; `words` may be part of a name."""
    therapist = aliased(Person)
    query = (
        select(Person, Client, therapist)
        .join(Client, Client.person_id == Person.id)
        .outerjoin(
            CareRelationship,
            (CareRelationship.client_id == Client.id) & (CareRelationship.kind == "primary") & in_force(now),
        )
        .outerjoin(therapist, therapist.id == CareRelationship.therapist_id)
        .order_by(Person.family_name, Person.given_name, Person.id)
    )
    for word in words[:LONGEST_SEARCH].split():
        pattern = f"%{_literal(word)}%"
        query = query.where(
            or_(
                Person.given_name.ilike(pattern),
                Person.family_name.ilike(pattern),
                Person.email.ilike(pattern),
            )
        )
    return query


def audit_events() -> Rows:
    """What happened, the newest first: the event, who did it, that person's own record, and the place in the chain."""
    return (
        select(AuditEvent, Person, Client.id, AuditLink.position)
        .outerjoin(Person, Person.id == AuditEvent.person_id)
        .outerjoin(Client, Client.person_id == Person.id)
        .outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )


def who_did(event: AuditEvent, person: Person | None, own_client_id: UUID | None) -> str:
    """Staff by name, for what they do as staff; clients by initials, since nobody else reads what they do here."""
    if person is None:
        return event.job or gettext("a visitor")
    is_own = own_client_id is not None and event.client_id == own_client_id
    return person.initials if is_own or set(person.roles) <= {"client"} else person.name


def people_to_call(now: datetime) -> Rows:
    """Messages that did not arrive for sure, each with its person, the latest first."""
    lost = undelivered(now)
    return lost.join(Person, Person.id == OutboxMessage.recipient_id).add_columns(Person)


def health() -> list[tuple[str, str, str]]:
    """What runs and what waits, each as (what, how it is, tone)."""
    late = late_jobs(db.session(), clock.unmoved())
    if late is None:
        beat = (gettext("Workers"), gettext("have not run yet"), "needs")
    elif late:
        beat = (gettext("Workers"), gettext("late: %(jobs)s", jobs=", ".join(late)), "needs")
    else:
        beat = (gettext("Workers"), gettext("running"), "good")
    counts = dict(
        db.session.execute(
            select(OutboxMessage.state, func.count())
            .where(
                OutboxMessage.state.in_(("queued", *LOST)),
                OutboxMessage.dealt_with_at.is_(None),
                # That an alert is on its way is nobody's here, not even as a number.
                or_(OutboxMessage.state != "queued", OutboxMessage.kind.not_in((ITEM, CALL))),
            )
            .group_by(OutboxMessage.state)
        ).all()
    )
    broken = len(wordings.broken())
    unprinted = progress.unprinted(clock.now())
    waiting, lost = counts.get("queued", 0), sum(counts.get(state, 0) for state in LOST)
    return [
        beat,
        (gettext("Messages waiting"), str(waiting), ""),
        (gettext("Messages not delivered"), str(lost), "needs" if lost else "good"),
        (gettext("Messages whose own words do not work"), str(broken), "needs" if broken else "good"),
        (gettext("Reports without a PDF"), str(unprinted), "needs" if unprinted else "good"),
    ]


def _literal(word: str) -> str:
    """The word with the marks of LIKE taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
