"""Days, times and money as people read them."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from clinic.web import filters

MOMENT = datetime(2026, 11, 24, 21, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("America/New_York", "New York (EST)"),
        ("Europe/Berlin", "Berlin (UTC+1)"),
        ("Asia/Kolkata", "Kolkata (UTC+5:30)"),
        ("America/St_Johns", "St Johns (UTC-3:30)"),
    ],
)
def test_zone_label_names_the_place_and_its_clocks(app: Flask, zone: str, label: str) -> None:
    with app.test_request_context():
        assert filters.zone_label(zone, MOMENT) == label


def test_day_of_a_moment_is_that_of_the_named_zone(app: Flask) -> None:
    with app.test_request_context():
        assert filters.day(MOMENT, "America/New_York") == "Tuesday, November 24"
        assert filters.day(MOMENT, "Asia/Kolkata") == "Wednesday, November 25"
        assert filters.short_day(date(2026, 11, 24)) == "Nov 24, 2026"


def test_day_of_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match="only in a zone"):
        filters.day(MOMENT)


@pytest.mark.parametrize(("cents", "words"), [(0, "free"), (14_000, "$140"), (14_050, "$140.50")])
def test_money_drops_cents_that_are_none(app: Flask, cents: int, words: str) -> None:
    with app.test_request_context():
        assert filters.money(cents, "USD") == words
