"""PDFs of released reports: read in one transaction, printed outside of any, kept in another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.practice.models import Practice
from clinic.practice.queries import the_practice
from clinic.progress import queries, vaulting
from clinic.progress.models import ProgressReport
from clinic.progress.paper import PaperOrder, printed
from clinic.progress.rules import State
from clinic.vault.service import VaultError

AT_ONCE = 10
ACTOR = Actor.worker("progress.print")
_log = structlog.get_logger(__name__)


def print_due(now: datetime, limit: int = AT_ONCE) -> int:
    """Make the PDFs that are waiting and return how many; opens its own transactions, so call it outside of one.

    An order is marked as tried before it is printed: a crash costs ten minutes, never a second copy.
    """
    with transaction(ACTOR):
        orders = take_orders(now, limit)
    made = 0
    for order in orders:
        try:
            content = printed(order)
        except (RuntimeError, ValueError, KeyError) as error:
            _log.warning("report_not_printed", report_id=str(order.report_id), error=type(error).__name__)
            continue
        with transaction(ACTOR):
            made += keep_paper(order, content)
    return made


def take_orders(now: datetime, limit: int) -> list[PaperOrder]:
    """What each waiting PDF needs; whoever takes an order has it alone. One that cannot be opened stops no other."""
    practice = the_practice()
    if practice is None:
        return []
    reports = queries.papers_waiting(now, limit)
    names, orders = _given_names(reports), []
    for report in reports:
        report.paper_attempts, report.tried_at = report.paper_attempts + 1, now
        try:
            with db.session.begin_nested():
                orders.append(_order(report, practice, names.get(report.released_by, "") if report.released_by else ""))
        except (SQLAlchemyError, VaultError, LookupError, ValueError) as error:
            _log.warning("report_not_opened", report_id=str(report.id), error=type(error).__name__)
    return orders


def _order(report: ProgressReport, practice: Practice, therapist: str) -> PaperOrder:
    person = report.client.person
    return PaperOrder(
        report_id=report.id,
        client_id=report.client_id,
        body=vaulting.body_of(report),
        held_back=tuple(report.held_back),
        note=vaulting.note_of(report),
        therapist=therapist,
        reader=person.name,
        zone=person.zone,
        locale=person.locale,
        practice=practice.name,
        country=practice.country,
        released_at=report.released_at or report.tried_at,
    )


def keep_paper(order: PaperOrder, content: bytes) -> bool:
    """Seal and store the PDF; False when the report is no longer there to have it."""
    report = db.session.scalar(
        select(ProgressReport)
        .where(ProgressReport.id == order.report_id, ProgressReport.state == State.RELEASED)
        .with_for_update(of=ProgressReport)
    )
    if report is None:
        return False
    report.pdf = vaulting.seal_pdf(report, content)
    audit.record("report.print", "report", report.id, client_id=report.client_id)
    return True


def _given_names(reports: Sequence[ProgressReport]) -> Mapping[UUID, str]:
    """Given names of those who released them."""
    people = {report.released_by for report in reports if report.released_by}
    rows = db.session.execute(select(Person.id, Person.given_name).where(Person.id.in_(people)))
    return dict(rows.all())
