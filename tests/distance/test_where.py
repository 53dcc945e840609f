"""Where a client is: asked each time, from ten minutes before until the end, and read by the own therapist alone."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar
from psycopg import errors
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from clinic.accounts import links
from clinic.booking import feeds, mails
from clinic.booking import service as booking
from clinic.booking.models import Appointment, Attendee
from clinic.clients import care
from clinic.database.session import db
from clinic.distance import service
from clinic.distance.errors import NotOpenError
from clinic.distance.models import Whereabouts
from clinic.outbox.models import OutboxMessage
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_three_worlds import Masking
from tests.conftest import Acting
from tests.distance.conftest import END, HERE, OPENS, ROOM, SECOND, SECRETS, START, Meeting
from tests.homework.conftest import client
from tests.progress.conftest import therapist


def say_for(meeting: Meeting, client_id: UUID) -> None:
    """Past the pages, for whichever client."""
    appointment = db.session.get_one(Appointment, meeting.id)
    attendee = db.session.get_one(Attendee, (meeting.id, client_id))
    service.say_where(appointment, attendee, "Nowhere", "+12125550199", now=OPENS)


def test_a_client_says_where_they_are_and_is_led_on(meeting: Meeting) -> None:
    meeting.set_room()
    alice, dana = meeting.practice.alice, meeting.practice.dana
    page = meeting.at(OPENS).page(alice)
    assert "Where are you now?" in page
    assert "Join by video" not in page
    assert meeting.join(alice) == meeting.path
    assert "Has not said yet where they are." in meeting.page(dana)
    assert meeting.say(alice) == 303
    page = meeting.page(alice)
    assert re.search(rf'href="{meeting.path}/join"\s+target="_blank"\s+rel="noopener noreferrer">Join by video', page)
    assert "If the picture fails, Dana calls you at +1\u00a0212-555-0199." in page
    assert "(212) 555-0148" in page
    answer = meeting.open(alice).get(f"{meeting.path}/join")
    assert (answer.status_code, answer.location) == (303, ROOM)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    page = meeting.page(dana)
    assert HERE["place"] in page
    assert "9:50" in page.partition("Said at")[2]
    assert "+1 212-555-0199" in page


@pytest.mark.parametrize(
    ("now", "asks"),
    [(OPENS - SECOND, False), (OPENS, True), (START, True), (END - SECOND, True), (END, False)],
)
def test_the_form_and_the_link_are_there_while_the_session_is_open(meeting: Meeting, now: datetime, asks: bool) -> None:
    meeting.set_room()
    alice = meeting.at(now).practice.alice
    page = meeting.page(alice)
    assert ("Where are you now?" in page) is asks
    assert meeting.say(alice) == 303
    assert meeting.rows() == int(asks)
    assert meeting.join(alice) == (ROOM if asks else meeting.path)
    assert meeting.join(meeting.practice.dana) == (ROOM if asks else meeting.path)
    assert ("Join by video" in meeting.page(alice)) is asks
    assert ("Open the video room" in meeting.page(meeting.practice.dana)) is asks


def test_before_it_opens_the_page_says_when(meeting: Meeting) -> None:
    assert "from 9:50" in meeting.at(START - timedelta(hours=20)).page(meeting.practice.alice)
    meeting.owner.execute("UPDATE person SET zone = 'Europe/Berlin' WHERE id = %s", [meeting.practice.alice])
    assert "from 3:50" in meeting.page(meeting.practice.alice)


def test_after_the_end_only_the_therapist_still_reads_where_somebody_was(meeting: Meeting) -> None:
    meeting.set_room()
    alice = meeting.at(START).practice.alice
    meeting.say(alice)
    page = meeting.at(END).page(alice)
    for words in ("By video</h2>", HERE["place"], "Join by video", "Before you join"):
        assert words not in page
    page = meeting.page(meeting.practice.dana)
    assert HERE["place"] in page
    assert "Open the video room" not in page


def test_a_cancelled_session_shows_nothing_to_anyone_who_comes(meeting: Meeting, acting: Acting) -> None:
    meeting.set_room()
    meeting.at(OPENS).say(meeting.practice.alice)
    with acting() as session:
        booking.cancel(session.get_one(Appointment, meeting.id), by=meeting.practice.dana, now=OPENS, is_staff=True)
    for who in (meeting.practice.alice, meeting.practice.bob):
        page = meeting.page(who)
        assert 'id="distance"' not in page
        assert meeting.say(who, place="Elsewhere") == 303
        assert meeting.join(who) == meeting.path
    assert meeting.join(meeting.practice.dana) == meeting.path
    assert meeting.rows() == 1


@pytest.mark.parametrize("answer", ["waiting", "no"])
@pytest.mark.parametrize("state", ["requested", "confirmed"])
def test_whoever_has_not_said_yes_to_a_joint_session_is_never_let_in(
    meeting: Meeting, acting: Acting, answer: str, state: str
) -> None:
    """Also where a slip of ours left the session confirmed."""
    meeting.set_room()
    bob = meeting.at(OPENS).practice.bob
    meeting.say(bob)
    held = "now() + interval '1000 days'" if state == "requested" else "NULL"
    with meeting.owner.transaction():
        meeting.owner.execute("SET LOCAL session_replication_role = replica")
        meeting.owner.execute(
            "UPDATE attendee SET answer = %s WHERE client_id = %s", [answer, meeting.practice.bob_client]
        )
        meeting.owner.execute(f"UPDATE appointment SET state = %s, held_until = {held}".encode(), [state])
    assert meeting.open(bob).get(meeting.path).status_code == 404
    assert meeting.say(bob) == 404
    assert meeting.join(bob) == "404"
    with acting(client(bob)), pytest.raises(NotOpenError):
        say_for(meeting, meeting.practice.bob_client)
    if state == "requested":
        assert meeting.join(meeting.practice.alice) == meeting.path
        assert "Where are you now?" not in meeting.page(meeting.practice.alice)


def test_what_is_missing_is_said_and_nothing_typed_is_lost(meeting: Meeting) -> None:
    alice = meeting.open(meeting.at(OPENS).practice.alice)
    path = f"{meeting.path}/where"
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        (HERE | {"place": " "}, "Please say where you are."),
        (HERE | {"place": "x" * 201}, "Please use 200 letters at most."),
        (HERE | {"phone": ""}, "Please give a phone number."),
        (HERE | {"phone": "12345"}, "That does not look like a phone number."),
    )
    for fields, words in wrong:
        answer = alice.submit(path, **fields)
        assert answer.status_code == 422
        assert words in answer.text
        number = fields["phone"].replace(HERE["phone"], "+12125550199")
        for typed in (fields["place"].strip(), number):
            assert f'value="{typed}"' in answer.text
    assert meeting.rows() == 0


def test_it_can_be_changed_and_stays_one_answer(meeting: Meeting) -> None:
    alice = meeting.at(OPENS).practice.alice
    meeting.say(alice)
    assert f'value="{HERE["place"]}"' in meeting.page(alice)
    meeting.at(START).say(alice, place="At the station")
    page = meeting.page(meeting.practice.dana)
    assert "At the station" in page
    assert "10:00" in page.partition("Said at")[2]
    assert HERE["place"] not in page
    assert meeting.rows() == 1
    with pytest.raises(errors.UniqueViolation):
        meeting.owner.execute("INSERT INTO whereabouts SELECT * FROM whereabouts")


def test_the_number_is_proposed_from_ones_own_record_and_the_place_from_nowhere(
    meeting: Meeting, acting: Acting, wishing: Wishing
) -> None:
    with acting():
        again = booking.book(wishing(at(15)), [meeting.practice.alice_client], by=meeting.practice.dana, now=NOW).id
    for who, number in ((meeting.practice.alice, "212 555 0111"), (meeting.practice.bob, "212 555 0122")):
        meeting.owner.execute("UPDATE person SET phone = %s WHERE id = %s", [number, who])
    page = meeting.at(OPENS).page(meeting.practice.alice)
    assert 'value="212 555 0111"' in page
    assert "0122" not in page
    meeting.say(meeting.practice.alice)
    later = meeting.at(at(15)).open(meeting.practice.alice).get(f"/sessions/{again}").text
    assert "Where are you now?" in later
    assert HERE["place"] not in later
    assert 'value="212 555 0111"' in later


def test_a_session_that_is_moved_asks_again(meeting: Meeting, acting: Acting, wishing: Wishing) -> None:
    meeting.set_room()
    alice = meeting.at(OPENS).practice.alice
    meeting.say(alice)
    with acting() as session:
        wish = wishing(at(12), service=meeting.practice.couple_session)
        appointment = session.get_one(Appointment, meeting.id)
        booking.move(appointment, wish, by=meeting.practice.dana, now=OPENS, is_staff=True)
    assert meeting.at(at(12)).join(alice) == meeting.path
    assert HERE["place"] not in meeting.page(alice)
    assert HERE["place"] not in meeting.page(meeting.practice.dana)
    meeting.say(alice, place="Back at work")
    assert meeting.join(alice) == ROOM


def test_a_partners_page_is_the_same_whether_the_other_has_answered_or_not(meeting: Meeting) -> None:
    """And whether they have joined: all of it, byte for byte, before and after one's own answer."""
    meeting.set_room()
    alice, bob = meeting.at(OPENS).practice.alice, meeting.practice.bob
    paths = ("/today", "/sessions", "/record", meeting.path, f"{meeting.path}/appointment.ics", f"{meeting.path}/move")

    def seen() -> list[tuple[int, str]]:
        browser = meeting.open(bob)
        return [(answer.status_code, Masking()(answer.text)) for answer in map(browser.get, paths)]

    silent = seen()
    meeting.say(alice)
    meeting.join(alice)
    assert seen() == silent
    meeting.say(bob, place="Bob's desk", phone="(212) 555-0122")
    answered = seen()
    meeting.owner.execute("DELETE FROM whereabouts WHERE client_id = %s", [meeting.practice.alice_client])
    assert seen() == answered
    assert "Bob&#39;s desk" in answered[3][1]


