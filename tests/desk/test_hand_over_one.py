"""One session is given to a colleague: at its time, told to everyone in it, and nothing else goes over."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.accounts.people import disable_login
from clinic.booking import service as booking
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.booking.queries import appointment_shown
from clinic.clients import care, couples
from clinic.clients.models import CareRelationship
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.desk import hand_over_mails
from clinic.desk.errors import CannotTakeOverError
from clinic.desk.hand_over import HANDED_OVER
from clinic.desk.hand_over_one import TO_STAFF, give, takers
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter
from clinic.practice import listing
from clinic.practice.models import TherapistService
from tests.booking.conftest import NOW, Wishing, at, wishing
from tests.booking.test_sessions import at as soon
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_therapist
from tests.series.conftest import Planning, begin, planning, sessions_of

__all__ = ["planning", "wishing"]
Open = Callable[..., Browser]


def free(session: Appointment, now: datetime = NOW) -> list[UUID]:
    """Who could take it."""
    return [each.person_id for each in takers(appointment_shown(session.id), ZONE, now)]


def told(kind: str) -> dict[UUID, Letter]:
    """The letters of that kind, by who gets them."""
    queued = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).all()
    render = hand_over_mails.render if kind == HANDED_OVER else hand_over_mails.render_to_staff
    letters = {each.recipient_id: render(each, NOW) for each in queued}
    return {who: each for who, each in letters.items() if each}


def test_a_colleague_takes_one_session_at_its_time_and_all_are_told_once(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        one, other = (
            booking.book(wishing(at(hour)), [practice.alice_client], by=practice.dana, now=NOW) for hour in (10, 14)
        )
        give(one.id, practice.erik, by=practice.desk, zone=ZONE, now=NOW)
        assert (one.therapist_id, one.starts_at, one.state) == (practice.erik, at(10), "confirmed")
        assert other.therapist_id == practice.dana
        query = select(Claim.resource).where(Claim.appointment_id == one.id)
        assert set(session.scalars(query)) == {practice.erik, practice.alice_client}
        events = select(AppointmentEvent.kind, AppointmentEvent.person_id).where(
            AppointmentEvent.appointment_id == one.id
        )
        assert session.execute(events.order_by(AppointmentEvent.id)).all() == [
            ("booked", practice.dana),
            ("moved", practice.desk),
        ]
        letters = told(HANDED_OVER)
        assert set(letters) == {practice.alice}
        assert "Your appointment stays at its time. A colleague takes it over" in letters[practice.alice].text
        staff = told(TO_STAFF)
        assert set(staff) == {practice.dana, practice.erik}
        assert "You take over an appointment" in staff[practice.erik].text
        assert "takes over an appointment of yours" in staff[practice.dana].text
        assert not any(name in each.text for each in (*letters.values(), *staff.values()) for name in ("Hart", "Fay"))
        # Dana's hour is free again.
        booking.book(wishing(at(10)), [practice.carol_client], by=practice.dana, now=NOW)


def test_whoever_takes_it_opens_the_record_until_two_days_after_it(
    browser: Open, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = booking.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id
    erik, fay = browser(practice.erik), browser(practice.desk)
    pages = [f"/sessions/{booked}", f"/clients/{practice.alice_client}"]
    assert [erik.get(page).status_code for page in pages] == [404, 404]
    path = f"/schedule/{booked}/colleague"
    assert f'href="/schedule/{booked}"' in fay.get(f"/away/{practice.dana}?day={soon(10).date()}").text
    assert path in fay.get(f"/schedule/{booked}").text
    page = fay.get(path).text
    for words in ("Alice Hart gets an e-mail.", "Dana Whitfield, and whoever takes it, get an e-mail."):
        assert words in page
    assert fay.submit(path).status_code == 422
    answer = fay.submit(path, to=str(practice.erik), follow_redirects=True)
    assert "It is with somebody else now." in answer.text
    assert "Erik Lindqvist" in answer.text
    assert [erik.get(page).status_code for page in pages] == [200, 200]
    assert "Erik Lindqvist" in browser(practice.alice).get(f"/sessions/{booked}").text
    assert browser(practice.dana).get(f"/sessions/{booked}").status_code == 404
    with acting() as session:
        (cover,) = session.scalars(select(CareRelationship).where(CareRelationship.kind == "cover"))
        assert (cover.therapist_id, cover.client_id) == (practice.erik, practice.alice_client)
        assert cover.ends_at == soon(10) + timedelta(minutes=50, days=2)
        assert cover.starts_at <= clock.now()


def test_both_partners_of_a_joint_session_read_the_same(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(at(10), service=practice.couple_session)
        joint = booking.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
        give(joint.id, practice.erik, by=practice.desk, zone=ZONE, now=NOW)
        letters = told(HANDED_OVER)
        assert set(letters) == {practice.alice, practice.bob}
        to_alice, to_bob = letters[practice.alice], letters[practice.bob]
        assert (to_alice.subject, to_alice.text.replace("Alice", "Bob")) == (to_bob.subject, to_bob.text)
        covers = session.scalars(select(CareRelationship.client_id).where(CareRelationship.kind == "cover"))
        assert sorted(covers) == sorted(both)


def test_only_who_offers_it_and_is_there_and_free_is_offered(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting() as session:
        booked = booking.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        listing.unlist(practice.erik)
        assert free(booked) == [practice.erik]
        with session.begin_nested() as back:
            booking.book(wishing(at(10), therapist=practice.erik), [practice.bob_client], by=practice.erik, now=NOW)
            assert free(booked) == []
            with pytest.raises(CannotTakeOverError):
                give(booked.id, practice.erik, by=practice.desk, zone=ZONE, now=NOW)
            back.rollback()
        early = booking.book(wishing(at(18)), [practice.carol_client], by=practice.dana, now=NOW)
        assert free(early) == []
        with session.begin_nested() as back:
            disable_login(practice.erik, NOW)
            assert free(booked) == []
            back.rollback()
        session.delete(session.get_one(TherapistService, (practice.erik, practice.individual)))
        session.flush()
        assert free(booked) == []
        assert booked.therapist_id == practice.dana
        assert told(HANDED_OVER) == told(TO_STAFF) == {}


def test_a_refusal_is_told_and_changes_nothing(
    browser: Open, acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        booked = booking.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id
        booking.book(wishing(soon(10), therapist=practice.erik), [practice.bob_client], by=None, now=clock.now())
    answer = browser(practice.desk).submit(f"/schedule/{booked}/colleague", to=str(practice.erik))
    assert answer.status_code == 409
    assert "It cannot go over as things stand now" in answer.text
    assert "Bob" not in answer.text
    with acting() as session:
        assert session.get_one(Appointment, booked).therapist_id == practice.dana


def test_what_the_practice_has_to_settle_or_what_began_is_not_given(
    acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    with acting():
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(at(10), service=practice.couple_session)
        joint = booking.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
        alone = booking.book(wishing(at(14)), [practice.alice_client], by=practice.dana, now=NOW)
        couples.dissolve(practice.couple, NOW)
        for booked, now in ((joint, NOW), (alone, at(14))):
            with pytest.raises(CannotTakeOverError):
                give(booked.id, practice.erik, by=practice.desk, zone=ZONE, now=now)


def test_ones_own_therapist_needs_no_cover(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting() as session:
        booked = booking.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        care.hand_over(practice.alice_client, practice.erik, NOW)
        give(booked.id, practice.erik, by=practice.desk, zone=ZONE, now=NOW + timedelta(minutes=1))
        assert booked.therapist_id == practice.erik
        assert session.scalars(select(CareRelationship).where(CareRelationship.kind == "cover")).all() == []


def test_one_of_a_standing_session_is_on_its_own_once_a_colleague_has_it(
    browser: Open, acting: Acting, practice: Practice, planning: Planning
) -> None:
    """Whoever takes it has no say in the others, and keeps it when the others end."""
    now = clock.now()
    with acting():
        standing = begin(planning(zones.wall(soon(10), ZONE).date(), time(10), count=3), now)
        first, second, third = (each.id for each in sessions_of(standing))
        give(second, practice.erik, by=practice.desk, zone=ZONE, now=now)
    erik, dana = browser(practice.erik), browser(practice.dana)
    assert [erik.get(f"/sessions/{second}{page}").status_code for page in ("", "/following")] == [200, 404]
    assert dana.submit(f"/sessions/{first}/following/cancel").status_code == 303
    with acting() as session:
        states = [session.get_one(Appointment, each).state for each in (first, second, third)]
        assert states == ["cancelled", "confirmed", "cancelled"]


def test_the_page_takes_as_many_statements_for_many_colleagues_as_for_one(
    browser: Open, acting: Acting, practice: Practice, wishing: Wishing, statements: list[str]
) -> None:
    with acting():
        booked = booking.book(wishing(soon(10)), [practice.alice_client], by=practice.dana, now=clock.now()).id
    fay, path = browser(practice.desk), f"/schedule/{booked}/colleague"

    def count() -> tuple[int, int]:
        fay.get(path)  # the catalogue is read anew where it has changed
        statements.clear()
        page = fay.get(path).text
        return page.count('name="to"'), len(statements)

    one, before = count()
    with acting() as session:
        for name in ("Mara", "Jonas", "Noor"):
            make_therapist(session, name, "Osei", [practice.individual], NOW)
    assert count() == (one + 3, before)
