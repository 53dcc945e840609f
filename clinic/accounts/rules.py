"""Rules of accounts that need neither database nor request."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

INVITATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(minutes=30)
# Handed over by a member of staff, perhaps on paper: the person has until tomorrow to sit down with it.
LET_IN_LASTS = timedelta(hours=24)
# Between the password and the second step.
HALF_LASTS = timedelta(minutes=10)
# How long a sign-in, or the last proof in it, is good for what matters most (R17).
FRESH_FOR = timedelta(minutes=10)
# The fewest characters of a password that is the only lock, and of one beside a second step (R9).
SHORTEST_ALONE, SHORTEST_BESIDE_FACTOR = 15, 8

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_LINK = re.compile(r"[/:@]|\w\.[a-z]{2,}")
LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Pace:
    """How a throttle slows down: `free` tries, then pauses that double from `first` up to `longest`.

    A try counts for `remembered`. That is long enough for the longest pauses not to fall out of the count again.
    """

    free: int = 5
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=15)
    remembered: timedelta = timedelta(hours=24)

    def pause(self, tries: int) -> timedelta:
        """The pause that is due after so many tries."""
        if tries < self.free:
            return timedelta(0)
        doublings: int = 2 ** min(tries - self.free, 30)
        return min(self.longest, self.first * doublings)


ACCOUNT_PACE = Pace()
# One address may be a whole office or a waiting room: whoever types wrongly there delays the others a minute at most.
NETWORK_PACE = Pace(longest=timedelta(minutes=1), remembered=timedelta(hours=1))
# A waiting room books a few first calls a day; a script that would fill the practice's week gets one an hour.
BOOKING_PACE = Pace(free=6, first=timedelta(minutes=1), longest=timedelta(hours=1))
# Shorter than a reset link's life, so that there is always a good link in the mailbox, whoever asked for it.
MAIL_PACE = Pace(free=1, first=timedelta(minutes=1), longest=timedelta(minutes=20))


def is_staff(roles: Collection[str]) -> bool:
    """True for who works here, whatever else they are."""
    return not set(roles) <= {"client"}


def shortest_password(*, has_factor: bool) -> int:
    """How many characters a new password takes at least."""
    return SHORTEST_BESIDE_FACTOR if has_factor else SHORTEST_ALONE


def normal_address(text: str) -> str:
    """A mail address as it is stored and compared."""
    return text.strip().lower()


def is_address(text: str) -> bool:
    """True for what looks like one mail address; whether it works, only a mail can tell.

    ASCII only, as our mails are sent: others need SMTPUTF8 of every server on the way.
    """
    is_plain = text.isascii() and text.isprintable()
    return len(text) <= LONGEST_ADDRESS and is_plain and _ADDRESS.fullmatch(text) is not None


def holds_link(text: str) -> bool:
    """True for a name in which a mail program would find something to click on."""
    return _LINK.search(text) is not None


def is_same_name(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """True when two (given, family) names differ at most in case and blanks."""
    return _plain(first) == _plain(second)


def network_of(address: str | None) -> str:
    """What the throttle counts as one place: an IPv4 address, or the /64 that one IPv6 line gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> 64:x}/64"
    return str(parsed)


def _plain(name: tuple[str, str]) -> str:
    return " ".join(" ".join(name).casefold().split())