def test_both_answers_stand_apart_with_the_therapist(meeting: Meeting) -> None:
    meeting.at(OPENS).say(meeting.practice.alice)
    page = meeting.page(meeting.practice.dana)
    assert page.count("Has not said yet where they are.") == 1
    meeting.at(START).say(meeting.practice.bob, place="Pier 40", phone="(212) 555-0122")
    page = meeting.page(meeting.practice.dana)
    blocks = page.partition('id="distance"')[2].partition('data-reader="T"')[0].split("<h3>")[1:]
    told = {"Alice" if "Alice Hart" in block else "Bob": block for block in blocks}
    assert HERE["place"] in told["Alice"]
    assert "0122" not in told["Alice"]
    assert "Pier 40" in told["Bob"]
    assert "0199" not in told["Bob"]


def test_the_wall_opens_to_oneself_and_the_sessions_own_therapist_alone(meeting: Meeting, acting: Acting) -> None:
    practice = meeting.at(OPENS).practice
    meeting.say(practice.alice)
    meeting.say(practice.bob)
    with acting() as session:
        care.add_cover(practice.alice_client, practice.erik, NOW, NOW + timedelta(days=30), NOW)
        assert session.scalar(select(Appointment.therapist_id)) == practice.dana

    def read(who: UUID) -> list[UUID]:
        with acting(therapist(who)) as session:
            return sorted(session.scalars(select(Whereabouts.client_id)))

    both = sorted((practice.alice_client, practice.bob_client))
    assert read(practice.dana) == both
    assert [read(who) for who in (practice.alice, practice.bob)] == [[practice.alice_client], [practice.bob_client]]
    for who in (practice.erik, practice.carol, practice.desk, practice.owner):
        assert read(who) == []
    stored = meeting.owner.execute("SELECT place, phone FROM whereabouts").fetchall()
    assert not any(word in bytes(each) for row in stored for each in row for word in (b"Juniper", b"0199"))  # type: ignore[call-overload]


