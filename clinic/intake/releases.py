"""Releases of information: the exact words, signed under them, in force until a day or until they are taken back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.intake import rules
from clinic.intake.errors import ExpiryError, TextChangedError
from clinic.intake.models import InformationRelease
from clinic.intake.signing import LONGEST_AGENT, Circumstances
from clinic.vault.service import Owner, decrypt, encrypt

SHOWN: Final = 50
LONGEST: Final = timedelta(days=366)
SENTENCE: Final = "I have read this, and I allow it."
WAYS: Final = {
    "to": "{practice} may tell {party}",
    "from": "{practice} may hear from {party}",
    "both": "{practice} and {party} may tell each other",
}
_TERMS: Final = (
    (
        "This ends on {until}, or on the day on which I take it back, which I may do at any time on these pages or in"
        " writing. What has been told by then cannot be called back."
    ),
    "Whoever receives it may pass it on, and the rules that bind {practice} may not bind them.",
    "My care does not depend on this: I may sign it or not.",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client allows. `way` is a key of WAYS."""

    way: str
    party: str
    what: str
    purpose: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Opened:
    """A release as it is read. `state`: in_force, expired or revoked."""

    row: InformationRelease
    party: str
    words: tuple[str, ...]
    typed_name: str
    state: str


def words(allowance: Allowance, name: str, practice: str) -> tuple[str, ...]:
    """The paragraphs to sign: equal allowances, equal words. They are English whatever the language of the page."""
    until = f"{allowance.expires_on:%B} {allowance.expires_on.day}, {allowance.expires_on.year}"
    who = WAYS[allowance.way].format(practice=practice, party=allowance.party)
    said = (f"I, {name}, allow this: {who} the following.", f"What: {allowance.what}", f"What for: {allowance.purpose}")
    return (*said, *(each.format(until=until, practice=practice) for each in _TERMS), SENTENCE)


def mark(paragraphs: tuple[str, ...]) -> str:
    """What the page sends back of the words that it showed."""
    return rules.sha256("\n".join(paragraphs).encode())


def require_fitting(allowance: Allowance, today: date) -> None:
    """Raise ExpiryError unless the release ends after today and within a year."""
    if not today < allowance.expires_on <= today + LONGEST:
        raise ExpiryError


def sign(
    client: Client,
    paragraphs: tuple[str, ...],
    shown: str,
    allowance: Allowance,
    name: str,
    around: Circumstances,
    now: datetime,
) -> InformationRelease:
    """Sign these words, shown as `shown` marks; raises TextChangedError for other ones, ExpiryError."""
    require_fitting(allowance, wall(now, around.zone).date())
    if shown != mark(paragraphs):
        raise TextChangedError
    identity, owner = new_id(), Owner("client", client.id)
    row = InformationRelease(
        id=identity,
        client_id=client.id,
        signer_id=client.person_id,
        party=encrypt(owner, "information_release", "party", identity, allowance.party),
        words=encrypt(owner, "information_release", "words", identity, "\n".join(paragraphs)),
        typed_name=encrypt(owner, "information_release", "typed_name", identity, name),
        expires_on=allowance.expires_on,
        signed_at=now,
        zone=around.zone,
        address=around.address,
        user_agent=(around.user_agent or "")[:LONGEST_AGENT] or None,
        sign_in_method=around.sign_in_method,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("release.sign", "information_release", identity, client_id=client.id, detail=_fingerprint(row))
    return row


def take_back(release: InformationRelease, now: datetime) -> None:
    """From now on it allows nothing; once is enough."""
    db.session.refresh(release, with_for_update=True)
    if release.revoked_at is None:
        release.revoked_at = now
        db.session.flush()
        audit.record("release.take_back", "information_release", release.id, client_id=release.client_id)


def of_client(client_id: UUID, now: datetime) -> list[Opened]:
    """The newest releases of this client that the acting person may see; those in force come first."""
    rows = db.session.scalars(
        select(InformationRelease)
        .where(InformationRelease.client_id == client_id)
        .order_by(InformationRelease.signed_at.desc())
        .limit(SHOWN)
    )
    return sorted((_opened(row, now) for row in rows), key=lambda each: each.state != "in_force")


def one(release_id: UUID, client_id: UUID, now: datetime) -> Opened:
    """One release of this client; raises NotVisibleError."""
    row = db.session.scalar(
        select(InformationRelease).where(InformationRelease.id == release_id, InformationRelease.client_id == client_id)
    )
    if row is None:
        raise NotVisibleError
    return _opened(row, now)


def _opened(row: InformationRelease, now: datetime) -> Opened:
    owner = Owner("client", row.client_id)
    party, text, name = (
        decrypt(owner, "information_release", column, row.id, getattr(row, column))
        for column in ("party", "words", "typed_name")
    )
    is_over = wall(now, row.zone).date() > row.expires_on
    state = "revoked" if row.revoked_at else "expired" if is_over else "in_force"
    return Opened(row, party, tuple(text.split("\n")), name, state)


def _fingerprint(row: InformationRelease) -> str:
    return rules.fingerprint(
        {each.key: getattr(row, each.key) for each in row.__table__.columns if each.key != "revoked_at"}
    )
