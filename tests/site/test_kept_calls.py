"""The next free calls are kept for a few seconds, and never past a change of what is on offer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import update

from clinic.practice import queries
from clinic.practice.models import Service
from clinic.site.queries import KEPT_FOR, FreeCalls, free_calls
from tests.conftest import NOW, Acting
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]


def calls(now: datetime) -> FreeCalls:
    therapists = queries.listed_therapists()
    return free_calls(queries.service_for_visitors(), therapists, "America/New_York", now)


def searches(statements: Sequence[str]) -> int:
    return len([each for each in statements if "claim" in each])


def test_a_second_look_within_seconds_asks_nothing(acting: Acting, practice: Practice, statements: list[str]) -> None:
    with acting():
        found = calls(NOW)
        statements.clear()
        assert calls(NOW + KEPT_FOR / 2).starts == found.starts
        assert searches(statements) == 0


def test_after_that_it_is_asked_again(acting: Acting, practice: Practice, statements: list[str]) -> None:
    with acting():
        calls(NOW)
        statements.clear()
        calls(NOW + KEPT_FOR)
        assert searches(statements) == 1


def test_a_clock_that_goes_back_finds_nothing_kept(acting: Acting, practice: Practice, statements: list[str]) -> None:
    with acting():
        calls(NOW)
        statements.clear()
        calls(NOW - timedelta(days=1))
        assert searches(statements) == 1


def test_a_change_of_what_is_on_offer_is_seen_at_once(acting: Acting, practice: Practice, owner: Owner) -> None:
    with acting():
        before = calls(NOW).starts
    owner.execute("UPDATE service SET notice_minutes = 60 * 24 * 7 WHERE slug = 'first-call'")
    with acting():
        assert calls(NOW).starts != before


def test_whoever_changes_it_sees_each_change(acting: Acting, practice: Practice) -> None:
    found = []
    with acting() as session:
        for days in (0, 7, 1):
            session.execute(update(Service).where(Service.slug == "first-call").values(notice_minutes=days * 24 * 60))
            found.append(min(start for starts in calls(NOW).starts.values() for start in starts))
    assert found[0] < found[2] < found[1]
