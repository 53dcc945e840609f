"""Whom messages may reach: the outbox asks in each step, and the row stays locked until that step has committed."""

from uuid import UUID

from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.clients.models import Client
from clinic.database.session import db
from clinic.outbox.registry import Recipient

_AS_CLIENT = select(Person.zone, Person.messages_stopped_at, Client.state).join(Client, Client.person_id == Person.id)
_AS_PERSON = select(Person.zone, Person.messages_stopped_at)


def recipient(person_id: UUID) -> Recipient:
    """The zone, and whether everything is stopped: by the person, or because their record is closed.

    Locks the person and their record: hand-overs to one person come one after another, and a stop that commits first
    is seen.
    """
    row = db.session.execute(_AS_CLIENT.where(Person.id == person_id).with_for_update(key_share=True)).one_or_none()
    if row is not None:
        return Recipient(row.zone, row.messages_stopped_at is not None or row.state == "closed")
    zone, stopped_at = db.session.execute(
        _AS_PERSON.where(Person.id == person_id).with_for_update(key_share=True)
    ).one()
    return Recipient(zone, stopped_at is not None)
