"""The person behind a browser's cookie. The cookie's token is looked up by digest, so a stolen table opens nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, literal, not_, or_, select, update

from clinic.accounts.models import Login, Passkey, Person, SignIn, Totp
from clinic.database.session import db

IDLE_STAFF = timedelta(minutes=15)
IDLE_CLIENT = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
# Asked of staff alone: the two look-ups run only where the first part is false.
_LACKS_FACTOR = not_(
    or_(
        Person.roles.bool_op("<@")(literal(["client"], ARRAY(Text))),
        select(Passkey.id).where(Passkey.person_id == Person.id).exists(),
        select(Totp.id).where(Totp.person_id == Person.id, Totp.confirmed_at.is_not(None)).exists(),
    )
)
_SIGNED_IN = (
    select(SignIn, Person, _LACKS_FACTOR)
    .join(Login, Login.person_id == SignIn.person_id)
    .join(Person, Person.id == Login.person_id)
    .where(
        SignIn.token_digest == bindparam("digest"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
        Login.disabled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What Flask-Login calls the user: a person in one browser. `lacks_factor`: staff without a second step."""

    person_id: UUID
    sign_in_id: UUID
    roles: tuple[str, ...]
    given_name: str
    name: str
    zone: str
    fresh_at: datetime
    token: str
    lacks_factor: bool = False
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the cookie holds: the sign-in's token, not the person's id."""
        return self.token


def digest_of(token: str) -> bytes:
    """SHA-256 of a token of 128 random bits or more."""
    return hashlib.sha256(token.encode()).digest()


def idle_limit(roles: tuple[str, ...] | list[str]) -> timedelta:
    """How long a browser may rest: shorter where it opens other people's records."""
    return IDLE_CLIENT if set(roles) == {"client"} else IDLE_STAFF


def signed_in(token: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this token; None when the sign-in ended, expired, idled out, or the login is disabled."""
    row = db.session.execute(_SIGNED_IN, {"digest": digest_of(token), "now": now}).one_or_none()
    if row is None:
        return None
    sign_in, person, lacks_factor = row
    if now - sign_in.last_seen_at > idle_limit(person.roles):
        return None
    if now - sign_in.last_seen_at > SEEN_EVERY:
        db.session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(last_seen_at=now))
    return SignedIn(
        person_id=person.id,
        sign_in_id=sign_in.id,
        roles=tuple(person.roles),
        given_name=person.given_name,
        name=person.name,
        zone=person.zone,
        fresh_at=sign_in.fresh_at,
        token=token,
        lacks_factor=lacks_factor,
    )
