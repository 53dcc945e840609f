"""The way round: one home for each role, seven entries at most. Who has several roles has the entries of all."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation, as the page shows it."""

    label: str
    url: str
    icon: str
    is_current: bool


TODAY = (_("Today"), "desk.today", "today")
BY_ROLE = {
    "client": (
        TODAY,
        (_("Sessions"), "booking.sessions", "sessions"),
        (_("Homework"), "homework.mine", "homework"),
        (_("How I am doing"), "progress.mine", "progress"),
        (_("My record"), "records.own", "record"),
    ),
    "therapist": (
        TODAY,
        (_("Caseload"), "desk.caseload", "caseload"),
        (_("Calendar"), "booking.day", "calendar"),
        (_("Requests"), "booking.requests", "sessions"),
        (_("To review"), "homework.to_review", "homework"),
        (_("Reports"), "progress.reports", "progress"),
        (_("Hours"), "hours.overview", "clock"),
    ),
    "front_desk": (
        TODAY,
        (_("Calendar"), "booking.practice_calendar", "calendar"),
        (_("Day sheet"), "booking.day_sheet", "reports"),
        (_("Requests"), "booking.requests", "sessions"),
        (_("Waiting list"), "waitlist.everyone", "clock"),
        (_("People"), "desk.people", "caseload"),
        (_("Undelivered"), "desk.undelivered", "messages"),
    ),
    "owner": (
        TODAY,
        (_("Practice"), "desk.practice", "settings"),
        (_("Audit trail"), "desk.audit_trail", "record"),
    ),
}


def entries_for(roles: Iterable[str]) -> list[Entry]:
    """The entries of those roles together, each once, in the order of the roles."""
    seen: dict[str, tuple[str, str]] = {}
    for role, entries in BY_ROLE.items():
        if role in roles:
            for label, endpoint, icon in entries:
                seen.setdefault(endpoint, (label, icon))
    here = request.path if request else ""
    return [
        Entry(str(label), url := _address(endpoint), icon, url == here)
        for endpoint, (label, icon) in seen.items()
        if endpoint in current_app.view_functions
    ]


@cache
def _address(endpoint: str) -> str:
    """Kept, since these pages have no ids in their addresses: everybody's way round is the same."""
    return url_for(endpoint, _external=False)
