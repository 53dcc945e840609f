"""What the page of times offers around a clock change, in the reader's zone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask

from clinic.booking import offers, service
from clinic.booking.buttons import ticks
from clinic.booking.dayparts import Narrowing
from clinic.booking.offers import Question
from clinic.core import zones
from clinic.database.session import db
from clinic.practice.models import Service
from clinic.practice.queries import terms_with, therapists_offering
from tests.booking.conftest import NOW, Wishing, at
from tests.conftest import Acting
from tests.factories import ZONE, Practice

SUNDAY = date(2026, 11, 1)


def question(practice: Practice, from_day: date, zone: str = ZONE) -> Question:
    """First calls with anyone from that day on."""
    first_call = db.session.get_one(Service, practice.first_call)
    offering = therapists_offering(first_call)
    terms = terms_with(first_call, [each.person_id for each in offering])
    return Question(first_call, offering, terms, "phone", zone, ZONE, from_day)


def test_three_days_with_free_times_are_shown_and_the_way_to_others(
    app: Flask, acting: Acting, practice: Practice
) -> None:
    with acting(), app.test_request_context():
        found = offers.find(question(practice, date(2026, 11, 27)), NOW)
        assert [day.date for day in found.days] == [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)]
        assert [words for words, _ in found.days[0].parts] == ["Morning", "Afternoon"]
        assert (found.earlier_day, found.later_day) == (date(2026, 11, 24), date(2026, 12, 2))
        assert (found.empty_day, found.next_day) == (None, None)
        assert found.first_start == at(9, day=date(2026, 11, 27))


def test_the_last_day_of_the_horizon_has_nothing_after_it(app: Flask, acting: Acting, practice: Practice) -> None:
    with acting(), app.test_request_context():
        last = zones.wall(NOW, ZONE).date() + timedelta(days=60)
        found = offers.find(question(practice, last - timedelta(days=1)), NOW)
        assert max(day.date for day in found.days) <= last
        assert found.later_day is None


def test_who_is_free_first_is_named_and_somebody_else_where_they_are_busy(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting(), app.test_request_context():
        service.book(wishing(at(9), therapist=practice.erik), [practice.carol_client], by=practice.erik, now=NOW)
        found = offers.find(question(practice, at(9).date()), NOW)
        named = {
            value.partition("~")[0]: value.partition("~")[2] for _, parts in found.days[0].parts for value, *_ in parts
        }
        assert named[at(9).isoformat()] == str(practice.dana)
        assert named[at(10).isoformat()] == str(practice.erik)


def test_name_of_a_therapist_is_no_markup(app: Flask, acting: Acting, practice: Practice) -> None:
    with acting(), app.test_request_context():
        asked = question(practice, at(9).date())
        for each in asked.therapists:
            asked.names[each.person_id] = "<script>"
        (_, choices), *_others = offers.find(asked, NOW).days[0].parts
        html = ticks(choices, "")
        assert "<span class='tick-note'>&lt;script&gt;</span>" in html
        assert "<script" not in html


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
def test_offers_stay_on_the_practices_wall_through_its_clock_change(
    app: Flask, acting: Acting, practice: Practice, zone: str
) -> None:
    now = zones.moment(SUNDAY - timedelta(days=4), time(12), ZONE)
    with acting(), app.test_request_context():
        found = offers.find(question(practice, SUNDAY - timedelta(days=2), zone), now)
        starts = sorted(
            datetime.fromisoformat(value.partition("~")[0])
            for day in found.days
            for _, parts in day.parts
            for value, *_ in parts
        )
        walls = {zones.wall(start, ZONE).time() for start in starts}
        assert (min(walls), max(walls)) == (time(9), time(16, 45))
        on_wall = {zones.wall(start, ZONE).date() for start in starts}
        assert SUNDAY not in on_wall


def test_some_times_alone_are_found_up_to_the_horizon_in_the_readers_zone(
    app: Flask, acting: Acting, practice: Practice
) -> None:
    """Four in the afternoon in New York is an evening in Berlin, and only there."""
    with acting(), app.test_request_context():
        evenings = Narrowing(parts=("evening",), weekdays=("wed",))
        asked = replace(question(practice, date(2026, 11, 26), "Europe/Berlin"), narrowing=evenings)
        found = offers.find(asked, NOW)
        assert [day.date for day in found.days] == [date(2026, 12, 2), date(2026, 12, 9), date(2026, 12, 16)]
        assert {words for day in found.days for words, _ in day.parts} == {"Evening"}
        assert (found.later_day, found.fuller_day) == (date(2026, 12, 23), None)
        at_home = offers.find(replace(asked, zone=ZONE), NOW)
        assert (at_home.days, at_home.fuller_day) == ([], date(2026, 11, 26))


def test_leaving_times_out_takes_two_searches_at_most(
    app: Flask, acting: Acting, practice: Practice, statements: list[str]
) -> None:
    with acting(), app.test_request_context():
        asked = question(practice, date(2026, 11, 26))
        statements.clear()
        offers.find(asked, NOW)
        once = len(statements)
        for narrowing in (Narrowing(weekdays=("thu",)), Narrowing(parts=("evening",))):
            statements.clear()
            offers.find(replace(asked, narrowing=narrowing), NOW)
            assert len(statements) == 2 * once
