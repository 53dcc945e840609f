"""How the rules that staff overrule, and who is told of a change, read in words."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext, lazy_gettext

from clinic.accounts.models import Person
from clinic.booking.overrides import Broken

_ = lazy_gettext
BROKEN = {
    Broken.HOLIDAY: _("The practice is closed on that day."),
    Broken.OUTSIDE_HOURS: _("It is outside the working hours of that day."),
    Broken.TIME_OFF: _("It lies in time off."),
    Broken.ELSEWHERE: _("A calendar outside says that the therapist is busy elsewhere then."),
    Broken.NOTICE: _("It is sooner than clients can book by themselves."),
    Broken.HORIZON: _("It is farther ahead than clients can book by themselves."),
    Broken.DAILY_CAP: _("The day has as many sessions of this kind as it should."),
    Broken.SAME_NAME: _("Somebody of this name is known here already. If it is the same person, look for them above."),
}


def broken_words(rules: Iterable[Broken]) -> list[str]:
    """A sentence for each rule."""
    return [str(BROKEN[each]) for each in rules]


def told_words(people: Sequence[Person]) -> list[str]:
    """For each person how they learn of it; whom no message reaches is to be called."""
    return [_told(each) for each in people]


def _told(person: Person) -> str:
    if not person.email:
        return str(gettext("%(name)s has no e-mail address. Please call.", name=person.name))
    if person.messages_stopped_at:
        # Whom an import has made, until they are invited; a closed record has no session that could change.
        return str(gettext("%(name)s is not invited yet and gets no message. Please call.", name=person.name))
    return str(gettext("%(name)s gets an e-mail.", name=person.name))
