"""The rules of money as plain functions: what is to be paid, on which days, and how a receipt is numbered."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from clinic.fees.errors import PaidInFutureError, PaidLongAgoError

OLDEST: Final = timedelta(days=2 * 365)
LETTERS: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No vowels, so that no words come out, and nothing that is read as something else."""
LENGTH: Final = 10
PRINT_AGAIN_AFTER: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 5


def due_cents(state: str, price_cents: int, late_fee_cents: int, *, is_missed: bool, is_waived: bool) -> int:
    """What a session costs: its price once it is booked, and what a late change of it may cost; else nothing.

    A waiver lifts the late fee, and the price of a session that was missed.
    """
    listed = price_cents if state == "confirmed" else 0
    waivable = waivable_cents(state, price_cents, late_fee_cents, is_missed=is_missed)
    return late_fee_due(state, late_fee_cents) + listed - (waivable if is_waived else 0)


def waivable_cents(state: str, price_cents: int, late_fee_cents: int, *, is_missed: bool) -> int:
    """What the therapist can waive: the late fee, and the price where somebody did not come."""
    missed = price_cents if state == "confirmed" and is_missed else 0
    return late_fee_due(state, late_fee_cents) + missed


def late_fee_due(state: str, late_fee_cents: int) -> int:
    """What a late move or cancellation may cost."""
    return late_fee_cents if state in {"confirmed", "cancelled"} else 0


def stands(number: int) -> bool:
    """True after so many rows: each odd one notes a payment or a waiver, the next one takes it back."""
    return number % 2 == 1


def check_paid_on(paid_on: date, today: date) -> None:
    """Raise PaidInFutureError or PaidLongAgoError for a day on which nobody can have paid."""
    if paid_on > today:
        raise PaidInFutureError
    if paid_on < today - OLDEST:
        raise PaidLongAgoError


def receipt_number(choose: Callable[[Sequence[str]], str]) -> str:
    """Such as "7K2M9-QXDRT"; `choose` picks a letter, and must be one that nobody can foresee.

    Never consecutive: from two receipts of their own one partner would count the receipts, and so the private sessions,
    that the other had in between.
    """
    letters = "".join(choose(LETTERS) for _ in range(LENGTH))
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"
