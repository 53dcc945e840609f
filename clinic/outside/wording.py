"""How a calendar outside stands, in words."""

from datetime import datetime
from typing import Final

from flask_babel import gettext, lazy_gettext, ngettext

from clinic.outside.errors import Problem
from clinic.outside.models import OutsideCalendar
from clinic.outside.service import Overview
from clinic.web.filters import clock_time, short_day

_ = lazy_gettext
PROBLEMS: Final = {
    Problem.NO_HOST: _("Nobody knows the name of its server. Is the address right?"),
    Problem.NOT_PUBLIC: _("Its server is not on the public internet, and nothing else is read."),
    Problem.CERTIFICATE: _("Its server does not prove that it is who it says, so nothing was read."),
    Problem.UNREACHABLE: _("Its server did not answer."),
    Problem.TOO_SLOW: _("Its server took longer than five seconds."),
    Problem.TOO_LARGE: _("It is larger than one megabyte. Most programs can publish fewer months."),
    Problem.PACKED: _("Its server sends it compressed, which is not read."),
    Problem.MOVED: _("The address leads on to another one, which is not followed. Please paste the other one."),
    Problem.SECRET: _("Its server wants a password. Please look for an address that works without one."),
    Problem.GONE: _("Nothing is there any more. It may have been given a new address."),
    Problem.NOT_NOW: _("Its server cannot give it at the moment."),
    Problem.NO_CALENDAR: _("What is there is no calendar. A page that shows one has another address than the file."),
    Problem.BROKEN: _("The file is incomplete, or a time in it cannot be understood."),
    Problem.TOO_OFTEN: _("Something in it comes back more often than once a day."),
    Problem.TOO_MUCH: _("There is more in it than can be read."),
    Problem.UNSUPPORTED: _("Something in it repeats in a way that is not understood."),
}


def problem_words(calendar: OutsideCalendar) -> str:
    """Why it could not be read; nothing where it could."""
    if calendar.problem is None:
        return ""
    if calendar.problem == Problem.UNKNOWN_ZONE:
        return str(gettext("It uses a time zone that is not known here: “%(name)s”.", name=calendar.detail or ""))
    return str(PROBLEMS[Problem(calendar.problem)])


def state_words(shown: Overview, zone: str) -> list[str]:
    """How it stands, in a few sentences."""
    calendar = shown.calendar
    if calendar.state == "new" and calendar.read_at is None and not calendar.failures:
        return [str(gettext("It is being read, which takes up to half a minute."))]
    words = [str(gettext("Paused. It blocks nothing."))] if calendar.state == "paused" else []
    if calendar.failing_since:
        words.append(
            str(gettext("It could not be read since %(when)s.", when=_moment(calendar.failing_since, zone)))
            if calendar.read_at
            else str(gettext("It could not be read."))
        )
        words.append(problem_words(calendar))
        if calendar.state == "active":
            words.append(str(gettext("The last known times still block.")))
    if calendar.read_at:
        words.append(_read_words(shown, calendar.read_at, zone))
    return words


def _read_words(shown: Overview, read_at: datetime, zone: str) -> str:
    when = _moment(read_at, zone)
    if shown.until is None:
        return str(gettext("Last read %(when)s, no busy times to come.", when=when))
    return str(
        ngettext(
            "Last read %(when)s, %(num)d busy time until %(until)s.",
            "Last read %(when)s, %(num)d busy times until %(until)s.",
            shown.count,
            when=when,
            until=short_day(shown.until, zone),
        )
    )


def _moment(at: datetime, zone: str) -> str:
    return f"{short_day(at, zone)}, {clock_time(at, zone)}"
