"""Many act at one moment on the real PostgreSQL: a time is taken once, by who has it, and nobody deadlocks."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from clinic.booking import service as booking
from clinic.booking.errors import SlotTaken
from clinic.waitlist import offering, service
from clinic.waitlist.errors import OfferOverError
from tests.booking.test_race import CROWD, OVERLAPS, deadlocks, race
from tests.conftest import Acting
from tests.factories import Practice, make_client, make_person
from tests.waitlist.conftest import NOW, Joining, Run, Wishing, at, free, made, offers

Owner = psycopg.Connection[tuple[object, ...]]
LATER = NOW + timedelta(hours=4)
LIVE_AT = "SELECT count(*) FROM appointment WHERE starts_at = %s AND state IN ('held', 'requested', 'confirmed')"


@pytest.fixture
def offered(acting: Acting, practice: Practice, joining: Joining, full_morning: dict[int, UUID], run: Run) -> UUID:
    """Ten at Thursday is kept for Alice, and Bob waits behind her; the offer."""
    with acting():
        joining(practice.alice_client, now=NOW - timedelta(days=2))
        joining(practice.bob_client, now=NOW - timedelta(days=1))
        free(full_morning[10])
    run()
    with acting():
        return offers()[0].id


def taken(owner: Owner) -> tuple[object, ...] | None:
    """How many live appointments there are at ten."""
    return owner.execute(LIVE_AT, (at(10),)).fetchone()


def test_fifty_presses_take_it_once(
    app: Flask, acting: Acting, practice: Practice, offered: UUID, owner: Owner
) -> None:
    before, found = deadlocks(owner), Counter[Any]()

    def press(_number: int) -> None:
        found[service.take(offered, by=practice.alice, now=NOW).id] += 1

    outcomes, _ = race(app, press)
    assert outcomes == {"booked": CROWD}
    assert [*found.values()] == [CROWD]
    assert taken(owner) == (1,)
    told = "SELECT count(*) FROM outbox_message WHERE kind = 'booking.confirmed'"
    assert owner.execute(told).fetchone() == (1,)
    assert deadlocks(owner) == before


def test_two_who_press_for_one_time_and_all_who_want_it_otherwise(
    app: Flask, acting: Acting, practice: Practice, offered: UUID, wishing: Wishing, owner: Owner
) -> None:
    """Alice has let it go to Bob: she presses a stale button, he presses, and staff book others at that hour."""
    before = deadlocks(owner)
    with acting():
        offering.pass_on(offered, now=NOW)
        bobs = offers()[1].id

    def act(number: int) -> None:
        try:
            if number % 3 == 0:
                service.take(offered, by=practice.alice, now=NOW)
            elif number % 3 == 1:
                service.take(bobs, by=practice.bob, now=NOW)
            else:
                booking.book(wishing(at(10)), [practice.carol_client], by=None, now=NOW)
        except OfferOverError as error:
            raise SlotTaken from error

    outcomes, _ = race(app, act)
    assert outcomes["booked"] == len(range(1, CROWD, 3))  # each press of Bob's
    assert taken(owner) == (1,)
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    assert deadlocks(owner) == before
    with acting():
        assert made() == [(practice.alice_client, at(10), "passed"), (practice.bob_client, at(10), "taken")]


def test_taking_letting_go_leaving_and_the_next_run_meet(
    app: Flask, acting: Acting, practice: Practice, offered: UUID, run: Run, owner: Owner
) -> None:
    """Whatever wins, one has it: Alice or, once she has let it go, Bob; and nothing is left of the rest."""
    before = deadlocks(owner)
    with acting():
        waiting_id = offers()[0].waiting_id

    def act(number: int) -> None:
        try:
            if number % 4 == 0:
                service.take(offered, by=practice.alice, now=NOW)
            elif number % 4 == 1:
                offering.pass_on(offered, now=NOW)
            elif number % 4 == 2:
                offering.leave(waiting_id, "left", now=NOW)
            else:
                offering.end_what_is_over(waiting_id, LATER)
        except OfferOverError as error:
            raise SlotTaken from error

    race(app, act)
    with acting():
        has_ended = all(each[2] not in {"open", "taken"} for each in made())
    if has_ended:  # what ran out goes to the next with the next run of the job
        run(LATER)
    assert deadlocks(owner) == before
    assert taken(owner) == (1,)
    with acting():
        assert sum(each[2] in {"open", "taken"} for each in made()) == 1


def test_taking_at_the_last_moment_meets_the_end_of_the_offer(
    app: Flask, acting: Acting, practice: Practice, offered: UUID, run: Run, owner: Owner
) -> None:
    """Those who press just before it runs out, while the job ends it just after; its next run passes it on."""
    before = deadlocks(owner)
    with acting():
        waiting_id = offers()[0].waiting_id

    def act(number: int) -> None:
        try:
            if number % 2:
                service.take(offered, by=practice.alice, now=LATER - timedelta(microseconds=1))
            else:
                offering.end_what_is_over(waiting_id, LATER)
        except OfferOverError as error:
            raise SlotTaken from error

    race(app, act)
    run(LATER)
    assert deadlocks(owner) == before
    assert taken(owner) == (1,)
    with acting():
        states = [(each[0], each[2]) for each in made()]
        assert states in (
            [(practice.alice_client, "taken")],
            [(practice.alice_client, "expired"), (practice.bob_client, "open")],
        )


def test_many_let_go_at_once_and_nobody_deadlocks(
    app: Flask, acting: Acting, practice: Practice, joining: Joining, run: Run, owner: Owner
) -> None:
    """Twelve have an offer and let it go, eight are behind them: each goes to somebody else or is free again."""
    before = deadlocks(owner)
    with acting() as session:
        for number in range(20):
            person = make_person(session, f"P{number}", "Waits", ["client"], NOW)
            joining(make_client(session, person, practice.dana, NOW), service_id=practice.first_call)
    run()
    with acting():
        ids = [each.id for each in offers()]
    assert len(ids) == 12  # as many as the morning has

    def act(number: int) -> None:
        try:
            offering.pass_on(ids[number % len(ids)], now=NOW)
        except OfferOverError as error:
            raise SlotTaken from error

    outcomes, _ = race(app, act)
    assert outcomes == {"booked": CROWD}
    run()
    assert deadlocks(owner) == before
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    doubled = "SELECT count(*) FROM offer WHERE state = 'open' GROUP BY client_id HAVING count(*) > 1"
    assert owner.execute(doubled).fetchone() is None
    held = "SELECT array_agg(id ORDER BY id) FROM appointment WHERE state = 'held'"
    kept = "SELECT array_agg(hold_id ORDER BY hold_id) FROM offer WHERE state = 'open'"
    assert owner.execute(held).fetchone() == owner.execute(kept).fetchone()
