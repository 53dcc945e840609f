"""Who takes what is urgent, and one answer of this morning that nobody has looked at yet."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.core.ids import new_id
from clinic.demo.caseload import Caseload
from clinic.demo.practice import Ground
from clinic.risk import service
from clinic.risk.models import Duty

DANA, ERIK, MARA, JONAS = range(4)
AGO = timedelta(minutes=20)


def name_who_is_on_call(session: Session, ground: Ground, caseload: Caseload, now: datetime) -> None:
    """Mara leads, Erik and Jonas are on call; somebody of Dana's, who comes alone, gave an answer a while ago."""
    duties = (("lead", 0, MARA), ("on_call", 1, ERIK), ("on_call", 2, JONAS))
    session.add_all(Duty(role=role, place=place, therapist_id=ground.therapists[who]) for role, place, who in duties)
    session.flush()
    client = next(each for each in caseload.singles if each.therapist == DANA)
    service.raise_alert(client_id=client.id, source="phq9_item9", grade="same_day", source_id=new_id(), now=now - AGO)
