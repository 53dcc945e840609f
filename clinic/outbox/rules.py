"""When a message may go, how long a failed one waits, and for how long a claim lasts: plain functions."""

from datetime import datetime, time, timedelta

from clinic.core import zones

WAKING = (time(8), time(21))
LEASE = timedelta(minutes=5)  # how long a claimed row is ours; beyond it others may take it
HANDING_OVER = timedelta(minutes=3)  # longer than ANSWER_WITHIN
ANSWER_WITHIN = timedelta(seconds=100)  # after the final dot a mail server may still be scanning
SHORTEST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
SERVER_WAIT = timedelta(seconds=20)  # before a mail server that does not answer is tried again
GIVEN_UP_AFTER = timedelta(days=2)


def waking_from(at: datetime, zone: str) -> datetime:
    """The first moment from `at` on between 08:00 and 21:00 on that zone's wall clock."""
    wall = zones.wall(at, zone)
    first, last = WAKING
    if first <= wall.time() < last:
        return at
    day = wall.date() if wall.time() < first else wall.date() + timedelta(days=1)
    return zones.moment(day, first, zone)


def next_day_from(at: datetime, zone: str) -> datetime:
    """08:00 on the day after the one that `at` falls on in that zone."""
    return zones.moment(zones.wall(at, zone).date() + timedelta(days=1), WAKING[0], zone)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many failed tries (1 and more): doubling from 15 seconds to an hour."""
    return min(LONGEST_WAIT, timedelta(seconds=SHORTEST_WAIT.seconds << min(tries - 1, 12)))


def is_given_up(due_at: datetime, now: datetime) -> bool:
    """True once a message has been tried for two days: from then on a person takes over."""
    return now - due_at > GIVEN_UP_AFTER
