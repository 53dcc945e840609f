"""The words of the waiting list."""

from collections.abc import Collection

from babel.dates import get_day_names
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _

from clinic.waitlist.rules import DAYPARTS, WEEKDAYS

DAYPART_WORDS = {"morning": _("Morning"), "afternoon": _("Afternoon"), "evening": _("Evening")}


def weekday_names(width: str = "wide") -> dict[int, str]:
    """The days of the week in the reader's language, Monday first."""
    names = get_day_names(width, locale=get_locale())  # type: ignore[arg-type]
    return {number: str(names[number]) for number in WEEKDAYS}


def when_words(weekdays: Collection[int], dayparts: Collection[str]) -> str:
    """Such as "Mon, Wed: Morning, Evening"."""
    names = weekday_names("abbreviated")
    days = gettext("Any day") if set(weekdays) == set(WEEKDAYS) else ", ".join(names[each] for each in sorted(weekdays))
    if set(dayparts) == set(DAYPARTS):
        return days
    return f"{days}: {', '.join(str(words) for part, words in DAYPART_WORDS.items() if part in dayparts)}"
