"""The front desk through its pages: the practice's calendar, the day sheet, arrivals, rooms, callers, moving."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.accounts.models import Person
from clinic.booking import rooms, service
from clinic.booking.errors import RoomTakenError
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment, Claim
from clinic.clients.models import Client
from clinic.clients.queries import primary_of
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Room, TimeOff
from tests.booking.conftest import Wishing
from tests.booking.test_attendance import without_tokens
from tests.booking.test_sessions import at, booked, joint, working_day
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice, make_client

__all__ = ["booked", "joint"]
Open = Callable[..., Browser]
CALLER: dict[str, Any] = {
    "who": "new",
    "given_name": "Nora",
    "family_name": "Weiss",
    "phone": "(212) 555-0199",
    "service": "first-call",
    "go": "book",
}
SLOT = re.compile(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"')


@pytest.fixture
def in_office(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """Alice's session with Dana in Room 2; there is a Room 3, too."""
    with acting() as session:
        session.add(Room(id=new_id(), name="Room 3"))
        session.flush()
        wish = wishing(at(10), modality="office")
        return service.book(wish, [practice.alice_client], by=practice.dana, now=clock.now()).id


def room_of(acting: Acting, appointment_id: UUID) -> tuple[str, str]:
    """The room of a session, and the room that it claims."""
    with acting():
        claim = select(Claim.resource).where(Claim.appointment_id == appointment_id, Claim.kind == "room")
        claimed = db.session.get_one(Room, db.session.scalars(claim).one())
        own = db.session.get_one(Room, db.session.get_one(Appointment, appointment_id).room_id)
        return own.name, claimed.name


def room_called(acting: Acting, name: str) -> UUID:
    """Its id."""
    with acting():
        return db.session.scalars(select(Room.id).where(Room.name == name)).one()


def noted(acting: Acting) -> list[str | None]:
    """What is noted of everyone, by name."""
    names = "JOIN client ON client.id = client_id JOIN person ON person.id = person_id ORDER BY given_name"
    with acting() as session:
        return [*session.scalars(text(f"SELECT attendance FROM attendee {names}"))]


def test_the_practice_stands_side_by_side_and_one_therapist_week_by_week(
    browser: Open, practice: Practice, joint: UUID
) -> None:
    desk = browser(practice.desk)
    day = desk.get(f"/calendar/practice?day={working_day(3)}").text
    assert ("Dana Whitfield" in day, "Erik Lindqvist" in day, day.count('<section class="lane')) == (True, True, 2)
    assert "Alice H. &amp; Bob H." in day
    assert f'href="/schedule/{joint}"' in day
    for view in ("week", "month", "agenda"):
        address = f"/calendar/practice?view={view}&day={working_day(3)}&therapist="
        assert str(joint) in desk.get(f"{address}dana").text or view == "month"
        assert str(joint) not in desk.get(f"{address}erik").text


