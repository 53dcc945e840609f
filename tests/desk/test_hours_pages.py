"""Hours through their pages: seen before they are saved, names for the own therapist alone, and free times follow."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from babel.dates import format_interval
from flask import Flask
from sqlalchemy import event, select

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.practice.models import ExtraHours, Service, TimeOff, WeeklyHours
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_therapist
from tests.idempotency.cases import SERVICE

Owner = psycopg.Connection[tuple[object, ...]]
Opening = Callable[..., Browser]


def monday(weeks: int = 1) -> date:
    """A Monday to come, on the practice's wall."""
    today = zones.wall(clock.now(), ZONE).date()
    return today + timedelta(days=7 * weeks - today.weekday())


def seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert found is not None
    return found[1]


def starts(page: str) -> list[datetime]:
    """The free starts that a page of times offers, on the practice's wall."""
    found = re.findall(r'name="slot"[^>]*value="([^"~]+)~', page)
    return [zones.wall(datetime.fromisoformat(each), ZONE) for each in found]


@pytest.fixture
def at_four(practice: Practice, acting: Acting) -> UUID:
    """Alice has a session with Dana on a Monday at four."""
    with acting() as session:
        individual = session.get_one(Service, practice.individual)
        starts_at = zones.moment(monday(2), time(16), ZONE)
        wish = Wish(individual, practice.dana, starts_at, "video", ZONE, "USD")
        return booking.book(wish, [practice.alice_client], by=practice.dana, now=clock.now()).id


def mornings(page: str, **more: Any) -> dict[str, Any]:
    lines: dict[str, Any] = {f"day{day}": "9:00 AM - 12:00 PM" for day in range(5)}
    return lines | {"first": str(monday()), "seen": seen(page)} | more


def test_therapist_sees_whom_new_hours_strand_by_name_and_saves_once_asked(
    practice: Practice, browser: Opening, at_four: UUID, owner: Owner
) -> None:
    dana, path = browser(practice.dana), f"/hours/{practice.dana}/weekly"
    asked = dana.submit(path, **mornings(dana.get(path).text))
    assert asked.status_code == 422
    assert "1 booked session would lie outside" in asked.text
    assert "Alice Hart" in asked.text
    assert f'href="/sessions/{at_four}"' in asked.text
    assert "Nothing is saved yet" in asked.text
    assert ("Save it anyway" in asked.text, "Save the hours" in asked.text) == (True, False)
    assert owner.execute("SELECT count(*) FROM audit_event WHERE action = 'hours.update'").fetchone() == (0,)
    saved = dana.submit(path, **mornings(asked.text, anyway="yes"), follow_redirects=True)
    assert "Saved." in saved.text
    assert owner.execute("SELECT state FROM appointment WHERE id = %s", [at_four]).fetchone() == ("confirmed",)


def test_owner_sees_initials_and_no_link(practice: Practice, browser: Opening, at_four: UUID) -> None:
    olga, path = browser(practice.owner), f"/hours/{practice.dana}/weekly"
    asked = olga.submit(path, **mornings(olga.get(path).text)).text
    assert "A. H." in asked
    assert "Alice" not in asked
    assert str(at_four) not in asked
    assert "Dana Whitfield can move or cancel it" in asked


def test_look_first_saves_nothing(practice: Practice, browser: Opening, acting: Acting) -> None:
    dana, path = browser(practice.dana), f"/hours/{practice.dana}/weekly"
    looked = dana.submit(path, **mornings(dana.get(path).text, look="yes"))
    assert looked.status_code == 200
    assert "9:00\u202fAM – 12:00\u202fPM" in looked.text
    with acting() as session:
        assert {*session.scalars(select(WeeklyHours.ends))} == {time(17)}


def test_wrong_lines_are_named_and_kept(practice: Practice, browser: Opening) -> None:
    dana, path = browser(practice.dana), f"/hours/{practice.dana}/weekly"
    page = dana.get(path).text
    answer = dana.submit(path, **mornings(page, day1="nine to five", day2="9-5", last=str(monday(-1))))
    assert answer.status_code == 422
    assert "Please write it like this" in answer.text
    assert "5:00 AM is not after 9:00 AM" in answer.text
    assert 'value="nine to five"' in answer.text
    assert "The last day is before the first one" in dana.submit(path, **mornings(page, last=str(monday(-1)))).text


def test_later_of_two_is_told_that_the_hours_changed(practice: Practice, browser: Opening) -> None:
    dana, olga, path = browser(practice.dana), browser(practice.owner), f"/hours/{practice.dana}/weekly"
    page = dana.get(path).text
    assert olga.submit(path, **mornings(olga.get(path).text, day0="")).status_code == 303
    late = dana.submit(path, **mornings(page))
    assert late.status_code == 409
    assert "Somebody else has changed this" in late.text
    assert late.text.count('value="9:00 AM - 12:00 PM"') == 5
    assert dana.submit(path, **mornings(late.text)).status_code == 303


