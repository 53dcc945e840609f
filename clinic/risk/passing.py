"""Pass on what nobody has acknowledged. The rows say who was told and when; a run that was missed is made good once."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.risk import queries, rules
from clinic.risk.models import Alert, AlertPass
from clinic.risk.office import office
from clinic.risk.service import tell

ACTOR: Final = Actor.worker("pass-on")


def pass_on_due(now: datetime) -> None:
    """Look at each open alert in a transaction of its own. Opens them itself; a second run finds nothing to do."""
    with transaction(ACTOR):
        waiting = db.session.scalars(select(Alert.id).where(Alert.state == "open").order_by(Alert.raised_at)).all()
    for alert_id in waiting:
        with transaction(ACTOR):
            pass_on(alert_id, now)


def pass_on(alert_id: UUID, now: datetime) -> list[UUID]:
    """Tell who stands in for a therapist who has gone away since, and whose turn has come; returns whom."""
    query = select(Alert).where(Alert.id == alert_id, Alert.state == "open").with_for_update(skip_locked=True)
    alert = db.session.scalar(query.execution_options(populate_existing=True))
    if alert is None:  # somebody takes it, or another worker has it, this moment
        return []
    rows = db.session.scalars(select(AlertPass).where(AlertPass.alert_id == alert_id).order_by(AlertPass.place)).all()
    last_told = {each.person_id: each.passed_at for each in rows}
    duties = queries.duties_for(alert.client_id, now)
    told = [each for each in duties.first() if each not in last_told]
    hours, since = office(now), max(last_told.values(), default=alert.raised_at)
    due = rules.turns(duties.chain(), last_told, hours.minutes_between(since, now))
    told += [each for each in due if each not in told]
    if told:
        alert.pass_on_at = hours.after(now, rules.PATIENCE)
        db.session.flush()
        tell(alert_id, alert.client_id, told, first_place=len(rows) + 1, now=now)
    return told
