"""What the worker does with imports: the dry run, the import itself, the invitations, and taking away what is over.

Each piece is a transaction of its own, and what is done is in the rows: who is killed anywhere goes on from there.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from clinic.accounts import links, people
from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.core import clock, zones
from clinic.core.errors import DomainError
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.imports import queries, vaulting
from clinic.imports.columns import Kind, fields
from clinic.imports.models import Import, ImportRow
from clinic.imports.newcomers import Newcomers
from clinic.imports.reading import open_sheet
from clinic.imports.rules import Ground, Outcome, Reason, RowError
from clinic.imports.sessions import Sessions
from clinic.practice.queries import the_practice

BATCH: Final = 100
ACTOR: Final = Actor.worker("imports")
_log = structlog.get_logger(__name__)


class Looker(Protocol):
    """Looks at the rows of one kind of file."""

    def check(self, number: int, cells: dict[str, str]) -> list[str]: ...
    def remember(self, number: int, cells: dict[str, str]) -> None: ...
    def carry_out(self, cells: dict[str, str], warnings: Iterable[str], *, by: UUID, now: datetime) -> UUID: ...


def run_due() -> None:
    """Do all that is waiting; opens its own transactions, so call it outside of one."""
    with transaction(ACTOR):
        forget_old(clock.now())
        checking, importing = queries.waiting("checking"), queries.waiting("importing")
    for import_id in checking:
        check(import_id)
    for import_id in importing:
        while import_one(import_id):
            pass
    while invite_one():
        pass


def check(import_id: UUID) -> None:
    """Say of every row what would happen. What was said before is read once, however many batches follow."""
    with transaction(ACTOR):
        taken = _held(import_id, "checking")
        looker = prepared(taken) if taken is not None else None
    while looker is not None and check_some(import_id, looker):
        pass


def check_some(import_id: UUID, looker: Looker) -> bool:
    """Say of the next rows what would happen; False when there is nothing left to say."""
    with transaction(ACTOR):
        taken = _held(import_id, "checking")
        return taken is not None and say_next(taken, looker)


def say_next(taken: Import, looker: Looker) -> bool:
    """The same inside an open transaction."""
    sheet = open_sheet("checked.csv", vaulting.content_of(taken), Kind(taken.kind))
    last = db.session.scalar(select(func.max(ImportRow.number)).where(ImportRow.import_id == taken.id)) or 0
    following = ((number, cells) for number, cells in sheet.rows() if number > last)
    said = [_say(looker, taken, number, cells) for number, cells in islice(following, BATCH)]
    db.session.add_all(said)
    if len(said) < BATCH:
        taken.state, taken.content = "checked", None
    return len(said) == BATCH


def import_one(import_id: UUID) -> bool:
    """Import the next row, just as it was said; False when there is none left.

    One row is one transaction: its locks are all taken at once, so that it waits in nobody's way.
    """
    with transaction(ACTOR):
        taken = _held(import_id, "importing")
        if taken is None:
            return False
        row = queries.next_row(import_id)
        if row is None:
            taken.state = "done"
            audit.record("import.finish", "import", taken.id)
            return False
        looker, now = _looker(taken, clock.now()), clock.now()
        cells = fields(vaulting.header_of(taken), vaulting.cells_of(row), Kind(taken.kind))
        try:
            with db.session.begin_nested():
                row.made_id = looker.carry_out(cells, row.warnings, by=taken.person_id, now=now)
                row.result = "created"
        except RowError as error:
            _changed(row, error.reason, error.row)
        except (DomainError, IntegrityError) as error:
            _log.warning("row_not_imported", import_id=str(import_id), error=type(error).__name__)
            _changed(row, Reason.FAILED)
        return True


def invite_one() -> bool:
    """Invite the next client of an import whose invitations were pressed; False when there is none."""
    with transaction(ACTOR):
        query = select(Import.id).where(Import.invited_at.is_not(None)).order_by(Import.id.desc()).limit(50)
        for import_id in db.session.scalars(query).all():
            row, now = queries.next_uninvited(import_id), clock.now()
            if row is None:
                continue
            person_id = db.session.get_one(Client, row.made_id).person_id
            people.person(person_id).messages_stopped_at = None
            links.invite(person_id, now)
            row.invited_at = now
            return True
        return False


def forget_old(now: datetime) -> None:
    """Take away what files said a day ago, or what somebody wants gone. What was imported stays."""
    over = db.session.scalars(
        update(Import)
        .where(Import.expires_at <= now, Import.state.in_(("checking", "checked", "done")))
        .values(state="gone", content=None, header=None)
        .returning(Import.id)
    ).all()
    db.session.execute(update(ImportRow).where(ImportRow.import_id.in_(over)).values(cells=None))
    for import_id in over:
        audit.record("import.forget", "import", import_id)


def _held(import_id: UUID, state: str) -> Import | None:
    """The import while it is in that state, held until the transaction ends."""
    query = select(Import).where(Import.id == import_id, Import.state == state).with_for_update()
    return db.session.scalar(query)


def _looker(taken: Import, now: datetime) -> Looker:
    practice = the_practice()
    assert practice is not None  # noqa: S101 -- nobody signs in before there is one
    ground = Ground(practice.country, practice.zone, zones.wall(now, practice.zone).date())
    if taken.kind == Kind.APPOINTMENTS:
        return Sessions(ground, practice.currency, now)
    return Newcomers(taken.id, ground)


def prepared(taken: Import) -> Looker:
    """A looker that remembers what was said so far."""
    looker, header = _looker(taken, clock.now()), vaulting.header_of(taken)
    would_be = select(ImportRow).where(ImportRow.import_id == taken.id, ImportRow.outcome == Outcome.CREATE)
    for row in db.session.scalars(would_be.order_by(ImportRow.number)):
        looker.remember(row.number, fields(header, vaulting.cells_of(row), Kind(taken.kind)))
    return looker


def _say(looker: Looker, taken: Import, number: int, cells: list[str]) -> ImportRow:
    row = ImportRow(id=new_id(), import_id=taken.id, number=number, warnings=[])
    row.cells = vaulting.seal_cells(taken.id, row.id, cells)
    try:
        row.warnings = looker.check(number, fields(vaulting.header_of(taken), cells, Kind(taken.kind)))
        row.outcome = Outcome.CREATE
    except RowError as error:
        row.outcome, row.reason, row.reason_row = error.outcome, error.reason, error.row
    return row


def _changed(row: ImportRow, reason: Reason, other: int | None = None) -> None:
    row.result, row.result_reason, row.reason_row = "changed", reason, other
