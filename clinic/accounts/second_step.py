"""A sign-in of two steps: after the password a half-done one, which opens nothing; after the second step a whole one.

The half-done one is a row of another table than sign-ins are, and its cookie is another entry, so that no page can take
the one for the other. It lasts ten minutes and ends with a change of password and a closed login.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from clinic.accounts import factors, known_browser, sign_in, throttle
from clinic.accounts.errors import HalfGoneError, WrongCodeError
from clinic.accounts.factors import Given
from clinic.accounts.identity import digest_of
from clinic.accounts.models import HalfSignIn, Login, PasskeyChallenge
from clinic.accounts.rules import HALF_LASTS
from clinic.accounts.sign_in import Origin
from clinic.audit import service as audit
from clinic.database.session import db


@dataclass(frozen=True, slots=True)
class Entered:
    """A token, and whether it is that of a half-done sign-in."""

    token: str
    is_half: bool


def enter(person_id: UUID, origin: Origin, now: datetime) -> Entered:
    """Go on with somebody whose password was right, or who set it through a link: in, or to the second step."""
    if not factors.of(person_id).any:
        return Entered(sign_in.start(person_id, origin, now), is_half=False)
    token = secrets.token_urlsafe(32)
    db.session.add(
        HalfSignIn(person_id=person_id, token_digest=digest_of(token), created_at=now, expires_at=now + HALF_LASTS)
    )
    db.session.flush()
    return Entered(token, is_half=True)


def half_done(token: str, now: datetime) -> tuple[HalfSignIn, Login] | None:
    """The half-done sign-in of this token with its login, while it is good."""
    row = db.session.execute(
        select(HalfSignIn, Login)
        .join(Login, Login.person_id == HalfSignIn.person_id)
        .where(
            HalfSignIn.token_digest == digest_of(token),
            HalfSignIn.expires_at > now,
            Login.disabled_at.is_(None),
            Login.password_changed_at <= HalfSignIn.created_at,
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def finish(token: str, given: Given, origin: Origin, now: datetime) -> tuple[str, str]:
    """Take the second step: returns the token of the whole sign-in, and the login's address.

    Raises HalfGoneError when there is nothing to finish, TooManyTriesError while the throttle asks for a pause, and
    WrongCodeError. The caller lets the transaction commit all the same, since the try is counted in it.
    """
    if (found := half_done(token, now)) is None:
        raise HalfGoneError
    half, login = found
    counters = _counters(login, origin)
    throttle.pass_through(counters, now)
    try:
        factors.accept(half.person_id, given, now)
    except WrongCodeError:
        throttle.count(counters, now)
        audit.record("account.refuse", "person", half.person_id, detail="second_step")
        raise
    taken = db.session.scalar(delete(HalfSignIn).where(HalfSignIn.id == half.id).returning(HalfSignIn.id))
    if taken is None:
        raise HalfGoneError
    throttle.forgive(counters[:1])
    return sign_in.start(half.person_id, origin, now), login.email


def forget_old(now: datetime) -> None:
    """Delete half-done sign-ins and challenges whose time is over; a periodic job calls this."""
    db.session.execute(delete(HalfSignIn).where(HalfSignIn.expires_at <= now))
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))


def _counters(login: Login, origin: Origin) -> tuple[throttle.Counter, ...]:
    """As for passwords, and counted apart from them: who knows the password slows down strangers' browsers alone."""
    nonce = known_browser.nonce_for(origin.known, login.email)
    if nonce is not None:
        return (throttle.browser(login.email, nonce, "second step"),)
    return throttle.account(login.email, "second step"), throttle.network(origin.address, "second step")
