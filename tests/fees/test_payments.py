"""Paid or not: who notes it, who sees it, that it is noted once, and the receipt of it."""

import io
import re
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import errors
from pypdf import PdfReader
from sqlalchemy import select

from clinic.booking.models import Appointment
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.fees import printing, queries, rules, service
from clinic.fees.errors import NothingDueError, PaidInFutureError, PaidLongAgoError, PaymentChangedError
from clinic.fees.models import Payment, Receipt
from clinic.fees.service import Paid
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import Sessions
from tests.progress.conftest import worker_app

__all__ = ["worker_app"]

Owner = psycopg.Connection[tuple[Any, ...]]
Opening = Callable[..., Browser]
ROWS = "SELECT number, kind, client_id, amount_cents, currency, means, noted_by FROM payment ORDER BY number"


def pay(browser: Browser, session: object, sessions: Sessions, **fields: str) -> Any:
    """Note a payment as the page would."""
    sent: dict[str, Any] = {"seen": "0", "means": "card", "paid_on": sessions.today} | fields
    return browser.submit(f"/sessions/{session}/payment", **sent)


def receipt_of(owner: Owner) -> str:
    row = owner.execute("SELECT payment_id FROM receipt").fetchone()
    assert row is not None
    return f"/receipts/{row[0]}"


def printing_all(worker_app: Flask) -> int:
    with worker_app.app_context():
        return printing.print_due(clock.now())


