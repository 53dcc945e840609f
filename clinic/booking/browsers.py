"""The browser that holds a time, before anybody is known: a random name in its cookie, kept as a digest only."""

import hashlib
import secrets
from uuid import UUID

from flask import request, session

from clinic.accounts.tokens import derive
from clinic.booking.holds import Browser
from clinic.core.ids import parse_id

_NAME = "browser"
_BOOKED = "booked"
_REMEMBERED = 5


def this_browser() -> Browser:
    """The browser of this request; a GET gives no new one a name."""
    if _NAME not in session and request.method == "POST":
        session[_NAME] = secrets.token_urlsafe(24)
    name = session.get(_NAME) or secrets.token_urlsafe(24)
    address = derive("hold.address", request.remote_addr or "")
    return Browser(hashlib.sha256(name.encode()).digest(), address)


def is_known() -> bool:
    """True when this browser may hold a time; without a name it holds none."""
    return _NAME in session


def remember_booked(appointment_id: UUID) -> None:
    """Let this browser see the page that says "done", until it is closed.

    Said before the last press as well: whoever presses twice may never receive the cookie of the first answer.
    """
    others = [each for each in session.get(_BOOKED, []) if each != str(appointment_id)]
    session[_BOOKED] = [str(appointment_id), *others][:_REMEMBERED]


def has_booked(appointment_id: UUID) -> bool:
    """True when this browser held or booked the appointment."""
    return appointment_id in [parse_id(each) for each in session.get(_BOOKED, [])]
