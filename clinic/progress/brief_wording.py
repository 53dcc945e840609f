"""A brief in words for the therapist: suggestions with the rule behind each, and figures as short lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.progress.agenda import TOO_HARD, Item
from clinic.progress.material import Saying
from clinic.progress.sealed_brief import Attendance, Work
from clinic.progress.translation import _, ngettext
from clinic.progress.wording import name_of, short_day


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do, and by which rule it is suggested."""

    text: str
    rule: str


def suggestion(item: Item) -> Suggestion:
    """The words for one item of an agenda; raises KeyError for a rule that has none."""
    about = ", ".join(name_of(one) if item.rule in {"fell", "rose"} else one for one in item.about)
    since = short_day(item.since) if item.since else ""
    words = {
        "open": (_("Start with what matters most today."), _("every session opens with their own topic")),
        "shared": (_("Read what was shared: %(about)s.", about=about), _("a shared line is read together")),
        "next_date": (_("Agree on the next session."), _("no further session is booked")),
        "review": (_("Look at what was sent: %(about)s.", about=about), _("sent and not reviewed yet")),
        "in_the_way": (_("Ask what got in the way: %(about)s.", about=about), _("due and not sent")),
        "too_hard": (
            _("Make it smaller: %(about)s.", about=about),
            _("rated %(most)s or more of 10 for hardness", most=TOO_HARD),
        ),
        "fell": (
            _("Ask about: %(about)s.", about=about),
            _("clearly lower than on %(day)s (2 points or more)", day=since),
        ),
        "rose": (
            _("Ask what helped: %(about)s.", about=about),
            _("clearly higher than on %(day)s (2 points or more)", day=since),
        ),
        "no_work": (_("Agree on one small thing for the week."), _("no homework is open")),
    }
    return Suggestion(*words[item.rule])


def by_sheet(sayings: Iterable[Saying]) -> list[list[Saying]]:
    """What was written on one sheet stands together; a question that comes again begins the next, as a trace does."""
    sheets: list[list[Saying]] = []
    for one in sayings:
        last = sheets[-1] if sheets else []
        is_same = bool(last) and (last[0].source, last[0].on) == (one.source, one.on)
        if one.question and is_same and one.question not in {each.question for each in last}:
            last.append(one)
        else:
            sheets.append([one])
    return sheets


def attendance_line(attendance: Attendance) -> str:
    """Such as "came 5 times, late once, absent 0 times"; empty where nothing was noted."""
    if not (attendance.came or attendance.late or attendance.absent):
        return ""
    came = ngettext("came once", "came %(num)d times", attendance.came)
    late = ngettext("late once", "late %(num)d times", attendance.late)
    absent = ngettext("absent once", "absent %(num)d times", attendance.absent)
    return _("%(came)s, %(late)s, %(absent)s", came=came, late=late, absent=absent)


def quantity(work: Work) -> str:
    """Entries against the target, or whether it was sent."""
    if work.target:
        return _("%(entries)s of %(target)s", entries=work.entries, target=work.target)
    if work.entries:
        return ngettext("one entry", "%(num)d entries", work.entries)
    return _("–")


def standing(work: Work) -> str:
    """Sent, due and open, or open."""
    if work.is_done:
        return _("sent")
    return _("due, not sent") if work.is_due else _("open")
