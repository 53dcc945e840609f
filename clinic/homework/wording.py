"""States and moments of homework in words, without guilt."""

from datetime import datetime

from flask_babel import gettext as _

from clinic.homework.models import Assignment
from clinic.homework.rules import State, is_overdue
from clinic.web.filters import clock_time, day


def state_for_client(assignment: Assignment, now: datetime) -> tuple[str, str]:
    """The word and its tone, as the client reads it."""
    state = State(assignment.state)
    if is_overdue(state, assignment.due_at, now):
        return _("Not done yet"), "waiting"
    return {
        State.ASSIGNED: (_("New"), "news"),
        State.OPENED: (_("Not started"), ""),
        State.IN_PROGRESS: (_("Started"), "news"),
        State.SUBMITTED: (_("Sent"), "good"),
        State.REVIEWED: (_("Read"), "good"),
        State.RETURNED: (_("Another round"), "waiting"),
        State.EXCUSED: (_("Excused"), ""),
        State.CANCELLED: (_("Cancelled"), ""),
        State.EXPIRED: (_("Over"), ""),
    }[state]


def state_for_therapist(assignment: Assignment, now: datetime) -> tuple[str, str]:
    """The word and its tone, as the therapist reads it."""
    state = State(assignment.state)
    if is_overdue(state, assignment.due_at, now):
        return _("Overdue"), "waiting"
    return {
        State.ASSIGNED: (_("Given"), ""),
        State.OPENED: (_("Opened"), ""),
        State.IN_PROGRESS: (_("Started"), "news"),
        State.SUBMITTED: (_("To review"), "needs"),
        State.REVIEWED: (_("Reviewed"), "good"),
        State.RETURNED: (_("Returned"), "waiting"),
        State.EXCUSED: (_("Excused"), ""),
        State.CANCELLED: (_("Cancelled"), ""),
        State.EXPIRED: (_("Expired"), ""),
    }[state]


def due_words(assignment: Assignment, zone: str) -> str:
    """Such as "Due Friday, November 27, 10:00 AM"."""
    at = assignment.due_at
    return str(_("Due %(day)s, %(time)s", day=day(at, zone), time=clock_time(at, zone)))
