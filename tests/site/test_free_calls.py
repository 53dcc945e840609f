"""The first calls on the home page are a choice: other days, other people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from clinic.core.ids import new_id
from clinic.practice.models import Therapist
from clinic.site.queries import FreeCall, FreeCalls

ZONE = "America/New_York"
MORNING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DANA = Therapist(person_id=new_id(), slug="dana", position=0)
ERIK = Therapist(person_id=new_id(), slug="erik", position=1)


def call(days: int, therapist: Therapist, hours: int = 0) -> FreeCall:
    return FreeCall(MORNING + timedelta(days=days, hours=hours), therapist, "first-call")


def varied(calls: Sequence[FreeCall], count: int = 3) -> list[FreeCall]:
    """The choice from these, which come as the search finds them."""
    of_each = {who.person_id: sorted(each.starts_at for each in calls if each.therapist is who) for who in (ERIK, DANA)}
    return list(FreeCalls("first-call", (ERIK, DANA), of_each).varied(ZONE, count))


def test_each_day_is_named_once_and_with_somebody_new_where_possible() -> None:
    calls = [call(0, DANA), call(0, ERIK, 1), call(1, DANA), call(1, ERIK, 1), call(2, DANA), call(3, DANA)]
    assert varied(calls) == [call(0, DANA), call(1, ERIK, 1), call(2, DANA)]


def test_who_comes_first_in_the_practice_is_named_where_both_are_free_at_once() -> None:
    assert varied([call(0, ERIK), call(0, DANA)]) == [call(0, DANA)]


def test_one_therapist_alone_is_offered_on_every_day() -> None:
    calls = [call(0, DANA), call(1, DANA), call(2, DANA)]
    assert varied([*calls, call(3, DANA)]) == calls


def test_a_day_is_that_of_the_practice() -> None:
    late = FreeCall(datetime(2026, 11, 25, 2, 0, tzinfo=UTC), DANA, "first-call")  # nine in the evening of the 24th
    assert varied([call(0, DANA), late]) == [call(0, DANA)]
