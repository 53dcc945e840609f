"""Appointments out of a file: never over another session, never a joint one without a couple, and nobody is told."""

from datetime import date, timedelta

import pytest

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.practice.models import Service
from tests.conftest import Acting
from tests.factories import ZONE
from tests.imports.conftest import Desk

HEAD = "E-mail,Name,Therapist,Service,Date,Time,Time zone,Place\n"


def day() -> date:
    """A Wednesday that lies two to three weeks ahead."""
    ahead = zones.wall(clock.now(), ZONE).date() + timedelta(days=14)
    return ahead + timedelta(days=(2 - ahead.weekday()) % 7)


def line(who: str, at: str = "10:00", service: str = "individual-session", zone: str = "", place: str = "video") -> str:
    return f"{who}@example.org,,,{service},{day()},{at},{zone},{place}\n"


def test_dry_run_says_what_each_session_comes_to(desk: Desk, acting: Acting) -> None:
    with acting() as session:
        taken = zones.moment(day(), _time(13), ZONE)
        wish = Wish(session.get_one(Service, desk.practice.individual), desk.practice.dana, taken, "video", ZONE, "USD")
        booking.book(wish, [desk.practice.bob_client], by=None, now=clock.now(), is_told=False)
    lines = (
        line("alice.hart"),
        line("alice.hart"),
        line("bob.hart", "10:30"),
        line("bob.hart", "13:00"),
        line("alice.hart", "13:30"),
        line("nobody", "15:00"),
        line("carol.stone", "15:00", "couple-session"),
        line("carol.stone", "15:00", "massage"),
        line("carol.stone", "15:00", zone="Mars/Olympus"),
        line("carol.stone", "15:00", place="moon"),
        line("carol.stone", "soon"),
        "carol.stone@example.org,,,individual-session,2020-01-15,10:00,,video\n",
        "carol.stone@example.org,,,individual-session,2030-03-10,02:30,,video\n",
        f"carol.stone@example.org,,Dana Whitfield,individual-session,{day()},15:00,,video\n",
        line("carol.stone", "22:00"),
    )
    desk.bring(HEAD + "".join(lines), "appointments")
    desk.work()
    assert [reason or outcome for _number, outcome, reason, *_ in desk.rows()] == [
        "create",
        "duplicate",
        "taken_in_file",
        "same_session",
        "taken",
        "no_client",
        "no_couple",
        "service",
        "zone",
        "place",
        "date",
        "past",
        "no_such_time",
        "not_theirs",
        "create",
    ]
    warnings = desk.owner.execute("SELECT warnings FROM import_row WHERE outcome = 'create' ORDER BY number").fetchall()
    assert warnings == [([],), (["outside_hours"],)]


def test_import_books_just_what_was_said_and_tells_nobody(desk: Desk, acting: Acting) -> None:
    place = desk.bring(
        HEAD + line("alice.hart") + line("alice.hart", "14:00", "couple-session") + line("carol.stone"), "appointments"
    )
    desk.work()
    with acting() as session:
        at = zones.moment(day(), _time(10), ZONE)
        wish = Wish(session.get_one(Service, desk.practice.individual), desk.practice.dana, at, "video", ZONE, "USD")
        booking.book(wish, [desk.practice.bob_client], by=None, now=clock.now(), is_told=False)
    desk.confirm(place)
    desk.work()
    assert [row[3:] for row in desk.rows()] == [("changed", "taken"), ("created", None), ("created", None)]
    joint = "SELECT count(*) FROM appointment JOIN attendee ON appointment_id = id WHERE couple_id IS NOT NULL"
    assert desk.owner.execute(joint).fetchone() == (2,)
    assert desk.owner.execute("SELECT count(*) FROM outbox_message").fetchone() == (0,)


def test_dry_run_says_nothing_of_an_address_under_another_name(desk: Desk) -> None:
    names = ("Nora Weiss", "Carol Stone", "Bob Hart")
    rows = (line("alice.hart").replace(",,,", f",{name},,", 1) for name in names)
    desk.bring(HEAD + line("nobody") + "".join(rows), "appointments")
    desk.work()
    assert set(desk.said().values()) == {"no_client"}


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:00-05:00", "2101-01-01T10:00:00Z"])
def test_a_start_of_another_age_is_refused_and_stops_no_other_row(desk: Desk, start: str) -> None:
    rows = (start, f"{day()}T10:00:00-05:00")
    lines = (f"alice.hart@example.org,individual-session,{each},video\n" for each in rows)
    desk.bring("E-mail,Service,Start,Place\n" + "".join(lines), "appointments")
    desk.work()
    assert desk.said() == {2: "date", 3: "create"}


def _time(hour: int):  # type: ignore[no-untyped-def]  # a wall time
    return zones.wall(clock.now(), ZONE).time().replace(hour=hour, minute=0, second=0, microsecond=0)
