"""The fee of a couple for what is joint: who agrees on it, who sees it; and a partner's own has no part in it."""

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import errors

from clinic.booking.models import Appointment
from clinic.clients import couples
from clinic.clients.models import Couple
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.fees import agreed
from clinic.series import service as series
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import Sessions, book
from tests.fees.test_payments import Opening, Owner
from tests.series.conftest import Planning, all_of, planning

__all__ = ["planning"]

JOINT, OWN = "SELECT fee_cents FROM couple", "SELECT count(*) FROM client WHERE fee_cents IS NOT NULL"


@pytest.mark.parametrize("who", ["dana", "desk"])
def test_therapist_and_desk_agree_on_a_fee_with_both(
    who: str, practice: Practice, browser: Opening, owner: Owner
) -> None:
    staff, path = browser(getattr(practice, who)), f"/couples/{practice.couple}/fee"
    assert path in staff.get(f"/clients/{practice.bob_client}/fee").text
    assert staff.submit(path, fee="150.50", seen="").status_code == 303
    assert owner.execute(JOINT).fetchall() == [(15_050,)]
    assert owner.execute(OWN).fetchall() == [(0,)]
    page = staff.get(path).text
    assert "Alice Hart, Bob Hart" in page
    assert 'value="150.50"' in page
    assert staff.submit(path, fee="a lot", seen="15050").status_code == 422
    late = staff.submit(path, fee="95", seen="")
    assert late.status_code == 409
    assert 'value="95"' in late.text
    assert owner.execute(JOINT).fetchall() == [(15_050,)]
    trail = "SELECT client_id FROM audit_event WHERE action = 'fee.update' ORDER BY client_id"
    assert owner.execute(trail).fetchall() == [(each,) for each in sorted((practice.alice_client, practice.bob_client))]
    assert "15050" not in str(owner.execute("SELECT * FROM audit_event").fetchall())
    with pytest.raises(errors.CheckViolation):
        owner.execute("UPDATE couple SET fee_cents = -1")


def test_who_cares_for_one_partner_alone_is_told_nothing_of_the_joint_fee(
    practice: Practice, browser: Opening, owner: Owner
) -> None:
    owner.execute(
        "INSERT INTO care_relationship (id, client_id, therapist_id, kind, starts_at, ends_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'cover', %s, %s)",
        (practice.alice_client, practice.erik, clock.now(), clock.now() + timedelta(days=9)),
    )
    erik, path = browser(practice.erik), f"/couples/{practice.couple}/fee"
    assert path not in erik.get(f"/clients/{practice.alice_client}/fee").text
    assert erik.get(path).status_code == 404
    assert erik.submit(path, fee="1", seen="").status_code == 404


def test_nobody_agrees_on_the_fee_of_their_own_couple(practice: Practice, browser: Opening, owner: Owner) -> None:
    owner.execute("UPDATE person SET roles = ARRAY['client', 'front_desk'] WHERE id = %s", [practice.alice])
    alice = browser(practice.alice)
    assert alice.submit(f"/couples/{practice.couple}/fee", fee="1", seen="").status_code == 404
    assert f"/couples/{practice.couple}/fee" not in alice.get(f"/clients/{practice.bob_client}/fee").text


def test_what_is_booked_for_both_carries_the_joint_fee_and_nothing_of_a_partners_own(
    practice: Practice, sessions: Sessions, acting: Acting, owner: Owner, planning: Planning
) -> None:
    hour, both = clock.now().replace(minute=0, second=0, microsecond=0), [practice.alice_client, practice.bob_client]
    owner.execute("UPDATE client SET fee_cents = 9000 WHERE id = %s", [practice.alice_client])
    prices = []
    with acting() as session:
        prices.append(session.get_one(Appointment, book(practice, both, hour, couple_id=practice.couple)).price_cents)
    owner.execute("UPDATE couple SET fee_cents = 15000")
    with acting() as session:
        joint, nothing = {"couple_id": practice.couple}, dict[str, UUID]()
        cases = ((both, joint), (both[:1], nothing), (both[1:], nothing), (both, nothing))
        for days, (clients, couple) in enumerate(cases, start=2):
            booked = book(practice, clients, hour + timedelta(days=days), **couple)
            prices.append(session.get_one(Appointment, booked).price_cents)
        prices.append(session.get_one(Appointment, sessions.joint).price_cents)
        assert prices == [21_000, 15_000, 9_000, 14_000, 21_000, 21_000]
        plan = planning(is_joint=True, count=2)
        standing = series.begin(plan, all_of(plan), by=practice.dana, now=clock.now())
        query = session.query(Appointment).filter_by(series_id=standing.id)
        assert [(each.couple_id, each.price_cents) for each in query] == [(practice.couple, 15_000)] * 2


def test_nothing_is_agreed_with_a_couple_that_has_just_ended(practice: Practice, acting: Acting, owner: Owner) -> None:
    with acting() as session:
        couple = session.get_one(Couple, practice.couple)
        couples.end(practice.couple, practice.bob, clock.now())
        with pytest.raises(NotVisibleError):
            agreed.agree(couple, 100, seen=None)
    assert owner.execute(JOINT).fetchall() == [(None,)]


def test_both_partners_see_it_while_they_are_a_couple_and_neither_the_others_own(
    practice: Practice, browser: Opening, owner: Owner, acting: Acting
) -> None:
    owner.execute("UPDATE client SET fee_cents = 7700 WHERE id = %s", [practice.alice_client])
    owner.execute("UPDATE couple SET fee_cents = 8800")
    pages = {who: browser(who).get("/payments").text for who in (practice.alice, practice.bob, practice.carol)}
    assert [("$77" in page, "$88" in page) for page in pages.values()] == [(True, True), (False, True), (False, False)]
    with acting():
        couples.end(practice.couple, practice.bob, clock.now())
    assert "$88" not in browser(practice.alice).get("/payments").text
    assert browser(practice.desk).get(f"/couples/{practice.couple}/fee").status_code == 404