def test_whoever_takes_the_session_over_reads_it_in_place_of_who_gave_it_up(meeting: Meeting, acting: Acting) -> None:
    practice = meeting.at(OPENS).practice
    meeting.say(practice.alice)
    with acting():
        care.add_cover(practice.alice_client, practice.erik, NOW, NOW + timedelta(days=30), NOW)
    with meeting.owner.transaction():
        meeting.owner.execute("SET LOCAL session_replication_role = replica")
        meeting.owner.execute("UPDATE appointment SET therapist_id = %s", [practice.erik])
    assert HERE["place"] in meeting.page(practice.erik)
    assert meeting.open(practice.dana).get(meeting.path).status_code == 404


def test_a_partner_cannot_write_into_the_others_answer(meeting: Meeting, acting: Acting) -> None:
    practice = meeting.at(OPENS).practice
    meeting.say(practice.alice)
    with pytest.raises(DBAPIError, match="row-level security"), acting(client(practice.bob)):
        say_for(meeting, practice.alice_client)


def test_reading_and_saying_leave_a_trace_of_whom_and_not_of_where(meeting: Meeting) -> None:
    practice = meeting.at(OPENS).practice
    meeting.say(practice.alice)
    meeting.page(practice.dana)
    query = "SELECT person_id, client_id, detail FROM audit_event WHERE action = %s"
    for action, who in (("whereabouts.update", practice.alice), ("whereabouts.read", practice.dana)):
        assert meeting.owner.execute(query, [action]).fetchall() == [(who, practice.alice_client, None)]


def test_the_front_desk_sees_nothing_of_it(meeting: Meeting) -> None:
    meeting.set_room()
    meeting.at(OPENS).say(meeting.practice.alice)
    desk = meeting.open(meeting.practice.desk)
    for path in (f"/schedule/{meeting.id}", "/day-sheet", "/calendar/practice", "/today"):
        page = desk.get(path).text
        assert [word for word in (*SECRETS, HERE["place"], "0199", 'id="distance"') if word in page] == []


