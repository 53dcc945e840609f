"""A late cancellation may cost a fee, as it was then; the therapist waives it, and only they read why."""

import re
from datetime import timedelta
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import text

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.core import clock
from clinic.fees.models import WaiverReason
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import book
from tests.fees.test_payments import Opening, Owner
from tests.progress.conftest import therapist

WHY = "her mother is in hospital"


@pytest.fixture
def late(practice: Practice, acting: Acting, owner: Owner) -> object:
    """A session of Alice's that she cancelled within the window; the service costs more since."""
    owner.execute("UPDATE service SET late_fee_cents = 5000")
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting() as session:
        booked = book(practice, [practice.alice_client], hour + timedelta(hours=5))
        booking.cancel(session.get_one(Appointment, booked), by=practice.alice, now=clock.now())
    owner.execute("UPDATE service SET late_fee_cents = 9900")
    return booked


def test_the_fee_that_may_apply_is_shown_as_it_was_and_nothing_is_charged(
    late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    for who, place in ((practice.alice, "sessions"), (practice.dana, "sessions"), (practice.desk, "schedule")):
        page = browser(who).get(f"/{place}/{late}").text
        assert "Late fee" in page
        assert "$50" in page
        assert "$99" not in page
    assert owner.execute("SELECT count(*) FROM payment").fetchone() == (0,)


def test_the_therapist_waives_it_and_only_they_read_why(
    late: object, practice: Practice, browser: Opening, owner: Owner, acting: Acting
) -> None:
    dana, path = browser(practice.dana), f"/sessions/{late}"
    assert dana.submit(f"{path}/waiver", seen="0", reason=" ").status_code == 422
    assert dana.submit(f"{path}/waiver", seen="0", reason=WHY).status_code == 303
    assert WHY in dana.get(path).text
    for page in (browser(practice.alice).get(path).text, browser(practice.desk).get(f"/schedule/{late}").text):
        assert "waived" in page
        assert WHY not in page
        assert "$50" not in page
    dana.submit(f"{path}/waiver", seen="0", reason="once more")
    assert WHY in dana.get(path).text
    sealed = owner.execute("SELECT reason FROM waiver_reason").fetchall()
    assert len(sealed) == 1
    assert WHY.encode() not in bytes(sealed[0][0])
    for who, rows in ((practice.dana, 1), (practice.erik, 0), (practice.desk, 0), (practice.alice, 0)):
        with acting(therapist(who)) as session:
            assert len(session.query(WaiverReason).all()) == rows


def test_a_waiver_is_taken_back_by_a_row_and_given_anew(
    late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    dana, path, again = browser(practice.dana), f"/sessions/{late}", "she has told me more"
    alice, desk = browser(practice.alice), browser(practice.desk)
    dana.submit(f"{path}/waiver", seen="0", reason=WHY)
    assert re.search(r'waiver/undo"(?:(?!</form>).)*name="seen"[^>]*value="1"', dana.get(path).text, re.DOTALL)
    assert dana.submit(f"{path}/waiver/undo", seen="1").status_code == 303
    for who, page in ((alice, path), (desk, f"/schedule/{late}"), (dana, path)):
        shown = who.get(page).text
        assert ("$50" in shown, "waiver/undo" in shown, WHY in shown) == (True, False, False)
    assert f"/schedule/{late}" in desk.get("/unpaid?what=late").text
    assert path in alice.get("/payments").text
    dana.submit(f"{path}/waiver", seen="2", reason=again)
    for who, page in ((alice, path), (desk, f"/schedule/{late}")):
        shown = who.get(page).text
        assert ("waived" in shown, "waiver/undo" in shown, again in shown) == (True, False, False)
    assert again in dana.get(path).text
    rows = owner.execute("SELECT number, kind, noted_by FROM fee_waiver ORDER BY number").fetchall()
    assert rows == [(number, kind, practice.dana) for number, kind in enumerate(("waived", "undone", "waived"), 1)]
    assert f"/schedule/{late}" not in desk.get("/unpaid?what=late").text


@pytest.mark.parametrize("seen", ["0", "2", "7", "x", ""])
def test_a_page_that_is_older_than_the_last_waiver_changes_nothing(
    seen: str, late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    dana, path = browser(practice.dana), f"/sessions/{late}/waiver"
    dana.submit(path, seen="0", reason=WHY)
    for stale, number in ((path, seen), (path, "1"), (f"{path}/undo", seen)):
        answer = dana.submit(stale, seen=number, reason="again")
        assert "in the meantime" in dana.get(answer.location).text
    assert owner.execute("SELECT count(*) FROM fee_waiver").fetchone() == (1,)
    dana.submit(f"{path}/undo", seen="1")
    for number in ("0", "1"):
        dana.submit(path, seen=number, reason="again")
    for number in ("0", "1", "2"):
        assert dana.submit(f"{path}/undo", seen=number).status_code == 303
    assert owner.execute("SELECT count(*) FROM fee_waiver").fetchone() == (2,)


def test_only_the_therapist_takes_a_waiver_back(
    late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    path = f"/sessions/{late}/waiver"
    browser(practice.dana).submit(path, seen="0", reason=WHY)
    owner.execute("UPDATE person SET roles = ARRAY['therapist', 'front_desk'] WHERE id = %s", [practice.erik])
    for who in (practice.alice, practice.bob, practice.erik, practice.desk, practice.owner):
        assert browser(who).submit(f"{path}/undo", seen="1").status_code == 404
    assert owner.execute("SELECT count(*) FROM fee_waiver").fetchone() == (1,)


def test_the_database_holds_waivers_in_one_unbroken_line(
    late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    browser(practice.dana).submit(f"/sessions/{late}/waiver", seen="0", reason=WHY)
    insert = (
        "INSERT INTO fee_waiver (id, appointment_id, noted_at, noted_by, number, follows, kind)"
        " SELECT gen_random_uuid(), appointment_id, noted_at, noted_by, %s, %s, %s FROM fee_waiver"
    )
    for number, follows, kind, error in (
        (1, None, "waived", errors.UniqueViolation),
        (2, 1, "waived", errors.CheckViolation),
        (3, 2, "waived", errors.ForeignKeyViolation),
        (3, None, "waived", errors.CheckViolation),
        (0, None, "undone", errors.CheckViolation),
    ):
        with pytest.raises(error):
            owner.execute(insert, (number, follows, kind))
    for change in (
        "UPDATE fee_waiver SET noted_at = now()",
        "DELETE FROM fee_waiver",
        "UPDATE waiver_reason SET reason = ''",
        "DELETE FROM waiver_reason",
    ):
        with pytest.raises(errors.IntegrityConstraintViolation):
            owner.execute(change)


def test_a_fee_that_is_paid_is_waived_no_more_and_one_that_is_waived_is_not_paid(
    late: object, practice: Practice, browser: Opening, owner: Owner
) -> None:
    fields: dict[str, Any] = {"seen": "0", "payer": str(practice.alice_client), "means": "cash"}
    yesterday = f"{clock.now() - timedelta(days=1):%Y-%m-%d}"
    desk, dana = browser(practice.desk), browser(practice.dana)
    desk.submit(f"/sessions/{late}/payment", **fields, paid_on=yesterday)
    assert owner.execute("SELECT amount_cents FROM payment").fetchall() == [(5_000,)]
    answer = dana.submit(f"/sessions/{late}/waiver", seen="0", reason=WHY)
    assert "no fee left to waive" in dana.get(answer.location).text
    desk.submit(f"/sessions/{late}/payment/undo", seen="1")
    dana.submit(f"/sessions/{late}/waiver", seen="0", reason=WHY)
    desk.submit(f"/sessions/{late}/payment", **fields | {"seen": "2"}, paid_on=yesterday)
    assert owner.execute("SELECT count(*) FROM payment").fetchone() == (2,)


def test_what_is_cancelled_in_time_or_by_the_practice_costs_nothing(
    practice: Practice, acting: Acting, owner: Owner, browser: Opening
) -> None:
    owner.execute("UPDATE service SET late_fee_cents = 5000")
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting() as session:
        for hours, by_staff in ((50, False), (5, True)):
            starts_at = hour + timedelta(hours=hours)
            booked = session.get_one(Appointment, book(practice, [practice.alice_client], starts_at))
            booking.cancel(booked, by=practice.alice, now=clock.now(), is_staff=by_staff)
            assert booked.late_fee_cents == 0
        booked_id = booked.id
    dana = browser(practice.dana)
    assert "Late fee" not in dana.get(f"/sessions/{booked_id}").text
    dana.submit(f"/sessions/{booked_id}/waiver", seen="0", reason=WHY)
    assert owner.execute("SELECT count(*) FROM fee_waiver").fetchone() == (0,)
    with pytest.raises(errors.CheckViolation):
        owner.execute("UPDATE appointment SET late_fee_cents = 1")
    with acting() as session:
        assert session.scalar(text("SELECT count(*) FROM fee_waiver")) == 0
