"""One message about a whole standing session, in the reader's own time: what stands, and what is different.

Neutral words and the reader's name alone; where others can open the mailbox, only that there is something to see.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext, ngettext
from flask_babel import lazy_gettext as _

from clinic.accounts import links, people
from clinic.accounts.models import Person
from clinic.booking.invitations import publish, take_out
from clinic.booking.mails import discreet
from clinic.booking.models import Appointment
from clinic.booking.offers import moment_words
from clinic.booking.rules import State
from clinic.clients import queries as clients
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.outbox.registry import Attachment, Letter, MessageKind, Subject
from clinic.practice.models import Practice
from clinic.practice.queries import the_practice
from clinic.series import queries
from clinic.series.models import Series
from clinic.series.wording import pattern
from clinic.web.filters import day, short_day, zone_label
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording, Words

BOOKED: Final = "series.booked"
CHANGED: Final = "series.changed"
CANCELLED: Final = "series.cancelled"
_AHEAD: Final = ("rhythm", "count", "exceptions", "how_to_see")
_GREETING: Final = ("first_name", "practice", "phone")
WORDINGS: Final = (
    Wording(
        BOOKED,
        BOOKED,
        _("Standing session booked"),
        _("Your appointments"),
        _(
            "Hello {first_name},\n\nYour standing appointment is booked:\n{rhythm}\n{count}\n\n{exceptions}\n\n"
            "{how_to_see}\n\n{practice}\n{phone}"
        ),
        _AHEAD,
        _GREETING,
    ),
    Wording(
        CHANGED,
        CHANGED,
        _("Standing session moved"),
        _("Your appointments"),
        _(
            "Hello {first_name},\n\nYour standing appointment has a new time:\n{rhythm}\n{count}\n\n{exceptions}\n\n"
            "{how_to_see}\n\n{practice}\n{phone}"
        ),
        _AHEAD,
        _GREETING,
    ),
    Wording(
        CANCELLED,
        CANCELLED,
        _("Standing session cancelled"),
        _("Your appointments"),
        _(
            "Hello {first_name},\n\nYour standing appointment is cancelled. It was to be:\n{rhythm}\n{count}\n\n"
            "{practice}\n{phone}"
        ),
        ("rhythm", "count"),
        _GREETING,
    ),
)
"""Our words for each kind."""
_BY_KIND: Final = {each.kind: each for each in WORDINGS}


def still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the message has something to tell: sessions ahead that the reader attends, or that were cancelled."""
    if not clients.has_open_record(message.recipient_id):
        return "not attending"
    if _told_of(message, now):
        return None
    return "begun" if message.kind == CANCELLED else "moved"


def render(message: Subject, now: datetime) -> Letter | None:
    """The letter to one client; None where the person has no address, or nothing is left to tell."""
    person = db.session.get_one(Person, message.recipient_id)
    practice, told_of = the_practice(), _told_of(message, now)
    if not person.email or practice is None or not told_of:
        return None
    with force_locale(person.locale):
        if clients.is_mailbox_shared(person.id):
            return discreet(person.email, person, practice)
        series = db.session.get_one(Series, message.subject_id)
        words = _words(message.kind, series, told_of, person, practice, now)
        files = _files(message.kind, series, told_of, person, practice, now)
        return Letter(person.email, words.subject, words.body, files)


KINDS: Final = [MessageKind(name, still_wanted, render) for name in (BOOKED, CHANGED, CANCELLED)]
"""Every kind of message that is about a standing session as a whole."""


def _told_of(message: Subject, now: datetime) -> list[Appointment]:
    """The sessions ahead that the message is about: those that stand, or those that were cancelled together."""
    if message.kind != CANCELLED:
        standing = queries.attended(message.subject_id, message.recipient_id, State.CONFIRMED)
        return [each for each in standing if each.starts_at > now]
    series = db.session.get_one(Series, message.subject_id)
    gone = queries.attended(series.id, message.recipient_id, State.CANCELLED)
    return [each for each in gone if each.occurs_at and each.occurs_at >= message.moment and each.starts_at > now]


def _words(
    kind: str, series: Series, told_of: Sequence[Appointment], person: Person, practice: Practice, now: datetime
) -> Words:
    usual = Counter(_place(each.starts_at, person.zone) for each in told_of).most_common(1)[0][0]
    typical = next(each for each in told_of if _place(each.starts_at, person.zone) == usual)
    when = pattern(series.recurrence.weeks, typical.starts_at, person.zone)
    values = {
        "first_name": person.given_name,
        "rhythm": f"{when}, {zone_label(person.zone, typical.starts_at)}",
        "count": _length(told_of, person.zone),
        "practice": practice.name,
        "phone": practice.phone,
    }
    if kind != CANCELLED:
        values["exceptions"] = "\n\n".join(_exceptions(series, told_of, usual, person.zone, now))
        values["how_to_see"] = _onward(person, is_joint=series.couple_id is not None)
    return wordings.say(_BY_KIND[kind], values)


def _length(told_of: Sequence[Appointment], zone: str) -> str:
    first, last = short_day(told_of[0].starts_at, zone), short_day(told_of[-1].starts_at, zone)
    words = ngettext(
        "Once, on %(first)s", "%(num)d times, first %(first)s, last %(last)s", len(told_of), first=first, last=last
    )
    return str(words)


def _exceptions(
    series: Series, told_of: Sequence[Appointment], usual: tuple[int, time], zone: str, now: datetime
) -> list[str]:
    """What is at another time, by the reader's own clock, and which of the agreed days are left out."""
    lines = []
    moved = [each.starts_at for each in told_of if _place(each.starts_at, zone) != usual]
    if moved:
        lines.append("\n".join((gettext("At another time:"), *(moment_words(each, zone) for each in moved))))
    kept = {each.occurs_at for each in told_of}
    left_out = [each for each in series.recurrence.starts() if each > now and each not in kept]
    if left_out:
        lines.append("\n".join((gettext("Except on:"), *(day(each, zone) for each in left_out))))
    return lines


def _place(at: datetime, zone: str) -> tuple[int, time]:
    """Where in the week it is, by the clocks of `zone`."""
    local = wall(at, zone)
    return local.weekday(), local.time()


def how_to_see(base_url: str, *, is_joint: bool) -> str:
    """Where a person who has an account goes on. A client does not move what is joint, so these offer no such thing."""
    words = gettext("To see them all, or to move or cancel one:")
    if is_joint:
        words = gettext("To see them all, or to cancel one (for another time, please call us):")
    return f"{words}\n\n{base_url}/sessions"


def _onward(person: Person, *, is_joint: bool) -> str:
    base, invitation = current_app.config["CLINIC"].base_url, links.newest(person.id, links.JOIN)
    if people.must_call_to_join(person.id):
        return str(gettext("To see them all, please call us, and we help you to sign in."))
    if invitation:
        asks = gettext("To see them all, please set up your account. It takes about ten minutes:")
        return f"{asks}\n\n{base}/join/{invitation}"
    return how_to_see(base, is_joint=is_joint)


def _files(
    kind: str, series: Series, told_of: Sequence[Appointment], person: Person, practice: Practice, now: datetime
) -> tuple[Attachment, ...]:
    """What stands, to be added at once; each that goes in a file of its own."""
    if kind == CANCELLED:
        return take_out(told_of, practice, now, person.email)
    gone: list[Appointment] = []
    if kind == CHANGED and series.follows_id is not None:
        before = queries.attended(series.follows_id, person.id, State.CANCELLED)
        gone = [each for each in before if each.cancelled_at == series.created_at]
    return publish(told_of, practice, now), *take_out(gone, practice, now, person.email)