def test_extra_hours_open_and_close_and_say_whom_they_would_strand(
    practice: Practice, browser: Opening, acting: Acting
) -> None:
    dana, path = browser(practice.dana), f"/hours/{practice.dana}/extra"
    on = monday(2)
    assert dana.submit(path, on=str(on), starts="20:00", ends="18:00").status_code == 422
    assert "Please choose today" in dana.submit(path, on="2020-01-01", starts="18:00", ends="20:00").text
    assert dana.submit(path, on=str(on), starts="18:00", ends="20:00").status_code == 303
    with acting() as session:
        extra_id = session.scalars(select(ExtraHours.id)).one()
        individual = session.get_one(Service, practice.individual)
        wish = Wish(individual, practice.dana, zones.moment(on, time(18), ZONE), "video", ZONE, "USD")
        booking.book(wish, [practice.alice_client], by=practice.dana, now=clock.now())
    asked = dana.submit(f"{path}/{extra_id}/remove")
    assert asked.status_code == 422
    assert "Alice Hart" in asked.text
    assert dana.submit(f"{path}/{extra_id}/remove", anyway="yes").status_code == 303
    with acting() as session:
        assert session.scalars(select(ExtraHours)).all() == []


def test_time_off_needs_a_cover_who_is_there(practice: Practice, browser: Opening, acting: Acting) -> None:
    dana, path = browser(practice.dana), f"/hours/{practice.dana}/off"
    days: dict[str, Any] = {"first": str(monday()), "last": str(monday() + timedelta(days=6))}
    alone = dana.submit(path, **days)
    assert alone.status_code == 422
    assert "Nobody is away without a cover" in alone.text
    assert "Dana Whitfield</option>" not in alone.text
    erik = browser(practice.erik)
    assert erik.submit(f"/hours/{practice.erik}/off", **days, cover=str(practice.dana)).status_code == 303
    refused = dana.submit(path, **days, cover=str(practice.erik))
    assert "Erik Lindqvist" in refused.text
    assert refused.status_code == 422
    with acting() as session:
        off_id = session.scalars(select(TimeOff.id)).one()
    assert dana.submit(f"/hours/{practice.erik}/off/{off_id}/end").status_code == 404
    assert erik.submit(f"/hours/{practice.erik}/off/{off_id}/end").status_code == 303
    assert dana.submit(path, **days, cover=str(practice.erik)).status_code == 303
    week = format_interval(monday(), monday() + timedelta(days=6), "MMMMd", locale="en")
    assert f'<p class="row-title">{week}</p>' in dana.get("/hours").text


def test_free_times_follow_a_new_service_new_hours_and_a_week_off(
    practice: Practice, browser: Opening, acting: Acting
) -> None:
    """The owner adds a first contact; Dana works evenings and goes away for a week; a visitor looks on."""
    olga, dana, visitor = browser(practice.owner), browser(practice.dana), browser()
    givers: dict[str, Any] = {"given_by": [str(practice.dana)]}
    fields: dict[str, Any] = (
        SERVICE | givers | {"name": "Walk and talk", "booked_by": "visitor", "minutes": "45", "notice": "0"}
    )
    assert olga.submit("/practice/services/new", **fields).status_code == 303
    assert "Walk and talk" in visitor.get("/services").text
    public = "/book/walk-and-talk/dana"
    week_off, back = monday(2), monday(3)
    assert starts(visitor.get(f"{public}?day={week_off}").text)[0].date() == week_off

    path = f"/hours/{practice.dana}/weekly"
    evenings: dict[str, Any] = {f"day{day}": "5 PM - 8 PM" for day in range(5)}
    evenings |= {"first": str(monday()), "seen": seen(dana.get(path).text)}
    assert dana.submit(path, **evenings).status_code == 303
    shown = starts(visitor.get(f"{public}?day={monday()}").text)
    assert {each.hour for each in shown} == {17, 18, 19}
    assert (shown[0].hour, max(each.time() for each in shown)) == (17, time(19, 15))

    days: dict[str, Any] = {"first": str(week_off), "last": str(back - timedelta(days=1)), "cover": str(practice.erik)}
    saved = dana.submit(f"/hours/{practice.dana}/off", **days, follow_redirects=True)
    assert "Erik Lindqvist stands in." in saved.text
    assert starts(visitor.get(f"{public}?day={week_off}").text)[0].date() == back

    extra: dict[str, Any] = {"on": str(week_off + timedelta(days=7)), "starts": "08:00", "ends": "09:00"}
    assert dana.submit(f"/hours/{practice.dana}/extra", **extra).status_code == 303
    assert starts(visitor.get(f"{public}?day={back}").text)[0].hour == 8


def test_owner_sees_everyone_in_as_many_statements_as_one(
    practice: Practice, browser: Opening, acting: Acting, app: Flask
) -> None:
    olga = browser(practice.owner)
    few = statements(app, olga, "/hours")
    with acting() as session:
        for number in range(28):
            make_therapist(session, f"Nils{number}", "Berg", [], clock.now())
    assert statements(app, olga, "/hours") == few
    assert "Nils27 Berg" in olga.get("/hours").text


def statements(app: Flask, browser: Browser, path: str) -> int:
    """How many statements a page takes."""
    asked: list[object] = []

    def note(*arguments: object) -> None:
        asked.append(arguments[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    assert browser.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(asked)
