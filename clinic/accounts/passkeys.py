"""Passkeys (WebAuthn Level 2) as a second step. A challenge is kept in the database, and taken when it is answered."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from clinic.accounts.errors import PasskeyRefusedError, TooManyPasskeysError, WrongCodeError
from clinic.accounts.models import Passkey, PasskeyChallenge
from clinic.accounts.tokens import derive
from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db

REGISTER, ENTER, CONFIRM = "register", "enter", "confirm"
CHALLENGE_LASTS: Final = timedelta(minutes=10)
LONGEST_NAME: Final = 60
MOST: Final = 10
_CHALLENGE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site, as a passkey knows it: `id` is its host without the port."""

    id: str
    origin: str


def of(person_id: UUID) -> Sequence[Passkey]:
    """The person's passkeys, the oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()


def own(person_id: UUID, passkey_id: UUID) -> Passkey:
    """One of the person's own passkeys; raises NotVisibleError for anybody else's."""
    found = db.session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id))
    if found is None:
        raise NotVisibleError
    return found


def registration(person_id: UUID, account: str, holder_id: UUID, party: RelyingParty, now: datetime) -> str:
    """What the browser needs to make a passkey, as JSON; a challenge is kept for its answer."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 -- few requests need it
    from webauthn.helpers.structs import (  # noqa: PLC0415
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.id,
        user_id=derive("passkey-user", str(person_id)),
        user_name=account,
        challenge=_new_challenge(holder_id, REGISTER, now),
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.PREFERRED),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in of(person_id)],
    )
    return options_to_json(options)


def register(
    person_id: UUID, name: str, credential: str, holder_id: UUID, party: RelyingParty, now: datetime
) -> Passkey:
    """Keep a passkey that the browser has just made. Raises PasskeyRefusedError and TooManyPasskeysError."""
    from webauthn import verify_registration_response  # noqa: PLC0415 -- few requests need it
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    challenge = _take(holder_id, REGISTER, now)
    if challenge is None:
        raise PasskeyRefusedError
    locks.take([person_id])
    if len(of(person_id)) >= MOST:
        raise TooManyPasskeysError
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=False,
        )
        passkey = Passkey(
            id=new_id(),
            person_id=person_id,
            name=name,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            created_at=now,
        )
        with db.session.begin_nested():
            db.session.add(passkey)
    except (WebAuthnException, IntegrityError) as error:
        raise PasskeyRefusedError from error
    audit.record("factor.add", "person", person_id, detail="passkey")
    return passkey


def question(person_id: UUID, holder_id: UUID, purpose: str, party: RelyingParty, now: datetime) -> str:
    """What the browser needs to ask one of the person's passkeys, as JSON; a challenge is kept for its answer."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 -- few requests need it
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=_new_challenge(holder_id, purpose, now),
        allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in of(person_id)],
    )
    return options_to_json(options)


def accept(person_id: UUID, assertion: str, holder_id: UUID, purpose: str, party: RelyingParty, now: datetime) -> None:
    """Take what one of the person's passkeys signed. Raises WrongCodeError; the challenge is spent in any case."""
    from webauthn import verify_authentication_response  # noqa: PLC0415 -- few requests need it
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    challenge = _take(holder_id, purpose, now)
    if challenge is None:
        raise WrongCodeError
    try:
        credential = parse_authentication_credential_json(assertion)
        passkey = db.session.scalar(
            select(Passkey).where(Passkey.person_id == person_id, Passkey.credential_id == credential.raw_id)
        )
        if passkey is None:
            raise WrongCodeError
        signed = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=False,
        )
    except WebAuthnException as error:
        raise WrongCodeError from error
    db.session.execute(
        update(Passkey).where(Passkey.id == passkey.id).values(sign_count=signed.new_sign_count, used_at=now)
    )


def _new_challenge(holder_id: UUID, purpose: str, now: datetime) -> bytes:
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    kept = {"challenge": challenge, "expires_at": now + CHALLENGE_LASTS}
    db.session.execute(
        insert(PasskeyChallenge)
        .values(holder_id=holder_id, purpose=purpose, **kept)
        .on_conflict_do_update(index_elements=["holder_id", "purpose"], set_=kept)
    )
    return challenge


def _take(holder_id: UUID, purpose: str, now: datetime) -> bytes | None:
    """The challenge, for its one use."""
    return db.session.scalar(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.holder_id == holder_id,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.challenge)
    )