def test_the_address_is_in_no_page_file_feed_or_message(meeting: Meeting, acting: Acting) -> None:
    """While the session is open and both have answered; only the act of joining leads there."""
    meeting.set_room()
    practice = meeting.practice
    with acting() as session:
        link = links.token_for(links.make(links.APPOINTMENT, practice.alice, meeting.id, END, NOW))
        feed = feeds.token_of(feeds.open_feed(practice.alice, NOW))
        messages = session.scalars(select(OutboxMessage)).all()
        rendered = [mails.render(each, NOW) for each in messages]
        letters = [each for each in rendered if each is not None]
        assert len(letters) == 2
        told = [f"{each.subject}{each.text}{[file.content for file in each.attachments]}" for each in letters]
    for now in (START - timedelta(hours=1), START - SECOND):
        meeting.at(now)
        if now > OPENS:
            meeting.say(practice.alice)
            meeting.say(practice.bob)
        for who in (practice.alice, practice.bob):
            paths = ("/today", "/sessions", meeting.path, f"{meeting.path}/appointment.ics")
            told += [meeting.open(who).get(path).text for path in paths]
        told += [meeting.open(practice.dana).get(path).text for path in (meeting.path, f"{meeting.path}/video")]
        told += [meeting.open().get(path).text for path in (f"/appointment/{link}", f"/feeds/{feed}.ics")]
    assert Calendar.from_ical(told[-1]).events
    assert [secret for secret in SECRETS for each in told if secret in each] == []
    kept = meeting.owner.execute("SELECT coalesce(string_agg(location, ' '), '') FROM idempotency_key").fetchone()
    assert kept is not None
    assert "example.org" not in str(kept[0])


def test_the_page_of_a_mailed_link_asks_to_sign_in(meeting: Meeting, acting: Acting) -> None:
    with acting():
        link = links.token_for(links.make(links.APPOINTMENT, meeting.practice.alice, meeting.id, END, NOW))
    page = meeting.at(OPENS).open().get(f"/appointment/{link}").text
    assert "To join by video, please sign in" in page
    assert "Where are you now?" not in page


def test_today_leads_to_a_session_that_is_open(meeting: Meeting) -> None:
    alice = meeting.at(OPENS - SECOND).practice.alice
    assert "Join by video" not in meeting.open(alice).get("/today").text
    assert f'href="{meeting.path}#distance"' in meeting.at(OPENS).open(alice).get("/today").text


def test_a_session_by_phone_names_ones_own_number_on_the_page_alone(
    meeting: Meeting, acting: Acting, wishing: Wishing
) -> None:
    practice = meeting.practice
    with acting():
        wish = wishing(at(15), modality="phone")
        called = booking.book(wish, [practice.alice_client], by=practice.dana, now=NOW).id
        assert db.session.get_one(Appointment, called).modality == "phone"
    alice, dana, path = meeting.open(practice.alice), meeting.open(practice.dana), f"/sessions/{called}"
    assert "We have no number at which Dana can call you." in alice.get(path).text
    assert "no phone number" in dana.get(path).text
    meeting.owner.execute("UPDATE person SET phone = '212 555 0111' WHERE id = %s", [practice.alice])
    assert "Dana calls you at 212 555 0111." in alice.get(path).text
    assert 'href="tel:2125550111"' in dana.get(path).text
    assert "0111" not in alice.get(f"{path}/appointment.ics").text
    assert "0111" not in alice.get("/sessions").text
    meeting.at(at(15))
    assert "Where are you now?" not in meeting.open(practice.alice).get(path).text
    assert meeting.open(practice.alice).submit(f"{path}/where", **HERE).status_code == 303
    assert meeting.rows() == 0
    assert meeting.open(practice.dana).get(f"{path}/video").status_code == 404
    assert "Dana calls you" not in meeting.at(at(16)).open(practice.alice).get(path).text


def test_a_session_that_waits_for_the_practice_since_its_couple_has_ended_is_not_open(meeting: Meeting) -> None:
    meeting.set_room()
    practice = meeting.at(OPENS).practice
    meeting.say(practice.alice)
    meeting.owner.execute("UPDATE appointment SET unsettled_at = %s", [OPENS])
    for who in (practice.alice, practice.bob):
        page = meeting.page(who)
        assert 'id="distance"' not in page
        meeting.say(who, place="Elsewhere")
        assert meeting.join(who) == meeting.path
    assert meeting.join(practice.dana) == meeting.path
    assert meeting.rows() == 1
