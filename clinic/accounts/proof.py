"""A fresh sign-in (R17): who is signed in shows once more that it is them, before what matters most."""

from datetime import datetime

from sqlalchemy import select, update

from clinic.accounts import factors, throttle
from clinic.accounts.errors import WrongCodeError, WrongPasswordError
from clinic.accounts.factors import Given
from clinic.accounts.identity import SignedIn
from clinic.accounts.models import Login, SignIn
from clinic.accounts.passwords import matches
from clinic.accounts.rules import FRESH_FOR
from clinic.audit import service as audit
from clinic.database.session import db


def is_fresh(who: SignedIn, now: datetime) -> bool:
    """True while the last proof is recent enough."""
    return now - who.fresh_at <= FRESH_FOR


def prove(who: SignedIn, password: str, given: Given, now: datetime) -> None:
    """Take password and, where there is one, the second step; the sign-in is fresh from now on.

    Raises WrongPasswordError, WrongCodeError, and TooManyTriesError: the tries of one sign-in are counted together.
    """
    counters = (throttle.sign_in_itself(who.sign_in_id),)
    throttle.pass_through(counters, now)
    stored = db.session.scalar(select(Login.password_hash).where(Login.person_id == who.person_id))
    try:
        _check(who, stored, password, given, now)
    except (WrongPasswordError, WrongCodeError):
        throttle.count(counters, now)
        audit.record("account.refuse", "sign_in", who.sign_in_id, detail="confirm")
        raise
    throttle.forgive(counters)
    db.session.execute(update(SignIn).where(SignIn.id == who.sign_in_id).values(fresh_at=now))
    audit.record("account.confirm", "sign_in", who.sign_in_id)


def _check(who: SignedIn, stored: str | None, password: str, given: Given, now: datetime) -> None:
    if not matches(stored, password):
        raise WrongPasswordError
    if factors.of(who.person_id).any:
        factors.accept(who.person_id, given, now)
