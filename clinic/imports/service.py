"""What a person does with an import: bring a file, confirm it, invite whom it made, take it away."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update

from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.imports import vaulting
from clinic.imports.columns import Kind
from clinic.imports.errors import NotWaitingError
from clinic.imports.models import Import
from clinic.imports.reading import read

KEPT: Final = timedelta(days=1)


def take_in(name: str, content: bytes, kind: Kind, *, by: UUID, now: datetime) -> Import:
    """Keep a file, sealed, for the worker to check; its name is not kept. Raises FileError, and then keeps nothing."""
    sheet, count = read(name, content, kind)
    made = Import(id=new_id(), person_id=by, kind=kind, encoding=sheet.encoding, row_count=count, created_at=now)
    made.state, made.expires_at = "checking", now + KEPT
    made.content = vaulting.seal_content(made.id, content)
    made.header = vaulting.seal_header(made.id, sheet.header)
    db.session.add(made)
    db.session.flush()
    audit.record("import.create", "import", made.id, detail=kind)
    return made


def confirm(taken: Import, now: datetime) -> None:
    """Let the worker import just the rows that it said it would. Of two presses one counts; raises NotWaitingError."""
    confirmed = db.session.scalar(
        update(Import)
        .where(Import.id == taken.id, Import.state == "checked", Import.expires_at > now)
        .values(state="importing", confirmed_at=now)
        .returning(Import.id)
    )
    if confirmed is None:
        raise NotWaitingError
    audit.record("import.confirm", "import", taken.id)


def invite(taken: Import, now: datetime) -> None:
    """Let the worker invite each client whom the import made, once. Raises NotWaitingError."""
    pressed = db.session.scalar(
        update(Import)
        .where(
            Import.id == taken.id,
            Import.kind == Kind.CLIENTS,
            Import.confirmed_at.is_not(None),
            Import.state.in_(("done", "gone")),
            Import.invited_at.is_(None),
        )
        .values(invited_at=now)
        .returning(Import.id)
    )
    if pressed is None:
        raise NotWaitingError
    audit.record("import.invite", "import", taken.id)


def take_away(taken: Import, now: datetime) -> None:
    """Let what the file said go before its day is over; what was imported stays. Raises NotWaitingError meanwhile."""
    gone = db.session.scalar(
        update(Import)
        .where(Import.id == taken.id, Import.state.not_in(("importing", "gone")))
        .values(expires_at=now)
        .returning(Import.id)
    )
    if gone is None:
        raise NotWaitingError
    audit.record("import.delete", "import", taken.id)