def test_everyones_month_counts_all_and_a_week_asks_whose(
    browser: Open, practice: Practice, joint: UUID, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        wish = wishing(at(9), therapist=practice.erik)
        service.book(wish, [practice.carol_client], by=practice.erik, now=clock.now())
        session.add(TimeOff(therapist_id=practice.erik, starts_at=at(13), ends_at=at(14), cover_id=practice.dana))
    desk = browser(practice.desk)
    month, week, agenda = (
        desk.get(f"/calendar/practice?view={view}&day={working_day(3)}").text for view in ("month", "week", "agenda")
    )
    assert month.count('<p class="small strong">2 sessions</p>') == 1
    assert re.search(r'<option value="">\s*Everyone\s*</option>', month)
    for page in (month, agenda):
        assert "Erik Lindqvist: Time off, Dana stands in" in page
    assert "Whose week?" in week
    assert str(joint) not in week
    for slug in ("dana", "erik"):
        assert f"/calendar/practice?view=week&amp;day={working_day(3)}&amp;therapist={slug}" in week


def test_a_free_place_of_the_practice_books_with_its_therapist(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    desk = browser(practice.desk)
    link = re.search(
        rf'href="(/callers/book\?start={write_start(at(11))}&amp;therapist=erik)"',
        desk.get(f"/calendar/practice?day={working_day(3)}").text,
    )
    assert link is not None
    path = link[1].replace("&amp;", "&")
    slot, *_ = SLOT.findall(desk.get(path).text)
    assert slot == f"{at(11).isoformat()}~{practice.erik}"
    carol: dict[str, Any] = {
        "who": str(practice.carol_client),
        "service": "individual-session",
        "slot": slot,
        "go": "book",
    }
    assert desk.submit(path, **carol).status_code == 303
    with acting():
        assert db.session.scalars(select(Appointment.therapist_id)).all() == [practice.erik]


def test_the_day_sheet_names_who_comes_to_whom_and_where(
    browser: Open, practice: Practice, in_office: UUID, joint: UUID
) -> None:
    page = browser(practice.desk).get(f"/day-sheet?day={working_day(3)}").text
    words = ("Alice Hart", "Bob Hart", "Dana Whitfield", "In the office, Room 2", "By video", "confirmed", "not yet")
    assert [each for each in words if each not in page] == []
    assert page.index("10:00") < page.index("1:00")


def test_arrivals_are_one_press_each_and_can_be_taken_back(
    browser: Open,
    practice: Practice,
    joint: UUID,
    acting: Acting,
    settings_clock: Callable[[timedelta], None],
) -> None:
    desk, path, day = browser(practice.desk), f"/schedule/{joint}/arrived/{practice.alice_client}", working_day(3)
    assert "half an hour before" in desk.submit(path, mark="arrived", follow_redirects=True).text
    settings_clock(at(13) - clock.now() - timedelta(minutes=20))
    desk, bob = browser(practice.desk), browser(practice.bob)
    before = without_tokens(bob.get(f"/sessions/{joint}").text)
    assert f'action="{path}?from=sheet&amp;day={day}"' in desk.get(f"/day-sheet?day={day}").text
    sheet = desk.submit(f"{path}?from=sheet&day={day}", mark="arrived")
    assert sheet.location == f"/day-sheet?day={day}"
    assert noted(acting) == ["arrived", None]
    assert without_tokens(bob.get(f"/sessions/{joint}").text) == before
    assert "1 of 2 arrived" in browser(practice.dana).get(f"/calendar?day={day}").text
    assert "the arrival of Alice Hart" in desk.get(f"/schedule/{joint}").text
    assert desk.submit(path, mark="undo").location == f"/schedule/{joint}"
    assert noted(acting) == [None, None]
    with acting() as session:
        trail = "SELECT detail FROM audit_event WHERE action = 'attendance.update' AND outcome = 'done' ORDER BY id"
        assert session.scalars(text(trail)).all() == ["arrived", "taken_back"]


@pytest.mark.parametrize("mark", ["late", "absent"])
def test_what_the_therapist_has_noted_stays_theirs(
    browser: Open,
    practice: Practice,
    booked: UUID,
    acting: Acting,
    settings_clock: Callable[[timedelta], None],
    mark: str,
) -> None:
    settings_clock(at(10) - clock.now() + timedelta(minutes=5))
    browser(practice.dana).submit(f"/sessions/{booked}/attendance/{practice.alice_client}", attendance=mark)
    desk = browser(practice.desk)
    for press in ("arrived", "undo"):
        answer = desk.submit(f"/schedule/{booked}/arrived/{practice.alice_client}", mark=press, follow_redirects=True)
        assert "The therapist has noted something else" in answer.text
    assert noted(acting) == [mark]


def test_nobody_arrives_who_is_not_expected(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    settings_clock(at(10) - clock.now())
    desk = browser(practice.desk)
    assert desk.submit(f"/schedule/{booked}/arrived/{practice.bob_client}", mark="arrived").status_code == 404
    assert noted(acting) == [None]


def test_the_room_changes_on_the_day_and_its_claim_with_it(
    browser: Open,
    practice: Practice,
    in_office: UUID,
    acting: Acting,
    settings_clock: Callable[[timedelta], None],
) -> None:
    settings_clock(at(10) - clock.now() + timedelta(minutes=5))
    desk, path = browser(practice.desk), f"/schedule/{in_office}/room"
    page = desk.get(path).text
    assert ("Room 3" in page, 'value="Room 2"' in page) == (True, False)
    third = room_called(acting, "Room 3")
    assert desk.submit(path).status_code == 422
    seen = str(room_called(acting, "Room 2"))
    assert desk.submit(path, room=str(new_id()), seen=seen).status_code == 404
    assert desk.submit(path, room=str(third), seen=seen).status_code == 303
    assert room_of(acting, in_office) == ("Room 3", "Room 3")
    assert "Room 3" in browser(practice.alice).get(f"/sessions/{in_office}").text
    with acting() as session:
        assert session.scalars(select(OutboxMessage.kind)).all() == ["booking.confirmed"]


def test_a_therapist_changes_the_room_of_their_own_session(
    browser: Open, practice: Practice, in_office: UUID, acting: Acting
) -> None:
    dana, path = browser(practice.dana), f"/sessions/{in_office}/room"
    assert path in dana.get(f"/sessions/{in_office}").text
    assert path not in browser(practice.alice).get(f"/sessions/{in_office}").text
    assert browser(practice.alice).get(path).status_code == 404
    second, third = (str(room_called(acting, name)) for name in ("Room 2", "Room 3"))
    assert f'value="{second}"' in dana.get(path).text
    answer = dana.submit(path, room=third, seen=second)
    assert (answer.status_code, answer.location) == (303, f"/sessions/{in_office}")
    assert room_of(acting, in_office) == ("Room 3", "Room 3")


def test_a_therapist_does_not_change_the_room_of_a_session_that_they_attend(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        own = make_client(session, practice.erik, practice.dana, clock.now())
        booked = service.book(wishing(at(10), modality="office"), [own], by=practice.dana, now=clock.now()).id
    erik = browser(practice.erik)
    assert erik.get(f"/sessions/{booked}").status_code == 200
    assert erik.get(f"/sessions/{booked}/room").status_code == 404


def test_two_who_change_the_room_at_once_do_not_undo_each_other(
    browser: Open, practice: Practice, in_office: UUID, acting: Acting
) -> None:
    with acting() as session:
        session.add(Room(id=new_id(), name="Room 4"))
    second, third, fourth = (str(room_called(acting, f"Room {number}")) for number in (2, 3, 4))
    browser(practice.desk).submit(f"/schedule/{in_office}/room", room=third, seen=second)
    dana, path = browser(practice.dana), f"/sessions/{in_office}/room"
    answer = dana.submit(path, room=fourth, seen=second)
    assert answer.status_code == 409
    assert "Somebody has changed the room in the meantime" in answer.text
    assert room_of(acting, in_office) == ("Room 3", "Room 3")
    # The page that says so knows the room as it is now, and the next press counts.
    assert f'value="{third}"' in answer.text
    assert dana.submit(path, room=fourth, seen=third).status_code == 303


def test_a_room_that_is_taken_is_refused_in_words(
    browser: Open, practice: Practice, in_office: UUID, acting: Acting, wishing: Wishing
) -> None:
    third = room_called(acting, "Room 3")
    with acting():
        wish = wishing(at(10, 3) + timedelta(minutes=45), therapist=practice.erik, modality="office")
        service.book(wish, [practice.carol_client], by=practice.erik, now=clock.now())
    desk, path = browser(practice.desk), f"/schedule/{in_office}/room"
    assert "No other room is free then." in desk.get(path).text
    answer = desk.submit(path, room=str(third), seen=str(room_called(acting, "Room 2")))
    assert answer.status_code == 409
    assert "That room is taken then." in answer.text
    assert room_of(acting, in_office) == ("Room 2", "Room 2")


def test_two_sessions_that_want_the_same_room_at_once_get_it_once(
    app: Flask, practice: Practice, in_office: UUID, acting: Acting, wishing: Wishing
) -> None:
    with acting() as session:
        session.add_all(Room(id=new_id(), name=name) for name in ("Room 4",))
        session.flush()
        wish = wishing(at(10), therapist=practice.erik, modality="office")
        other = service.book(wish, [practice.carol_client], by=practice.erik, now=clock.now()).id
    fourth = room_called(acting, "Room 4")

    def change(appointment_id: UUID) -> str:
        try:
            with acting():
                appointment = db.session.get_one(Appointment, appointment_id)
                rooms.change_room(appointment, fourth, seen=appointment.room_id, now=clock.now())
        except RoomTakenError:
            return "taken"
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, (in_office, other))) == ["changed", "taken"]


def test_a_new_caller_is_booked_with_one_press(browser: Open, practice: Practice, acting: Acting) -> None:
    desk = browser(practice.desk)
    slot, *_ = SLOT.findall(desk.get("/callers/book").text)
    answer = desk.submit("/callers/book", **CALLER, slot=slot)
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert ("Nora Weiss has no e-mail address. Please call." in page, "+12125550199" in page) == (True, True)
    with acting():
        client = db.session.scalars(select(Client).order_by(Client.created_at.desc())).first()
        appointment = db.session.scalars(select(Appointment)).one()
        assert client is not None
        care = primary_of(client.id, clock.now())
        assert care is not None
        assert (client.state, client.is_mailbox_shared, care.therapist_id) == (
            "enquiry",
            True,
            appointment.therapist_id,
        )


def test_whoever_is_not_invited_yet_is_to_be_called(browser: Open, practice: Practice, acting: Acting) -> None:
    """An import has brought Alice, with an address, and no message goes out before she is invited."""
    with acting() as session:
        session.get_one(Person, practice.alice).messages_stopped_at = clock.now()
    desk, path = browser(practice.desk), f"/callers/book?client={practice.alice_client}&service=individual-session"
    slot, *_ = SLOT.findall(desk.get(path).text)
    fields = {"who": str(practice.alice_client), "service": "individual-session", "slot": slot, "go": "book"}
    booked = desk.submit("/callers/book", **fields)
    words = "Alice Hart is not invited yet and gets no message. Please call."
    assert words in desk.get(booked.location).text
    later = write_start(at(11, 9))
    assert words in desk.get(f"{booked.location}/move/confirm?start={later}").text


def test_a_caller_with_an_address_is_told_and_invited(browser: Open, practice: Practice, acting: Acting) -> None:
    desk = browser(practice.desk)
    slot, *_ = SLOT.findall(desk.get("/callers/book").text)
    fields = CALLER | {"email": "nora@example.org", "mailbox": "y", "slot": slot}
    assert "Nora Weiss gets an e-mail." in desk.submit("/callers/book", **fields, follow_redirects=True).text
    with acting() as session:
        assert session.execute(text("SELECT purpose FROM account_link ORDER BY purpose")).scalars().all() == [
            "appointment",
            "join",
        ]


@pytest.mark.parametrize("missing", ["given_name", "family_name", "phone"])
def test_a_caller_has_a_name_and_a_number(browser: Open, practice: Practice, acting: Acting, missing: str) -> None:
    desk = browser(practice.desk)
    slot, *_ = SLOT.findall(desk.get("/callers/book").text)
    answer = desk.submit("/callers/book", **CALLER | {missing: "", "slot": slot})
    assert answer.status_code == 422
    assert "Please type" in answer.text
    for kept in {"Nora", "Weiss", "(212) 555-0199"} - {CALLER[missing]}:
        assert f'value="{kept}"' in answer.text or "+12125550199" in answer.text
    with acting() as session:
        assert session.execute(text("SELECT count(*) FROM appointment")).scalar_one() == 0


def test_a_caller_of_a_known_name_is_asked_about_and_a_known_address_is_looked_up(
    browser: Open, practice: Practice, acting: Acting
) -> None:
    desk = browser(practice.desk)
    slot, *_ = SLOT.findall(desk.get("/callers/book").text)
    fields = CALLER | {"given_name": "carol", "family_name": "Stone", "slot": slot}
    asked = desk.submit("/callers/book", **fields)
    assert asked.status_code == 409
    assert "Somebody of this name is known here already." in asked.text
    known = desk.submit("/callers/book", **fields, anyway="same_name", email="carol.stone@example.org")
    assert known.status_code == 409
    assert "Please look for them above." in known.text
    with acting() as session:
        assert session.execute(text("SELECT count(*) FROM client")).scalar_one() == 3
    assert desk.submit("/callers/book", **fields, anyway="same_name").status_code == 303


def test_a_known_client_stays_with_who_cares_for_them(browser: Open, practice: Practice, acting: Acting) -> None:
    desk = browser(practice.desk)
    found = desk.submit("/callers/book", q="stone", go="find", service="individual-session")
    assert f'value="{practice.carol_client}"' in found.text
    fields: dict[str, Any] = {
        "q": "stone",
        "looked_for": "stone",
        "who": str(practice.carol_client),
        "service": "individual-session",
    }
    times = SLOT.findall(desk.submit("/callers/book", **fields, go="times").text)
    assert {each.partition("~")[2] for each in times} == {str(practice.erik)}
    with_dana = f"{at(11).isoformat()}~{practice.dana}"
    refused = desk.submit("/callers/book", **fields, go="book", slot=with_dana)
    assert (refused.status_code, "with somebody who does not see them" in refused.text) == (422, True)
    assert desk.submit("/callers/book", **fields, go="book", slot=times[0]).status_code == 303


def test_a_time_that_was_lost_keeps_what_was_typed_and_leaves_no_caller_behind(
    browser: Open, practice: Practice, acting: Acting, wishing: Wishing
) -> None:
    desk = browser(practice.desk)
    slot = f"{at(11).isoformat()}~{practice.dana}"
    with acting():
        service.book(wishing(at(11)), [practice.alice_client], by=practice.dana, now=clock.now())
    answer = desk.submit("/callers/book", **CALLER, slot=slot)
    assert answer.status_code == 409
    assert answer.text.count('id="nearest-') == 3
    assert 'value="Nora"' in answer.text
    with acting() as session:
        assert session.execute(text("SELECT count(*) FROM person WHERE given_name = 'Nora'")).scalar_one() == 0


def test_the_desk_moves_and_cancels_for_the_practice_and_nobody_is_late(
    browser: Open, practice: Practice, booked: UUID, acting: Acting, settings_clock: Callable[[timedelta], None]
) -> None:
    later = at(15)
    settings_clock(at(10) - clock.now() - timedelta(hours=1))
    desk, path = browser(practice.desk), f"/schedule/{booked}"
    asked = desk.get(f"{path}/move/confirm?start={write_start(later)}").text
    assert "Alice Hart gets an e-mail." in asked
    slot = re.search(r'name="slot"[^>]*value="([^"]+)"', asked)
    assert slot is not None
    assert desk.submit(f"{path}/move", slot=slot[1]).location == path
    with acting():
        assert db.session.get_one(Appointment, booked).starts_at == later
    assert desk.submit(f"{path}/cancel").location == path
    with acting() as session:
        assert session.execute(text("SELECT state, is_late FROM appointment")).one() == ("cancelled", False)
        assert session.execute(text("SELECT bool_or(is_late) FROM appointment_event")).scalar_one() is False


def test_the_desk_sees_how_to_reach_people_and_no_record(
    browser: Open, practice: Practice, booked: UUID, acting: Acting
) -> None:
    page = browser(practice.desk).get(f"/schedule/{booked}").text
    assert ("Alice Hart" in page, "alice.hart@example.org" in page) == (True, True)
    assert re.search(r"/clients/(?![^/]+/standing)|/briefs/|/sessions/(?![^/]+/payment)|Who came", page) is None


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dana", "erik", "owner"])
def test_the_schedule_is_missing_for_everyone_but_the_desk(
    browser: Open, practice: Practice, booked: UUID, who: str
) -> None:
    other = browser(getattr(practice, who))
    missing = other.get("/nowhere").data
    for page in ("", "/move", "/cancel", "/room"):
        answer = other.get(f"/schedule/{booked}{page}")
        assert (answer.status_code, answer.data) == (404, missing)
    for address in ("/calendar/practice", "/day-sheet", "/callers/book"):
        assert other.get(address).status_code == 404
    assert other.submit(f"/schedule/{booked}/arrived/{practice.alice_client}", mark="arrived").status_code == 404


@pytest.mark.parametrize("path", ["/day-sheet?day={day}", "/calendar/practice?day={day}"])
def test_the_practices_day_takes_as_many_statements_for_thirty_sessions_as_for_one(
    statements: list[str], browser: Open, practice: Practice, acting: Acting, wishing: Wishing, path: str
) -> None:
    desk, address = browser(practice.desk), path.format(day=working_day(3))

    def fill(count: int, start: datetime) -> None:
        with acting():
            for number in range(count):
                begins = start + timedelta(minutes=20 * (number // 2))
                whom = (practice.dana, practice.alice_client), (practice.erik, practice.carol_client)
                therapist, client = whom[number % 2]
                wish = wishing(begins, service=practice.first_call, therapist=therapist, modality="phone")
                service.book(wish, [client], by=None, now=clock.now(), is_told=False)

    def cost() -> int:
        statements.clear()
        assert desk.get(address).status_code == 200
        return len(statements)

    fill(1, at(8))
    desk.get(address)
    with_one = cost()
    fill(30, at(9))
    assert cost() == with_one
