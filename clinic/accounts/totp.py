"""Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds). Each code lets in once."""

import hmac
from datetime import datetime
from io import BytesIO
from typing import Final
from uuid import UUID

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from clinic.accounts.errors import NothingToConfirmError, WrongCodeError
from clinic.accounts.models import Totp, TotpStep
from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db
from clinic.vault import service as vault
from clinic.vault.service import Owner

DIGITS: Final = 6
STEP_SECONDS: Final = 30
# A phone's clock may be off by this many steps to either side.
LENIENCE: Final = 1


def begin(person_id: UUID, now: datetime) -> None:
    """Make a secret that waits for its first code; one that waited before is forgotten, one that counts stays."""
    locks.take([person_id])
    db.session.execute(delete(Totp).where(Totp.person_id == person_id, Totp.confirmed_at.is_(None)))
    row_id, secret = new_id(), pyotp.random_base32()
    sealed = vault.encrypt(Owner("person", person_id), "totp", "secret", row_id, secret)
    db.session.add(Totp(id=row_id, person_id=person_id, secret=sealed, created_at=now))
    db.session.flush()


def waiting_secret(person_id: UUID) -> str | None:
    """The secret that waits for its first code, in base32; None where none does."""
    row = _row(person_id, is_confirmed=False)
    return _secret(row) if row is not None else None


def confirm(person_id: UUID, code: str, now: datetime) -> None:
    """Let the waiting secret count from now on, in place of the one before. Raises WrongCodeError.

    Raises NothingToConfirmError where none waits, as after a second press.
    """
    locks.take([person_id])
    row = _row(person_id, is_confirmed=False)
    if row is None:
        raise NothingToConfirmError
    _spend(row, code, now)
    db.session.execute(delete(Totp).where(Totp.person_id == person_id, Totp.confirmed_at.is_not(None)))
    db.session.execute(update(Totp).where(Totp.id == row.id).values(confirmed_at=now))
    audit.record("factor.add", "person", person_id, detail="app")


def accept(person_id: UUID, code: str, now: datetime) -> None:
    """Take a code of the person's app. Raises WrongCodeError, also for one that was used before."""
    row = _row(person_id, is_confirmed=True)
    if row is None:
        raise WrongCodeError
    _spend(row, code, now)


def plain(typed: str) -> str:
    """A code without the blanks and dashes that people type into it."""
    return "".join(mark for mark in typed if mark.isascii() and mark.isalnum()).lower()


def grouped(secret: str) -> str:
    """A secret in groups of four, for somebody who types it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def picture(secret: str, account: str, place: str) -> Markup:
    """The QR code of a secret as SVG, dark on white whatever the page's colors, without any style of its own."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=place)
    out = BytesIO()
    segno.make_qr(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, border=4, dark="#000", light="#fff", omitsize=True, svgclass=None
    )
    return Markup(out.getvalue().decode().strip())  # noqa: S704 -- shapes and nothing else, drawn by segno


def _spend(row: Totp, code: str, now: datetime) -> None:
    app, here = pyotp.TOTP(_secret(row)), int(now.timestamp()) // STEP_SECONDS
    near = range(here - LENIENCE, here + LENIENCE + 1)
    step = next((each for each in near if hmac.compare_digest(app.generate_otp(each), plain(code))), None)
    if step is None:
        raise WrongCodeError
    # A twin that arrives meanwhile waits here for the other's row, and then finds it.
    taken = insert(TotpStep).values(totp_id=row.id, step=step).on_conflict_do_nothing().returning(TotpStep.step)
    if db.session.scalar(taken) is None:
        raise WrongCodeError
    db.session.execute(delete(TotpStep).where(TotpStep.totp_id == row.id, TotpStep.step < here - LENIENCE))


def _row(person_id: UUID, *, is_confirmed: bool) -> Totp | None:
    counts = Totp.confirmed_at.is_not(None) if is_confirmed else Totp.confirmed_at.is_(None)
    return db.session.scalar(select(Totp).where(Totp.person_id == person_id, counts))


def _secret(row: Totp) -> str:
    return vault.decrypt(Owner("person", row.person_id), "totp", "secret", row.id, row.secret)
