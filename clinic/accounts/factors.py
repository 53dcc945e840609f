"""What a person has for a second step, what of it counts when they type or press it, and how it goes away.

A factor is an authenticator app (`totp`) or a passkey (`passkeys`). Recovery codes come with the first of them and are
worth something only beside one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from clinic.accounts import passkeys, recovery, totp
from clinic.accounts.errors import LastFactorError, ShortPasswordError, WrongCodeError
from clinic.accounts.models import Login, Passkey, PasskeyChallenge, Person, RecoveryCode, SignIn, Totp
from clinic.accounts.passkeys import RelyingParty
from clinic.accounts.passwords import NOBODY
from clinic.accounts.rules import is_staff
from clinic.audit import service as audit
from clinic.database import locks
from clinic.database.session import db


@dataclass(frozen=True, slots=True)
class Factors:
    """How a person can take the second step."""

    has_app: bool
    passkeys: int
    codes_left: int

    @property
    def any(self) -> bool:
        """True when a password alone lets nobody in."""
        return self.has_app or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gave for the second step: a typed code, or what a passkey signed for `holder_id`."""

    code: str
    assertion: str
    holder_id: UUID
    purpose: str
    party: RelyingParty


def of(person_id: UUID) -> Factors:
    """What the person has."""
    row = db.session.execute(
        select(
            select(Totp.id).where(Totp.person_id == person_id, Totp.confirmed_at.is_not(None)).exists(),
            select(func.count()).where(Passkey.person_id == person_id).scalar_subquery(),
            select(func.count())
            .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Factors(*row)


def accept(person_id: UUID, given: Given, now: datetime) -> str:
    """Take what was given as the person's second step, once; returns what it was. Raises WrongCodeError."""
    if given.assertion:
        passkeys.accept(person_id, given.assertion, given.holder_id, given.purpose, given.party, now)
        return "passkey"
    code = totp.plain(given.code)
    if code.isdigit() and len(code) == totp.DIGITS:
        totp.accept(person_id, code, now)
        return "app"
    if not of(person_id).any:
        raise WrongCodeError
    recovery.accept(person_id, given.code, now)
    return "recovery_code"


def remove_app(person_id: UUID) -> None:
    """Take the authenticator app away. Raises LastFactorError or ShortPasswordError where it is still needed."""
    _require_another(person_id, lambda left: left.passkeys > 0)
    db.session.execute(delete(Totp).where(Totp.person_id == person_id))
    audit.record("factor.remove", "person", person_id, detail="app")
    _forget_codes_of_nobody(person_id)


def remove_passkey(passkey: Passkey) -> None:
    """Take one passkey away. Raises LastFactorError or ShortPasswordError where it is still needed."""
    _require_another(passkey.person_id, lambda left: left.has_app or left.passkeys > 1)
    db.session.execute(delete(Passkey).where(Passkey.id == passkey.id))
    audit.record("factor.remove", "person", passkey.person_id, detail="passkey")
    _forget_codes_of_nobody(passkey.person_id)


def take_all(person_id: UUID, now: datetime) -> bool:
    """Take every factor and code of somebody who has lost them, and end every sign-in; True when there was one.

    A short password goes with them: alone it would be too weak, so the next one is set through a link.
    """
    locks.take([person_id])
    had = of(person_id).any
    live = select(SignIn.id).where(SignIn.person_id == person_id)
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.holder_id.in_(live)))
    for table in (Totp, Passkey, RecoveryCode):
        db.session.execute(delete(table).where(table.person_id == person_id))
    db.session.execute(
        update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    db.session.execute(
        update(Login)
        .where(Login.person_id == person_id, Login.is_password_short)
        # No password makes this hash, and holding one against it takes as long as ever (R13).
        .values(password_hash=NOBODY, is_password_short=False)
    )
    return had


def _require_another(person_id: UUID, is_left: Callable[[Factors], bool]) -> None:
    locks.take([person_id])
    if is_left(of(person_id)):
        return
    roles = db.session.scalars(select(Person.roles).where(Person.id == person_id)).one()
    if is_staff(roles):
        raise LastFactorError
    if db.session.scalar(select(Login.is_password_short).where(Login.person_id == person_id)):
        raise ShortPasswordError


def _forget_codes_of_nobody(person_id: UUID) -> None:
    if not of(person_id).any:
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
