"""The front desk's and a therapist's lists of what is unpaid, and a client's own of what is open and paid."""

from datetime import timedelta

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.clients import care
from clinic.core import clock
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.conftest import Sessions, book
from tests.fees.test_payments import Opening, Owner, pay


def test_the_desk_lists_what_is_over_and_unpaid_and_late_fees(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner, acting: Acting
) -> None:
    owner.execute("UPDATE service SET late_fee_cents = 5000")
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting() as session:
        ahead = book(practice, [practice.alice_client], hour + timedelta(days=7))
        late = book(practice, [practice.alice_client], hour + timedelta(hours=5))
        booking.cancel(session.get_one(Appointment, late), by=practice.alice, now=clock.now())
    desk = browser(practice.desk)

    def listed(query: str = "") -> list[object]:
        page = desk.get(f"/unpaid{query}").text
        return [each for each in (sessions.own, sessions.joint, late, ahead) if f"/schedule/{each}" in page]

    assert listed() == [sessions.own, sessions.joint, late]
    assert listed("?what=late") == [late]
    assert listed("?what=sessions&therapist=dana") == [sessions.own, sessions.joint]
    assert listed("?therapist=erik") == []
    pay(desk, sessions.own, sessions, payer=str(practice.alice_client))
    browser(practice.dana).submit(f"/sessions/{late}/waiver", seen="0", reason="ill")
    assert listed() == [sessions.joint]
    desk.submit(f"/sessions/{sessions.own}/payment/undo", seen="1")
    assert listed() == [sessions.own, sessions.joint]


def test_a_therapist_lists_what_is_unpaid_of_their_own_while_they_care(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner, acting: Acting
) -> None:
    owner.execute("UPDATE service SET late_fee_cents = 5000")
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting() as session:
        late = book(practice, [practice.alice_client], hour + timedelta(hours=5))
        booking.cancel(session.get_one(Appointment, late), by=practice.alice, now=clock.now())
    dana, erik = browser(practice.dana), browser(practice.erik)
    assert "/unpaid" in dana.get("/caseload").text
    for query, ids in (("", [sessions.own, sessions.joint, late]), ("?what=late&therapist=erik", [late])):
        page = dana.get(f"/unpaid{query}").text
        assert [each for each in (sessions.own, sessions.joint, late) if f"/sessions/{each}#payment" in page] == ids
    assert dana.get(f"/sessions/{late}").text.count("/waiver") == 1
    assert "Nothing is open" in erik.get("/unpaid?therapist=dana").text
    with acting():
        care.hand_over(practice.alice_client, practice.erik, clock.now())
    page = dana.get("/unpaid").text
    assert [f"/sessions/{each}" in page for each in (sessions.own, sessions.joint, late)] == [False, True, False]
    assert "Nothing is open" in erik.get("/unpaid").text


def test_the_filter_stays_in_the_address_and_the_number_of_queries_is_fixed(
    practice: Practice, sessions: Sessions, browser: Opening, acting: Acting, statements: list[str]
) -> None:
    desk, address = browser(practice.desk), "/unpaid?therapist=dana&what=sessions"
    desk.get(address)
    statements.clear()
    desk.get(address)
    few = len(statements)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        for days in range(2, 32):
            book(practice, [practice.alice_client], hour - timedelta(days=days))
    statements.clear()
    page = desk.get(address).text
    assert len(statements) == few
    assert page.count('href="/schedule/') == 20
    assert "/unpaid?page=2&amp;therapist=dana&amp;what=sessions" in page
    dana = browser(practice.dana)
    statements.clear()
    assert dana.get("/unpaid").text.count("#payment") == 20
    assert len(statements) <= few
    alice = browser(practice.alice)
    statements.clear()
    assert alice.get("/payments").text.count('class="row-link"') == 20
    assert len(statements) < 20


def test_a_client_lists_what_is_open_and_what_they_paid_themself(
    practice: Practice, sessions: Sessions, browser: Opening, owner: Owner
) -> None:
    alice, bob, desk = browser(practice.alice), browser(practice.bob), browser(practice.desk)
    for who, own in ((alice, True), (bob, False)):
        page = who.get("/payments").text
        assert (f"/sessions/{sessions.own}" in page, f"/sessions/{sessions.joint}" in page) == (own, True)
    pay(desk, sessions.own, sessions, payer=str(practice.alice_client))
    pay(desk, sessions.joint, sessions, payer=str(practice.alice_client))
    assert "Nothing is open" in alice.get("/payments").text
    assert "Nothing is open" in bob.get("/payments").text
    assert alice.get("/payments?show=paid").text.count("/receipts/") == 2
    assert "Nothing paid yet" in bob.get("/payments?show=paid").text
    desk.submit(f"/sessions/{sessions.own}/payment/undo", seen="1")
    assert alice.get("/payments?show=paid").text.count("/receipts/") == 1
    owner.execute("UPDATE appointment SET couple_id = NULL")
    assert f"/sessions/{sessions.own}" in alice.get("/payments").text
