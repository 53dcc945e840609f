"""The first calls on the home page are a choice: other days, other people."""

from datetime import UTC, datetime, timedelta

from clinic.core.ids import new_id
from clinic.practice.models import Service, Therapist
from clinic.site.queries import FreeCall, varied

ZONE = "America/New_York"
MORNING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SERVICE = Service(slug="first-call")
DANA, ERIK = Therapist(person_id=new_id(), slug="dana"), Therapist(person_id=new_id(), slug="erik")


def call(days: int, therapist: Therapist, hours: int = 0) -> FreeCall:
    return FreeCall(MORNING + timedelta(days=days, hours=hours), therapist, SERVICE)


def test_each_day_is_named_once_and_with_somebody_new_where_possible() -> None:
    calls = [call(0, DANA), call(0, ERIK, 1), call(1, DANA), call(1, ERIK, 1), call(2, DANA), call(3, DANA)]
    chosen = list(varied(calls, ZONE, 3))
    assert chosen == [call(0, DANA), call(1, ERIK, 1), call(2, DANA)]


def test_one_therapist_alone_is_offered_on_every_day() -> None:
    calls = [call(0, DANA), call(1, DANA), call(2, DANA)]
    assert list(varied(calls, ZONE, 3)) == calls


def test_a_day_is_that_of_the_practice() -> None:
    late = FreeCall(datetime(2026, 11, 25, 2, 0, tzinfo=UTC), DANA, SERVICE)  # nine in the evening of the 24th
    assert list(varied([call(0, DANA), late], ZONE, 3)) == [call(0, DANA)]
