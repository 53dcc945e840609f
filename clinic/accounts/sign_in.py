"""Signing in and out. Each sign-in is a row; the browser's cookie holds a token of which the row knows the digest."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from clinic.accounts import known_browser, throttle
from clinic.accounts.errors import SignInRefusedError, WrongPasswordError
from clinic.accounts.identity import IDLE_CLIENT, LONGEST, digest_of, idle_limit
from clinic.accounts.models import Login, Person, SignIn
from clinic.accounts.passwords import hash_password, is_outdated, matches
from clinic.accounts.rules import normal_address
from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.database.session import db

_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: network address, the browser's name of itself, and its known-browser cookie."""

    address: str | None = None
    user_agent: str | None = None
    known: str | None = None


def check_password(email: str, password: str, origin: Origin, now: datetime) -> UUID:
    """Take the first step of a sign-in: returns whose it is, for `second_step.enter`.

    Raises TooManyTriesError while the throttle asks for a pause, and SignInRefusedError otherwise: in the same words
    and after the same work whether the address is unknown, the password wrong or the login closed. The caller lets
    the transaction commit all the same, since the try is counted in it.
    """
    email = normal_address(email)
    counters = _counters(email, origin)
    throttle.pass_through(counters, now)
    login = db.session.scalar(select(Login).where(Login.email == email))
    stored = login.password_hash if login is not None and login.disabled_at is None else None
    is_right = matches(stored, password)
    if login is None or not is_right:
        throttle.count(counters, now)
        audit.record("account.refuse", "person", login.person_id if login is not None else None)
        raise SignInRefusedError
    # The network's count stays: somebody with an account of their own could otherwise go on guessing at others'.
    throttle.forgive(counters[:1])
    if is_outdated(login.password_hash):
        login.password_hash = hash_password(password)
    return login.person_id


def start(person_id: UUID, origin: Origin, now: datetime) -> str:
    """Sign in a person who has shown who they are in every way that is asked of them; returns the new token."""
    token = secrets.token_urlsafe(32)
    row = SignIn(
        person_id=person_id,
        token_digest=digest_of(token),
        created_at=now,
        fresh_at=now,
        last_seen_at=now,
        expires_at=now + LONGEST,
        address=origin.address,
        user_agent=(origin.user_agent or "")[:_LONGEST_AGENT] or None,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("account.enter", "sign_in", row.id)
    return token


def check_current_password(person_id: UUID, sign_in_id: UUID, password: str, now: datetime) -> None:
    """Raise WrongPasswordError unless this is the person's password; the tries of one sign-in are throttled."""
    counters = (throttle.sign_in_itself(sign_in_id),)
    throttle.pass_through(counters, now)
    stored = db.session.scalar(select(Login.password_hash).where(Login.person_id == person_id))
    if not matches(stored, password):
        throttle.count(counters, now)
        raise WrongPasswordError
    throttle.forgive(counters)


def end(sign_in_id: UUID, now: datetime) -> None:
    """End one sign-in; its cookie opens nothing from the next request on."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=now))
    audit.record("account.leave", "sign_in", sign_in_id)


def end_all(person_id: UUID, now: datetime, *, but: UUID | None = None) -> int:
    """End every sign-in of the person, except one where it is named; returns how many."""
    query = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if but is not None:
        query = query.where(SignIn.id != but)
    return len(db.session.scalars(query.values(ended_at=now).returning(SignIn.id)).all())


def live(person_id: UUID, now: datetime) -> Sequence[SignIn]:
    """The person's sign-ins that still open something, latest first."""
    roles = db.session.scalar(select(Person.roles).where(Person.id == person_id))
    limit = idle_limit(roles) if roles else IDLE_CLIENT
    return db.session.scalars(
        select(SignIn)
        .where(
            SignIn.person_id == person_id,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            SignIn.last_seen_at >= now - limit,
        )
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
    ).all()


def own(person_id: UUID, sign_in_id: UUID) -> SignIn:
    """One of the person's own sign-ins; raises NotVisibleError for anybody else's."""
    found = db.session.scalar(select(SignIn).where(SignIn.id == sign_in_id, SignIn.person_id == person_id))
    if found is None:
        raise NotVisibleError
    return found


def _counters(email: str, origin: Origin) -> tuple[throttle.Counter, ...]:
    nonce = known_browser.nonce_for(origin.known, email)
    if nonce is not None:
        return (throttle.browser(email, nonce),)
    return throttle.account(email), throttle.network(origin.address)
