"""Before it is booked a session is named at the fee that it will carry, to whoever may know it and to nobody else."""

from uuid import UUID

import pytest

from clinic.booking.models import Appointment
from tests.booking.asking import on_request
from tests.booking.test_sessions import at
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.fees.test_payments import Opening, Owner
from tests.series.test_pages import first_day


@pytest.fixture(autouse=True)
def agreed(practice: Practice, owner: Owner) -> None:
    """Alice has agreed on $90 alone, and both on $150."""
    owner.execute("UPDATE client SET fee_cents = 9000 WHERE id = %s", [practice.alice_client])
    owner.execute("UPDATE couple SET fee_cents = 15000")


def hold(who: Browser, practice: Practice, slug: str = "individual-session") -> str:
    """Choose a time with Dana; returns where the last look is."""
    return str(who.submit(f"/book/{slug}/dana", slot=f"{at(10).isoformat()}~{practice.dana}").location)


@pytest.mark.parametrize(("slug", "fee"), [("individual-session", 9_000), ("couple-session", 15_000)])
def test_the_last_look_names_what_the_session_then_carries(
    slug: str, fee: int, practice: Practice, browser: Opening, acting: Acting
) -> None:
    alice = browser(practice.alice)
    assert all(f"${each}" in alice.get("/book").text for each in (90, 150))
    review = hold(alice, practice, slug)
    page = alice.get(review).text
    assert f"${fee // 100}" in page
    assert "$140" not in page
    assert "$210" not in page
    alice.submit(review)
    with acting() as session:
        assert session.query(Appointment.price_cents).all() == [(fee,)]


def test_a_list_price_that_rises_while_the_time_is_held_is_named_as_it_was(
    practice: Practice, browser: Opening, acting: Acting, owner: Owner
) -> None:
    bob = browser(practice.bob)
    review = hold(bob, practice)
    owner.execute("UPDATE service SET price_cents = 16000")
    assert "$140" in bob.get(review).text
    bob.submit(review)
    with acting() as session:
        assert session.query(Appointment.price_cents).all() == [(14_000,)]


def test_the_partner_is_named_the_joint_fee_and_never_the_others_own(
    practice: Practice, browser: Opening, owner: Owner
) -> None:
    alice, bob = browser(practice.alice), browser(practice.bob)
    seen = bob.get("/book").text
    assert ("$140" in seen, "$150" in seen, "$90" in seen) == (True, True, False)
    review = hold(alice, practice, "couple-session")
    asked = UUID(str(alice.submit(review).location).rpartition("/")[2])
    assert "$150" in bob.get(f"/questions/{asked}").text


def test_a_client_is_named_their_fee_beside_each_therapist(practice: Practice, browser: Opening, owner: Owner) -> None:
    owner.execute("UPDATE service SET price_cents = 5000 WHERE id = %s", [practice.first_call])
    own = "UPDATE therapist_service SET price_cents = 12000 WHERE service_id = %s AND therapist_id = %s"
    owner.execute(own, (practice.first_call, practice.erik))
    alice, bob = (browser(who).get("/book/first-call").text for who in (practice.alice, practice.bob))
    assert "$120" in bob
    assert "$120" not in alice


@pytest.mark.parametrize(
    ("who", "page"),
    [("desk", "/callers/book?client={}"), ("dana", "/calendar/book?client={}"), ("dana", "/clients/{}/book?day=")],
)
def test_staff_are_named_the_fee_of_whoever_comes(who: str, page: str, practice: Practice, browser: Opening) -> None:
    staff = browser(getattr(practice, who))
    for client, slug, words in (
        (practice.alice_client, "individual-session", "Fee for Alice: $90."),
        (practice.bob_client, "individual-session", "Fee for Bob: $140."),
        (practice.bob_client, "couple-session", "Fee for both: $150."),
    ):
        assert words in staff.get(f"{page.format(client)}&service={slug}").text


def test_a_new_caller_is_named_what_is_listed_unless_that_hangs_on_the_therapist(
    practice: Practice, browser: Opening, owner: Owner
) -> None:
    desk, path = browser(practice.desk), "/callers/book?service=individual-session"
    assert "Listed fee: $140." in desk.get(path).text
    own = "UPDATE therapist_service SET price_cents = 16000 WHERE service_id = %s AND therapist_id = %s"
    owner.execute(own, (practice.individual, practice.erik))
    assert "Listed fee" not in desk.get(path).text
    assert "Listed fee: $160." in desk.get(f"{path}&therapist=erik").text


def test_a_standing_session_and_a_request_are_named_at_their_fee(
    practice: Practice, browser: Opening, acting: Acting
) -> None:
    dana, plan = browser(practice.dana), f"modality=video&day={first_day()}&at=15:00&weeks=1&count=3"
    for slug, words in (("individual-session", "Fee for each: $90."), ("couple-session", "Fee for each: $150.")):
        assert words in dana.get(f"/clients/{practice.alice_client}/standing?service={slug}&{plan}").text
    with acting():
        on_request(practice.individual)
    alice = browser(practice.alice)
    alice.submit(hold(alice, practice))
    assert "Fee: $90." in dana.get("/requests").text
