"""Many people begin colliding series at one moment, on connections of their own: no double booking, no deadlock."""

from datetime import time, timedelta

import psycopg
from flask import Flask

from clinic.booking.errors import SlotTaken
from clinic.series import service
from clinic.series.errors import OccurrenceTakenError, SeriesEndedError
from clinic.series.service import Plan
from tests.booking.test_race import CROWD, OVERLAPS, deadlocks, race
from tests.conftest import Acting
from tests.factories import Practice
from tests.series.conftest import NOW, TUESDAY, Planning, ahead, all_of, at, begin, move, sessions_of

Owner = psycopg.Connection[tuple[object, ...]]
WEEKS = 4


def begin_or_taken(plan: Plan) -> None:
    """Begin all of it; a refusal counts as a time that was taken."""
    try:
        service.begin(plan, all_of(plan), by=None, now=NOW)
    except OccurrenceTakenError as error:
        raise SlotTaken from error


def test_colliding_series_are_booked_whole_or_not_at_all_and_nobody_deadlocks(
    app: Flask, acting: Acting, practice: Practice, planning: Planning, owner: Owner
) -> None:
    """They meet in therapists, in the one room and in each other's partners, some only in the last of their weeks."""
    before = deadlocks(owner)
    singles = (practice.alice_client, practice.bob_client, practice.carol_client)

    def attempt(number: int) -> None:
        therapist = (practice.dana, practice.erik)[number % 2]
        first = TUESDAY + timedelta(weeks=number % WEEKS)
        clock = time(15, 15 * (number % 3))
        if number % 5 == 0:
            plan = planning(first, clock, count=WEEKS, is_joint=True, therapist=therapist, modality="office")
        else:
            modality = ("video", "office")[number % 3 == 0]
            attending = [singles[number % 3]]
            plan = planning(first, clock, count=WEEKS, clients=attending, therapist=therapist, modality=modality)
        begin_or_taken(plan)

    outcomes, _ = race(app, attempt)
    assert sum(outcomes.values()) == CROWD
    assert outcomes["booked"] >= 1
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    assert deadlocks(owner) == before
    assert owner.execute("SELECT count(*) FROM series").fetchone() == (outcomes["booked"],)
    uneven = "SELECT count(*) FROM appointment GROUP BY series_id HAVING count(*) <> %s"
    assert owner.execute(uneven, (WEEKS,)).fetchone() is None


def test_a_series_moves_while_others_want_its_new_times(
    app: Flask, acting: Acting, practice: Practice, planning: Planning, owner: Owner
) -> None:
    before = deadlocks(owner)
    with acting():
        standing = begin(planning())

    def attempt(number: int) -> None:
        if number % 10 == 0:
            try:
                move(ahead(standing, at(15, 0, TUESDAY)), planning(TUESDAY + timedelta(days=1), time(10)))
            except (OccurrenceTakenError, SeriesEndedError) as error:
                raise SlotTaken from error
        else:
            begin_or_taken(planning(TUESDAY + timedelta(days=1), time(10), clients=[practice.bob_client]))

    outcomes, _ = race(app, attempt)
    assert outcomes == {"booked": 1, "taken": CROWD - 1}
    assert owner.execute(OVERLAPS).fetchone() == (0,)
    assert deadlocks(owner) == before
    with acting():
        left = len(sessions_of(standing))
    assert left in {0, 4}
