"""Receipts on paper: read in one transaction, made outside of any, kept in another. It names nobody but who paid."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import structlog
from flask_babel import force_locale, format_date, gettext
from sqlalchemy import select

from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.documents.pdf import compile_pdf
from clinic.fees import queries
from clinic.fees.models import Receipt
from clinic.fees.wording import ON_PAPER, exact
from clinic.practice.queries import the_practice
from clinic.vault.service import Owner, decrypt_bytes, encrypt_bytes

AT_ONCE = 20
ACTOR = Actor.worker("receipts.print")
LETTER_COUNTRIES = {"US", "CA", "MX"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that one receipt says."""

    number: str
    payment_id: UUID
    client_id: UUID
    payer: str
    practice: str
    address: str
    country: str
    locale: str
    amount_cents: int
    currency: str
    means: str
    paid_on: date
    made_at: datetime


def print_due(now: datetime, limit: int = AT_ONCE) -> int:
    """Make the receipts that are waiting and return how many; opens its own transactions, so call it outside of one.

    A receipt is marked as tried before it is made: a crash costs ten minutes, never a second copy.
    """
    with transaction(ACTOR):
        orders = _take_orders(now, limit)
    made = 0
    for order in orders:
        try:
            content = printed(order)
        except (RuntimeError, ValueError, KeyError) as error:
            _log.warning("receipt_not_printed", payment_id=str(order.payment_id), error=type(error).__name__)
            continue
        with transaction(ACTOR):
            _keep(order, content)
        made += 1
    return made


def printed(order: Order) -> bytes:
    """The receipt as a tagged PDF in the payer's language; raises `typst.TypstError` when it cannot be made."""
    with force_locale(order.locale):
        facts = [
            (gettext("Number"), order.number),
            (gettext("Received from"), order.payer),
            (gettext("Date"), format_date(order.paid_on, "long")),
            (gettext("Amount"), exact(order.amount_cents, order.currency)),
            (gettext("Paid by"), str(ON_PAPER[order.means])),
        ]
        return compile_pdf(
            "receipt",
            {
                "title": gettext("Receipt"),
                "language": order.locale.partition("_")[0],
                "made_at": order.made_at.isoformat(),
                "paper": "us-letter" if order.country in LETTER_COUNTRIES else "a4",
                "practice": order.practice,
                "address": [line for line in order.address.splitlines() if line.strip()],
                "facts": facts,
                "closing": gettext("Thank you."),
            },
        )


def paper_of(receipt: Receipt) -> bytes | None:
    """The finished paper, or None before the worker has made it. Raises VaultError where it was tampered with."""
    if receipt.pdf is None:
        return None
    payment = receipt.payment
    return decrypt_bytes(Owner("client", payment.client_id), "receipt", "pdf", payment.id, receipt.pdf)


def _take_orders(now: datetime, limit: int) -> list[Order]:
    practice = the_practice()
    if practice is None:
        return []
    orders = []
    for receipt in queries.receipts_waiting(now, limit):
        receipt.attempts, receipt.tried_at = receipt.attempts + 1, now
        payment = receipt.payment
        orders.append(
            Order(
                number=receipt.number,
                payment_id=payment.id,
                client_id=payment.client_id,
                payer=receipt.payer_name,
                practice=receipt.practice_name,
                address=receipt.practice_address,
                country=practice.country,
                locale=payment.client.person.locale,
                amount_cents=payment.amount_cents,
                currency=payment.currency,
                means=payment.means,
                paid_on=payment.paid_on,
                made_at=receipt.made_at,
            )
        )
    return orders


def _keep(order: Order, content: bytes) -> None:
    receipt = db.session.scalars(select(Receipt).where(Receipt.number == order.number)).one()
    receipt.pdf = encrypt_bytes(Owner("client", order.client_id), "receipt", "pdf", order.payment_id, content)
