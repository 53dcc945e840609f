"""Our words for the messages about appointments. A practice may choose its own; what a partner must not tell apart is
one wording: a joint session that came to nothing reads the same whoever said no, or never answered.
"""

from typing import Final

from flask_babel import lazy_gettext as _

from clinic.booking import notices
from clinic.wordings.rules import Wording

_SUBJECT: Final = _("Your appointment")
_WHEN: Final = ("when",)
_WITH_LINK: Final = ("when", "link")
_WITH_ACCOUNT: Final = ("when", "link", "account")
_GREETING: Final = ("first_name", "practice", "phone")
_AGAIN: Final = ("first_name", "link", "practice", "phone")

CONFIRMED: Final = Wording(
    notices.CONFIRMED,
    notices.CONFIRMED,
    _("Booked"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nYour appointment is booked:\n{when}\n\nTo see, move or cancel it:\n\n{link}\n\n"
        "{account}\n\n{practice}\n{phone}"
    ),
    _WITH_ACCOUNT,
    _GREETING,
    ("private",),
)
CONFIRMED_JOINT: Final = Wording(
    f"{notices.CONFIRMED}.joint",
    notices.CONFIRMED,
    _("Joint session booked"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nYour appointment is booked:\n{when}\n\nTo see or cancel it (for another time, please"
        " call us):\n\n{link}\n\n{account}\n\n{practice}\n{phone}"
    ),
    _WITH_ACCOUNT,
    _GREETING,
    ("joint",),
)
REQUESTED: Final = Wording(
    notices.REQUESTED,
    notices.REQUESTED,
    _("Request received"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nWe have received your request and will answer within two days:\n{when}\n\nTo see, move"
        " or cancel it:\n\n{link}\n\n{account}\n\n{practice}\n{phone}"
    ),
    _WITH_ACCOUNT,
    _GREETING,
    ("private",),
)
REQUESTED_JOINT: Final = Wording(
    f"{notices.REQUESTED}.joint",
    notices.REQUESTED,
    _("Request for a joint session received"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nWe have received your request. The time is kept for a day, and we write to you either"
        " way:\n{when}\n\nTo see it or take it back:\n\n{link}\n\n{account}\n\n{practice}\n{phone}"
    ),
    _WITH_ACCOUNT,
    _GREETING,
    ("joint",),
)
DECLINED: Final = Wording(
    notices.DECLINED,
    notices.DECLINED,
    _("Request declined"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nWe are sorry, we cannot offer the time that you asked for:\n{when}\n\nYou can ask for"
        " another time, or call us:\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WHEN,
    _AGAIN,
    ("private",),
)
EXPIRED: Final = Wording(
    notices.EXPIRED,
    notices.EXPIRED,
    _("Request not answered in time"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nWe are sorry, your request was not answered in time, so it is not kept any more:\n"
        "{when}\n\nYou can ask for another time, or call us:\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WHEN,
    _AGAIN,
    ("private",),
)
NOT_TOGETHER: Final = Wording(
    "booking.not_together",
    notices.DECLINED,
    _("A joint session that did not come together"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nIt did not come together at this time, so it is not kept any more:\n{when}\n\nYou can"
        " ask for another time, or call us:\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WHEN,
    _AGAIN,
    ("joint",),
)
WITHDRAWN: Final = Wording(
    notices.WITHDRAWN,
    notices.WITHDRAWN,
    _("A question about a joint session is settled"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nThe question about this appointment is settled. There is nothing to do:\n{when}\n\n"
        "{practice}\n{phone}"
    ),
    _WHEN,
    _GREETING,
    ("joint",),
)
MOVED: Final = Wording(
    notices.MOVED,
    notices.MOVED,
    _("Moved"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nYour appointment has a new time:\n{when}\n\nTo see, move or cancel it:\n\n{link}\n\n"
        "{practice}\n{phone}"
    ),
    _WITH_LINK,
    _GREETING,
    ("private",),
)
MOVED_JOINT: Final = Wording(
    f"{notices.MOVED}.joint",
    notices.MOVED,
    _("Joint session moved"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nYour appointment has a new time:\n{when}\n\nTo see or cancel it (for another time,"
        " please call us):\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WITH_LINK,
    _GREETING,
    ("joint",),
)
CHANGED: Final = Wording(
    f"{notices.MOVED}.how",
    notices.MOVED,
    _("Changed in how it takes place"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nSomething about your appointment has changed. It is now:\n{when}\n\nTo see how it takes"
        " place:\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WITH_LINK,
    _GREETING,
)
CANCELLED: Final = Wording(
    notices.CANCELLED,
    notices.CANCELLED,
    _("Cancelled"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nYour appointment is cancelled. It was to be:\n{when}\n\n{practice}\n{phone}",
    ),
    _WHEN,
    _GREETING,
)
REQUEST_CANCELLED: Final = Wording(
    f"{notices.CANCELLED}.request",
    notices.CANCELLED,
    _("Request cancelled"),
    _SUBJECT,
    _("Hello {first_name},\n\nYour request is cancelled. It was for:\n{when}\n\n{practice}\n{phone}"),
    _WHEN,
    _GREETING,
)
REMINDER: Final = Wording(
    notices.REMINDER,
    notices.REMINDER,
    _("Reminder of a session"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nA reminder of your appointment:\n{when}\n\nTo confirm, move or cancel it:\n\n{link}\n\n"
        "{practice}\n{phone}"
    ),
    _WITH_LINK,
    _GREETING,
    ("private",),
)
REMINDER_JOINT: Final = Wording(
    f"{notices.REMINDER}.joint",
    notices.REMINDER,
    _("Reminder of a joint session"),
    _SUBJECT,
    _(
        "Hello {first_name},\n\nA reminder of your appointment:\n{when}\n\nTo confirm or cancel it (for another time,"
        " please call us):\n\n{link}\n\n{practice}\n{phone}"
    ),
    _WITH_LINK,
    _GREETING,
    ("joint",),
)
WORDINGS: Final = (
    REMINDER,
    REMINDER_JOINT,
    CONFIRMED,
    CONFIRMED_JOINT,
    MOVED,
    CHANGED,
    MOVED_JOINT,
    CANCELLED,
    REQUESTED,
    REQUESTED_JOINT,
    DECLINED,
    EXPIRED,
    NOT_TOGETHER,
    REQUEST_CANCELLED,
    WITHDRAWN,
)
"""Each of them; the question to a partner is not among them, since it only asks to sign in."""


def wording_of(kind: str, *, is_joint: bool, was_booked: bool, keeps_time: bool = False) -> Wording:
    """The one for this kind of message about such an appointment."""
    if kind == notices.MOVED and keeps_time:
        return CHANGED
    if kind in {notices.DECLINED, notices.EXPIRED} and is_joint:
        return NOT_TOGETHER
    if kind == notices.CANCELLED and not was_booked:
        return REQUEST_CANCELLED
    return (_JOINT.get(kind) if is_joint else None) or _BY_KIND[kind]


_BY_KIND: Final = {each.key: each for each in WORDINGS}
# A client does not move what is joint, so these offer no such thing.
_JOINT: Final = {each.kind: each for each in (REMINDER_JOINT, CONFIRMED_JOINT, MOVED_JOINT, REQUESTED_JOINT)}
