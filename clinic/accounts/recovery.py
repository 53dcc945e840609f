"""Recovery codes: ten, shown once, each good once. Only keyed digests are kept."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update

from clinic.accounts.errors import WrongCodeError
from clinic.accounts.models import RecoveryCode
from clinic.accounts.tokens import derive
from clinic.accounts.totp import plain
from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db

HOW_MANY: Final = 10
# Without what is mistaken for something else on paper. Sixteen of them are 78 bits, which nobody guesses at our pace.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH: Final = 16


def renew(person_id: UUID, now: datetime) -> list[str]:
    """Ten new codes, in groups of four letters; those before are worth nothing any more."""
    locks.take([person_id])
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    db.session.add_all(
        RecoveryCode(id=new_id(), person_id=person_id, digest=_digest(person_id, code), created_at=now)
        for code in codes
    )
    db.session.flush()
    audit.record("factor.renew_codes", "person", person_id)
    return ["-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in codes]


def accept(person_id: UUID, typed: str, now: datetime) -> None:
    """Spend one of the person's codes. Raises WrongCodeError; of two who type the same one, one gets in."""
    spent = db.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.digest == _digest(person_id, plain(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if spent is None:
        raise WrongCodeError
    audit.record("factor.use_code", "person", person_id)


def _digest(person_id: UUID, code: str) -> bytes:
    return derive("recovery-code", str(person_id), code)
