"""What the tables of money refuse, whatever the code does."""

from tests.constraints import refusals, rules_of
from tests.factories import Practice
from tests.fees.conftest import Sessions
from tests.fees.test_late_fees import WHY, late
from tests.fees.test_payments import Opening, Owner, pay

__all__ = ["late"]

PAYMENT = (
    "INSERT INTO payment SELECT gen_random_uuid(), appointment_id, {}, client_id, {}, currency, {},"
    " paid_on, noted_at, noted_by FROM payment"
)
WAIVER = (
    "INSERT INTO fee_waiver (id, appointment_id, noted_at, noted_by, number, follows, kind)"
    " SELECT gen_random_uuid(), appointment_id, noted_at, noted_by, {} FROM fee_waiver"
)
CHANGES = {
    "ck_payment_number": PAYMENT.format("0, -1, 'undone'", 1, "means"),
    "ck_payment_follows": PAYMENT.format("3, NULL, 'paid'", 1, "means"),
    "ck_payment_kind": PAYMENT.format("2, 1, 'paid'", 1, "means"),
    "ck_payment_amount_cents": PAYMENT.format("2, 1, 'undone'", 0, "means"),
    "ck_payment_means": PAYMENT.format("2, 1, 'undone'", 1, "'gold'"),
    "uq_payment_appointment_id_number": PAYMENT.format("1, NULL, 'paid'", 1, "means"),
    "uq_receipt_payment_id": (
        "INSERT INTO receipt (number, payment_id, payer_name, practice_name, practice_address, made_at)"
        " SELECT 'another', payment_id, payer_name, practice_name, practice_address, made_at FROM receipt"
    ),
    "ck_fee_waiver_number": WAIVER.format("0, -1, 'undone'"),
    "ck_fee_waiver_follows": WAIVER.format("3, NULL, 'waived'"),
    "ck_fee_waiver_kind": WAIVER.format("2, 1, 'waived'"),
    "uq_fee_waiver_appointment_id_number": WAIVER.format("1, NULL, 'waived'"),
}


def test_database_refuses_money_that_cannot_be(
    late: object, practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    pay(browser(practice.desk), sessions.own, sessions, payer=str(practice.alice_client))
    browser(practice.dana).submit(f"/sessions/{late}/waiver", seen="0", reason=WHY)
    assert rules_of(owner, "payment", "receipt", "fee_waiver", "waiver_reason") == set(CHANGES)
    assert refusals(owner, CHANGES) == {name: name for name in CHANGES}