@pytest.mark.parametrize(("who", "place"), [("desk", "schedule"), ("dana", "sessions")])
def test_desk_and_therapist_note_a_payment_on_the_sessions_page(
    who: str, place: str, practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    staff, page = browser(getattr(practice, who)), f"/{place}/{sessions.own}"
    shown = staff.get(page).text
    assert "$140" in shown
    assert re.search(r'name="seen"[^>]*value="0"', shown)
    answer = pay(staff, sessions.own, sessions, payer=str(practice.alice_client))
    assert (answer.status_code, answer.location) == (303, page)
    by = getattr(practice, who)
    assert owner.execute(ROWS).fetchall() == [(1, "paid", practice.alice_client, 14_000, "USD", "card", by)]
    paid = staff.get(page).text
    assert "by Alice Hart" in paid
    assert "Card" in paid


def test_a_payment_is_taken_back_by_a_row_and_noted_anew(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    desk, path = browser(practice.desk), f"/sessions/{sessions.own}/payment"
    pay(desk, sessions.own, sessions, payer=str(practice.alice_client))
    receipt = receipt_of(owner)
    assert desk.submit(f"{path}/undo", seen="1").status_code == 303
    assert desk.get(receipt).status_code == 404
    assert browser(practice.alice).get(receipt).status_code == 404
    pay(desk, sessions.own, sessions, payer=str(practice.alice_client), seen="2", means="cash")
    kinds = [(row[0], row[1], row[5]) for row in owner.execute(ROWS).fetchall()]
    assert kinds == [(1, "paid", "card"), (2, "undone", "card"), (3, "paid", "cash")]


@pytest.mark.parametrize("seen", ["0", "2", "7", "x", ""])
def test_a_page_that_is_older_than_the_last_payment_changes_nothing(
    seen: str, practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    desk = browser(practice.desk)
    pay(desk, sessions.own, sessions, payer=str(practice.alice_client))
    answer = pay(desk, sessions.own, sessions, payer=str(practice.alice_client), seen=seen)
    assert "in the meantime" in desk.get(answer.location).text
    assert desk.submit(f"/sessions/{sessions.own}/payment/undo", seen=seen).status_code == 303
    assert len(owner.execute(ROWS).fetchall()) == 1


def test_two_who_press_at_once_note_one_payment(
    practice: Practice, sessions: Sessions, acting: Acting, owner: Owner
) -> None:
    meet = threading.Barrier(2)

    def press() -> bool:
        with acting() as session:
            appointment = session.get_one(Appointment, sessions.own)
            queries.latest_row(appointment.id)
            meet.wait(10)
            paid = Paid(practice.alice_client, "card", date.fromisoformat(sessions.today))
            try:
                service.note_payment(appointment, paid, seen=0, by=practice.desk, now=clock.now())
            except PaymentChangedError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: press(), range(2))) == [False, True]
    assert len(owner.execute(ROWS).fetchall()) == 1


def test_the_database_holds_payments_in_one_unbroken_line(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    pay(browser(practice.desk), sessions.own, sessions, payer=str(practice.alice_client))
    insert = (
        "INSERT INTO payment SELECT gen_random_uuid(), appointment_id, %s, %s, %s, %s, amount_cents, currency, means,"
        " paid_on, noted_at, noted_by FROM payment"
    )
    alice = practice.alice_client
    for number, follows, kind, client, error in (
        (1, None, "paid", alice, errors.UniqueViolation),
        (2, 1, "paid", alice, errors.CheckViolation),
        (3, 2, "paid", alice, errors.ForeignKeyViolation),
        (3, None, "paid", alice, errors.CheckViolation),
        (2, 1, "undone", practice.bob_client, errors.ForeignKeyViolation),
    ):
        with pytest.raises(error):
            owner.execute(insert, (number, follows, kind, client))
    for change in ("UPDATE payment SET amount_cents = 1", "DELETE FROM payment"):
        with pytest.raises(errors.IntegrityConstraintViolation):
            owner.execute(change)


def test_what_is_wrong_is_said_and_nothing_that_was_typed_is_lost(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    desk = browser(practice.desk)
    tomorrow = f"{date.fromisoformat(sessions.today) + timedelta(days=1)}"
    answer = pay(desk, sessions.joint, sessions, payer=str(practice.bob_client), means="check", paid_on=tomorrow)
    assert answer.status_code == 422
    assert "Please choose today or an earlier day." in answer.text
    assert re.search(rf'value="{practice.bob_client}"\s+checked', answer.text)
    assert re.search(r'value="check"\s+checked', answer.text)
    assert f'value="{tomorrow}"' in answer.text
    for wrong in ({"means": "gold"}, {"payer": str(practice.carol_client)}, {"payer": "x"}, {"paid_on": "soon"}):
        assert pay(desk, sessions.joint, sessions, **({"payer": str(practice.bob_client)} | wrong)).status_code == 422
    assert owner.execute(ROWS).fetchall() == []


def test_rules_refuse_days_and_sessions_that_make_no_sense() -> None:
    today = date(2026, 11, 24)
    rules.check_paid_on(today, today)
    rules.check_paid_on(today - rules.OLDEST, today)
    with pytest.raises(PaidInFutureError):
        rules.check_paid_on(today + timedelta(days=1), today)
    with pytest.raises(PaidLongAgoError):
        rules.check_paid_on(today - rules.OLDEST - timedelta(days=1), today)


@pytest.mark.parametrize(
    ("state", "is_missed", "due", "waivable"),
    [
        ("confirmed", False, 14_000, 5_000),
        ("confirmed", True, 14_000, 14_000),
        ("cancelled", False, 5_000, 5_000),
        *((state, False, 0, 0) for state in ("requested", "declined", "expired", "held")),
    ],
)
def test_price_and_late_fee_are_due_and_what_was_late_or_missed_can_be_waived(
    state: str, is_missed: bool, due: int, waivable: int
) -> None:
    assert rules.due_cents(state, 9_000, 5_000, is_missed=is_missed, is_waived=False) == due
    assert rules.waivable_cents(state, 9_000, 5_000, is_missed=is_missed) == waivable
    assert rules.due_cents(state, 9_000, 5_000, is_missed=is_missed, is_waived=True) == due - waivable


def test_nothing_is_noted_for_who_does_not_attend_or_where_nothing_is_due(
    practice: Practice, sessions: Sessions, acting: Acting
) -> None:
    with acting() as session:
        appointment, today = session.get_one(Appointment, sessions.own), date.fromisoformat(sessions.today)
        with pytest.raises(NotVisibleError):
            service.note_payment(
                appointment, Paid(practice.bob_client, "cash", today), seen=0, by=practice.desk, now=clock.now()
            )
        appointment.price_cents = 0
        with pytest.raises(NothingDueError):
            service.note_payment(
                appointment, Paid(practice.alice_client, "cash", today), seen=0, by=practice.desk, now=clock.now()
            )
        session.rollback()


def test_of_a_joint_session_the_partner_sees_that_it_is_paid_and_no_more(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    pay(browser(practice.desk), sessions.joint, sessions, payer=str(practice.alice_client), means="transfer")
    alice, bob = browser(practice.alice), browser(practice.bob)
    receipt, page = receipt_of(owner), f"/sessions/{sessions.joint}"
    assert receipt in alice.get(page).text
    assert "Bank transfer" in alice.get(page).text
    seen = bob.get(page).text
    assert re.search(r'class="pill good">(?:(?!</span>).)*paid</span>', seen, re.DOTALL)
    assert "Bank transfer" not in seen
    assert "/receipts/" not in seen
    assert bob.get(receipt).status_code == 404
    assert alice.get(receipt).status_code == 303  # it is not printed yet


def test_a_therapist_notes_only_what_those_in_their_care_pay(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    owner.execute(
        "UPDATE care_relationship SET starts_at = %s, ends_at = %s WHERE client_id = %s",
        (clock.now() - timedelta(days=9), clock.now() - timedelta(days=8), practice.bob_client),
    )
    dana = browser(practice.dana)
    assert pay(dana, sessions.joint, sessions, payer=str(practice.bob_client)).status_code == 422
    assert pay(dana, sessions.joint, sessions, payer=str(practice.alice_client)).status_code == 303


def test_nobody_notes_what_they_pay_themself(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    owner.execute("UPDATE person SET roles = ARRAY['client', 'front_desk'] WHERE id = %s", [practice.alice])
    assert pay(browser(practice.alice), sessions.own, sessions, payer=str(practice.alice_client)).status_code == 404


def test_a_receipt_names_who_paid_and_nobody_else(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner, worker_app: Flask
) -> None:
    pay(browser(practice.desk), sessions.joint, sessions, payer=str(practice.alice_client))
    assert printing_all(worker_app) == 1
    assert printing_all(worker_app) == 0
    receipt, number = receipt_of(owner), owner.execute("SELECT number FROM receipt").fetchone()
    answers = [browser(who).get(receipt) for who in (practice.alice, practice.dana, practice.desk)]
    assert {(each.status_code, each.headers["Content-Disposition"]) for each in answers} == {
        (200, 'attachment; filename="receipt.pdf"')
    }
    assert len({each.data for each in answers}) == 1
    paper = PdfReader(io.BytesIO(answers[0].data))
    said = " ".join(paper.pages[0].extract_text().split())
    for words in (str(number[0] if number else ""), "Elm Street Practice", "Alice Hart", "$210.00", "Card", "12 Elm"):
        assert words in said
    for words in ("Bob", "Dana", "ouple", "ession", "herap"):
        assert words not in said
    assert paper.metadata is not None
    assert paper.metadata.title == "Receipt"
    assert len(paper.pages) == 1


def test_a_therapist_has_the_receipt_of_a_session_of_theirs_while_the_client_is_in_their_care(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    pay(browser(practice.desk), sessions.own, sessions, payer=str(practice.alice_client))
    receipt, dana, erik = receipt_of(owner), browser(practice.dana), browser(practice.erik)
    assert dana.get(receipt).status_code == 303  # it is not printed yet
    week = (clock.now() - timedelta(days=7), clock.now() + timedelta(days=7))
    owner.execute(
        "INSERT INTO care_relationship (id, client_id, therapist_id, kind, starts_at, ends_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'cover', %s, %s)",
        (practice.alice_client, practice.erik, *week),
    )
    assert erik.get(receipt).status_code == 404  # who stands in did not give it
    owner.execute("DELETE FROM care_relationship WHERE therapist_id = %s", [practice.dana])
    assert dana.get(receipt).status_code == 404


def test_receipt_numbers_follow_no_order_and_a_number_that_is_taken_is_drawn_again(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, drawn = browser(practice.desk), iter("2" * 20 + "3" * 10)
    monkeypatch.setattr(secrets, "choice", lambda _letters: next(drawn))
    for session in (sessions.own, sessions.joint):
        assert pay(desk, session, sessions, payer=str(practice.alice_client)).status_code == 303
    numbers = [row[0] for row in owner.execute("SELECT number FROM receipt ORDER BY made_at").fetchall()]
    assert numbers == ["22222-22222", "33333-33333"]


def test_a_receipt_that_fails_stops_no_other_and_is_tried_again_later(
    practice: Practice,
    sessions: Sessions,
    browser: Opening,
    worker_app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    acting: Acting,
) -> None:
    for session in (sessions.own, sessions.joint):
        pay(browser(practice.desk), session, sessions, payer=str(practice.alice_client))
    honest = printing.printed

    def failing(order: printing.Order) -> bytes:
        if order.amount_cents == 14_000:
            raise ValueError("no ink")
        return honest(order)

    monkeypatch.setattr(printing, "printed", failing)
    assert printing_all(worker_app) == 1
    monkeypatch.setattr(printing, "printed", honest)
    assert printing_all(worker_app) == 0
    clock.move(timedelta(minutes=11))
    assert printing_all(worker_app) == 1
    with acting() as transaction:
        sealed = transaction.scalars(select(Receipt.pdf)).all()
        assert not any(pdf and b"%PDF" in pdf for pdf in sealed)
        assert transaction.scalars(select(Payment.kind)).all() == ["paid", "paid"]
