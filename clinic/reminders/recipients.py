"""Whom messages may reach: the outbox asks in each step, and the rows stay locked until that step has committed."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from clinic.database.session import db
from clinic.outbox.registry import Recipient

_IDS: Final = bindparam("ids", type_=ARRAY(Uuid()))
_PEOPLE: Final = text(
    "SELECT id, zone, messages_stopped_at IS NOT NULL FROM person WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE"
).bindparams(_IDS)
_RECORDS: Final = text(
    "SELECT person_id, state = 'closed' AS closed FROM client WHERE person_id = ANY (:ids) ORDER BY id FOR SHARE"
).bindparams(_IDS)


def recipients(person_ids: Collection[UUID]) -> dict[UUID, Recipient]:
    """The zone of each, and whether everything is stopped: by the person, or because their record is closed.

    Locks people and records, so that hand-overs to one person come one after another and a stop that commits first is
    seen.
    """
    ids = {"ids": list(person_ids)}
    people = db.session.execute(_PEOPLE, ids).all()
    is_closed = {record.person_id: record.closed for record in db.session.execute(_RECORDS, ids)}
    return {
        identity: Recipient(zone, is_stopped or is_closed.get(identity, False)) for identity, zone, is_stopped in people
    }
