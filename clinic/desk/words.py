"""What the pages of messages show: what each placeholder stands for, a made-up reader, which words stay ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import aliased

from clinic.accounts.models import Person
from clinic.booking.offers import moment_words
from clinic.core import zones
from clinic.database.session import db
from clinic.series.mails import how_to_see
from clinic.series.wording import pattern
from clinic.web.filters import short_day, zone_label
from clinic.web.paging import Page, Rows, paged_rows
from clinic.web.shell import PracticeFacts
from clinic.wordings import rules
from clinic.wordings.catalogue import wordings
from clinic.wordings.errors import WordsError
from clinic.wordings.models import MessageWords
from clinic.wordings.queries import all_standing, versions, words_of
from clinic.wordings.rules import Wording, Words

_ = lazy_gettext
LONGEST_NUMBER: Final = 7
MEANINGS: Final = {
    "first_name": _("the reader's first name"),
    "practice": _("the name of the practice"),
    "phone": _("the practice's telephone number"),
    "when": _("day and time, by the reader's own clock"),
    "times": _("each day and time, by the reader's own clock"),
    "link": _("the address of the page where they go on"),
    "account": _("how to set up an account; left out where there is one"),
    "until": _("until when the link works"),
    "site": _("the address of these pages"),
    "rhythm": _("such as: every Tuesday at 3:00 PM"),
    "count": _("how many times, the first and the last day"),
    "exceptions": _("what is at another time, or left out; left out itself where nothing is"),
    "how_to_see": _("how to see them all, and to move or cancel one; in a joint session only to cancel"),
}
"""Every placeholder there is. Each is about the reader, the practice or the time: none about anybody else."""
FIXED: Final = {
    "booking.asked": (
        _("Question to a partner"),
        _("It says only that there is something to see after signing in, whoever asks and whatever about."),
    ),
    "waiting.offered": (
        _("A time has become free"),
        _("It says only until when the time is kept, and to sign in, so that nobody else learns for what."),
    ),
    "account.reset": (_("New password"), _("People must know it again when it comes, and tell a false one from it.")),
    "account.helped": (
        _("Let in anew"),
        _("It must be plain enough to act on, and tell whoever else sees it nothing of what was lost."),
    ),
    "account.already": (
        _("There is an account already"),
        _("It must tell nobody whether an address is known here, so each word of it is weighed."),
    ),
    "intake.ended": (
        _("Word to a therapist that something is urgent"),
        _("It goes to staff, and reads the same whatever the reason."),
    ),
    "urgent.item": (
        _("Word to a therapist of something urgent"),
        _("It goes to staff, and reads the same whatever it is about."),
    ),
    "urgent.call": (
        _("Word to a therapist that somebody asks for a call"),
        _("It goes to staff, and reads the same whatever it is about."),
    ),
    "booking.staff.requested": (_("Word to a therapist that a request waits"), _("It goes to staff.")),
    "booking.staff.changed": (_("Word to a therapist of a change at short notice"), _("It goes to staff.")),
    "leave.stands_in": (_("Word to whoever will stand in"), _("It goes to staff.")),
    "leave.ended": (_("Word that nobody has to stand in"), _("It goes to staff.")),
    "session.stands_in": (_("Word to whoever stands in"), _("It goes to staff.")),
    "session.handed_over.staff": (_("Word that one session has another therapist"), _("It goes to staff.")),
    "words.test": (_("Test of a message"), _("It is made of the words of the message that you test.")),
}
"""Kinds of message whose words stay ours, with the reason."""
SIGN_IN_ONLY: Final = (
    _("To a mailbox that others read"),
    _("Every message there says only that there is something to see after signing in, so that it tells nothing."),
)
OCCASIONS: Final = {"private": _("A private session"), "joint": _("A joint session"), "": _("The message")}


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the list."""

    wording: Wording
    is_own: bool
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Arriving:
    """The words as they would arrive on one occasion."""

    occasion: str
    words: Words


def lines() -> list[Line]:
    """Every message whose words may be chosen, with whose words stand."""
    found, standing = [], all_standing()
    for wording in wordings.values():
        own = words_of(standing.get(wording.key))
        found.append(Line(wording, own is not None, own is not None and not _works(wording, own)))
    return found


def _works(wording: Wording, own: Words) -> bool:
    try:
        rules.check(wording, own)
    except WordsError:
        return False
    return True


def arriving(wording: Wording, words: Words, practice: PracticeFacts, now: datetime) -> list[Arriving]:
    """How it reads to a made-up person, on each occasion that it is about. Raises WordsError."""
    rules.check(wording, words)
    return [
        Arriving(str(OCCASIONS[each]), rules.fill(words, example(wording, practice, now, occasion=each)))
        for each in wording.occasions or ("",)
    ]


def example(wording: Wording, practice: PracticeFacts, now: datetime, *, occasion: str) -> Mapping[str, str]:
    """Values for each placeholder of the message, about nobody."""
    base, at = current_app.config["CLINIC"].base_url, _made_up_moment(practice.zone, now, occasion)
    when = f"{moment_words(at, practice.zone)}, {zone_label(practice.zone, at)}"
    last = short_day(at + timedelta(weeks=11), practice.zone)
    asks = gettext("Before we talk, please set up your account. It takes about ten minutes:")
    values = {
        "first_name": gettext("Robin"),
        "practice": practice.name,
        "phone": practice.phone,
        "when": when,
        "until": when,
        "times": f"{moment_words(at, practice.zone)}\n{zone_label(practice.zone, at)}",
        "link": f"{base}/sign-in",
        "site": str(urlsplit(base).netloc),
        "account": f"{asks}\n\n{base}/sign-in",
        "rhythm": f"{pattern(1, at, practice.zone)}, {zone_label(practice.zone, at)}",
        "count": gettext(
            "%(num)d times, first %(first)s, last %(last)s", num=12, first=short_day(at, practice.zone), last=last
        ),
        "exceptions": "",
        "how_to_see": how_to_see(base, is_joint=occasion == "joint"),
    }
    return {name: values[name] for name in (*wording.places, "practice")}


def history(key: str, page: int) -> Page[tuple[MessageWords, Person]]:
    """Who chose which words, the newest first."""
    person = aliased(Person)
    query: Rows = versions(key).join(person, person.id == MessageWords.set_by).add_columns(person)
    return paged_rows(query, page)


def version(key: str, number: str) -> MessageWords | None:
    """That version of a message's words; None where there is none of that number."""
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER):
        return None
    return db.session.scalar(versions(key).where(MessageWords.version == int(number)))


def _made_up_moment(zone: str, now: datetime, occasion: str) -> datetime:
    """An afternoon next week; a joint session is on another day, so that the two can be told apart."""
    day = zones.wall(now, zone).date() + timedelta(days=9 if occasion == "joint" else 7)
    return zones.moment(day, time(18) if occasion == "joint" else time(15), zone)
