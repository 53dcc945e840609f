"""Who is asked for which measure in the demo practice, and how three months of answers went."""

from datetime import datetime, timedelta
from typing import Final

from clinic.core.zones import wall
from clinic.database.session import db
from clinic.demo.caseload import Caseload
from clinic.demo.practice import ZONE, Ground
from clinic.measures import service
from clinic.measures.instrument import item_key
from clinic.measures.models import MeasureSchedule
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.values import Reading

# Weeks ago, and what is answered to the items in turn. Nobody here says anything that would alert somebody.
LIFTING: Final = {
    "phq9": ((12, "223221210"), (8, "222121100"), (3, "111211100")),
    "gad7": ((11, "2322121"), (7, "1221111"), (2.5, "1111010")),
}
STEADY: Final = {"gad7": ((10, "1112101"), (6, "2111101"), (1.5, "1111111"))}
EVERY: Final = {"phq9": 28, "gad7": 14}


def answer_measures(ground: Ground, caseload: Caseload, now: datetime) -> None:
    """The first couple and one client more are asked; for the first, one measure is due."""
    for client, course in zip(caseload.clients[:3], (LIFTING, STEADY, LIFTING), strict=True):
        for measure, taken in course.items():
            began = now - timedelta(weeks=taken[0][0])
            by = ground.therapists[client.therapist]
            starts_on = wall(began, ZONE).date()
            line = service.schedule(client.id, measure, EVERY[measure], starts_on, by, began)
            for weeks_ago, values in taken:
                _answer(line, values, now - timedelta(weeks=weeks_ago))
    db.session.flush()


def _answer(line: MeasureSchedule, values: str, at: datetime) -> None:
    row, reading = questionnaires.latest(line.measure), Reading(at, ZONE)
    raws = {item_key(number): f"n{value}" for number, value in enumerate(values, 1)}
    answers = service.read_answers(questionnaires.definition(row.id), raws, reading)
    service.take(line, row.id, answers, reading, ZONE)
