"""Scores and changes in the words of whoever looks at them: a therapist's, and a client's, which judge nothing."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext, lazy_gettext
from flask_babel import ngettext as _many

from clinic.measures.instrument import Scale
from clinic.measures.rules import Category, Comparison, Direction, reliable_points
from clinic.web.filters import short_day

_ = lazy_gettext
CATEGORIES: Final[Mapping[Category, object]] = {
    Category.RECOVERED: _("recovered"),
    Category.IMPROVED: _("improved"),
    Category.UNCHANGED: _("unchanged"),
    Category.DETERIORATED: _("deteriorated"),
    Category.UNKNOWN: _("reliability unknown"),
}
TONES: Final = {Category.RECOVERED: "good", Category.IMPROVED: "good", Category.DETERIORATED: "needs"}
CLASSES: Final = {
    "A": _("Its wording may be shown freely, and is there."),
    "B": _("Scoring only. Your practice supplies the wording, where its licence allows that."),
    "C": _("Scoring only. Your practice supplies the wording, where it has the right to."),
}


def number(value: float) -> str:
    """A score with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def reading(scale: Scale, found: Comparison | None) -> str:
    """One sentence for the therapist about what has moved since a day."""
    if found is None:
        return str(gettext("The first one: there is nothing to compare it with yet."))
    moved = found.after - found.before
    words = {"points": number(abs(moved)), "day": short_day(found.since)}
    if not moved:
        return str(gettext("The same as on %(day)s.", **words))
    start = (
        gettext("Down %(points)s since %(day)s", **words)
        if moved < 0
        else gettext("Up %(points)s since %(day)s", **words)
    )
    needed = reliable_points(scale.change)
    if needed is None:
        return str(gettext("%(start)s. How much is more than chance is not known for this scale.", start=start))
    if abs(moved) < needed:
        return str(gettext("%(start)s, which can be chance.", start=start))
    return str(gettext("%(start)s, more than chance.", start=start))


def told(title: str, found: Comparison | None) -> str:
    """The same for the client: lower, about the same, higher, and no figure; empty where that is not known."""
    if found is None or found.direction is None:
        return ""
    words = {"title": title, "day": short_day(found.since)}
    match found.direction:
        case Direction.LOWER:
            return str(gettext("%(title)s: clearly lower since %(day)s", **words))
        case Direction.HIGHER:
            return str(gettext("%(title)s: clearly higher since %(day)s", **words))
        case Direction.SAME:
            return str(gettext("%(title)s: about the same since %(day)s", **words))


def rhythm(days: int) -> str:
    """How often it comes."""
    if days % 7 == 0:
        return str(_many("every week", "every %(num)d weeks", days // 7))
    return str(_many("every day", "every %(num)d days", days))
