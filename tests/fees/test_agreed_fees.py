"""The fee that a client agreed on: who sees it, what it changes and what it never does."""

import re
from datetime import timedelta

import pytest
from psycopg import errors

from clinic.booking.models import Appointment
from clinic.core import clock
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import Sessions, book
from tests.fees.test_payments import Opening, Owner

FEES = "SELECT fee_cents FROM client WHERE id = %s"


@pytest.mark.parametrize("who", ["dana", "desk"])
def test_therapist_and_desk_agree_on_a_fee_in_whole_cents(
    who: str, practice: Practice, browser: Opening, owner: Owner
) -> None:
    staff, path = browser(getattr(practice, who)), f"/clients/{practice.alice_client}/fee"
    assert staff.submit(path, fee="90.50", seen="").status_code == 303
    assert owner.execute(FEES, (practice.alice_client,)).fetchone() == (9_050,)
    assert 'value="90.50"' in staff.get(path).text
    assert staff.submit(path, fee="", seen="9050").status_code == 303
    assert owner.execute(FEES, (practice.alice_client,)).fetchone() == (None,)
    with pytest.raises(errors.CheckViolation):
        owner.execute("UPDATE client SET fee_cents = -1")


@pytest.mark.parametrize("wrong", ["a lot", "-1", "10.005", "10001", "1e400"])
def test_a_fee_that_makes_no_sense_is_shown_again_as_it_was_typed(
    wrong: str, practice: Practice, browser: Opening, owner: Owner
) -> None:
    answer = browser(practice.desk).submit(f"/clients/{practice.alice_client}/fee", fee=wrong, seen="")
    assert answer.status_code == 422
    assert f'value="{wrong}"' in answer.text
    assert owner.execute(FEES, (practice.alice_client,)).fetchone() == (None,)


def test_a_page_that_is_older_than_the_last_change_says_so_and_loses_nothing(
    practice: Practice, browser: Opening, owner: Owner
) -> None:
    path = f"/clients/{practice.alice_client}/fee"
    browser(practice.dana).submit(path, fee="80", seen="")
    answer = browser(practice.desk).submit(path, fee="95", seen="")
    assert answer.status_code == 409
    assert 'value="95"' in answer.text
    assert re.search(r'name="seen"[^>]*value="8000"', answer.text)
    assert owner.execute(FEES, (practice.alice_client,)).fetchone() == (8_000,)
    assert browser(practice.desk).submit(path, fee="95", seen="x").status_code == 409


def test_a_change_counts_from_the_next_booking_on_and_never_for_two(
    practice: Practice, sessions: Sessions, browser: Opening, acting: Acting
) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        ahead = book(practice, [practice.alice_client], hour + timedelta(days=7))
    browser(practice.dana).submit(f"/clients/{practice.alice_client}/fee", fee="90", seen="")
    with acting() as session:
        after = book(practice, [practice.alice_client], hour + timedelta(days=8))
        both = [practice.alice_client, practice.bob_client]
        joint = book(practice, both, hour + timedelta(days=9), couple_id=practice.couple)
        prices = [session.get_one(Appointment, each).price_cents for each in (sessions.own, ahead, after, joint)]
    assert prices == [14_000, 14_000, 9_000, 21_000]


def test_the_client_sees_their_own_fee_and_the_partner_and_owner_never(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    browser(practice.dana).submit(f"/clients/{practice.alice_client}/fee", fee="77", seen="")
    assert "$77" in browser(practice.alice).get("/payments").text
    for who in (practice.bob, practice.carol):
        assert "$77" not in browser(who).get("/payments").text
    for page in ("/sessions", "/record", "/payments", f"/sessions/{sessions.joint}"):
        assert "$77" not in browser(practice.bob).get(page).text
    assert "7700" not in str(owner.execute("SELECT * FROM audit_event").fetchall())


def test_nobody_agrees_on_a_fee_with_themself(practice: Practice, browser: Opening, owner: Owner) -> None:
    owner.execute("UPDATE person SET roles = ARRAY['client', 'front_desk'] WHERE id = %s", [practice.alice])
    alice, path = browser(practice.alice), f"/clients/{practice.alice_client}/fee"
    assert alice.get(path).status_code == 404
    assert alice.submit(path, fee="1", seen="").status_code == 404
