"""What stands under "Book" can be booked: nothing leads to a page that is not there."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from tests.browser import Browser
from tests.factories import Practice

Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
READERS = ("alice", "carol", None)


def choices(browser: Browser) -> dict[str, tuple[bool, bool]]:
    """For each service: whether the list offers it, and whether its own page is there."""
    page = browser.get("/book").text
    slugs = ("first-call", "individual-session", "couple-session")
    return {each: (f'href="/book/{each}"' in page, browser.get(f"/book/{each}").status_code != 404) for each in slugs}


def give_up(owner: Owner, therapist_id: UUID, service_id: UUID) -> None:
    owner.execute(
        "DELETE FROM therapist_service WHERE therapist_id = %s AND service_id = %s", (therapist_id, service_id)
    )


def test_a_couple_is_not_offered_what_its_therapist_no_longer_gives(
    browser: Open, practice: Practice, owner: Owner
) -> None:
    alice = browser(practice.alice)
    assert choices(alice)["couple-session"] == (True, True)
    give_up(owner, practice.dana, practice.couple_session)
    assert choices(alice) == {
        "first-call": (True, True),
        "individual-session": (True, True),
        "couple-session": (False, False),
    }


@pytest.mark.parametrize("given_up", ["individual", "couple_session", "first_call"])
@pytest.mark.parametrize("whose", ["dana", "erik"])
def test_the_list_offers_just_what_opens(
    browser: Open, practice: Practice, owner: Owner, given_up: str, whose: str
) -> None:
    # Something for everybody beside it: where a single service is left, the list is passed over.
    for slug in ("talk", "chat"):
        owner.execute(
            "INSERT INTO service SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'slug',"
            " %s::text, 'booked_by', 'visitor'))).* FROM service s WHERE slug = 'first-call'",
            (slug,),
        )
    owner.execute(
        "INSERT INTO therapist_service (therapist_id, service_id) SELECT %s, id FROM service"
        " WHERE slug IN ('talk', 'chat')",
        (practice.erik,),
    )
    give_up(owner, getattr(practice, whose), getattr(practice, given_up))
    for who in READERS:
        shown = choices(browser(getattr(practice, who)) if who else browser())
        assert [slug for slug, (is_offered, is_there) in shown.items() if is_offered != is_there] == []


def test_the_list_costs_the_same_however_much_is_on_offer(
    browser: Open, practice: Practice, owner: Owner, statements: list[str]
) -> None:
    alice, counts = browser(practice.alice), []
    for more in (0, 20):
        for number in range(more):
            owner.execute(
                "INSERT INTO service SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(),"
                " 'slug', %s::text))).* FROM service s WHERE slug = 'individual-session'",
                (f"more-{number}",),
            )
        owner.execute(
            "INSERT INTO therapist_service (therapist_id, service_id) SELECT %s, id FROM service"
            " WHERE slug LIKE 'more-%%'",
            (practice.dana,),
        )
        alice.get("/book")
        statements.clear()
        page = alice.get("/book").text
        counts.append((page.count('href="/book/more-'), len(statements)))
    assert [offered for offered, _ in counts] == [0, 20]
    assert counts[0][1] == counts[1][1]
