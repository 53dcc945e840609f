"""A client says that they will be there; the front desk sees who has, a partner does not."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from clinic.accounts import links
from clinic.booking import attendance, service
from clinic.booking.errors import AlreadyBegunError, WrongStateError
from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import appointment_shown
from clinic.clients import couples
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from tests.booking.conftest import NOW, Wishing, at
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]


@pytest.fixture
def joint(acting: Acting, practice: Practice, wishing: Wishing) -> UUID:
    """A joint session of Alice and Bob in a few days."""
    with acting():
        both, now = [practice.alice_client, practice.bob_client], clock.now()
        wish = wishing(soon(10), service=practice.couple_session)
        return service.book(wish, both, by=practice.dana, now=now, couple_id=practice.couple).id


def has_said(appointment_id: UUID, client_id: UUID) -> bool:
    return db.session.get_one(Attendee, (appointment_id, client_id), populate_existing=True).confirmed_at is not None


def test_each_partner_confirms_alone_and_the_desk_sees_who_has(
    browser: Open, acting: Acting, practice: Practice, joint: UUID
) -> None:
    alice, bob, desk = browser(practice.alice), browser(practice.bob), browser(practice.desk)
    sheet = f"/day-sheet?day={soon(10).date()}"
    assert desk.get(sheet).text.count("not confirmed yet") == 1
    before = bob.get(f"/sessions/{joint}").text
    assert alice.submit(f"/sessions/{joint}/coming", follow_redirects=True).text.count("you will be there") == 2
    shown = desk.get(f"{sheet}&show=unconfirmed").text
    assert ("not confirmed yet" in shown, "confirmed by Alice" in shown) == (False, True)
    assert "Unconfirmed: 1" in desk.get(sheet).text

    after = bob.get(f"/sessions/{joint}").text
    assert "I will be there" in after
    assert "have said" not in before + after
    assert [len(page.splitlines()) for page in (before, after)] == [len(before.splitlines())] * 2

    bob.submit(f"/sessions/{joint}/coming")
    assert "all have confirmed" in desk.get(sheet).text
    assert "Everybody has confirmed" in desk.get(f"{sheet}&show=unconfirmed").text
    assert "Unconfirmed" not in desk.get(sheet).text
    assert browser(practice.dana).submit(f"/sessions/{joint}/coming").status_code == 404


def test_the_practice_reads_who_has_confirmed_where_it_looks_and_no_partner_does(
    browser: Open, practice: Practice, joint: UUID
) -> None:
    alice, bob, dana, desk = (browser(who) for who in (practice.alice, practice.bob, practice.dana, practice.desk))
    agenda = f"view=agenda&day={soon(10).date()}"
    pages = (
        (dana, f"/sessions/{joint}"),
        (desk, f"/schedule/{joint}"),
        (dana, f"/calendar?{agenda}"),
        (desk, f"/calendar/practice?{agenda}"),
    )
    words = ("not confirmed yet", "confirmed by alice", "confirmed by 1 of 2", "all have confirmed")

    def read() -> list[list[str]]:
        return [[each for each in words if each in who.get(page).text.lower()] for who, page in pages]

    assert read() == [["not confirmed yet"]] * 4
    before = [who.get(f"/sessions/{joint}").text for who in (alice, bob)]
    alice.submit(f"/sessions/{joint}/coming")
    assert read() == [["confirmed by alice"]] * 2 + [["confirmed by 1 of 2"]] * 2
    assert not any(each in bob.get(f"/sessions/{joint}").text.lower() for each in words)
    bob.submit(f"/sessions/{joint}/coming")
    assert read() == [["all have confirmed"]] * 4
    for page in (*before, *(who.get(f"/sessions/{joint}").text for who in (alice, bob))):
        assert not any(each in page.lower() for each in (*words, "will be there</dt>"))


def test_who_waits_for_the_practice_is_not_asked_whether_they_come(
    browser: Open, acting: Acting, practice: Practice, joint: UUID
) -> None:
    with acting():
        couples.dissolve(practice.couple, clock.now())
    desk = browser(practice.desk)
    sheet = desk.get(f"/day-sheet?day={soon(10).date()}").text
    assert ("to be confirmed" in sheet, "Unconfirmed" in sheet) == (True, False)
    assert "not confirmed yet" not in sheet + desk.get(f"/schedule/{joint}").text


def test_who_is_there_already_is_not_waited_for(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        early = at(9, 50)
        assert attendance.is_unconfirmed(appointment_shown(booked.id), early)
        attendance.note_arrival(booked.id, practice.alice_client, has_arrived=True, now=early)
        assert not attendance.is_unconfirmed(appointment_shown(booked.id), early)


def test_a_look_from_the_mail_changes_nothing_and_a_press_confirms(
    browser: Open, acting: Acting, practice: Practice, joint: UUID
) -> None:
    with acting():
        token = links.newest(practice.alice, links.APPOINTMENT, joint)
    page = browser().get(f"/appointment/{token}").text
    assert "I will be there" in page
    with acting():
        assert not has_said(joint, practice.alice_client)
    answer = browser().submit(f"/appointment/{token}/coming", follow_redirects=True)
    assert "You have said that you will be there." in answer.text
    with acting():
        assert has_said(joint, practice.alice_client)
        assert not has_said(joint, practice.bob_client)


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_a_session_that_is_moved_or_cancelled_is_confirmed_by_nobody(
    acting: Acting, practice: Practice, wishing: Wishing, change: str
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        attendance.say_coming(booked.id, practice.alice, now=NOW)
        assert has_said(booked.id, practice.alice_client)
        if change == "move":
            service.move(booked, wishing(at(14)), by=practice.dana, now=NOW, is_staff=True)
        else:
            service.cancel(booked, by=practice.dana, now=NOW, is_staff=True)
        assert not has_said(booked.id, practice.alice_client)


def test_nobody_confirms_what_is_not_theirs_has_begun_or_is_gone(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        for who in (practice.bob, practice.carol, practice.dana):
            with pytest.raises(NotVisibleError):
                attendance.say_coming(booked.id, who, now=NOW)
        with pytest.raises(AlreadyBegunError):
            attendance.say_coming(booked.id, practice.alice, now=at(10))
        service.cancel(booked, by=practice.dana, now=NOW, is_staff=True)
        with pytest.raises(WrongStateError):
            attendance.say_coming(booked.id, practice.alice, now=NOW)


def test_saying_it_twice_keeps_the_first_moment(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        booked: Appointment = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        for later in (0, 5):
            attendance.say_coming(booked.id, practice.alice, now=NOW + timedelta(minutes=later))
        attendee = session.get_one(Attendee, (booked.id, practice.alice_client))
        assert attendee.confirmed_at == NOW
        trail = text("SELECT count(*) FROM audit_event WHERE action = 'attendance.confirm'")
        session.flush()
        assert session.scalar(trail) == 1
