"""What an occurrence meets, said in one word, and where it would fit instead."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.booking.slots import Host, Hours, Offer, Search, spans
from clinic.core.interval import Interval
from clinic.core.zones import moment
from clinic.series.rules import Ground, Meets, look, meets
from tests.factories import ZONE

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
TUESDAY = date(2026, 12, 1)
HOURS = [Hours(weekday, time(9), time(17)) for weekday in range(5)]
OFFER = Offer(length_minutes=50, after_minutes=10, daily_cap=1)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return moment(day, time(hour, minute), ZONE)


def hour(start: datetime) -> Interval:
    return Interval.lasting(start, 60)


def ground(
    *,
    busy: list[Interval] | None = None,
    engaged: list[Interval] | None = None,
    rooms: list[list[Interval]] | None = None,
    off: list[Interval] | None = None,
    holidays: frozenset[date] = frozenset(),
    is_joint: bool = False,
) -> Ground:
    """Dana's December; nothing is in the way unless it is named."""
    between = Interval(NOW, NOW + timedelta(days=60))
    taken = None if rooms is None else [spans(room) for room in rooms]
    search = Search(OFFER, ZONE, between, NOW, holidays, spans(engaged or []), taken)
    return Ground(search, Host(HOURS, off=off or [], busy=spans(busy or []), booked={TUESDAY: 1}), is_joint)


def test_each_obstacle_has_its_word_and_a_collision_comes_before_a_warning() -> None:
    taken, other = [hour(at(15))], [hour(at(11))]
    assert meets(ground(), at(15)) is Meets.FREE
    assert meets(ground(busy=taken), at(15)) is Meets.THERAPIST
    assert meets(ground(engaged=taken), at(15)) is Meets.CLIENT
    assert meets(ground(rooms=[taken, taken]), at(15)) is Meets.NO_ROOM
    assert meets(ground(rooms=[taken, other]), at(15)) is Meets.FREE
    assert meets(ground(off=taken), at(15)) is Meets.TIME_OFF
    assert meets(ground(holidays=frozenset({TUESDAY})), at(15)) is Meets.HOLIDAY
    assert meets(ground(), at(18)) is Meets.OUTSIDE_HOURS
    assert meets(ground(busy=[hour(at(18))]), at(18)) is Meets.THERAPIST
    assert meets(ground(), at(15, 5)) is Meets.FREE


@pytest.mark.parametrize("is_joint", [True, False])
def test_who_leaves_is_said_to_leave_and_not_to_have_another_session(is_joint: bool) -> None:
    """Taken from then on by the search for busy time, as `schedule` has it."""
    leaving = replace(ground(busy=[Interval(at(15), at(23))], is_joint=is_joint), leaves_at=at(15))
    assert [meets(leaving, start) for start in (at(13), at(15), at(16))] == [Meets.FREE, Meets.LEAVES, Meets.LEAVES]


def test_the_buffer_counts_for_the_therapist_and_not_for_the_client() -> None:
    after = Interval(at(15, 50), at(16, 50))
    assert meets(ground(busy=[after]), at(15)) is Meets.THERAPIST
    assert meets(ground(engaged=[after]), at(15)) is Meets.FREE


def test_of_a_couple_no_collision_says_whose_it_is() -> None:
    taken = [hour(at(15))]
    said = {
        meets(ground(busy=taken, is_joint=True), at(15)),
        meets(ground(engaged=taken, is_joint=True), at(15)),
        meets(ground(rooms=[taken], is_joint=True), at(15)),
    }
    assert said == {Meets.NOT_FREE}


def test_what_is_offered_instead_is_near_free_and_no_other_occurrence() -> None:
    second = at(16, day=TUESDAY)
    found = look(ground(busy=[hour(at(15))]), {0: at(15), 1: second})
    assert [each.meets for each in found] == [Meets.THERAPIST, Meets.FREE]
    assert found[0].nearest == [at(13, 30), at(13, 45), at(14)]
    assert found[1].nearest == ()


def test_far_beyond_the_horizon_staff_still_find_other_times() -> None:
    later = at(15, day=TUESDAY + timedelta(days=364))
    busy = [Interval.lasting(later, 60)]
    found = look(ground(busy=busy), {0: later})
    assert found[0].meets is Meets.THERAPIST
    assert len(found[0].nearest) == 3
