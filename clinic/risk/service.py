"""Raise an alert, take it, close it, and what its client says meanwhile. Passing it on is in `passing`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.clients import queries as client_queries
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.adding import add_only
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.risk import queries, rules
from clinic.risk.errors import ClosedError, NotTakenError, TakenError
from clinic.risk.models import Alert, AlertClosing, AlertPass, AlertWord, DeskCall
from clinic.risk.office import office
from clinic.risk.rules import Closing
from clinic.vault.service import Owner, decrypt, encrypt

ITEM: Final = "urgent.item"
CALL: Final = "urgent.call"


def raise_alert(*, client_id: UUID, source: str, grade: str, source_id: UUID, now: datetime) -> Alert:
    """Open an alert for whoever cares for the client now, and tell them, all in the caller's transaction.

    For the same `source_id` there is one alert, however often it is asked for.
    """
    locks.take([source_id])
    standing = db.session.scalar(select(Alert).where(Alert.source_id == source_id))
    if standing is not None:
        return standing
    duties, due_at = queries.duties_for(client_id, now), office(now).after(now, rules.PATIENCE)
    alert = Alert(
        id=new_id(),
        client_id=client_id,
        source=source,
        source_id=source_id,
        grade=grade,
        state="open",
        raised_at=now,
        pass_on_at=due_at,
        desk_call_id=_keep_for_desk(duties.chain()[:1], due_at),
    )
    db.session.add(alert)
    db.session.flush()
    tell(alert.id, client_id, duties.first(), first_place=1, now=now)
    return alert


def tell(alert_id: UUID, client_id: UUID, person_ids: Sequence[UUID], *, first_place: int, now: datetime) -> None:
    """Pass an alert to these: a row each, which is never taken back, and a message that names nobody."""
    carers = {each.therapist_id for each in client_queries.carers_of(client_id, now)}
    add_only(
        *(
            AlertPass(
                alert_id=alert_id,
                place=place,
                client_id=client_id,
                person_id=each,
                is_guest=each not in carers,
                passed_at=now,
            )
            for place, each in enumerate(person_ids, start=first_place)
        )
    )
    for each in person_ids:
        if each not in carers:
            # Its own word would tell whoever reads the trail that there is an alert.
            audit.record("client.share", "person", each, client_id=client_id)
    outbox.queue_each(ITEM, alert_id, now, person_ids, now=now)


def acknowledge(alert: Alert, person_id: UUID, now: datetime) -> None:
    """Take it, which stops that it is passed on. Once more changes nothing. Raises TakenError for who comes later."""
    taken = db.session.scalar(
        update(Alert)
        .where(Alert.id == alert.id, Alert.state == "open")
        .values(state="acknowledged", acknowledged_at=now, acknowledged_by=person_id, pass_on_at=None)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        by = db.session.scalar(select(Alert.acknowledged_by).where(Alert.id == alert.id))
        if by == person_id:
            return
        # Whoever is a guest here does not see any more who has it.
        raise TakenError(name=db.session.get_one(Person, by).name if by is not None else "Somebody else")
    db.session.execute(update(DeskCall).where(DeskCall.id == alert.desk_call_id).values(ended_at=now))
    outbox.skip(alert.id, now=now, reason="acknowledged", kinds=(ITEM,))
    audit.record("client.update", "client", alert.client_id, client_id=alert.client_id)


def close(alert: Alert, closing: Closing, person_id: UUID, now: datetime) -> None:
    """Say what was done, sealed, and close it. Raises IncompleteError, NotTakenError or ClosedError; then it stays."""
    rules.require_complete(closing)
    state = db.session.scalar(select(Alert.state).where(Alert.id == alert.id).with_for_update())
    if state == "open":
        raise NotTakenError
    if state != "acknowledged":
        raise ClosedError
    sealed = encrypt(Owner("client", alert.client_id), "alert_closing", "body", alert.id, json.dumps(asdict(closing)))
    add_only(
        AlertClosing(alert_id=alert.id, client_id=alert.client_id, body=sealed, closed_by=person_id, closed_at=now)
    )
    db.session.execute(
        update(Alert)
        .where(Alert.id == alert.id)
        .values(state="closed", closing_id=alert.id)
        .execution_options(synchronize_session=False)
    )
    outbox.skip(alert.id, now=now, reason="closed", kinds=(CALL,))
    audit.record("client.update", "client", alert.client_id, client_id=alert.client_id)


def read_closing(row: AlertClosing) -> Closing:
    """What was done. Raises VaultError when its row was tampered with."""
    return Closing(
        **json.loads(decrypt(Owner("client", row.client_id), "alert_closing", "body", row.alert_id, row.body))
    )


def ask_for_call(alert: Alert, now: datetime) -> Alert:
    """The client wants to be called. Where the alert is closed already, that is a new one, which is returned."""
    if alert.state == "closed":
        return raise_alert(client_id=alert.client_id, source="call", grade="same_day", source_id=alert.id, now=now)
    if _say(alert, "call", now) and alert.acknowledged_by is not None:
        outbox.queue(CALL, alert.id, now, alert.acknowledged_by, now=now)
    return alert


def say_safe(alert: Alert, now: datetime) -> None:
    """The client says that they can stay safe for now. It is written down, and lowers nothing."""
    _say(alert, "safe", now)


def _say(alert: Alert, kind: str, now: datetime) -> bool:
    """True the first time."""
    said = insert(AlertWord).values(alert_id=alert.id, kind=kind, client_id=alert.client_id, said_at=now)
    return db.session.scalar(said.on_conflict_do_nothing().returning(AlertWord.alert_id)) is not None


def _keep_for_desk(person_ids: Sequence[UUID], due_at: datetime) -> UUID | None:
    """Whom the desk calls once it is due and nobody has taken it; None where there is nobody."""
    if not person_ids:
        return None
    identity = new_id()
    add_only(DeskCall(id=identity, therapist_id=person_ids[0], due_at=due_at, ended_at=None))
    return identity
