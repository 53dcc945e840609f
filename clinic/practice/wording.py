"""How the practice's rules read in words."""

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext, ngettext

_ = lazy_gettext
MODALITIES = {"office": _("in the office"), "video": _("by video"), "phone": _("by phone")}
ROLES = {
    "client": _("client"),
    "therapist": _("therapist"),
    "front_desk": _("front desk"),
    "owner": _("owner"),
}
HOUR_MINUTES = 60


def modality_words(modalities: Iterable[str]) -> str:
    """Such as "in the office or by video"."""
    return str(gettext(" or ")).join(str(MODALITIES[each]) for each in modalities)


def change_words(late_change_minutes: int) -> str:
    """Until when a session may be moved or cancelled without being marked as late."""
    if late_change_minutes == 0:
        return str(gettext("Move or cancel at any time"))
    hours = late_change_minutes // HOUR_MINUTES
    return str(ngettext("Free to change until %(num)d hour before", "Free to change until %(num)d hours before", hours))
