"""Every periodic job on one page: its name and how many seconds lie between two runs.

What is due is a question to the database, so a tick that is missed is made good by the next one. Each tick expires
before the next: a day without workers leaves none behind.
"""

from typing import Any, Final

EVERY: Final = {
    "deliver": 5,  # messages that are due
    "link-audit": 5,  # committed audit rows into the hash chain
    "pass-on": 60,  # what is urgent and nobody has acknowledged, to whoever is next
    "queue-reminders": 60,  # before sessions and homework
    "invite": 60,  # new clients to their intake, and once more before the first session
    "expire-holds": 60,  # times that were held or requested and never taken
    "offer-free-times": 60,  # to who waits for one, each in turn; and at once when one is given up
    "read-calendars": 15,  # outside, each about every quarter of an hour, a new one at once
    "prepare-briefs": 120,  # a day before each session
    "prepare-reports": 120,  # of the month that has ended
    "print-reports": 30,  # released reports, as PDF
    "run-imports": 5,  # dry runs and imports of files, and what is left of them
    "print-receipts": 10,  # of payments that were noted, as PDF
    "expire-homework": 3600,  # open long after it was due
    "forget": 3600,  # used-up form keys and old sign-in attempts
}


def schedule() -> dict[str, dict[str, Any]]:
    """The timetable as Celery's beat reads it."""
    return {
        name: {"task": name, "schedule": float(seconds), "options": {"expires": seconds}}
        for name, seconds in EVERY.items()
    }
