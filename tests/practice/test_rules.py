"""Hours as people write them, and what a change leaves of the old ones."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.practice import rules
from clinic.practice.errors import BackwardsHoursError, OverlappingHoursError, UnreadableHoursError

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", []),
        ("9:00 AM - 1:00 PM", [(time(9), time(13))]),
        ("9-17", [(time(9), time(17))]),
        ("9-5pm", [(time(9), time(17))]),
        ("1-5 p.m.", [(time(13), time(17))]),
        ("14:30–18:15; 9 to 12", [(time(9), time(12)), (time(14, 30), time(18, 15))]),
        ("9:00-12:00, 12:00-15:00", [(time(9), time(12)), (time(12), time(15))]),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, read: list[rules.Stretch]) -> None:
    assert rules.read_stretches(written) == read


@pytest.mark.parametrize("written", ["nine to five", "9", "9-", "9-25", "13 PM-2 PM", "9:75-10", "9-10-11"])
def test_what_is_no_hours_is_refused(written: str) -> None:
    with pytest.raises(UnreadableHoursError):
        rules.read_stretches(written)


def test_hours_that_end_first_or_overlap_are_refused() -> None:
    with pytest.raises(BackwardsHoursError, match="5:00 AM is not after 9:00 AM"):
        rules.read_stretches("9-5")
    with pytest.raises(OverlappingHoursError):
        rules.read_stretches("9-13, 12-15")


@given(st.lists(st.times(), min_size=2, max_size=8, unique=True))
def test_hours_read_back_as_they_were_written(times: list[time]) -> None:
    marks = sorted({each.replace(second=0, microsecond=0) for each in times})
    stretches = list(zip(marks[::2], marks[1::2], strict=False))
    assert rules.read_stretches(rules.write_stretches(stretches)) == stretches


@pytest.mark.parametrize(
    ("old", "change", "left"),
    [
        ((MARCH, None), (APRIL, None), ((MARCH, date(2026, 3, 31)), None)),
        ((MARCH, None), (APRIL, MAY), ((MARCH, date(2026, 3, 31)), (date(2026, 5, 2), None))),
        ((APRIL, MAY), (MARCH, JUNE), (None, None)),
        ((APRIL, JUNE), (MARCH, MAY), (None, (date(2026, 5, 2), JUNE))),
        ((MARCH, APRIL), (MARCH, None), (None, None)),
    ],
)
def test_a_change_leaves_what_lies_around_it(old: rules.Period, change: rules.Period, left: object) -> None:
    assert rules.remainders(old, change) == left


def test_a_second_service_of_a_name_has_an_address_of_its_own() -> None:
    assert rules.slug_of("Long session!", ["long-session", "long-session-2"]) == "long-session-3"
    assert rules.slug_of("¿?", []) == "service"
