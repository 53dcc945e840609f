"""Queue what is due to be said. Run as often as you like: each reminder is queued once."""

from datetime import datetime
from typing import Final

from clinic.booking import notices
from clinic.outbox import service as outbox
from clinic.practice.queries import the_practice
from clinic.reminders import queries

SESSION: Final = notices.REMINDER
HOMEWORK: Final = "homework.reminder.48h"
MEASURE: Final = "measure.reminder"


def queue_due(now: datetime) -> int:
    """Queue every reminder whose moment has come and whose subject still lies ahead; returns how many are new."""
    new = 0
    every = {SESSION: queries.sessions(now, SESSION), HOMEWORK: queries.homework(now, HOMEWORK)}
    if practice := the_practice():
        every[MEASURE] = queries.measures(now, MEASURE, practice.zone)
    for kind, due in every.items():
        new += sum(outbox.queue(kind, each.subject_id, each.moment, each.person_id, now=now) for each in due)
    return new
