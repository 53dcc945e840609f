"""Slow down guessing without locking anybody out (R12). Counted in PostgreSQL, so that it holds for all processes.

Password and second step are counted apart, each by three counters, named by a keyed digest only:

- *account*: failed tries for one mail address, known or not, from browsers that have never signed in to it;
- *network*: failed tries from one network address, whatever account they are for;
- *browser*: failed tries for one account from one browser that has signed in to it before.

A browser that knows the account (`known_browser`) is counted by itself alone. So a stranger who guesses at somebody's
account slows down only strangers: the person gets in from their own browser at once, and from a new one through the
mailed link, which makes it a known one. While a pause lasts, passwords are not even looked at, and such a try does not
lengthen the pause. Everything about a try happens under locks on its counters, so parallel tries count one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from sqlalchemy import delete, func, select

from clinic.accounts.errors import TooManyTriesError
from clinic.accounts.models import SignInAttempt
from clinic.accounts.rules import (
    ACCOUNT_PACE,
    BOOKING_PACE,
    MAIL_PACE,
    NETWORK_PACE,
    Pace,
    network_of,
    normal_address,
)
from clinic.accounts.tokens import derive
from clinic.database import locks
from clinic.database.session import db

LONGEST_MEMORY = max(pace.remembered for pace in (ACCOUNT_PACE, NETWORK_PACE, MAIL_PACE, BOOKING_PACE))


@dataclass(frozen=True, slots=True)
class Counter:
    """Something that tries are counted for, and the pace at which it slows down."""

    digest: bytes
    pace: Pace


def account(email: str, what: str = "password") -> Counter:
    """Tries for a mail address from browsers that do not know it, apart for password and second step."""
    return Counter(derive("throttle.account", what, normal_address(email)), ACCOUNT_PACE)


def network(address: str | None, what: str = "sign-in") -> Counter:
    """Tries from a network address, apart for each thing that is tried."""
    return Counter(derive("throttle.network", what, network_of(address)), NETWORK_PACE)


def browser(email: str, nonce: str, what: str = "password") -> Counter:
    """Tries for a mail address from one browser that knows it, apart for password and second step."""
    return Counter(derive("throttle.browser", what, normal_address(email), nonce), ACCOUNT_PACE)


def mailbox(email: str) -> Counter:
    """Mails that somebody asked to be sent to an address."""
    return Counter(derive("throttle.mailbox", normal_address(email)), MAIL_PACE)


def first_calls(address: str | None) -> Counter:
    """First calls that visitors have booked from a network address."""
    return Counter(derive("throttle.network", "booking", network_of(address)), BOOKING_PACE)


def sign_in_itself(sign_in_id: UUID) -> Counter:
    """Tries at the current password, and at a fresh second step, by somebody who is signed in."""
    return Counter(derive("throttle.signed-in", str(sign_in_id)), ACCOUNT_PACE)


def pass_through(counters: Sequence[Counter], now: datetime) -> None:
    """Take the counters' locks until the transaction ends; raises TooManyTriesError while one asks for a pause."""
    locks.take(UUID(bytes=each.digest[:16]) for each in counters)
    seconds = max((_seconds_left(each, now) for each in counters), default=0)
    if seconds > 0:
        raise TooManyTriesError(seconds)


def count(counters: Sequence[Counter], now: datetime) -> None:
    """Count one try on each counter."""
    db.session.add_all(SignInAttempt(digest=each.digest, at=now) for each in counters)


def forgive(counters: Sequence[Counter]) -> None:
    """Forget the tries of counters whose owner has shown who they are."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.digest.in_([each.digest for each in counters])))


def forget_old(now: datetime) -> None:
    """Delete what no pace remembers any more; a periodic job calls this."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - LONGEST_MEMORY))


def _seconds_left(counter: Counter, now: datetime) -> int:
    tries, latest = db.session.execute(
        select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.digest == counter.digest,
            SignInAttempt.at > now - counter.pace.remembered,
        )
    ).one()
    if latest is None:
        return 0
    return ceil((latest + counter.pace.pause(tries) - now).total_seconds())
