"""Queue what is due to be said. Run as often as you like: each reminder is queued once."""

from datetime import datetime
from typing import Final

from clinic.booking import notices
from clinic.outbox import service as outbox
from clinic.reminders import queries

SESSION: Final = notices.REMINDER
HOMEWORK: Final = "homework.reminder.48h"


def queue_due(now: datetime) -> int:
    """Queue every reminder whose moment has come and whose subject still lies ahead; returns how many are new."""
    new = 0
    for kind, due in ((SESSION, queries.sessions(now, SESSION)), (HOMEWORK, queries.homework(now, HOMEWORK))):
        new += sum(outbox.queue(kind, each.subject_id, each.moment, each.person_id, now=now) for each in due)
    return new
