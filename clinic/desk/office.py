"""Lists of the front desk and the owner: contact data and traces, nothing clinical."""

from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Person
from clinic.audit.models import AuditEvent, AuditLink
from clinic.clients.models import CareRelationship, Client
from clinic.clients.queries import in_force
from clinic.database.heartbeat import last_beat
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.outbox.queries import undelivered
from clinic.web.paging import Rows

LONGEST_SEARCH = 80
LOST = ("failed", "unknown")
OLDEST_BEAT = timedelta(minutes=2)


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
    """What happened, the newest first, with who did it and the place in the chain."""
    return (
        select(AuditEvent, Person, AuditLink.position)
        .outerjoin(Person, Person.id == AuditEvent.person_id)
        .outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )


def people_to_call(now: datetime) -> Rows:
    """Messages that did not arrive for sure, each with its person, the latest first."""
    lost = undelivered(now)
    return lost.join(Person, Person.id == OutboxMessage.recipient_id).add_columns(Person)


def health(now: datetime) -> list[tuple[str, str, str]]:
    """What runs and what waits, each as (what, how it is, tone)."""
    latest = last_beat()
    if latest is None:
        beat = (gettext("Workers"), gettext("have not run yet"), "needs")
    elif now - latest > OLDEST_BEAT:
        beat = (gettext("Workers"), gettext("have not run for a while"), "needs")
    else:
        beat = (gettext("Workers"), gettext("running"), "good")
    counts = dict(
        db.session.execute(
            select(OutboxMessage.state, func.count())
            .where(OutboxMessage.state.in_(("queued", *LOST)))
            .group_by(OutboxMessage.state)
        ).all()
    )
    waiting, lost = counts.get("queued", 0), sum(counts.get(state, 0) for state in LOST)
    return [
        beat,
        (gettext("Messages waiting"), str(waiting), ""),
        (gettext("Messages not delivered"), str(lost), "needs" if lost else "good"),
    ]


def _literal(word: str) -> str:
    """The word with the marks of LIKE taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
